"""What a sandbox refuses to be."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from gpb.sandbox import SandboxConfig
from gpb.sandbox.config import KNOWN_FAULTS
from gpb.sandbox.serve import command


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"shape": "round"}, "sistemic, flat, flag-only"),
        ({"courses": 0}, "at least one"),
        ({"schools": 0}, "at least one"),
        ({"latency_ms": -1}, "latency"),
        ({"port": 70000}, "port"),
        ({"faults": {"500": 2.0}}, "between 0 and 1"),
        ({"faults": {"flood": 0.5}}, ", ".join(KNOWN_FAULTS)),
    ],
)
def test_impossible_wishes_are_refused_with_a_sentence(wish: dict[str, Any], words: str) -> None:
    """The sentence names the value and what is possible."""
    with pytest.raises(ValueError, match=words):
        SandboxConfig(**wish)


@pytest.mark.parametrize(
    ("options", "wish"),
    [
        ([], ("sistemic", False, False)),
        (["--shape", "sistemic"], ("sistemic", True, False)),
        (["--shape", "flag-only", "--unassociated"], ("flag-only", True, True)),
    ],
)
def test_a_shape_that_is_named_has_its_details_drawn(
    options: list[str], wish: tuple[str, bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the option the usual fields stay; the help says so."""
    served: list[SandboxConfig] = []
    monkeypatch.setattr(command, "serve", lambda config, **_: served.append(config))
    assert CliRunner().invoke(command.sandbox, options).exit_code == 0
    assert [(one.shape, one.drawn_layout, one.unassociated) for one in served] == [wish]
    told = " ".join(CliRunner().invoke(command.sandbox, ["--help"]).stdout.split())
    assert "the seed decides the names of its fields" in told
    assert "sistemic, with the fields categoryId and categoryTitle" in told

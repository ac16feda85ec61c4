"""What a sandbox refuses to be."""

from __future__ import annotations

from typing import Any

import pytest

from gpb.sandbox import SandboxConfig
from gpb.sandbox.config import KNOWN_FAULTS


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"shape": "round"}, "sistemic, flat"),
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

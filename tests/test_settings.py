"""Settings: each has its meaning in the README, and a wrong one is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.cli import main
from gpb.errors import SettingsError
from gpb.settings import Settings, load_settings

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - {"started_sandbox"}))
def test_every_setting_is_in_the_readme(name: str) -> None:
    """By the name that a person sets."""
    assert f"`GPB_{name.upper()}`" in README


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_is_in_the_readme(name: str) -> None:
    """With what it does."""
    assert f"| `python -m gpb {name}" in README


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("canvas_url", "district.instructure.com", "GPB_CANVAS_URL is no web address"),
        ("sis_url", "http://[::1", "GPB_SIS_URL is no web address"),
        ("codec", "other", "GPB_CODEC"),
        ("sis_dialect", "other", "GPB_SIS_DIALECT"),
        ("section_key", "name", "GPB_SECTION_KEY must be"),
        ("section_key", "regex:(", "GPB_SECTION_KEY holds a pattern"),
        ("section_key", "regex:abc", "exactly one"),
    ],
)
def test_a_wrong_setting_is_a_sentence_with_its_name(name: str, value: str, reason: str) -> None:
    """And how to write it."""
    with pytest.raises(SettingsError, match=reason):
        load_settings(**{name: value})


def test_secrets_are_not_in_the_repr() -> None:
    """A log of the settings tells nothing."""
    assert "s3cret" not in repr(load_settings(canvas_token="s3cret", sis_client_secret="s3cret"))

"""Settings: each has its meaning in the README, and a wrong one is a sentence."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
import pytest

from gpb.api.connect import connect
from gpb.cli import main
from gpb.errors import SettingsError
from gpb.settings import Settings, load_settings, operating_system_user

if sys.platform != "win32":
    import pwd

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - {"started_sandbox"}))
def test_every_setting_is_in_the_readme(name: str) -> None:
    """By the name that a person sets."""
    assert f"`GPB_{name.upper()}`" in README


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_is_in_the_readme(name: str) -> None:
    """With what it does."""
    assert f"| `python -m gpb {name}" in README


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_option_is_in_the_readme(name: str) -> None:
    """In the line of its command, or where the README explains it; --help is everywhere."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.opts for option in options if not any(f"{text}" in README for text in option.opts)] == []


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("canvas_url", "district.instructure.com", "GPB_CANVAS_URL is not a web address"),
        ("sis_url", "http://[::1", "GPB_SIS_URL is not a web address"),
        ("time_zone", "Chicago", "GPB_TIME_ZONE is not a time zone"),
        ("time_zone", "../../etc/passwd", "GPB_TIME_ZONE is not a time zone"),
        ("codec", "other", "GPB_CODEC"),
        ("sis_dialect", "other", "GPB_SIS_DIALECT"),
        ("sign_in", "off", "GPB_SIGN_IN must be required or empty"),
        ("section_key", "name", "GPB_SECTION_KEY must be"),
        ("section_key", "regex:(", "GPB_SECTION_KEY contains a pattern"),
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


@pytest.mark.parametrize(
    ("encoding", "is_read"), [("utf-8", True), ("utf-8-sig", True), ("utf-16", False), ("latin-1", False)]
)
def test_a_file_of_settings_is_utf_8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, is_read: bool
) -> None:
    """With or without a byte order mark; any other encoding is a sentence. Blanks and line ends around are no part."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("GPB_TERM=  Frühling \r\nGPB_CANVAS_TOKEN= abc \r\n", encoding=encoding)
    if is_read:
        found = load_settings()
        assert (found.term, found.canvas_token.get_secret_value()) == ("Frühling", "abc")
    else:
        with pytest.raises(SettingsError, match=r"\.env is not UTF-8"):
            load_settings()


@pytest.mark.parametrize("name", ["canvas_url", "sis_url"])
async def test_a_token_does_not_travel_in_the_clear(name: str) -> None:
    """Only to this machine, or to a host that a setting names."""
    given = {
        **{"canvas_url": "https://canvas.example", "sis_url": "https://focus.example/focus/api/1.0"},
        **{"canvas_token": "t", "sis_client_id": "i", "sis_client_secret": "s"},
        name: "http://Inside.example:8080/x",
    }
    with pytest.raises(SettingsError, match=f"GPB_{name.upper()} starts with http://.* GPB_UNENCRYPTED_HOSTS"):
        async with connect(load_settings(**given)):
            pass
    async with connect(load_settings(**given, unencrypted_hosts="other.example, INSIDE.example")):
        pass
    async with connect(load_settings(**{**given, name: "http://127.0.0.1:1/x"})):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no user ids")
def test_a_borrowed_name_has_the_real_user_id_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """LOGNAME says whatever it is told."""
    own = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setenv("LOGNAME", own)
    assert operating_system_user() == own
    monkeypatch.setenv("LOGNAME", "anna")
    assert operating_system_user() == f"anna (uid {os.getuid()})"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no user ids")
def test_a_user_id_without_a_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in some containers."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_123_456)
    assert operating_system_user() == "unknown (uid 4123456)"


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite+pysqlite://", "sqlite:///file::memory:?uri=true",
     "sqlite:///file:x?mode=memory&uri=true"],
)  # fmt: skip
def test_a_store_in_memory_is_refused(url: str) -> None:
    """Each connection would have one of its own, and all would be gone with the program."""
    with pytest.raises(SettingsError, match="GPB_STORE_URL names a store in memory"):
        load_settings(store_url=url)
    assert load_settings(store_url="sqlite:////tmp/memory.sqlite").store_url

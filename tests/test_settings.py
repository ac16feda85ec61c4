"""Settings: each has its meaning in the README, and a wrong one is a sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from gpb.api.connect import connect
from gpb.cli import main
from gpb.errors import SettingsError
from gpb.settings import Settings, default_data_dir, load_settings, operating_system_user
from gpb.store.database import Database

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


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with how to write it, values of secrets never."""
    for name, value in {
        "MAX_NEW": "many",
        "KEEP_DAYS": "0",
        "CODEC": "x",
        "CANVAS_URL": "x",
        "CANVAS_TOKN": "1",
    }.items():
        monkeypatch.setenv(f"GPB_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    told = str(caught.value)
    examples = (
        "write it like 2000.",
        "write it like 30.",
        "write it like sistemic.",
        "https://district.instructure.com.",
    )
    assert [example for example in examples if example not in told] == []
    assert "GPB_CANVAS_TOKN does not exist; GPB_CANVAS_TOKEN is probably meant." in told
    assert told.endswith("Correct them in the environment or in .env.")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("GPB_CANVAS_TOKN", "GPB_CANVAS_TOKEN"),
        ("gpb_canvas_ulr", "GPB_CANVAS_URL"),
        ("GBP_CANVAS_URL", "GPB_CANVAS_URL"),
        ("GPB_MAX_OVERWRITEN", "GPB_MAX_OVERWRITTEN"),
        ("GPB_ALOWED_PEOPLE", "GPB_ALLOWED_PEOPLE"),
        ("GPBTERM", "GPB_TERM"),
        *(
            (name, None)
            for name in ("GPB_CANVAS_TOKEN_OLD", "GPB_TERM2", "GPB_TERM_2", "GPB_PORT", "GPB_FRONT", "TERM")
        ),
    ],
)
def test_a_name_that_is_nearly_a_setting_is_told(monkeypatch: pytest.MonkeyPatch, name: str, meant: str | None) -> None:
    """Else a limit that somebody has set would not hold. Spare values and names of others are nobody's mistake."""
    monkeypatch.setenv(name, "1")
    if meant is None:
        assert load_settings()
        return
    with pytest.raises(SettingsError, match=f"{name.upper()} does not exist; {meant} is probably meant"):
        load_settings()


BLANKS = " \t\u00a0\u3000\u200b\u200e\u2060\ufeff\r\n"


@pytest.mark.parametrize("around", [("", ""), (BLANKS, BLANKS), ('"', '"'), (f"{BLANKS}“ ", f" ”{BLANKS}"), ("'", "'")])
def test_what_copying_brings_along_is_no_part_of_a_setting(
    monkeypatch: pytest.MonkeyPatch, around: tuple[str, str]
) -> None:
    """Blanks of all kinds, line ends, marks that nobody sees, quotes; in text, numbers, choices, folders, secrets."""
    given = {
        **{"TERM": "sis_term_id:1", "MAX_NEW": "7", "CODEC": "flat", "DATA_DIR": "/srv/g", "CANVAS_TOKEN": "t"},
        **{"CANVAS_URL": "https://x.example", "SIGN_IN": "required", "TIME_ZONE": "America/Chicago"},
    }
    for name, value in given.items():
        monkeypatch.setenv(f"GPB_{name}", around[0] + value + around[1])
    found = load_settings()
    assert (found.term, found.max_new, found.codec, str(found.data_dir)) == ("sis_term_id:1", 7, "flat", "/srv/g")
    assert (found.canvas_token.get_secret_value(), found.canvas_url) == ("t", "https://x.example")
    assert (found.sign_in, found.time_zone) == ("required", "America/Chicago")


def test_what_is_left_empty_has_its_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also a number and the data folder; an empty variable hides what stands in the file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("GPB_TERM=5\nGPB_CANVAS_ACCOUNT=7\n", encoding="utf-8")
    for name in ("MAX_NEW", "DATA_DIR", "CODEC", "TERM"):
        monkeypatch.setenv(f"GPB_{name}", " ")
    found = load_settings()
    assert (found.max_new, found.data_dir, found.codec) == (2000, default_data_dir(), "sistemic")
    assert (found.term, found.canvas_account) == ("", "7")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_of_settings_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, end: str) -> None:
    """With or without a byte order mark, ``export`` and quotes; what other programs keep there does not matter."""
    monkeypatch.chdir(tmp_path)
    lines = [
        *(
            "",
            "# GPB_CODEC",
            "export GPB_TERM=  sis_term_id:Frühling ",
            'GPB_CANVAS_TOKEN = "a#b" # new',
            "export GPB_SIS_CLIENT_ID='i'",
        ),
        *("\u200bGPB_DATA_DIR=“/srv/g p%b”", "gpb_codec=flat", "OTHER", "!another: one", "GPB_CANVAS_URL="),
    ]
    (tmp_path / ".env").write_bytes(end.join(lines).encode(encoding))
    found = load_settings()
    assert (found.term, found.canvas_token.get_secret_value(), found.sis_client_id) == (
        "sis_term_id:Frühling",
        "a#b",
        "i",
    )
    assert (str(found.data_dir), found.codec, found.canvas_url) == ("/srv/g p%b", "flat", "")


def _folder(place: Path) -> None:
    place.mkdir()


def _dead_link(place: Path) -> None:
    place.symlink_to("nowhere")


def _circle(place: Path) -> None:
    place.symlink_to(place.name)


def _text(text: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda place: place.write_bytes(text.encode(encoding))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_folder, "A folder has the name .env"),
        (_dead_link, "is a link to a file that does not exist"),
        (_circle, r"cannot be read \(.+\)\. Fix its permissions"),
        (_text("GPB_TERM=Frühling", "utf-16"), "is not UTF-8 text"),
        (_text("GPB_TERM=5", "utf-16-le"), "is not UTF-8 text"),
        (_text("GPB_TERM=Frühling", "cp1252"), "is not UTF-8 text"),
        (_text("A=1\n\nGPB_TERM: 5"), "Line 3 of the file .env cannot be read"),
        (_text("GPB_TERM\nGPB_CODEC='flat\nA=1"), "Lines 1, 2 of the file"),
        (_text("$env:GPB_TERM = '5'\nset GPB_TERM=5"), "Lines 1, 2 of the file"),
        (_text("GPB_TERN=5"), "GPB_TERN does not exist; GPB_TERM is probably meant"),
    ],
)
def test_a_file_of_settings_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], reason: str
) -> None:
    """Not as if it were not there: the program would speak to another Canvas, or to none."""
    monkeypatch.chdir(tmp_path)
    make(tmp_path / ".env")
    with pytest.raises(SettingsError, match=reason) as caught:
        load_settings()
    assert str(caught.value).endswith(".")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize(
    "name", ["a b", "a%20b", "a%", "a?mode=memory", "a#b", "é 名 😀", "a\nb", ":memory:", "-x", "~x"]
)
def test_a_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    """The store is in it, and nowhere else."""
    found = load_settings(data_dir=tmp_path / name)
    Database(found.effective_store_url).close()
    assert (tmp_path / name / "gpb.sqlite").is_file()
    assert [place.name for place in tmp_path.iterdir()] == [name]


def test_a_data_folder_below_ones_own_is_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A shell would have put it in; somebody else's, who is not known here, is a sentence."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert load_settings(data_dir="~/gpb").data_dir == tmp_path / "gpb"
    with pytest.raises(SettingsError, match="GPB_DATA_DIR starts with ~"):
        load_settings(data_dir="~nobody.of.this.name/gpb")


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

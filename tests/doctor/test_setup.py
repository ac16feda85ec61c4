"""Everything wrong with the settings is told at once, with a right value each, and no sandbox stands in by accident."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gpb.doctor.setup import wrong_settings
from gpb.settings import Settings, example_of

URL, SIS = "https://canvas.example", "https://focus.example/focus/api/1.0"
LIVE = {
    **{"CANVAS_URL": URL, "CANVAS_TOKEN": "s3cret1", "SIS_URL": SIS},
    **{"SIS_CLIENT_ID": "s3cret2", "SIS_CLIENT_SECRET": "s3cret3"},
}
ALL = ["CANVAS_URL", "CANVAS_TOKEN", "SIS_URL", "SIS_CLIENT_ID", "SIS_CLIENT_SECRET"]


def without(*names: str) -> dict[str, str]:
    """The settings of a district, some of them missing."""
    return {name: value for name, value in LIVE.items() if name not in names}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        (LIVE, []),
        ({"MAX_NEW": "5", "TIME_ZONE": "America/Chicago", "WORKER": "process", "KEEP_DAYS": "3"}, []),
        ({"CANVAS_TOKEN_OLD": "s3cret"}, []),
        *((without(*names), [*names]) for names in [[one] for one in ALL[1:]]),
        (without("SIS_CLIENT_ID", "SIS_CLIENT_SECRET"), ["SIS_CLIENT_ID", "SIS_CLIENT_SECRET"]),
        (without("SIS_URL", "SIS_CLIENT_SECRET"), ["SIS_URL", "SIS_CLIENT_SECRET"]),
        ({"CANVAS_URL": URL}, ALL[1:]),
        ({"CANVAS_TOKEN": "s3cret"}, ["CANVAS_URL", "SIS_URL", "SIS_CLIENT_ID", "SIS_CLIENT_SECRET"]),
        (without("CANVAS_URL"), ["CANVAS_URL"]),
        ({**LIVE, "CANVAS_URL": " "}, ["CANVAS_URL"]),
        (without("CANVAS_URL", "CANVAS_TOKEN"), ["CANVAS_URL", "CANVAS_TOKEN"]),
        ({"SIS_URL": SIS}, ["CANVAS_URL", "CANVAS_TOKEN", "SIS_CLIENT_ID", "SIS_CLIENT_SECRET"]),
        *(
            ({name: value}, ALL)
            for name, value in {
                **{"TERM": "5", "CANVAS_ACCOUNT": "7", "SIS_DIALECT": "oneroster", "SCHOOL_LEVEL": "2"},
                **{"SECTION_KEY": "integration_id", "UNENCRYPTED_HOSTS": "a.example", "CANVAS_ADDRESS": URL},
                **{"URL": URL, "FOCUS_URL": SIS, "SIS_CLIENT": "i", "TOKEN": "s3cret"},
            }.items()
        ),
        ({**without("CANVAS_URL"), "CANVAS_URl": URL}, []),
        ({**without("CANVAS_URL"), "CANVAS_ULR": URL}, ["CANVAS_ULR"]),
        ({**without("CANVAS_TOKEN"), "CANVAS_TOKN": "s3cret"}, ["CANVAS_TOKN"]),
        ({**LIVE, "CANVAS_URL": "canvas.example"}, ["CANVAS_URL"]),
        ({**LIVE, "CANVAS_URL": "http://canvas.example"}, ["CANVAS_URL"]),
        ({**LIVE, "CANVAS_URL": "https://canvas.example:port"}, ["CANVAS_URL"]),
        ({**LIVE, "CANVAS_TOKEN": "s3créts"}, ["CANVAS_TOKEN"]),
        ({**LIVE, "SIS_URL": "ftp://focus.example"}, ["SIS_URL"]),
        ({**LIVE, "SIS_DIALECT": "other", "CODEC": "x", "WRITE": "all"}, ["SIS_DIALECT", "CODEC", "WRITE"]),
        ({**LIVE, "KEEP_DAYS": "0", "MAX_NEW": "many"}, ["KEEP_DAYS", "MAX_NEW"]),
        ({**LIVE, "STORE_URL": "postgresql://user:s3cret@127.0.0.1:9/x"}, ["STORE_URL"]),
        ({**LIVE, "STORE_URL": "nonsense"}, ["STORE_URL"]),
        ({**LIVE, "DATA_DIR": "/dev/null/gpb"}, ["DATA_DIR"]),
        ({**LIVE, "DATA_DIR": "/dev/null/gpb", "TIME_ZONE": "Chicago"}, ["TIME_ZONE", "DATA_DIR"]),
        ({"SIGN_IN": "off", "SIS_URL": "x", "KEEP_DAYS": "0"}, ["SIGN_IN", "SIS_URL", "KEEP_DAYS"]),
        *(
            ({**LIVE, "FOCUS_SECTION_LINK": pattern}, ["FOCUS_SECTION_LINK"] if is_wrong else [])
            for pattern, is_wrong in {
                "https://focus.example/s?id={class_id}&c={sis_section_id}": False,
                "http://localhost:9/s/{class_id}": False,
                "http://focus.example/s/{class_id}": True,
                "javascript:alert({class_id})": True,
                "https://focus.example/s": True,
                "https://focus.example/{uuid}": True,
                "https://focus.example/{class_id": True,
                "https://{class_id}.example/": True,
                "https://u:p@focus.example/{class_id}": True,
                "https://focus.example:x/{class_id}": True,
                "https://focus.example/a b/{class_id}": True,
            }.items()
        ),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="Windows knows no /dev/null and no names in small letters")
def test_all_that_is_wrong_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: list[str]
) -> None:
    """By name, in a whole sentence, with an example that is itself right; values and secrets nowhere."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"DATA_DIR": str(tmp_path), **given}.items():
        monkeypatch.setenv(f"GPB_{name}", value)
    _, wrong = wrong_settings()
    assert {one.name for one in wrong} == {f"GPB_{name}" for name in expected}
    assert all(one.sentence.endswith(".") and one.example for one in wrong)
    assert "s3cr" not in repr(wrong)


def test_a_file_that_cannot_be_read_is_the_only_thing_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What seems to be missing may stand in it; what the environment has is still looked at."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes("GPB_TERM=Frühling".encode("utf-16"))
    monkeypatch.setenv("GPB_CANVAS_TOKEN", "t")
    monkeypatch.setenv("GPB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GPB_KEEP_DAYS", "0")
    assert [one.name for one in wrong_settings()[1]] == [".env", "GPB_KEEP_DAYS"]


def test_the_example_of_every_setting_is_right() -> None:
    """A person may copy it; secrets and ids are described, and started_sandbox is nobody's to set."""
    described = {"canvas_token", "sis_client_id", "sis_client_secret", "started_sandbox"}
    examples = {field: example_of(field) for field in set(Settings.model_fields) - described}
    assert all(examples.values())
    assert Settings(**examples)  # type: ignore[arg-type]  # pydantic checks the types

"""Whatever is wrong with the settings, Connections opens and says it; the other pages say one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gpb.errors import StoreError
from gpb.ui.shell.runtime import runtime
from gpb.workspace import Workspace
from tests.pages.conftest import ROOT, unescaped
from tests.pages.test_sign_in import ANN, PROVIDER

WITHOUT = {"GPB_CANVAS_URL": "", "GPB_SIS_CLIENT_SECRET": ""}
STORE = {"GPB_STORE_URL": "postgresql+psycopg://user:s3cret@127.0.0.1:9/x"}


def visited(
    page: str = "overview", secrets: dict[str, Any] | None = None, user: dict[str, Any] | None = None
) -> AppTest:
    """A page as somebody finds it."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, section in (secrets or {}).items():
        app.secrets[name] = section
    if user is not None:
        app.user = user
    return app.run() if page == "overview" else app.run().switch_page(f"pages/{page}.py").run()


def lines(app: AppTest) -> dict[str, list[str]]:
    """First and last column of the first table on the page."""
    table = app.table[0].value
    return {str(name): [unescaped(str(cell)) for cell in table[name]] for name in table.columns}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"GPB_CANVAS_URL": ""}, ["GPB_CANVAS_URL"]),
        (WITHOUT, ["GPB_CANVAS_URL", "GPB_SIS_CLIENT_SECRET"]),
        ({"GPB_CODEC": "x", "GPB_KEEP_DAYS": "0"}, ["GPB_CODEC", "GPB_KEEP_DAYS"]),
        ({"GPB_DATA_DIR": "/dev/null/gpb"}, ["GPB_DATA_DIR"]),
        ({"GPB_MAX_SNAPSHOT_HOURS": "inf", "GPB_KEEP_DAYS": "9" * 12}, ["GPB_KEEP_DAYS", "GPB_MAX_SNAPSHOT_HOURS"]),
        (
            {"GPB_CODEC": "x", "GPB_CANVAS_TOKEN": "", "GPB_DATA_DIR": "/dev/null/gpb"},
            ["GPB_CODEC", "GPB_CANVAS_TOKEN", "GPB_DATA_DIR"],
        ),
        (STORE, ["GPB_STORE_URL"]),
        ({"GPB_SIGN_IN": "off", "GPB_CANVAS_TOKEN": ""}, ["GPB_SIGN_IN", "GPB_CANVAS_TOKEN"]),
        ({"GPB_ALLOWED_PEOPLE": "*", "GPB_SIGN_IN": "required", "GPB_TERN": "5"}, ["GPB_TERN", "[auth]"]),
    ],
)
def test_connections_opens_and_lists_everything(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], expected: list[str]
) -> None:
    """With a right value each, and which secrets are set; other pages lead there, and no sandbox is started."""
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    app = visited("connections")
    assert app.title[0].value == "Connections"
    table = lines(app)
    assert sorted(table["Setting"]) == sorted(expected)
    assert all(table["A right value"])
    secrets = app.table[1].value.set_index("Secret")["Is"]
    assert secrets["GPB_CANVAS_TOKEN"] == ("not set" if changes.get("GPB_CANVAS_TOKEN") == "" else "set")
    assert secrets["GPB_SIS_CLIENT_SECRET"] == ("not set" if changes is WITHOUT else "set")
    assert secrets["Password in GPB_STORE_URL"] == ("set" if changes is STORE else "not set")
    assert "s3cret" not in f"{app.main}{table}"
    other = visited("associate")
    assert other.title[0].value == "Associate"
    assert len(other.error) == 1
    assert "Connections" in str([link.proto.label for link in other.get("page_link")])
    assert not [*app.exception, *other.exception, *other.metric, *other.dataframe]
    assert runtime().sandbox is None


def test_all_that_is_wrong_with_sign_in_is_told_at_once(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """To whoever comes; nothing of the district, and no secret, is on the page."""
    monkeypatch.setenv("GPB_SIGN_IN", "required")
    odd = {**PROVIDER, "cookie_secret": "short-s3cret", "redirect_uri": "http://d.example/x", "client_id": ""}
    app = visited("connections", {"auth": odd}, ANN)
    assert lines(app)["Setting"] == ["[auth] client_id", "[auth] cookie_secret", "[auth] redirect_uri",
                                     "GPB_ALLOWED_PEOPLE"]  # fmt: skip
    assert "s3cret" not in str(app.main)
    assert live.settings.canvas_url not in str(app.main)
    assert len(app.sidebar) == 0


def test_who_is_not_admitted_does_not_see_what_is_wrong(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as sign-in itself is right, the door comes first."""
    for name, value in {"GPB_ALLOWED_PEOPLE": "ann@district.example", "GPB_KEEP_DAYS": "0"}.items():
        monkeypatch.setenv(name, value)
    app = visited("connections", {"auth": PROVIDER}, {"is_logged_in": False})
    assert [button.label for button in app.button] == ["Sign in"]
    assert len(app.table) == 0
    assert lines(visited("connections", {"auth": PROVIDER}, ANN))["Setting"] == ["GPB_KEEP_DAYS"]


@pytest.mark.parametrize("room", ["latest_id", "stand_in", "problems", "several"])
def test_connections_opens_beside_a_store_that_fails_later(
    live: Workspace, app: AppTest, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    """What cannot be read is a sentence in its place; settings and checks are there."""

    def fails(*_: object) -> None:
        raise StoreError("The store is gone.")

    monkeypatch.setattr(f"gpb.term.term.Term.{room}", fails)
    app.switch_page("pages/connections.py").run()
    assert "The store is gone" in unescaped(str([error.value for error in app.error]))
    assert not app.exception
    assert "Check both connections" in [button.label for button in app.button]
    assert live.settings.canvas_url in map(unescaped, app.table[0].value["Value"])

"""Whoever is not admitted any more does nothing and reads nothing, whatever is still on their screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gpb.ui.shell.jobs import Jobs
from gpb.workspace import Workspace
from tests.pages.conftest import opened
from tests.pages.grid import Grid, edit_grid
from tests.pages.test_sign_in import ANN, PROVIDER, sees_rows, visited
from tests.variants import first_quick

PAGES = ("review", "associate", "overview", "audit", "history", "name_check", "connections")
Change = Callable[[AppTest, pytest.MonkeyPatch], None]


def list_changes(_: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann is taken from the list."""
    monkeypatch.setenv("GPB_ALLOWED_PEOPLE", "bob@district.example")


def claims_go(app: AppTest, _: pytest.MonkeyPatch) -> None:
    """Ann is signed out."""
    app.user = {"is_logged_in": False}


def settings_break(_: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can tell who is admitted."""
    monkeypatch.setenv("GPB_SIGN_IN", "perhaps")


CHANGES = [list_changes, claims_go, settings_break]


def admitted(monkeypatch: pytest.MonkeyPatch, user: dict[str, Any] = ANN, people: str = "*") -> AppTest:
    """The dashboard of somebody on the list."""
    monkeypatch.setenv("GPB_ALLOWED_PEOPLE", people)
    app = visited({"auth": PROVIDER}, user)
    assert sees_rows(app)
    return app


def a_pick(live: Workspace, app: AppTest) -> dict[int, str]:
    """A category for the first row of the grid that is Unassociated."""
    rows = live.term.rows()
    keys = rows["group_id"].astype("str") + ":" + rows["section_id"].astype("str")
    found = rows.set_index(keys).loc[Grid(app).frame.index]
    place = found["status"].tolist().index("Unassociated")
    return {place: next(iter(live.term.latest().validity.labels(found.iloc[place]["class_id"])))}


@pytest.mark.parametrize("change", first_quick(CHANGES))
def test_a_pick_of_somebody_who_is_shut_out_is_no_draft(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    """The grid is still on the screen, and its callback runs before the door is drawn."""
    app = opened(admitted(monkeypatch), "associate")
    picked = a_pick(live, app)
    change(app, monkeypatch)
    edit_grid(app, picked)
    assert live.term.drafts().frame().empty
    assert not sees_rows(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.slow
def test_no_button_does_anything_for_somebody_who_is_shut_out(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """On no page: the store is as it was, and nothing is begun."""
    begun: list[str] = []
    starts = {name: getattr(Jobs, name) for name in ("start", "start_alone")}
    for name, real in starts.items():

        def noted(self: Jobs, kind: str, person: str, work: Any, real: Any = real) -> Any:  # fmt: skip
            begun.append(kind)
            return real(self, kind, person, work)

        monkeypatch.setattr(Jobs, name, noted)
    app = opened(admitted(monkeypatch), "associate")
    edit_grid(app, a_pick(live, app))
    opened(app, page)
    labels = [button.label for button in app.button]
    assert "Sign out" in labels
    for place, label in enumerate(labels):
        if label == "Sign out" or app.button[place].disabled:
            continue
        before, known = _stored(live), len(begun)
        monkeypatch.setenv("GPB_ALLOWED_PEOPLE", "bob@district.example")
        app.button[place].click().run()
        assert (_stored(live), begun[known:], sees_rows(app)) == (before, [], False), label
        monkeypatch.setenv("GPB_ALLOWED_PEOPLE", "*")
        opened(app.run(), page)


def _stored(live: Workspace) -> dict[str, bytes]:
    folder = Path(live.settings.data_dir)
    return {
        str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".log"
    }


@pytest.mark.parametrize("user", [None, {"is_logged_in": False}, {**ANN, "email_verified": False}])
def test_a_workspace_is_for_the_admitted(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, user: dict[str, Any] | None
) -> None:
    """Whatever asks for it, be it a page or a callback."""
    monkeypatch.setenv("GPB_ALLOWED_PEOPLE", "ann@district.example")

    def script() -> None:
        import streamlit as st  # noqa: PLC0415  # it runs as a file of its own

        from gpb.errors import NotAdmitted  # noqa: PLC0415
        from gpb.ui.shell.session import workspace  # noqa: PLC0415

        try:
            workspace()
        except NotAdmitted:
            st.title("refused")

    app = AppTest.from_function(script)
    app.secrets["auth"] = PROVIDER
    app.user = user or {}
    assert [title.value for title in app.run().title] == ["refused"]


def test_a_bar_that_runs_by_itself_leads_to_the_door(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is drawn again several times a second, without the router."""
    monkeypatch.setenv("GPB_ALLOWED_PEOPLE", "bob@district.example")

    def script() -> None:
        import streamlit as st  # noqa: PLC0415  # it runs as a file of its own

        from gpb.ui.shell.jobs import Job  # noqa: PLC0415
        from gpb.ui.shell.progress import show_job  # noqa: PLC0415

        if st.session_state.get("is_drawn"):
            st.title("the page is run anew")
            st.stop()
        st.session_state["is_drawn"] = True
        show_job(Job("review", "Ann", text="Lincoln High"))

    app = AppTest.from_function(script)
    app.secrets["auth"] = PROVIDER
    app.user = ANN
    assert [title.value for title in app.run().title] == ["the page is run anew"]


@pytest.mark.parametrize(
    ("user", "name"),
    first_quick(
        [
            (ANN, "ann@district.example"),
            ({**ANN, "email_verified": False}, "248289761001"),
            ({**ANN, "email_verified": None, "email": "principal@district.example"}, "248289761001"),
            ({"is_logged_in": True, "sub": "248289761001", "name": "The principal"}, "248289761001"),
        ],
        2,
    ),
)
def test_a_draft_carries_a_name_that_nobody_can_choose(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, user: dict[str, Any], name: str
) -> None:
    """The address that the provider has verified, else its id of the person."""
    app = opened(admitted(monkeypatch, user), "associate")
    edit_grid(app, a_pick(live, app))
    assert live.term.drafts().frame()["person"].tolist() == [name]


def test_somebody_without_any_name_edits_nothing(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider told neither a verified address nor an id."""
    app = admitted(monkeypatch, {"is_logged_in": True, "name": "Ann"})
    app.switch_page("pages/associate.py").run()
    assert live.term.drafts().frame().empty
    assert "sends neither your email address nor your id" in app.error[0].value

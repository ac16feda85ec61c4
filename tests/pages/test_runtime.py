"""What all sessions of the process share stays bounded."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from gpb.ui.shell.runtime import OPEN_AT_MOST, Runtime, runtime
from gpb.workspace import Workspace
from tests.pages.conftest import opened


def test_one_visitor_cannot_open_stores_without_end(workspace: Workspace) -> None:
    """Every address with another term asks for a workspace; only the last used ones stay open."""
    shared = Runtime()
    first = shared.workspace(workspace.settings)
    several = [
        shared.workspace(workspace.settings.model_copy(update={"term": str(n)})) for n in range(OPEN_AT_MOST - 1)
    ]
    assert shared.workspace(workspace.settings) is first
    more = [shared.workspace(workspace.settings.model_copy(update={"term": f"more {n}"})) for n in range(40)]
    pools = [one._database.engine.pool.checkedin() for one in [*several, *more]]  # type: ignore[attr-defined]  # of a queue
    assert sum(1 for size in pools if size) <= OPEN_AT_MOST
    assert shared.workspace(more[-1].settings) is more[-1]
    assert shared.workspace(workspace.settings) is not first


def test_a_term_has_one_workspace_whatever_way_it_was_named(app: AppTest, live: Workspace) -> None:
    """A link with its number, the list of terms, and no name at all lead to the same one: one memory, one job."""
    names = ("", str(live.term.latest().facts.term_id), f"sis_term_id:{live.term.latest().facts.sis_term_id}")
    assert len(set(names)) == 3
    assert [live.term.is_named(name) for name in (*names, "9999")] == [True, True, True, False]
    app.run()
    default = runtime()._workspaces[-1]  # the one that was used last
    app.session_state["term"] = names[1]  # as a link does in a session that begins with it
    opened(app, "associate")
    assert runtime()._workspaces[-1] is default

"""The Audit and History pages where another hand undid a sync: what was confirmed is told, and drafted again."""

from __future__ import annotations

import asyncio

import pytest
from streamlit.testing.v1 import AppTest

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.pages.conftest import opened, words
from tests.pages.test_audit import shown
from tests.pages.test_manners import button
from tests.sync.conftest import apply, choose_first, free_rows


def undone(live: Workspace, box: Running, number: int) -> str:
    """A sync of so many rows, which another tool has undone since, and the pull that shows it; the run."""
    before = look(box, "state")["groups"]
    rows = free_rows(live, number)
    choose_first(live, rows)
    run = str(apply(live)["run"])
    for group_id in rows["group_id"]:
        tell(box, f"integration_data/{group_id}", before[str(group_id)])
    asyncio.run(live.term.pull())
    return run


@pytest.mark.slow
def test_one_click_drafts_again_what_another_tool_undid(app: AppTest, live: Workspace, box: Running) -> None:
    """All that is listed; a row that somebody has drafted since stays so. A sync then leaves nothing to tell."""
    run = undone(live, box, 3)
    first = live.audit.no_longer_standing().iloc[0]
    other = list(live.term.latest().validity.options(first["class_id"]))[1]
    edit_now(live, {(first["group_id"], first["section_id"]): other}, person="bob")
    opened(app, "audit")
    app.selectbox(key="audit_finding").select("changed_outside").run()
    assert len(shown(app)) == 3
    assert all(f"Canvas has nothing now. Run {run} (ann, " in text for text in shown(app))
    button(app, "Draft 3 rows again")
    assert "2 rows drafted again" in words(app)
    assert "1 row already had a draft" in words(app)
    assert "drafted by bob" in words(app)
    assert sorted(live.term.drafts().frame()["person"] == "bob") == [False, False, True]
    assert apply(live)["confirmed"] == 3
    app.run()
    assert not [found for found in app.button if found.label.endswith(" again")]


@pytest.mark.slow
def test_a_refreshed_canvas_is_told_above_all_else_with_one_button(app: AppTest, live: Workspace, box: Running) -> None:
    """And the list has one line for it; History lists the rows with the run that had confirmed them."""
    run = undone(live, box, 12)
    app.switch_page("pages/audit.py").run()
    (notice,) = app.error
    assert "12 of 12 associations that syncs had confirmed are not in Canvas any more" in notice.value
    assert sum("looks like a Canvas that was refreshed" in text for text in shown(app)) == 1
    opened_history = opened(app, "history")
    opened_history.segmented_control(key="history_view").set_value("Changed outside").run()
    assert app.dataframe[0].value["run"].tolist() == [run] * 12
    app.switch_page("pages/audit.py").run()
    button(app, "Draft all 12 again")
    assert "12 rows drafted again" in words(app)
    assert len(live.term.drafts().frame()) == 12

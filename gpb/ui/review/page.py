"""The Review page: what will change, what stands in the way, and the sync itself.

Session-state keys: those of ``door``, ``review_page`` (int, page of courses; set by the pagination).
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from gpb.store.run_records import ChangeKind
from gpb.sync.kinds.change import VERBS
from gpb.sync.plan import Drafted, rows_of, told, waiting
from gpb.ui.review.moved import moved_panel
from gpb.ui.shell.tables import change_table
from gpb.ui.sync.button import sync_button
from gpb.ui.sync.door import enter
from gpb.ui.sync.unfinished import unfinished_panel
from gpb.ui.text import count, plain, sentence
from gpb.workspace import Workspace


def review(opened: Workspace) -> None:
    """Draw the page: a running sync alone, else unfinished runs, moved drafts and the plan."""
    if enter():
        return
    live = opened.runs.live()
    if live is not None:
        st.markdown("**Syncing.** You can go on elsewhere or close this page: the sync continues.")
        return
    for record in opened.runs.unfinished():
        unfinished_panel(opened, record)
    moved_panel(opened)
    _plan(opened)


def _plan(opened: Workspace) -> None:
    drafted = opened.drafted()
    plan = drafted.plan
    st.header("What will change in Canvas")
    left_out = told(waiting(opened.term.rows()))
    if left_out is not None:
        st.warning(sentence(left_out), icon=":material/help:")
    _left_out(drafted)
    if not plan.changes:
        st.info(
            "There is nothing to sync yet. Pick categories on the **Associate** page first.", icon=":material/check:"
        )
        return
    kinds = plan.kinds
    if plan.is_of(ChangeKind.MEMBERSHIP):
        st.markdown(IN_FOCUS)
    if plan.is_of(ChangeKind.GROUP_NAME):
        st.markdown(BY_NAME)
    shown = [(label, kinds.get(verb, 0)) for verb, label in KINDS.items() if plan.is_of(VERBS[verb])]
    for place, (label, number) in zip(st.columns(len(shown)), shown, strict=True):
        place.metric(label, f"{number:,}", border=True)
    if any(record.ended_at is None for record in opened.runs.unfinished()):
        st.info(
            "A run was interrupted. Resume or close it first; then these changes can be synced.", icon=":material/info:"
        )
    else:
        sync_button(opened, plan)
    _by_course(rows_of(plan))


def _left_out(drafted: Drafted) -> None:
    """What no name can bring about, with the reason."""
    if not drafted.left_out:
        return
    number = count(len(drafted.left_out), "draft is", "drafts are")
    st.warning(f"{number} left out, because the name of a group cannot bring it about.", icon=":material/help:")
    with st.expander("Which, and why", key="review_left_out"):
        table = rows_of(replace(drafted.plan, changes=tuple(one.change for one in drafted.left_out)))
        reasons = [f"{one.reason[0].upper()}{one.reason[1:]}." for one in drafted.left_out]
        change_table(table.drop(columns="kind").assign(reason=reasons))


def _by_course(table: pd.DataFrame) -> None:
    courses = list(table.groupby(["school", "course", "course_id"], sort=False))
    pages = -(-len(courses) // LISTED)
    if st.session_state.get("review_page", 1) > pages:
        st.session_state["review_page"] = 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{count(len(courses), 'course')}**, before → after:")
        page = st.pagination(pages, key="review_page") if pages > 1 else 1
    shown = courses[(page - 1) * LISTED : page * LISTED]
    for number, ((school, course, course_id), changes) in enumerate(shown):
        label = f"**{plain(course)}** · {plain(school)} — {count(len(changes), 'change')}"
        with st.expander(label, expanded=number < EXPANDED, key=f"review_course_{course_id}"):
            change_table(changes.drop(columns=["school", "course"]))


KINDS = {"associate": "New associations", "reassociate": "Changed associations", "unassociate": "Removed associations",
         "rename": "Rows that get their category by name",
         "add to category": "Rows added to a category in Focus"}  # fmt: skip
IN_FOCUS = (
    "First, sections will be **added to grading categories in Focus**, some of them perhaps new; what rests on that "
    "comes after it."
)
BY_NAME = (
    "Assignment groups will be **renamed** to the category that you chose: grade passback finds it by the name where "
    "there is no association. Teachers and students see the new names."
)
LISTED, EXPANDED = 20, 4  # courses

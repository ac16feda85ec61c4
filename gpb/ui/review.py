"""The Review page: what will change, what stands in the way, the sync itself and its outcome.

Session-state keys: ``review_number`` (str, what was typed to pass a gate; emptied by the sync), ``review_page`` (int,
page of courses; set by the pagination), ``sync_run`` (str, the run that this session began or saw last) and
``sync_told`` (str, the outcome that was announced last, so that a toast comes once).
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.errors import GateError
from gpb.store.runs import RunRecord
from gpb.sync.gates import passed_back_objection
from gpb.sync.plan import Plan, rows_of
from gpb.ui.moved import moved_panel
from gpb.ui.passed_back import find_passed_back
from gpb.ui.progress import show_run, start_run
from gpb.ui.session import callback, person, say, workspace
from gpb.ui.text import count, local_time, plain, sentence
from gpb.workspace import Workspace

HEIGHT = 420
CHANGE_COLUMNS = {
    "kind": "Change", "group": "Assignment group", "section": "SIS Section", "before": "Before", "after": "After",
    "outcome": "Outcome", "reason": "Reason", "course": "Course", "school": "School",
}  # fmt: skip


def review(opened: Workspace) -> None:
    """Draw the page: a running sync alone, else the last outcome, unfinished runs, moved drafts and the plan."""
    live = opened.live_run()
    if live is not None:
        st.session_state["sync_run"] = live.run_id
        st.markdown("**Syncing.** You may close this page: the run goes on, and History shows it.")
        show_run(opened, live)
        return
    if "sync_run" in st.session_state:
        _outcome(opened, opened.journal.run(st.session_state["sync_run"]))
    _unfinished(opened)
    moved_panel(opened)
    _plan(opened)


def change_table(frame: pd.DataFrame) -> None:
    """A table of changes, with outcomes where there are any."""
    shown = frame[[name for name in CHANGE_COLUMNS if name in frame.columns]]
    height = min(HEIGHT, 38 + 35 * len(shown))
    st.dataframe(shown, hide_index=True, height=height, column_config=CHANGE_COLUMNS)


def _plan(opened: Workspace) -> None:
    plan = opened.plan()
    st.subheader("What will change in Canvas")
    if not plan.changes:
        st.info("There is nothing to sync. Pick categories on the **Associate** page first.", icon=":material/check:")
        return
    kinds = plan.kinds
    for place, (kind, label) in zip(st.columns(3), KINDS.items(), strict=True):
        place.metric(label, f"{kinds[kind]:,}", border=True)
    if any(record.ended_at is None for record in opened.unfinished()):
        st.info("Resume the run that was cut off first; then this can be synced.", icon=":material/info:")
    else:
        sync_button(opened, plan)
    _by_course(rows_of(plan))


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


KINDS = {"associate": "New associations", "reassociate": "Changed associations", "unassociate": "Taken away"}
LISTED, EXPANDED = 20, 4  # courses


def sync_button(opened: Workspace, plan: Plan, label: str = "Sync Categories") -> None:
    """The button that writes a plan; behind a gate the number of rows has to be typed first."""
    concerned = find_passed_back(opened, plan)
    if concerned is None:
        return
    opened.check(plan, force=True)  # a stale plan is refused whatever is typed
    against = [*opened.objections(plan), *passed_back_objection(concerned)]
    if against and not _confirmed(plan, against):
        return
    groups = count(len(plan.by_group()), "assignment group")
    st.button(
        label,
        type="primary",
        icon=":material/sync:",
        on_click=_sync,
        args=(plan, frozenset(map(type, against))),
        help=f"Writes {count(len(plan.changes), 'row')} in {groups} to Canvas.",
        key=f"sync_{plan.undo_of or 'drafts'}",
    )


def _confirmed(plan: Plan, against: list[GateError]) -> bool:
    """Whether somebody has read everything that speaks against the plan, and typed its number of rows."""
    for objection in against:
        st.warning(sentence(objection), icon=":material/front_hand:")
    rows = str(len(plan.changes))
    typed = st.text_input(f"Type {rows} to confirm that all these rows shall change", key="review_number")
    return typed.strip() == rows


def _sync(plan: Plan, accepted: frozenset[type[GateError]]) -> None:
    with callback():
        opened = workspace()
        present = opened.undo(plan.undo_of).plan if plan.undo_of else opened.plan()
        if present.checksum != plan.checksum:
            say("warning", "Somebody changed drafts or synced since you looked. Review again, then sync.")
            return
        opened.check(plan, force=True)
        for objection in opened.objections(plan):
            if type(objection) not in accepted:  # it was not on the page that was confirmed
                raise objection
        st.session_state["review_number"] = ""
        _go(opened, opened.begin(plan, person(), queued=opened.settings.queues_runs))


def _go(opened: Workspace, run_id: str) -> None:
    st.session_state["sync_run"] = run_id
    start_run(opened, run_id)


def _outcome(opened: Workspace, record: RunRecord) -> None:
    if record.ended_at is None or record.scope != opened.latest().facts.scope:
        return
    rows = opened.outcomes(record)
    done = rows.loc[rows["outcome"].isin(["confirmed", "unchanged"])]
    failed = rows.loc[~rows.index.isin(done.index)]
    groups, sections = done["group_id"].nunique(), done["section_id"].nunique()
    told = (
        f"{count(groups, 'assignment group')} in {count(sections, 'section')} synchronized "
        f"({count(len(done), 'row')}), by {plain(record.person)} at {local_time(record.started_at)}."
    )
    if st.session_state.get("sync_told") != told:
        st.session_state["sync_told"] = told
        st.toast(told, icon=":material/check_circle:" if failed.empty else ":material/warning:")
    if failed.empty:
        st.success(told, icon=":material/check_circle:")
        return
    why = f" {sentence(record.reason)}" if record.reason else ""
    st.warning(f"{told} {count(len(failed), 'row was', 'rows were')} not.{why}", icon=":material/warning:")
    change_table(failed)


def _unfinished(opened: Workspace) -> None:
    for record in opened.unfinished():
        left = opened.journal.summary(record.run_id)
        rows = count(left["not_attempted"] + left["unknown"], "row is open", "rows are open")
        began = f"The run of {plain(record.person)}, {local_time(record.started_at)}, "
        how = "was cut off" if record.ended_at is None else "is not finished"
        way = "**Resume** looks at each of them in Canvas again, and sends only what is not there yet."
        st.warning(f"{began}{how}: {rows}. {way}", icon=":material/warning:")
        st.button(
            "Resume",
            key=f"resume_{record.run_id}",
            icon=":material/play_arrow:",
            on_click=resume,
            args=(record.run_id,),
        )


def resume(run_id: str) -> None:
    """Finish a run that a crash or an error left; a callback."""
    with callback():
        opened = workspace()
        _go(opened, opened.resume(run_id, person(), queued=opened.settings.queues_runs))

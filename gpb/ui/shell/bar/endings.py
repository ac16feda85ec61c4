"""What is told when something has ended: once in a session, with the ways on.

Session-state keys: ``endings`` (list of Ending, the last of each kind; added when it is told, taken away when it was
dismissed or its rows were opened) and ``own_ended`` (int, how many syncs of this person were told).
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from gpb.audit.figures import Figure, figures
from gpb.store.run_records import ChangeKind, RowOutcome, RunRecord
from gpb.ui.entrance.admission import person
from gpb.ui.focus import give_focus
from gpb.ui.shell.bar.works import PAST, PULL, REPORT
from gpb.ui.shell.jobs import Job
from gpb.ui.shell.session import callback
from gpb.ui.text import count, local_time, plain, sentence
from gpb.workspace import Workspace

DONE = (RowOutcome.CONFIRMED, RowOutcome.UNCHANGED)


@dataclass(frozen=True)
class Ending:
    """What ended and how (``told``, Markdown; ``well`` or not); of a run also its id, term and whether Undo helps."""

    kind: str
    told: str
    well: bool
    run_id: str = ""
    term: str = ""
    may_undo: bool = False


def of_run(opened: Workspace, run_id: str) -> Ending:
    """The end of a sync, with what is left of its term."""
    record = opened.runs.run(run_id)
    told, well, wrote = outcome(opened, record)
    if record.person == person():
        st.session_state["own_ended"] = st.session_state.get("own_ended", 0) + 1
    term = record.scope.rpartition("#")[2]
    if opened.term.latest_id() is not None and opened.term.latest().facts.scope == record.scope:
        told += f" {_left(opened)}"
    else:
        told += f" {plain(record.term)}."
    return Ending("sync", told, well, run_id, term, may_undo=wrote and record.undo_of is None)


def outcome(opened: Workspace, record: RunRecord) -> tuple[str, bool, bool]:
    """How a run ended, as Markdown; whether all its rows came true, and whether any was written."""
    rows = opened.runs.outcomes(record)
    is_done = rows["outcome"].isin(DONE)
    failed = int((~is_done).sum())
    done = rows.loc[is_done & rows["change"].ne(ChangeKind.MEMBERSHIP)]  # Focus' part of a row is none of its own
    by = f"by {plain(record.person)} at {local_time(record.started_at)}."
    if record.undo_of is None:
        groups, sections = done["group_id"].nunique(), done["section_id"].nunique()
        told = f"{count(groups, 'assignment group')} in {count(sections, 'section')} synchronized"
        told += f" ({count(len(done), 'row')}), {by}"
        unwell = f" {count(failed, 'row was', 'rows were')} not synchronized."
    else:
        told = f"Undo: {count(len(done), 'row')} taken back, {by}"
        unwell = f" {count(failed, 'row was', 'rows were')} not taken back."
    if failed:
        told += unwell + (f" {sentence(record.reason)}" if record.reason else "")
    return told, failed == 0, bool(rows["outcome"].eq(RowOutcome.CONFIRMED).any())


def of_job(kind: str, job: Job) -> Ending:
    """The end of a Refresh, of reading an earlier term, or of a report."""
    if job.error:
        return Ending(kind, sentence(job.error), well=False)
    if kind == PULL:
        rows, courses = job.result.get("rows", 0), job.result.get("courses", 0)
        return Ending(kind, f"Refreshed: {count(rows, 'row')} in {count(courses, 'course')}.", well=True)
    told = {PAST: "The earlier term was read.", REPORT: "Your report is ready: download it on the Audit page."}
    return Ending(kind, told[kind], well=True)


def of_pull_beside(opened: Workspace, who: str) -> Ending:
    """The end of a Refresh that somebody began elsewhere, on the command line for example; empty: nobody knows who."""
    snapshot = opened.term.latest()
    rows, courses = count(snapshot.facts.rows, "row"), count(len(snapshot.tables["courses"]), "course")
    by = f" by {plain(who)}" if who else ""
    return Ending(PULL, f"Refreshed{by}: {rows} in {courses}.", well=True)


def keep(ending: Ending) -> None:
    """Tell it from now on, in the place of an older one of its kind."""
    others = [one for one in st.session_state.get("endings", []) if one.kind != ending.kind]
    st.session_state["endings"] = [*others, ending]


def forget_opened(run_id: str | None) -> None:
    """Whoever has opened the rows of a run, has read how it ended."""
    told = st.session_state.get("endings", [])
    st.session_state["endings"] = [one for one in told if not run_id or one.run_id != run_id]


def show(ending: Ending, *, asks: bool) -> None:
    """Draw it with its buttons; ``asks``: the page behind it shows what was before, and is drawn anew on request."""
    box, icon = (st.success, ":material/check_circle:") if ending.well else (st.warning, ":material/warning:")
    with st.container(horizontal=True, vertical_alignment="center", key=f"ending_{ending.kind}"):
        box(ending.told, icon=icon)
        if ending.run_id:
            to = {"run": ending.run_id, "term": ending.term}
            st.page_link("pages/history.py", label="See rows", icon=":material/list:", query_params=to)
            if ending.may_undo:
                undo = {**to, "undo": "true"}
                st.page_link("pages/history.py", label="Undo", icon=":material/undo:", query_params=undo)
        elif ending.kind == REPORT and ending.well:
            st.page_link("pages/audit.py", label="Open Audit", icon=":material/fact_check:")
        if asks and st.button("Show new data", icon=":material/refresh:", key=f"show_after_{ending.kind}"):
            forget(ending)
            st.rerun(scope="app")
        st.button("Dismiss", icon=":material/close:", type="tertiary", key=f"dismiss_{ending.kind}",
                  on_click=_dismiss, args=(ending,))  # fmt: skip
        if ending.kind == "sync":  # its button is gone: the keyboard goes on here
            give_focus("ended", st.session_state.get("own_ended", 0), f"ending_{ending.kind}")


def forget(ending: Ending) -> None:
    """Tell it no longer."""
    st.session_state["endings"] = [one for one in st.session_state.get("endings", []) if one != ending]


@callback()
def _dismiss(ending: Ending) -> None:
    forget(ending)


def _left(opened: Workspace) -> str:
    """What is left to do in the term."""
    numbers = figures(opened.term.rows(), (Figure.TO_DO, Figure.DRAFTED)).set_index("figure")["rows"]
    to_do, drafts = int(numbers[Figure.TO_DO.value]), int(numbers[Figure.DRAFTED.value])
    return f"Left: {count(to_do, 'row')} to do, {count(drafts, 'draft')} to sync."

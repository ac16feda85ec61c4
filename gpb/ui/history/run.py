"""One run on the History page: how it ended row by row, what was taken back, what stands no longer, and the ways on."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.tables import changes_of_a_run
from gpb.keys import keys
from gpb.matching.labels import shown_titles
from gpb.store.run_records import RowOutcome, RunRecord
from gpb.sync.plan import rows_of
from gpb.sync.undo import Undo
from gpb.ui.editing.again import draft_again, rows_again
from gpb.ui.shell.bar.endings import DONE, outcome
from gpb.ui.shell.links import address
from gpb.ui.shell.session import callback
from gpb.ui.shell.tables import change_table, listed, say_how_many
from gpb.ui.sync.button import sync_button
from gpb.ui.sync.unfinished import unfinished_panel
from gpb.ui.text import count, fingerprint, local_time, plain
from gpb.workspace import Workspace

LOST = {"group": "Assignment group", "section": "SIS Section", "was": "Synced", "now": "Is now", "course": "Course"}


def run_panel(opened: Workspace, record: RunRecord, undone_by: list[RunRecord], *, opens_undo: bool) -> None:
    """Draw it; ``undone_by`` are the runs that took it back, tried to, or are at it, the oldest first."""
    is_live = opened.runs.is_live(record.run_id)
    outcomes = opened.runs.outcomes(record)
    if not is_live:
        told, well, _ = outcome(opened, record)
        (st.success if well else st.warning)(told, icon=f":material/{'check_circle' if well else 'warning'}:")
    if record.undo_of:
        st.page_link("pages/history.py", label=f"This run takes back the run {record.undo_of}",
                     icon=":material/undo:", query_params=address(run=record.undo_of))  # fmt: skip
    for one in opened.runs.accepted(record.run_id):
        st.caption(f"Accepted by {plain(one.person)}, {local_time(one.at)}: {plain(one.sentence)}")
    running = [one for one in undone_by if opened.runs.is_live(one.run_id)]
    if running:
        st.info("This run is being taken back: the bar below shows how far.", icon=":material/undo:")
    taken = [_taken_back(opened, one) for one in undone_by if one not in running]
    first, second = st.container(), st.container()
    with second if opens_undo else first:  # whoever came to undo, sees that first
        _no_longer_standing(opened, record)
        _outcomes(outcomes)
        _report(opened, record, outcomes)
    with first if opens_undo else second:
        if not is_live:
            _retry(opened, record, outcomes)
            if record.run_id in {one.run_id for one in opened.runs.unfinished()}:
                unfinished_panel(opened, record)
            if not running:
                _undo(opened, opened.runs.undo(record.run_id), frozenset().union(*taken), opens=opens_undo)


def _outcomes(outcomes: pd.DataFrame) -> None:
    """Every row before → after with its outcome, those that need somebody first."""
    is_done = outcomes["outcome"].isin(DONE)
    by_outcome = outcomes["outcome"].value_counts()
    told = " · ".join(f"{number:,} {name}" for name, number in by_outcome.items())
    st.markdown(f"**{count(len(outcomes), 'row')}**, before → after: {told}")
    change_table(pd.concat([outcomes.loc[~is_done], outcomes.loc[is_done]]))


def _taken_back(opened: Workspace, undoing: RunRecord) -> frozenset[tuple[int, int]]:
    """Tell how an undo ended: what it took back, what it did not, and why; the rows that it took back."""
    rows = opened.runs.outcomes(undoing)
    failed = rows.loc[~rows["outcome"].isin(DONE)]
    told, well, _ = outcome(opened, undoing)
    (st.info if well else st.warning)(told, icon=":material/undo:")
    if len(failed):
        with st.expander(f"{count(len(failed), 'row')} not taken back, and why"):
            change_table(failed)
    return frozenset((group, section) for group, section in keys(rows.loc[rows["outcome"].isin(DONE)]))


def _retry(opened: Workspace, record: RunRecord, outcomes: pd.DataFrame) -> None:
    """The way to rows that were refused or had changed: their drafts are still there, or the undo is made anew."""
    failed = outcomes.loc[outcomes["outcome"].isin([RowOutcome.REJECTED, RowOutcome.CONFLICT])]
    if failed.empty:
        return
    if record.undo_of:
        to = address(run=record.undo_of, undo="true")
        label = f"Retry: undo what is left of the run {record.undo_of}"
        st.page_link("pages/history.py", label=label, icon=":material/replay:", query_params=to)
        return
    drafts = opened.term.drafts().frame()
    waiting = len(set(keys(failed)) & set(keys(drafts)))
    if waiting:
        label = f"Retry {count(waiting, 'row')}: their drafts are kept, review and sync them again"
        st.page_link("pages/review.py", label=label, icon=":material/replay:", query_params=address())


def _no_longer_standing(opened: Workspace, record: RunRecord) -> None:
    """What this run had confirmed and somebody changed in Canvas since, with a way to draft it again."""
    lost = opened.audit.no_longer_standing()
    lost = lost.loc[lost["run"].eq(record.run_id)]
    if lost.empty:
        return
    are = f"{count(len(lost), 'row')} of this run no longer stand{'s' if len(lost) == 1 else ''}"
    st.warning(f"{are} in Canvas or Focus as synced.", icon=":material/history:")
    first = listed(lost)
    table = first.assign(was=shown_titles(first["was"]), now=shown_titles(first["now"]))
    st.dataframe(table[list(LOST)], hide_index=True, column_config=LOST, alt="Rows that no longer stand")
    say_how_many(lost)
    st.button(f"Draft {count(len(lost), 'row')} again", icon=":material/redo:", on_click=_draft_again,
              args=(opened.term.latest().id, record.run_id),
              key=f"again_{record.run_id}_{fingerprint(lost['section_id'])}")  # fmt: skip


@callback()
def _draft_again(snapshot_id: str, run_id: str) -> None:
    """As a callback: rows that stand again by now are left out."""
    lost = rows_again(None)
    draft_again(snapshot_id, lost.loc[lost["run"].eq(run_id)])


def _undo(opened: Workspace, back: Undo, taken: frozenset[tuple[int, int]], *, opens: bool) -> None:
    """The plan back, and what stays, with its reason; rows that an undo of this run has taken back are not told."""
    skipped = tuple(change for change in back.skipped if change.key not in taken)
    needed = tuple(change for change in back.needed if change.key not in taken)
    kept = (
        (skipped, "row", "left as is: somebody changed that since."),
        (needed, "section", "left in the category in Focus: another row still needs it there."),
    )
    with st.expander(f"Undo this run ({count(len(back.plan.changes), 'row')})", icon=":material/undo:", expanded=opens):
        for changes, unit, told in kept:
            if changes:
                st.markdown(f"{count(len(changes), unit)} will be {told}")
                change_table(rows_of(replace(back.plan, changes=changes)).drop(columns=["kind", "why"]))
        if back.plan.changes:
            which = "Every other row" if skipped or needed else "Every row"
            st.markdown(f"{which} returns to what it was before the run:")
            change_table(rows_of(back.plan).drop(columns=["kind", "why"]))
            sync_button(opened, back.plan, label=f"Undo {count(len(back.plan.changes), 'row')}")
        else:
            left = "." if needed else ": none of this run’s changes are in Canvas now."
            st.markdown(f"There is nothing to undo{left}")


def _report(opened: Workspace, record: RunRecord, outcomes: pd.DataFrame) -> None:
    snapshot = opened.term.latest()
    st.download_button(
        "Changes of this run (CSV)",
        lambda: safe_csv(
            changes_of_a_run(record, outcomes, snapshot.associations()),
            Provenance(snapshot.id, snapshot.facts, zone=opened.settings.zone),
        ),
        file_name=f"run {record.run_id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )

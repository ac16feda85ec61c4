"""A run that was left with open rows: finish it, or close it for good."""

from __future__ import annotations

import streamlit as st

from gpb.store.run_records import RunRecord
from gpb.sync.door import Review
from gpb.sync.plan import rows_of
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.shell.tables import change_table
from gpb.ui.sync.door import Way, asked, door_button
from gpb.ui.text import count, local_time, plain
from gpb.workspace import Workspace


def unfinished_panel(opened: Workspace, record: RunRecord) -> None:
    """Say what was left of the run, and draw both ways on."""
    left = opened.runs.counts(record.run_id)
    rows = count(left["not_attempted"] + left["unknown"], "row is not yet written", "rows are not yet written")
    began = f"The run of {plain(record.person)}, {local_time(record.started_at)}, "
    how = "was interrupted" if record.ended_at is None else "is not complete"
    way_on = "**Resume** checks each of them in Canvas again, and sends only what is not there yet."
    st.warning(f"{began}{how}: {rows}. {way_on}", icon=":material/warning:")
    way = Way(f"resume_{record.run_id}", "Resume", ":material/play_arrow:", _resume, primary=False)
    review = asked(way, f"{rows} {opened.term.latest_id()}", lambda _: opened.door.review_resume(record.run_id))
    if review is not None:
        if review.objections and review.plan.changes:
            with st.expander(f"{count(len(review.plan.changes), 'remaining row')}"):
                maybe = [change.target in review.sent for change in review.plan.changes]
                outcome = ["may have been sent" if one else "not sent" for one in maybe]
                change_table(rows_of(review.plan).assign(outcome=outcome))
        door_button(way, review, "Saves the remaining rows of this run to Canvas.", name=review.plan.checksum)
    with st.popover("Close this run", icon=":material/block:"):
        st.markdown(
            "Its remaining rows will never be written, and nobody can resume it. What it has already written stays."
        )
        key = f"close_{record.run_id}"
        st.button("Close for good", on_click=_close, args=(record.run_id,), key=key)


async def _resume(opened: Workspace, review: Review, accepted: frozenset[str], who: str) -> str:
    return await opened.door.resume(review, accepted, who, queued=opened.settings.queues_runs)


@callback()
def _close(run_id: str) -> None:
    workspace().runs.close(run_id, person())
    say("success", f"Run {run_id} is closed: its remaining rows will not be written.")

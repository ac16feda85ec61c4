"""The button that writes a plan to Canvas, with what is to be known before."""

from __future__ import annotations

import streamlit as st

from gpb.errors import PlanStale
from gpb.store.run_records import ChangeKind
from gpb.sync.door import Review
from gpb.sync.evidence import lasting_icons
from gpb.sync.plan import Plan
from gpb.sync.planning.room import Drafted
from gpb.ui.sync.door import Way, asked, door_button, shut_button
from gpb.ui.text import count, sentence
from gpb.workspace import Workspace

STALE = "Someone changed drafts or synced since you looked. Review the changes again, then sync."


def drafts_button(opened: Workspace, drafted: Drafted, against: str | None) -> None:
    """The button that writes the drafts to Canvas; what speaks against it has to be accepted first.

    Focus is asked once about everything that is drafted: what a person holds back, or lets go, is told at once, and an
    edit asks about what is new alone.
    ``against`` is why nothing can be begun now: then nobody is asked to accept anything.
    """

    async def go(there: Workspace, shown: Review, accepted: frozenset[str], who: str) -> str:
        if there.planning.drafted().name != drafted.name:
            raise PlanStale(STALE)
        return await there.door.begin(shown, accepted, who, queued=there.settings.queues_runs)

    way = Way("sync_drafts", "Sync Categories", ":material/sync:", go)
    notes, place = st.container(), st.container()
    if against or not drafted.plan.changes:
        with place:
            shut_button(way, against or "Nothing is ticked below.")
        return
    with notes:
        everything = drafted.asked
        seen = asked(way, everything.name, lambda known: opened.door.look(everything.whole, known, everything.rows))
        if seen is not None:
            review = opened.door.reviewed(drafted.plan, seen)
            _form_note(opened, review.plan)
            door_button(way, review, _does(review.plan), name=drafted.name, place=place)


def sync_button(opened: Workspace, plan: Plan, label: str) -> None:
    """The button that writes a plan which is not one of drafts: the way back from a run."""

    async def go(there: Workspace, shown: Review, accepted: frozenset[str], who: str) -> str:
        if there.runs.undo(str(plan.undo_of)).plan.checksum != plan.checksum:
            raise PlanStale(STALE)
        return await there.door.begin(shown, accepted, who, queued=there.settings.queues_runs)

    way = Way(f"sync_{plan.undo_of}", label, ":material/sync:", go)
    shown = asked(way, plan.checksum, lambda _: opened.door.review(plan))
    if shown is not None:
        if shown.told is not None:
            st.warning(sentence(shown.told), icon=":material/help:")
        _form_note(opened, shown.plan)
        door_button(way, shown, _does(plan), name=plan.checksum)


def _does(plan: Plan) -> str:
    by_name = plan.is_of(ChangeKind.GROUP_NAME)  # what has the name already is not renamed
    written = [change.key for change in plan.changes if not (by_name and change.is_done)]
    groups = count(len({group for group, _ in written}), "assignment group")
    rows = count(len({*written}), "row")
    return f"{'Renames' if by_name else 'Saves'} {groups} in Canvas, for {rows}."


def _form_note(opened: Workspace, plan: Plan) -> None:
    """How new associations are written, where that is confirmed, and which icons stay: notes, and no gates."""
    if not plan.is_of(ChangeKind.ASSOCIATION):
        return
    if opened.term.confirmation() is not None:
        st.caption(sentence(opened.term.shape().sentence))
    lasting = lasting_icons(plan, opened.term.latest())
    if lasting:
        keep = count(lasting, "assignment group keeps", "assignment groups keep")
        note = (
            f"{keep} the icon “Grading category aligned with SIS” in Canvas even though the last association is "
            "removed: Canvas shows it for a key that can never be deleted."
        )
        st.info(sentence(note), icon=":material/link:")

"""The button that writes a plan to Canvas, with what is to be known before."""

from __future__ import annotations

import streamlit as st

from gpb.errors import PlanStale
from gpb.store.run_records import ChangeKind
from gpb.sync.door import Review
from gpb.sync.evidence import lasting_icons
from gpb.sync.plan import Plan
from gpb.ui.sync.door import Way, asked, door_button
from gpb.ui.text import count, sentence
from gpb.workspace import Workspace


def sync_button(opened: Workspace, plan: Plan, label: str = "Sync Categories") -> None:
    """The button that writes a plan; what speaks against it has to be accepted first."""

    async def go(there: Workspace, shown: Review, accepted: frozenset[str], who: str) -> str:
        present = there.runs.undo(plan.undo_of).plan if plan.undo_of else there.plan()
        if present.checksum != plan.checksum:
            raise PlanStale("Someone changed drafts or synced since you looked. Review the changes again, then sync.")
        return await there.door.begin(shown, accepted, who, queued=there.settings.queues_runs)

    way = Way(f"sync_{plan.undo_of or 'drafts'}", label, ":material/sync:", go)
    shown = asked(way, plan.checksum, lambda: opened.door.review(plan))
    if shown is not None:
        if shown.told is not None:
            st.warning(sentence(shown.told), icon=":material/help:")
        _form_note(opened, shown.plan)
        groups = count(len({change.group_id for change in plan.changes}), "assignment group")
        does = "Renames" if plan.is_of(ChangeKind.GROUP_NAME) else "Saves"
        door_button(way, shown, f"{does} {groups} in Canvas, for {count(len(plan.changes), 'row')}.")


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

"""Drafts whose row changed in Canvas since: three values beside each other, and the decision about each.

Session-state keys: ``moved_round`` (int; a new number unticks the table).
"""

from __future__ import annotations

import streamlit as st

from gpb.suggest.choices import Choices
from gpb.sync.drafting import wishes
from gpb.ui.editing import cells
from gpb.ui.editing.edits import apply, as_shown, discard, look
from gpb.ui.shell.session import callback, say
from gpb.ui.shell.tables import listed, say_how_many
from gpb.ui.text import count, fingerprint
from gpb.workspace import Workspace

COLUMNS = {
    "group": "Assignment group", "section": "SIS Section", "planned_from": "When you drafted", "now": "In Canvas now",
    "wanted": "You want", "person": "Drafted by", "course": "Course", "school": "School",
}  # fmt: skip


def moved_panel(opened: Workspace) -> None:
    """Draw it where there are such drafts; a decision makes new drafts, or takes them away."""
    asked = opened.planning.asked()
    shown, moved = asked.snapshot, asked.moved.reset_index(drop=True)
    if moved.empty:
        return
    st.header("Changed in Canvas since you drafted", anchor=False)
    st.markdown(
        f"{count(len(moved), 'draft is', 'drafts are')} left out of the sync until you decide which value to keep."
    )
    what = fingerprint(moved[["group_id", "section_id", "stored_reference", "category_id"]])
    first = listed(moved)
    event = st.dataframe(
        cells.three_values(first, opened.term.drafts().frame(), shown.validity)[list(COLUMNS)],
        hide_index=True,
        height=min(420, 38 + 35 * len(first)),
        column_config=COLUMNS,
        key=f"moved_{st.session_state.get('moved_round', 0)}_{what}",
        on_select="rerun",
        selection_mode="multi-row",
        alt="Drafts that need a decision",
    )
    say_how_many(moved)
    ticked = [row for row in event["selection"]["rows"] if row < len(first)]
    meant = moved.iloc[ticked] if ticked else moved
    which = f"{len(meant):,} ticked" if ticked else f"all {len(meant):,}"
    wanted = wishes(meant)
    same = f"{what}_{fingerprint(ticked)}"
    mine, theirs = st.columns(2)
    mine.button(f"Keep mine ({which})", on_click=_keep, args=(shown.id, wanted), width="stretch",
                help="Your draft will replace what is in Canvas now", key=f"moved_mine_{same}")  # fmt: skip
    theirs.button(f"Take what Canvas has ({which})", on_click=_discard, args=(shown.id, wanted),
                  width="stretch", help="Your draft is discarded", key=f"moved_theirs_{same}")  # fmt: skip


@callback()
def _keep(snapshot_id: str, drafted: Choices) -> None:
    shown = look(snapshot_id)
    edited = apply(shown, as_shown(shown, drafted), "kept after a change in Canvas")
    _untick()
    say("success", f"{count(edited.moved, 'draft')} kept and included in the sync again.")


@callback()
def _discard(snapshot_id: str, drafted: Choices) -> None:
    gone = discard(look(snapshot_id), drafted, "took what Canvas has")
    _untick()
    say("success", f"{count(gone, 'draft')} discarded.")


def _untick() -> None:
    st.session_state["moved_round"] = st.session_state.get("moved_round", 0) + 1

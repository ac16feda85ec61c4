"""Draft again what a sync had confirmed and another hand changed since; the drafts are reviewed and synced as any."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.keys import Key, keys
from gpb.sync.stands.again import chosen_again
from gpb.ui.editing.edits import apply, look, row_names
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.text import count, fingerprint, plain

LABEL = "Draft again"


def refreshed_notice(snapshot_id: str, found: pd.DataFrame) -> None:
    """Above all else: Canvas looks refreshed or restored, with one button that drafts everything again."""
    told = found.loc[found["finding"].eq("refreshed")]
    told = told.loc[told["accepted_until"].isna()]
    if told.empty:
        return
    st.error(plain(told["sentence"].iloc[0]), icon=":material/history:")
    st.caption(plain(told["remedy"].iloc[0]))
    lost = workspace().audit.no_longer_standing()
    st.button(f"Draft all {len(lost):,} again", on_click=_draft, args=(snapshot_id, None), icon=":material/redo:",
              key="audit_again_all", disabled=lost.empty)  # fmt: skip


def again_panel(snapshot_id: str, lines: pd.DataFrame) -> None:
    """Draw the button for the ticked findings, or for all that are listed, where a run confirmed something else."""
    rows = lines.loc[lines["run"].notna() & lines["section_id"].notna() & lines["accepted_until"].isna()]
    if rows.empty:
        return
    chosen = keys(rows.astype({"group_id": "int64", "section_id": "int64"}))
    st.button(f"Draft {count(len(rows), 'row')} again", on_click=_draft, args=(snapshot_id, frozenset(chosen)),
              icon=":material/redo:", key=f"audit_again_{fingerprint(rows['key'])}",
              help="Drafts what the sync had confirmed. Nothing is written until you review and sync.")  # fmt: skip


@callback()
def _draft(snapshot_id: str, chosen: frozenset[Key] | None) -> None:
    """As a callback: rows that stand again by now are left out."""
    shown, opened = look(snapshot_id), workspace()
    lost = opened.audit.no_longer_standing()
    if chosen is not None:
        lost = lost.loc[[key in chosen for key in keys(lost)]]
    choices, taken = chosen_again(lost, opened.term.drafts().frame())
    edited = apply(shown, choices, LABEL)
    if taken:
        names = row_names(shown, taken)
        people = tuple(f"{names.get(key, key)}: drafted by {plain(person)}." for key, person in taken.items())
        say("info", f"{count(len(taken), 'row')} already had a draft, which was left as it is:", people)
    if edited.moved:
        say("success", f"{count(edited.moved, 'row')} drafted again. Open Review and sync to check and sync them.")

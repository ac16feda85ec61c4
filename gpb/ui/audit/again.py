"""The buttons that draft again what a sync had confirmed and another hand changed since."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.ui.editing.again import draft_again, rows_again
from gpb.ui.shell.session import callback
from gpb.ui.text import count, fingerprint, plain


def refreshed_notice(snapshot_id: str, found: pd.DataFrame) -> None:
    """Above all else: Canvas looks refreshed or restored, with one button that drafts everything again."""
    told = found.loc[found["finding"].eq("refreshed")]
    told = told.loc[told["accepted_until"].isna()]
    if told.empty:
        return
    st.error(plain(told["sentence"].iloc[0]), icon=":material/history:")
    st.caption(plain(told["remedy"].iloc[0]))
    lost = rows_again(None)
    st.button(f"Draft all {len(lost):,} again", on_click=_draft, args=(snapshot_id, None), icon=":material/redo:",
              key="audit_again_all", disabled=lost.empty)  # fmt: skip


def again_panel(snapshot_id: str, lines: pd.DataFrame) -> None:
    """Draw the button for the ticked findings, or for all that are listed, where a run confirmed something else."""
    told = frozenset(lines.loc[lines["run"].notna() & lines["accepted_until"].isna(), "key"])
    lost = rows_again(told) if told else None
    if lost is None or lost.empty:
        return
    rows = count(len(lost.drop_duplicates(["group_id", "section_id"])), "row")
    st.button(f"Draft {rows} again", on_click=_draft, args=(snapshot_id, told), icon=":material/redo:",
              key=f"audit_again_{fingerprint(lost['key'])}",
              help="Drafts what the sync had confirmed. Nothing is written until you review and sync.")  # fmt: skip


@callback()
def _draft(snapshot_id: str, told: frozenset[str] | None) -> None:
    """As a callback: rows that stand again by now are left out."""
    draft_again(snapshot_id, rows_again(told))

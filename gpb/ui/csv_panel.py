"""CSV out and in: the filtered rows as a file, and an edited file back as drafts.

Session-state keys: ``csv_round`` (int; a new number empties the uploader after its file was taken), ``csv_file_<n>``.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.audit.reports.registry import Provenance
from gpb.errors import InputError
from gpb.exchange import export_csv, import_csv
from gpb.frames.snapshot import Snapshot
from gpb.ui import grid
from gpb.ui.bulk_choices import Choices
from gpb.ui.edits import apply
from gpb.ui.session import callback, say
from gpb.ui.text import count, plain, sentence


def csv_panel(snapshot: Snapshot, rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    """Draw download and upload; nothing of a file is taken before the button is pressed."""
    left, right = st.columns(2)
    left.markdown(f"**Out:** {count(len(meant), 'filtered row')}, drafts included. Edit *category* in a spreadsheet.")
    with_bom = left.toggle("Made for Excel (with byte order mark)", value=True, key="csv_bom")
    left.download_button(
        "Download CSV",
        lambda: export_csv(meant, Provenance(snapshot.id, snapshot.facts), bom=with_bom),
        file_name="associations.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    number = st.session_state.get("csv_round", 0)
    file = right.file_uploader("**In:** a file with group_id, section_id and category", "csv", key=f"csv_file_{number}")
    if file is not None:
        with right:
            _preview(snapshot, rows, file.getvalue())


def _preview(snapshot: Snapshot, rows: pd.DataFrame, content: bytes) -> None:
    try:
        imported = import_csv(content, rows, snapshot.validity)
    except InputError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    st.markdown(f"**{count(len(imported.choices), 'edit')}** in this file can be taken.")
    if imported.problems:
        bad = count(len(imported.problems), "line", "lines")
        with st.expander(f"{bad} cannot be taken", expanded=True, icon=":material/warning:"):
            st.markdown("\n".join(f"- {plain(problem)}" for problem in imported.problems))
    st.button(
        f"Take {count(len(imported.choices), 'edit')} as drafts",
        type="primary",
        on_click=_take,
        args=(snapshot, imported.choices),
        disabled=not imported.choices,
    )


def _take(snapshot: Snapshot, choices: Choices) -> None:
    with callback():
        edited = apply(snapshot, choices, "a CSV file")
        grid.renew()
        st.session_state["csv_round"] = st.session_state.get("csv_round", 0) + 1
        say("success", f"{count(edited.moved, 'row')} changed from the file.")

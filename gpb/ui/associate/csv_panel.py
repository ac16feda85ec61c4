"""Spreadsheets out and in: the filtered rows as a file, and an edited file back as drafts.

Session-state keys: ``csv_round`` (int; a new number empties the uploader after its file was taken), ``csv_file_<n>``,
``csv_table`` (id of the newest file, and what was read of it), ``csv_take_away_<n>``, ``csv_replace_<n>`` (bool, the
confirmations for that file).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gpb.audit.reports.registry import Provenance
from gpb.errors import InputError
from gpb.exchange import Edit, Imported, Table, export_csv, export_xlsx, import_csv
from gpb.exchange.reading import MAX_MEGABYTES
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.ui.associate import grid
from gpb.ui.associate.file_problems import file_problems
from gpb.ui.editing.edits import apply
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.text import count, sentence

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LISTED = 200
"""Rows of a confirmation that are named one by one."""


def csv_panel(snapshot: Snapshot, rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    """Draw download and upload; nothing of a file is taken before the button is pressed."""
    left, right = st.columns(2)
    left.markdown(
        f"**Export:** {count(len(meant), 'filtered row')}, drafts included. Edit the column *category* in a "
        "spreadsheet; in the XLSX each row has a drop-down of its valid categories."
    )
    provenance = Provenance(snapshot.id, snapshot.facts)
    with left.container(horizontal=True):
        _download("XLSX", XLSX, lambda: export_xlsx(meant, snapshot.validity, provenance))
        _download("CSV", "text/csv", lambda: export_csv(meant, provenance))
    number = st.session_state.get("csv_round", 0)
    file = right.file_uploader(
        "Import a file with group_id, section_id and category",
        ["xlsx", "csv", "txt", "tsv"],
        key=f"csv_file_{number}",
        max_upload_size=MAX_MEGABYTES,
    )
    if file is not None:
        _preview(snapshot, rows, file, number)


def _download(kind: str, mime: str, made: Callable[[], bytes]) -> None:
    st.download_button(
        f"Download {kind}",
        made,
        file_name=f"associations.{kind.lower()}",
        mime=mime,
        icon=":material/download:",
        on_click="ignore",
    )


def _preview(snapshot: Snapshot, rows: pd.DataFrame, file: UploadedFile, number: int) -> None:
    try:
        table = _table(file)
        imported = import_csv(
            *(table, rows, snapshot.validity),
            person=person(),
            earlier=workspace().term.earlier,
            newest=snapshot.id,
        )
    except InputError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    for note in imported.notes:
        st.caption(sentence(note))
    imported = file_problems(imported, file.file_id)
    if imported.nothing:
        st.info(sentence(imported.nothing), icon=":material/done_all:")
        return
    taken = _asked(imported, rows, number)
    st.markdown(f"**{count(len(taken), 'edit')}** in this file can be imported.")
    moved = sum(edit.has_moved for edit in taken.values())
    if moved:
        several = count(moved, "of these rows has", "of these rows have")
        st.warning(
            f"{several} changed in Canvas since the file was exported. Their drafts wait on the Review page, where "
            "you decide which value to keep.",
            icon=":material/warning:",
        )
    st.button(
        f"Take {count(len(taken), 'edit')} as drafts",
        type="primary",
        on_click=_take,
        args=(snapshot, taken),
        disabled=not taken,
    )


def _table(file: UploadedFile) -> Table:
    """The file as it was read when it came: a big workbook takes its time."""
    kept: tuple[str, Table] | None = st.session_state.get("csv_table")
    if kept is None or kept[0] != file.file_id:
        kept = st.session_state["csv_table"] = file.file_id, Table(file.getvalue())
    return kept[1]


def _asked(imported: Imported, rows: pd.DataFrame, number: int) -> dict[Key, Edit]:
    """Ask about what the file would take away or replace; the edits that are left to take."""
    emptied = {key: edit for key, edit in imported.edits.items() if edit.takes_away}
    drafted = {key: edit for key, edit in imported.edits.items() if edit.replaces is not None}
    take_away = replace = False
    if emptied:
        several = count(len(emptied), "row")
        st.warning(
            "This file does not record what it showed when it was exported. Its empty cells would remove the "
            f"category of {several}.",
            icon=":material/warning:",
        )
        _list(rows, emptied)
        take_away = st.checkbox(f"Remove the category of these {several}", key=f"csv_take_away_{number}")
    if drafted:
        several = count(len(drafted), "row was", "rows were")
        st.warning(f"{several} drafted by someone else since this file was exported.", icon=":material/warning:")
        _list(rows, drafted)
        replace = st.checkbox(f"Replace {count(len(drafted), 'draft')} made by others", key=f"csv_replace_{number}")
    return imported.taken(take_away=take_away, replace=replace)


def _list(rows: pd.DataFrame, asked: Mapping[Key, Edit]) -> None:
    """Name the rows with what they have now and what the file wants."""
    keys = pd.DataFrame(list(asked)[:MOST_LISTED], columns=["group_id", "section_id"])
    found = keys.merge(rows, on=["group_id", "section_id"], how="left")
    found["line"] = [edit.line for edit in list(asked.values())[:MOST_LISTED]]
    st.dataframe(
        found[["line", "group", "section", "category", "person", "course", "school"]],
        hide_index=True,
        height=min(38 + 35 * len(found), 240),
        column_config={
            "line": "Line", "group": "Assignment group", "section": "SIS Section", "category": "Category now",
            "person": "Drafted by", "course": "Course", "school": "School",
        },
    )  # fmt: skip
    if len(asked) > MOST_LISTED:
        st.caption(f"The first {MOST_LISTED} of {len(asked):,} rows.")


@callback()
def _take(snapshot: Snapshot, taken: Mapping[Key, Edit]) -> None:
    edited = apply(
        snapshot,
        {key: edit.choice for key, edit in taken.items()},
        "a file",
        seen={key: edit.seen for key, edit in taken.items()},
    )
    grid.renew()
    st.session_state["csv_round"] = st.session_state.get("csv_round", 0) + 1
    st.session_state.pop("csv_table", None)
    say("success", f"{count(edited.moved, 'row')} changed from the file.")

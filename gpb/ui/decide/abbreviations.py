"""The abbreviations in names of assignment groups, as a table that people edit.

Session-state keys: ``short_<fingerprint>`` (the editor's own state; a new key once the table is another one).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from gpb.errors import InputError
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.text import count, fingerprint, local_time, sentence
from gpb.workspace import Workspace

COLUMNS = {
    "short": st.column_config.TextColumn("Abbreviation", max_chars=60),
    "long": st.column_config.TextColumn("Short for", max_chars=60),
    "person": st.column_config.TextColumn("Changed by", disabled=True),
    "changed": st.column_config.TextColumn("When", disabled=True),
}
HEIGHT = 320


def abbreviations(opened: Workspace) -> None:
    """Draw the table; nothing is kept until it is saved."""
    with st.expander("Abbreviations in names of groups", icon=":material/short_text:"):
        st.markdown("Proposals read these as what they are short for: “HW 3” as “Homework”. Add a line, change one, or "
                    "delete it.")  # fmt: skip
        table = opened.abbreviations.table()
        entries = pd.DataFrame(sorted(table.items()), columns=["short", "long"], dtype="str")
        own = opened.abbreviations.own()
        told = own.assign(changed=[local_time(moment) for moment in own["changed_at"]]).drop(columns="long")
        shown = entries.merge(told, how="left", on="short")[list(COLUMNS)].astype(object).fillna("")
        edited = st.data_editor(
            shown,
            num_rows="dynamic",
            hide_index=True,
            height=HEIGHT,
            column_config=COLUMNS,
            key=f"short_{fingerprint(shown)}",
            alt="Abbreviations",
        )
        lines = [
            tuple("" if pd.isna(cell) else str(cell).strip() for cell in line)
            for line in edited[["short", "long"]].to_numpy()
        ]
        wanted = [line for line in lines if any(line)]
        is_same = wanted == sorted(table.items())
        st.button(
            "Save abbreviations",
            on_click=_save,
            args=(wanted,),
            disabled=is_same,
            key="short_save",
            help=None if is_same else "Proposals are then made anew",
        )


@callback()
def _save(lines: Sequence[tuple[str, str]]) -> None:
    table: dict[str, str] = {}
    for short, long in lines:
        if short in table:
            raise InputError(f"“{short}” stands twice in the table. Keep one of them.")
        table[short] = long
    moved = workspace().abbreviations.put(table, person=person())
    say("success", sentence(f"{count(moved, 'abbreviation')} changed. Proposals are made anew with them."))

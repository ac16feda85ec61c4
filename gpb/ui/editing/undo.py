"""Undo: the person's last edit in this browser, by whatever page it was made, is taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.ui.editing.edits import look, row_names
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import browser, callback, say, workspace
from gpb.ui.text import count, plain
from gpb.workspace import Workspace


def undo_button(opened: Workspace, snapshot: Snapshot, after: Callable[[], None]) -> None:
    """Draw it; ``after`` is called when something was taken back."""
    last = opened.deciding.last_edit(person(), browser())
    st.button(
        "Undo",
        icon=":material/undo:",
        key="undo",
        on_click=_take_back,
        args=(snapshot.id, last, after),
        disabled=last is None,
        help=f"Undoes: {plain(last)}" if last else None,
    )


@callback()
def _take_back(snapshot_id: str, last: str, after: Callable[[], None]) -> None:
    look(snapshot_id)
    opened = workspace()
    if opened.deciding.last_edit(person(), browser()) != last:
        say("warning", "You have made another edit since. Check what Undo would take back, then try again.")
        return
    undone = opened.deciding.undo(person=person(), session=browser())
    after()
    if undone.rows:
        rows = count(undone.rows, "row of your last edit was restored", "rows of your last edit were restored")
        say("success", f"{rows}.")
    if undone.left:
        several = count(len(undone.left), "row was", "rows were")
        shown = opened.term.snapshot(snapshot_id)
        say("warning", f"{several} left as is because of later changes:", _left(shown, undone.left))


def _left(shown: Snapshot, left: Mapping[Key, str]) -> tuple[str, ...]:
    """A line for each row that was not taken back, with the person who changed it."""
    names = row_names(shown, left)
    return tuple(f"{name}, by {plain(left[key])}" for key, name in names.items())

"""Undo: the person's last edit in this browser, by whatever page it was made, is taken back.

Session-state keys: ``undone`` (str, the name of the edit that was taken back last) and ``undo_turn`` (int, how many).
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gpb.frames.snapshot import Snapshot
from gpb.store.drafts import LastEdit
from gpb.sync.drafting import wishes
from gpb.ui.editing.edits import edited_here, look, row_names
from gpb.ui.entrance.admission import person
from gpb.ui.focus import give_focus
from gpb.ui.shell.session import Notice, browser, callback, say, workspace
from gpb.ui.text import count, plain
from gpb.workspace import Workspace


def undo_button(opened: Workspace, snapshot: Snapshot, after: Callable[[], None] = lambda: None) -> None:
    """Draw it; ``after`` is called when something was taken back.

    Its key names the edit: the second of two quick clicks is for the same one, whatever is drawn by then.
    """
    last = opened.deciding.last_edit(person(), browser())
    key = f"undo_{last.name}" if last else "undo"
    st.button(
        "Undo",
        icon=":material/undo:",
        key=key,
        on_click=_take_back,
        args=(snapshot.id, last, after),
        disabled=last is None,
        help=f"Undoes: {plain(last.label)}" if last else None,
    )
    with st.sidebar:  # where it takes no room
        give_focus("undo", st.session_state.get("undo_turn", 0), key)


@callback()
def _take_back(snapshot_id: str, last: LastEdit, after: Callable[[], None]) -> None:
    opened, state = workspace(), st.session_state
    if state.get("undone") == last.name:
        st.toast(f"Undone already: {plain(last.label)}.", icon=":material/undo:")
        return
    if opened.deciding.last_edit(person(), browser()) != last:
        say("warning", "Your last edit is another one by now. Check what Undo would take back, then try again.")
        return
    state.update({"undone": last.name, "undo_turn": state.get("undo_turn", 0) + 1})
    for notice in take_back(snapshot_id):
        say(notice.level, notice.text, notice.details)
    after()


def take_back(snapshot_id: str, shown: Callable[[object], str] = plain) -> list[Notice]:
    """Take the person's last edit in this browser back; what is to be told, with names as ``shown`` makes them."""
    look(snapshot_id)
    opened = workspace()
    before, last = wishes(opened.term.drafts().frame()), opened.deciding.last_edit(person(), browser())
    undone = opened.deciding.undo(person=person(), session=browser())
    now = wishes(opened.term.drafts().frame())
    edited_here(key for key in {*before, *now} if before.get(key, "") != now.get(key, ""))
    told = []
    if undone.rows:
        rows = count(undone.rows, "row of your last edit was restored", "rows of your last edit were restored")
        told.append(Notice("success", f"{rows}."))
    if undone.left:
        several = count(len(undone.left), "row was", "rows were")
        names = row_names(opened.term.snapshot(snapshot_id), undone.left, shown)
        lines = tuple(f"{name}, by {shown(undone.left[key])}" for key, name in names.items())
        told.append(Notice("warning", f"{several} left as is because of later changes:", lines))
    if last is not None and not told:  # a decision without drafts
        told.append(Notice("success", f"Undone: {shown(last.label)}."))
    return told

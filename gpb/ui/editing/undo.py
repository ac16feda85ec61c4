"""Undo: the person's last edit in this browser, by whatever page it was made, is taken back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gpb.frames.snapshot import Snapshot
from gpb.sync.drafting import wishes
from gpb.ui.editing.edits import edited_here, look, row_names
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import Notice, browser, callback, say, workspace
from gpb.ui.text import count, plain
from gpb.workspace import Workspace


def undo_button(opened: Workspace, snapshot: Snapshot, after: Callable[[], None] = lambda: None) -> None:
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
    opened = workspace()
    if opened.deciding.last_edit(person(), browser()) != last:
        say("warning", "You have made another edit since. Check what Undo would take back, then try again.")
        return
    for notice in take_back(snapshot_id):
        say(notice.level, notice.text, notice.details)
    after()


def take_back(snapshot_id: str, shown: Callable[[object], str] = plain) -> list[Notice]:
    """Take the person's last edit in this browser back; what is to be told, with names as ``shown`` makes them."""
    look(snapshot_id)
    opened = workspace()
    before, label = wishes(opened.term.drafts().frame()), opened.deciding.last_edit(person(), browser())
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
    if label is not None and not told:  # a decision without drafts
        told.append(Notice("success", f"Undone: {shown(label)}."))
    return told

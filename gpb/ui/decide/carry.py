"""The bar that carries earlier terms forward: how much they decide of a term that is still empty, and what they cannot.

Session-state keys: ``decide_carried`` ((name of a list, Carried): and what earlier terms say of it),
``decide_carry_look`` (name of the list for which a large term was asked) and ``decide_past`` (int, id of the earlier
term that is read next; set by the picker).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from gpb.suggest.room.carrying import Carried
from gpb.suggest.room.received import Unasked
from gpb.suggest.room.waiting import Open
from gpb.term.earlier import EarlierTerm
from gpb.ui.decide.choosing import SYNC_LATER
from gpb.ui.decide.focus import move_focus
from gpb.ui.editing.edits import tell_not_done
from gpb.ui.entrance.admission import person
from gpb.ui.shell.progress import is_running
from gpb.ui.shell.runtime import runtime
from gpb.ui.shell.session import browser, callback, say, workspace
from gpb.ui.text import count, fingerprint, plain, sentence
from gpb.workspace import Workspace

EMPTY = 0.5
"""A term of which more than this share is open is still to be filled."""
AT_ONCE = 30_000
"""Open rows; in larger terms a person asks first."""
LISTED = 200
COLUMNS: dict[str, Any] = {
    "group": st.column_config.TextColumn("Assignment group", width=140),
    "outcome": st.column_config.TextColumn("Why not", width=125),
    "reason": st.column_config.TextColumn("In words", width=355),
    "rows": st.column_config.NumberColumn("Rows", width=50),
    "assignments": st.column_config.NumberColumn("Assignments", width=90),
    "schools": st.column_config.NumberColumn("Schools", width=65),
}
ROW = 66
"""Pixels: beyond 64 Streamlit breaks the words of a cell into lines."""


def carry_bar(opened: Workspace, shown: Open) -> None:
    """Draw it where most of the term is open and there are terms before it."""
    if len(shown) <= EMPTY * len(shown.snapshot.associations()):
        return
    terms = opened.carrying.terms()
    if not terms:
        return
    job = runtime().job("past", opened)
    with st.container(border=True, key="decide_carry"):
        if is_running(job):
            st.caption("An earlier term is being read; the bar at the bottom shows how far that is.")
            return
        unread = [one for one in terms if one.snapshot_id is None]
        _ask_focus(opened.received.unasked())
        if len(unread) < len(terms):
            _offer(opened, shown, unread)
        else:
            st.markdown("**This term is still empty.** Earlier terms know how most of it was associated: read one.")
            _read_one(unread)
        if job is not None and job.error:
            st.error(sentence(job.error), icon=":material/error:")


def _offer(opened: Workspace, shown: Open, unread: Sequence[EarlierTerm]) -> None:
    asked = st.session_state.get("decide_carry_look") == shown.name
    if len(shown) > AT_ONCE and not asked:
        st.button("See what earlier terms would decide", on_click=_look, args=(shown.name,), key="decide_carry_look_at")
        return
    found = _preview(opened, shown)
    decided, contradictions = len(found.decided), found.contradictions
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/history: **Carry forward.** {sentence(found.sentence)}")
        if decided:
            label = f"Carry forward {count(decided, 'row')}"
            st.button(
                label, type="primary", on_click=_carry, args=(found,), key=f"decide_carry_{fingerprint(shown.name)}"
            )
    left = int(contradictions["rows"].sum())
    told = f"Preview, and what stays open ({count(len(found.lines) - decided, 'row')})"
    with st.expander(told, key="decide_carry_preview"):
        st.markdown(_outcomes(found.counts()))
        if left:
            st.markdown(f"**{count(left, 'row')}** for which earlier terms, or a decision, say different things:")
            _table(contradictions)
        if len(found.cannot):
            st.markdown("What earlier terms cannot decide:")
            _table(found.cannot)
        _read_one(unread)


def _ask_focus(some: Sequence[Unasked]) -> None:
    """Where Canvas does not show what earlier terms had, Focus shows where it arrived; how much that asks is told."""
    for one in some:
        told = f":material/link_off: Canvas does not show what {count(one.rows, 'row')} of {plain(one.term)} were "
        told += f"associated with. Focus shows where their assignments arrived: **{count(one.requests, 'request')}**"
        told += f" are left, {one.asked:,} sections have answered." if one.asked else ", no student data."
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(told, width=640)
            st.button("Ask Focus", on_click=_ask, args=(one,), key=f"decide_focus_ask_{one.term_id}",
                      icon=":material/download:", help="It takes a few minutes in a large term, and can be left alone. "
                      "What is found is proposed with the mark Check.")  # fmt: skip


def _preview(opened: Workspace, shown: Open) -> Carried:
    kept: tuple[object, Carried] | None = st.session_state.get("decide_carried")
    if kept is None or kept[0] != shown.name:
        kept = st.session_state["decide_carried"] = shown.name, opened.carrying.preview()
    return kept[1]


def _outcomes(counts: dict[str, int]) -> str:
    return " · ".join(f"{plain(outcome)}: **{number:,}**" for outcome, number in counts.items() if number)


def _table(lines: pd.DataFrame) -> None:
    shown = lines[list(COLUMNS)].head(LISTED)
    height = min(340, 38 + ROW * len(shown))
    st.dataframe(shown, hide_index=True, height=height, row_height=ROW, column_config=COLUMNS, alt="What stays open")
    if len(lines) > LISTED:
        st.caption(f"The first {LISTED} of {count(len(lines), 'pattern')}.")


def _read_one(terms: Sequence[EarlierTerm]) -> None:
    if not terms:
        return
    names = {one.term_id: one.term for one in terms}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox(
            "Earlier term that was not read yet",
            list(names),
            format_func=lambda one: names.get(one, str(one)),
            key="decide_past",
            width=320,
        )
        if picked in names:
            st.button("Read this term", on_click=_read, args=(picked,), key=f"decide_read_{picked}",
                      icon=":material/download:")  # fmt: skip


@callback()
def _look(name: tuple[str, str]) -> None:
    st.session_state["decide_carry_look"] = name


@callback()
def _read(term_id: int) -> None:
    opened = workspace()
    runtime().start("past", opened, person(), lambda progress: opened.earlier.pull(str(term_id), progress))


@callback()
def _ask(about: Unasked) -> None:
    opened = workspace()
    runtime().start("past", opened, person(), lambda progress: opened.received.ask(about, progress))


@callback()
def _carry(found: Carried) -> None:
    edited = workspace().carrying.draft(found, person=person(), session=browser())
    move_focus(None)
    say("success", f"{count(edited.moved, 'row')} drafted as in {plain(' and '.join(found.terms))}. {SYNC_LATER}")
    tell_not_done(found.snapshot, edited)
    move_focus(None)

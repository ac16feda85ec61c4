"""The lines of the Decide page: one card each, with its tick, its drop-down, the reason and its rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from gpb.matching.labels import title_label
from gpb.printable import one_line
from gpb.suggest.room.cards import CHECK, SURE, Card
from gpb.suggest.room.desk import Open
from gpb.ui.decide import choosing
from gpb.ui.shell.links import history_link
from gpb.ui.text import count, plain, sentence

_STYLE = """
[class*="st-key-decide_line_"] {padding: 0.35rem 0.8rem; gap: 0.25rem}
[class*="st-key-decide_line_"] [data-testid="stVerticalBlock"] {gap: 0}
"""
WIDTHS = [3.0, 3.1, 3.0, 2.0]
NAMED = 4
"""Spellings that are told by name."""
LONGEST = 200  # characters of a row in a list
LISTED_ROWS = 300
"""Beyond, whole courses are left out, not single rows."""
MARKS = {
    SURE: ":green-badge[:material/verified: Sure]",
    CHECK: ":blue-badge[:material/visibility: Check]",
}
QUESTION = ":orange-badge[:material/help: Your choice]"
ROW_COLUMNS: dict[str, Any] = {
    "course": "Course", "section": "SIS Section", "group": "Assignment group", "category": "Proposal",
    "reason": "Why", "assignments": "Assignments", "teacher": "Teacher", "school": "School",
    "history": st.column_config.LinkColumn("History", display_text="Open"),
}  # fmt: skip


def header() -> None:
    """Names of the columns, and what makes a line low enough that many fit on a screen."""
    st.html(f"<style>{_STYLE}</style>")
    titles = ("Assignment group", "SIS Category", "Proposal", "")
    for place, title in zip(st.columns(WIDTHS), titles, strict=True):
        place.caption(title)


def line(shown: Open, card: Card, place: int, school: str, drawn: frozenset[str]) -> None:
    """One card, in its place of the list."""
    choosing.prepare(card)
    name, names = card.names[0], plain(spelled(card))
    with st.container(border=True, gap="small", key=f"decide_line_{card.key}"):
        group, choice, why, acts = st.columns(WIDTHS, vertical_alignment="center")
        with group:
            st.checkbox(names, key=f"decide_tick_{card.key}", persist_state="session")
            st.caption(numbers(card))
        choice.selectbox(
            f"SIS Category of {plain(name)}",
            list(card.titles),
            index=None,
            key=f"decide_title_{card.key}",
            persist_state="session",
            label_visibility="collapsed",
            format_func=title_label,
            placeholder="Choose a category" if card.titles else "No category in common",
            on_change=choosing.tick,
            args=(card.key,),
        )
        why.markdown(reason(card))
        with acts.container(horizontal=True, gap="small", vertical_alignment="center"):
            _acts(shown, card, place, school, drawn)
        if _is_open(card):
            _rows(shown, card, place, school)


def _is_open(card: Card) -> bool:
    return card.key in st.session_state.get("decide_opened", frozenset())


def spelled(card: Card) -> str:
    """Its names as they are written, the most frequent first."""
    more = len(card.names) - NAMED
    return ", ".join(card.names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def numbers(card: Card) -> str:
    """How much there is to decide."""
    new = ":violet-badge[:material/fiber_new: New sections] " if card.is_new else ""
    behind = f" · {count(card.assignments, 'assignment')}" if card.assignments else ""
    return f"{new}{count(card.rows, 'row')} · {count(card.courses, 'course')}{behind}"


def reason(card: Card) -> str:
    """Why this is proposed, or why nothing is, and what speaks against it."""
    mark = MARKS.get(card.tier, QUESTION) if card.proposal is not None else QUESTION
    told = f"{mark} {sentence(card.reason)}"
    if card.proposal is not None and card.contradicting:
        stay = count(card.contradicting, "row has", "rows have")
        told += f"  \n:material/call_split: {stay} another proposal, or none, and will stay open."
    if not card.titles:
        told += "  \nThese sections have no category in common: judge them apart."
    return told


def _acts(shown: Open, card: Card, place: int, school: str, drawn: frozenset[str]) -> None:
    name, is_open = plain(card.names[0]), _is_open(card)
    st.button(
        "Accept",
        key=f"decide_accept_{card.key}",
        on_click=choosing.accept,
        args=(shown.name, school, drawn, (card.key,), place),
        help=f"Drafts the chosen category for {count(card.rows, 'row')} of {name}",
    )
    st.button(
        "Close" if is_open else "Details",
        key=f"decide_open_{card.key}",
        type="tertiary",
        icon=":material/expand_less:" if is_open else ":material/expand_more:",
        on_click=choosing.toggle,
        args=(card.key,),
        help=f"The rows of {name}, to look at, to leave out or to skip",
    )


def _ways_on(card: Card, place: int) -> None:
    name = plain(card.names[0])
    if len(card.patterns) > 1:
        st.button(
            f"Judge {len(card.patterns)} apart",
            key=f"decide_apart_{card.key}",
            icon=":material/call_split:",
            on_click=choosing.take_apart,
            args=(card.patterns,),
            help="Each of its names, and of the sets of categories that its sections offer, on a line of its own",
        )
    st.button(
        "Skip for now",
        key=f"decide_skip_{card.key}",
        icon=":material/skip_next:",
        on_click=choosing.skip,
        args=(card.patterns, card.names[0], place),
        help=f"Takes {name} off your list; it stays to do",
    )


def _rows(shown: Open, card: Card, place: int, school: str) -> None:
    rows = shown.of(card.patterns, school)
    offered = _to_leave_out(rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _leave_out(card, offered, has_rows=len(rows) <= LISTED_ROWS)
        _ways_on(card, place)
    listed = rows.head(LISTED_ROWS)
    table = listed.assign(history=history_link(listed), category=listed["category"].fillna(""))
    st.dataframe(
        table[list(ROW_COLUMNS)],
        hide_index=True,
        height=min(320, 38 + 35 * len(table)),
        column_config=ROW_COLUMNS,
        alt=f"Rows of {card.names[0]}",
    )
    if len(rows) > LISTED_ROWS:
        st.caption(f"The first {LISTED_ROWS} of {count(len(rows), 'row')}.")


def _leave_out(card: Card, offered: dict[object, str], *, has_rows: bool) -> None:
    st.multiselect(
        f"Leave out of “{plain(card.names[0])}”",
        list(offered),
        key=f"decide_out_{card.key}",
        persist_state="session",
        format_func=lambda one: one_line(offered.get(one, str(one)))[:LONGEST],
        placeholder="Rows to leave out" if has_rows else "Courses to leave out",
    )


def _to_leave_out(rows: pd.DataFrame) -> dict[object, str]:
    """Label by row (group id, section id) where there are few, else by course id."""
    if len(rows) > LISTED_ROWS:
        courses = rows.drop_duplicates("course_id")
        joint = courses["course"] + " · " + courses["school"]
        return dict(zip(courses["course_id"].tolist(), joint.tolist(), strict=True))
    joint = rows["course"] + " · " + rows["section"] + " · " + rows["group"]
    keys = zip(rows["group_id"].tolist(), rows["section_id"].tolist(), strict=True)
    return dict(zip(keys, joint.tolist(), strict=True))

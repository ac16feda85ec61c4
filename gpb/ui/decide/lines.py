"""The lines of the Decide page: one card each, with its tick, its drop-down, the reason and its rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from gpb.keys import keys
from gpb.matching.labels import LEAVE, title_label
from gpb.printable import one_line
from gpb.suggest.room.cards import CHECK, SURE, Card
from gpb.suggest.room.waiting import Open
from gpb.ui.decide import choosing
from gpb.ui.shell.links import history_link
from gpb.ui.shell.session import workspace
from gpb.ui.text import count, plain, reasons, sentence, widget_label

_STYLE = """
[class*="st-key-decide_line_"] {padding: 0.2rem 0.8rem; gap: 0.25rem}
[class*="st-key-decide_line_"] [data-testid="stVerticalBlock"] {gap: 0}
[class*="st-key-decide_line_"] [data-testid="stMarkdownContainer"] :is(p, li) {font-size: 0.875rem; line-height: 1.35}
.st-key-decide_bar button {height: auto}
.st-key-decide_bar button p {white-space: normal}
@media (max-width: 640px) {.st-key-decide_header {display: none}}
"""
WIDTHS = [2.95, 3.15, 2.95, 2.05]
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
SAID = ("group", "category", "reason", "school")
"""Columns of rows that say nothing new where they are the same in all: the line has that in full, or a filter."""
ROW_COLUMNS: dict[str, Any] = {
    "course": st.column_config.TextColumn("Course", width=115),
    "section": st.column_config.TextColumn("SIS Section", width=145),
    "group": st.column_config.TextColumn("Assignment group", width=115),
    "category": st.column_config.TextColumn("Proposal", width=125),
    "reason": st.column_config.TextColumn("Why", width=280),
    "assignments": st.column_config.NumberColumn("Assignments", width=90),
    "teacher": "Teacher", "school": "School",
    "history": st.column_config.LinkColumn("History", display_text="Open"),
}  # fmt: skip


def header() -> None:
    """Names of the columns, and what makes a line low enough that many fit on a screen."""
    st.html(f"<style>{_STYLE}</style>")
    titles = ("Assignment group", "SIS Category", "Proposal", "")
    with st.container(key="decide_header"):
        for place, title in zip(st.columns(WIDTHS), titles, strict=True):
            place.caption(title)


def line(shown: Open, card: Card, place: int, school: str, drawn: frozenset[str], *, has_twin: bool = False) -> None:
    """One card, in its place of the list; where it ``has_twin`` of the same name, what tells the two apart."""
    choosing.prepare(card)
    name = card.names[0]
    with st.container(border=True, gap="small", key=f"decide_line_{card.key}"):
        group, choice, why, acts = st.columns(WIDTHS, vertical_alignment="center")
        with group:
            st.checkbox(widget_label(spelled(card)), key=f"decide_tick_{card.key}", persist_state="session")
            st.caption(numbers(card))
            if has_twin and card.titles and card.proposal is None:
                st.caption(f"Offers {plain(' · '.join(map(title_label, card.titles)))}")
        choice.selectbox(
            widget_label(f"SIS Category of {name}"),
            [*card.titles, choosing.LEAVE],
            index=None,
            key=f"decide_title_{card.key}",
            persist_state="session",
            label_visibility="collapsed",
            format_func=lambda title: LEAVE if title == choosing.LEAVE else title_label(title),
            placeholder="Choose a category" if card.titles else "No category in common",
            on_change=choosing.tick,
            args=(card.key,),
        )
        why.markdown(reason(card))
        with acts.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            _acts(shown, card, place, school, drawn)
        if _is_open(card):
            _rows(shown, card, place, school, drawn)


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
    behind += f" · {card.waiting:,} unpublished" if card.waiting else ""
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
        help=f"Drafts the chosen category for {count(card.taken, 'row')} of {name}",
    )
    if card.contradicting:
        st.button(
            f"All {card.rows:,}",
            key=f"decide_all_{card.key}",
            on_click=choosing.accept,
            args=(shown.name, school, drawn, (card.key,), place, True),
            help=f"Drafts the chosen category for all rows of {name}, also for those with another proposal, or none",
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
            args=(card.patterns, place),
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


def _rows(shown: Open, card: Card, place: int, school: str, drawn: frozenset[str]) -> None:
    rows = shown.of(card.patterns, school)
    offered = _to_leave_out(rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _leave_out(card, offered, has_rows=len(rows) <= LISTED_ROWS)
        _ways_on(card, place)
    if workspace().settings.may_write_focus:
        _other_title(shown, card, school, drawn)
    stays_open = rows["category"].ne(card.proposal or "") & bool(card.contradicting)
    listed = pd.concat([rows.loc[stays_open], rows.loc[~stays_open]]).head(LISTED_ROWS)
    table = listed.assign(history=history_link(listed), category=listed["category"].fillna(""))
    said = [name for name in SAID if table[name].nunique() == 1]
    if "reason" not in said:
        _evidence(card, rows["reason"], stays_open)
    st.dataframe(
        table[[name for name in ROW_COLUMNS if name not in said]],
        hide_index=True,
        height=min(320, 38 + 35 * len(table)),
        column_config=ROW_COLUMNS,
        alt=f"Rows of {card.names[0]}",
    )
    if len(rows) > LISTED_ROWS:
        st.caption(f"The first {LISTED_ROWS} of {count(len(rows), 'row')}.")


def _evidence(card: Card, why: pd.Series[str], stays_open: pd.Series[bool]) -> None:
    """What speaks for the rows, and first what speaks against some of them."""
    if stays_open.any():
        stay = count(int(stays_open.sum()), "row has", "rows have")
        st.markdown(f"**{stay} another proposal, or none:**\n\n{reasons(why.loc[stays_open])}")
        st.markdown(f"**{count(card.taken, 'row')} for {plain(title_label(str(card.proposal)))}:**")
    st.markdown(reasons(why.loc[~stays_open]))


def _leave_out(card: Card, offered: dict[object, str], *, has_rows: bool) -> None:
    st.multiselect(
        widget_label(f"Leave out of “{card.names[0]}”"),
        list(offered),
        key=f"decide_out_{card.key}",
        persist_state="session",
        format_func=lambda one: one_line(offered.get(one, str(one)))[:LONGEST],
        placeholder="Rows or schools to leave out" if has_rows else "Courses or schools to leave out",
    )


def _other_title(shown: Open, card: Card, school: str, drawn: frozenset[str]) -> None:
    """Where a sync may add sections to categories in Focus: titles that not all of these sections have."""
    titles = sorted({*shown.snapshot.validity.pairs["category"]} - {*card.titles}, key=str.casefold)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            widget_label(f"A category that sections of “{card.names[0]}” do not have yet"),
            titles,
            index=None,
            key=f"decide_add_{card.key}",
            persist_state="session",
            accept_new_options=True,
            format_func=title_label,
            placeholder="A title in Focus, or a new one",
        )
        st.button(
            "Add in Focus",
            key=f"decide_added_{card.key}",
            icon=":material/playlist_add:",
            on_click=choosing.add_title,
            args=(shown.name, school, drawn, card.key),
            help="Drafts it for these rows. The next sync first adds their sections to the category in Focus; Review "
            "and sync shows that, and asks for a confirmation of its own.",
        )


def _to_leave_out(rows: pd.DataFrame) -> dict[object, str]:
    """Label by school where there are several, then by row (group id, section id) where there are few, else by course.

    Rows are known by a pair of ids, courses by their id, schools by their name.
    """
    schools = rows["school"].unique().tolist()
    offered: dict[object, str] = {one: f"{one} (whole school)" for one in sorted(schools)} if len(schools) > 1 else {}
    if len(rows) > LISTED_ROWS:
        courses = rows.drop_duplicates("course_id")
        joint = courses["course"] + " · " + courses["school"]
        return {**offered, **dict(zip(courses["course_id"].tolist(), joint.tolist(), strict=True))}
    joint = rows["course"] + " · " + rows["section"] + " · " + rows["group"]
    return {**offered, **dict(zip(keys(rows), joint.tolist(), strict=True))}

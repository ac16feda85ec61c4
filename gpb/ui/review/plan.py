"""The plan on the Review page: what it does in one line, the button, and its lines with a tick on each.

Session-state keys: those of ``url_state`` for this page, ``review_view`` and ``review_find`` (str, which mirror them),
``review_page`` and ``review_rows_page`` (int, pages of lines and of rows; set by the paginations), ``review_open`` (str
or None, the line whose rows are shown; set by its drop-down and by the buttons in the table), and those of ``ticks``
for ``review_lines_<view>`` and ``review_rows``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from gpb.keys import Key
from gpb.sync.planning.room import Drafted
from gpb.ui.entrance.admission import person
from gpb.ui.review.lines import Headline, Lines, Ticks, headline, lines_of
from gpb.ui.review.names import names_panel
from gpb.ui.review.sentences import below, told
from gpb.ui.review.ticks import OPEN, TICK, line_clicked, tick_table
from gpb.ui.shell.session import callback, show_notices, workspace
from gpb.ui.shell.url_state import choose, current, present
from gpb.ui.sync.button import drafts_button
from gpb.ui.text import count, plain, reasons
from gpb.workspace import Workspace

PAGE = "review"
LISTED = 100
"""Lines, or rows of one, on a page; where there are more, there are several pages."""
HEIGHT, ROWS_HEIGHT = 430, 320  # pixels
PATTERNS, COURSES = "pattern", "of_course"
VIEWS = {"": "By pattern", "course": "By course"}
LINE_OF = {"": PATTERNS, "course": COURSES}
_NUMBER = st.column_config.NumberColumn
COLUMNS: dict[str, Any] = {
    TICK: st.column_config.CheckboxColumn("Sync", help="Without a tick it is left out, and stays a draft", width=62),
    "change": st.column_config.TextColumn("Change", width=82),
    "course": st.column_config.TextColumn("Course", width=110),
    "section": st.column_config.TextColumn("SIS Section", width=145),
    "group": st.column_config.TextColumn("Assignment group", width=150),
    "category": st.column_config.TextColumn("SIS Category", width=165),
    "teacher": st.column_config.TextColumn("Teacher", width=112),
    "changes": st.column_config.TextColumn("Changes", width=85),
    "rows": _NUMBER("Rows", format="localized", width=52),
    "left_out": _NUMBER("Left out", help="Rows without a tick, and rows that cannot be synced", width=60),
    "courses": _NUMBER("Courses", format="localized", width=66),
    "schools": _NUMBER("Schools", format="localized", width=66),
    "sections": st.column_config.TextColumn("SIS Section", width=160),
    "assignments": _NUMBER("Assignments", format="localized", width=88),
    "why": st.column_config.TextColumn("Why", help="As it was known when it was drafted", width=165),
    "school": st.column_config.TextColumn("School", width=130),
    "held": st.column_config.TextColumn("Left out by", width=100),
}


@dataclass(frozen=True)
class Filters:
    """Which of the two views is shown, and the text that its lines contain."""

    view: str = ""
    find: str = ""

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> Filters:
        """From query parameters; what makes no sense is left out."""
        view = parameters.get("view", "")
        return cls(view if view in VIEWS else "", parameters.get("find", ""))

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty ones."""
        return {name: value for name, value in (("view", self.view), ("find", self.find)) if value}


@st.fragment
def plan_panel() -> None:
    """Draw it: a tick draws this part anew, and nothing else of the page."""
    opened = workspace()
    drafted = opened.planning.drafted()
    filters = current(PAGE, Filters)
    with st.container(key="plan_notices", gap="xxsmall"):  # of clicks in here: the page's own come with it
        show_notices()
    st.header("What will change in Canvas", anchor=False)
    with st.container():
        names_panel(drafted)
    if not drafted.asked.rows.size:
        st.info(
            "There is nothing to sync. Decide by pattern on the **Decide** page, or row by row on **Associate**.",
            icon=":material/check:",
        )
        return
    lines = lines_of(drafted.asked)
    impossible = {one.change.key for one in drafted.left_out}
    ticks = lines.ticks({*drafted.held, *impossible})
    _told(headline(lines, ticks, drafted), drafted)
    drafts_button(opened, drafted, _against(opened))
    _lines(lines, drafted, filters, ticks)


def _told(numbers: Headline, drafted: Drafted) -> None:
    st.markdown(f"**{told(numbers)}**")
    st.markdown(below(numbers, drafted))


def _against(opened: Workspace) -> str | None:
    if any(record.ended_at is None for record in opened.runs.unfinished()):
        return "A run was interrupted. Resume or close it above; then these changes can be synced."
    return None


def _lines(lines: Lines, drafted: Drafted, filters: Filters, ticks: Ticks) -> None:
    line = LINE_OF[filters.view]
    whole = lines.by_pattern if line == PATTERNS else lines.by_course
    found = whole.loc[_contains(whole, filters.find)] if filters.find else whole
    page = _tools(lines, drafted, filters, found)
    shown = found.iloc[(page - 1) * LISTED : page * LISTED]
    if shown.empty:
        st.info(f"No line contains “{plain(filters.find)}”. Clear the field to see all.", icon=":material/search_off:")
        return
    is_in = pd.Series(ticks).groupby(lines.rows[line]).sum().reindex(shown.index).astype("int64")
    out = shown["rows"] - is_in
    table = shown.assign(tick=is_in.gt(0), open="Rows", left_out=out.where(out.gt(0)).astype("Int64"))
    tick_table(
        f"review_lines_{filters.view or 'pattern'}",
        table,
        _columns(filters.view),
        lambda changed: _take(drafted, {key: tick for one, tick in changed.items()
                                               for key in lines.keys_of(line, [one])}),
        height=HEIGHT,
        alt=f"The plan, {VIEWS[filters.view].lower()}",
    )  # fmt: skip
    _details(lines, drafted, line, shown.index, whole)


def _columns(view: str) -> dict[str, Any]:
    """Those of a view, in its order: what a decision needs fits beside the sidebar of a screen of 1280 pixels."""
    by_pattern = ("change", "group", "category", "rows", "assignments", "why", "left_out", "courses", "schools")
    by_course = ("course", "sections", "teacher", "changes", "assignments", "why", "left_out", "rows", "school")
    named = {name: COLUMNS[name] for name in (by_course if view else by_pattern)}
    return {TICK: COLUMNS[TICK], OPEN: _opener(view), **named}


def _opener(view: str) -> Any:
    place = f"review_lines_{view or 'pattern'}"
    return st.column_config.ButtonColumn(
        "Details", type="tertiary", width=62, key=f"{place}_click", on_click=_open, args=(place,)
    )


@callback()
def _open(place: str) -> None:
    line = line_clicked(place, st.session_state.get(f"{place}_click"))
    if line is not None:
        st.session_state["review_open"] = line
        _first_page()


def _contains(table: pd.DataFrame, text: str) -> pd.Series:
    """The lines with a text in any of their words."""
    named = [name for name in ("group", "category", "change", "course", "teacher", "school", "why") if name in table]
    return pd.Series(
        np.any([table[name].str.contains(text, case=False, regex=False) for name in named], axis=0), table.index
    )


def _tools(lines: Lines, drafted: Drafted, filters: Filters, found: pd.DataFrame) -> int:
    """The view, the text to find, both buttons for all lines found, and the page of them that is shown."""
    line = LINE_OF[filters.view]
    pages = max(1, -(-len(found) // LISTED))
    if st.session_state.get("review_page", 1) > pages:
        st.session_state["review_page"] = 1
    st.session_state.update({"review_view": filters.view, "review_find": filters.find})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control("Lines", list(VIEWS), format_func=lambda one: VIEWS.get(one, one), required=True,
                             key="review_view", on_change=_choose, args=("view",))  # fmt: skip
        st.text_input("Find", key="review_find", on_change=_choose, args=("find",), width=220, type="search",
                      placeholder="group, category, course …")  # fmt: skip
        number = "the line" if len(found) == 1 else f"{'the' if filters.find else 'all'} {count(len(found), 'line')}"
        some = tuple(found.index)
        for tick, label in ((True, "Tick"), (False, "Leave out")):
            st.button(f"{label} {number}", on_click=_take_lines, args=(lines, drafted, line, some, tick),
                      key=f"review_all_{tick}", disabled=found.empty)  # fmt: skip
        return st.pagination(pages, key="review_page") if pages > 1 else 1


@callback()
def _choose(name: str) -> None:
    choose(PAGE, replace(present(PAGE, Filters), **{name: st.session_state[f"review_{name}"] or ""}))
    for key in ("review_page", "review_open"):
        st.session_state.pop(key, None)


@callback()
def _take_lines(lines: Lines, drafted: Drafted, line: str, some: tuple[object, ...], tick: bool) -> None:
    _hold(drafted, dict.fromkeys(lines.keys_of(line, some), tick))


@callback()
def _take(drafted: Drafted, ticks: Mapping[Key, bool]) -> None:
    _hold(drafted, ticks)


def _hold(drafted: Drafted, ticks: Mapping[Key, bool]) -> None:
    planning, impossible = workspace().planning, {one.change.key for one in drafted.left_out}
    wanted = [key for key, tick in ticks.items() if tick]
    if wanted and impossible.issuperset(wanted):
        st.toast("These rows cannot be synced; “Which, and why” above tells the reasons.", icon=":material/help:")
    planning.release([key for key, tick in ticks.items() if tick and key in drafted.held])
    planning.hold(drafted, [key for key, tick in ticks.items() if not tick and key not in drafted.held], person())


def _details(lines: Lines, drafted: Drafted, line: str, shown: pd.Index, whole: pd.DataFrame) -> None:
    """The rows of one line, which is chosen here, or with its button in the table."""
    opened = st.session_state.get("review_open")
    offered = [*shown, *([opened] if opened in whole.index and opened not in shown else [])]
    st.session_state["review_open"] = opened if opened in offered else None
    named = whole.loc[offered]
    names = dict(zip(offered, map(_name, named.to_dict("records")), strict=True))
    chosen = st.selectbox(
        "Rows of",
        offered,
        index=None,
        key="review_open",
        width=520,
        on_change=_first_page,
        format_func=lambda one: names.get(one, one),
        placeholder="Choose a line to see its rows",
    )
    if chosen is not None:
        st.markdown(f"**Why**\n\n{reasons(lines.of(line, chosen)['why'])}")
        _rows(lines, drafted, lines.of(line, chosen), names[chosen])


def _rows(lines: Lines, drafted: Drafted, rows: pd.DataFrame, name: str) -> None:
    """Some rows, each with its tick."""
    pages = -(-len(rows) // LISTED)
    page = st.pagination(pages, key="review_rows_page") if pages > 1 else 1
    shown = rows.iloc[(page - 1) * LISTED : page * LISTED]
    keys = [lines.keys[place] for place in shown.index]
    left_out = {one.change.key: one.reason for one in drafted.left_out}
    table = shown.assign(
        tick=[key not in drafted.held for key in keys], held=[drafted.held.get(key, "") for key in keys]
    ).set_axis(pd.Index(keys, tupleize_cols=False))
    if any(key in left_out for key in keys):
        table = table.assign(why=[left_out.get(key, why) for key, why in zip(keys, table["why"], strict=True)])
    order = (TICK, "course", "section", "group", "category", "why", "assignments", "held", "teacher", "school")
    tick_table(
        "review_rows",
        table,
        {one: COLUMNS[one] for one in order},
        lambda changed: _take(drafted, changed),
        height=ROWS_HEIGHT,
        alt=f"Rows of {name}",
    )


def _name(line: Mapping[Hashable, Any]) -> str:
    if "course" not in line:
        return f"{line['group']}: {line['category']}"
    return " · ".join(str(line[name]) for name in ("course", "sections", "teacher", "school") if line[name])


@callback()
def _first_page() -> None:
    st.session_state.pop("review_rows_page", None)

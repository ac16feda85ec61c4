"""The lines of a file that cannot be imported: one table, a page of it at a time, with the category that may be meant.

Session-state keys: ``csv_used_<file>`` (frozenset of line numbers, in which the nearest category is used),
``csv_bad_page_<file>`` (int), and per page of the table the clicks on its buttons, ``csv_use_<hash>`` and
``csv_use_alike_<hash>``, and what its form says, ``csv_which_<hash>``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st

from gpb.audit.reports.csv_file import safe_csv
from gpb.exchange import Imported, Problem, problem_table
from gpb.printable import one_line
from gpb.ui.shell.session import callback
from gpb.ui.text import count, fingerprint, sentence

LINES = 8
"""Of one page of the table."""
MOST_KINDS = 100
"""Of lines alike that the form lists."""
USE = "Use it"
Kind = tuple[str, str | None]
LABELS = {
    **{"line": "Line", "group": "Assignment group", "section": "SIS Section", "your_text": "Your text"},
    **{"nearest": "Nearest category", "use": USE, "use_alike": "All alike", "problem": "What is wrong"},
}
WIDTHS = (60, 140, 150, 130, 130, 75, 95, 500)
"""Pixels."""


def file_problems(imported: Imported, file: str) -> Imported:
    """Draw what is wrong with the file of this id; what it asks for with the categories that a person accepted."""
    used = frozenset(st.session_state.get(f"csv_used_{file}", ()))
    fixed = imported.using(used)
    if number := len(imported.bad) - len(fixed.bad):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check: The nearest category is used in **{count(number, 'line')}**.")
            st.button("Take back", on_click=_take_back, args=(file,), key=f"csv_take_back_{file}")
    if not fixed.bad:
        return fixed
    st.markdown(f":material/warning: **{count(len(fixed.bad), 'line')}** cannot be imported.")
    if not fixed.is_whole:
        st.warning(sentence(fixed.more), icon=":material/warning:")
    alike = Counter(map(_kind, fixed.bad))
    pages = -(-len(fixed.bad) // LINES)
    with st.container(horizontal=True, vertical_alignment="center"):
        page = st.pagination(pages, key=f"csv_bad_page_{file}") if pages > 1 else 1
        st.download_button(
            "Download all problems",
            lambda: safe_csv(problem_table(fixed.bad)),
            file_name="problems.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"csv_bad_{file}",
        )
    first = (min(page, pages) - 1) * LINES
    _table(fixed.bad[first : first + LINES], fixed.bad, alike, file)
    _form(fixed.bad, fixed.bad[first : first + LINES], alike, file)
    return fixed


def _form(bad: Sequence[Problem], shown: Sequence[Problem], alike: Counter[Kind], file: str) -> None:
    """What the buttons in the table do, for the keyboard; and for all lines at once."""
    able = [one for one in bad if one.edit is not None]
    if not able:
        return
    choices = {f"all {count(len(able), 'line')} that have one": frozenset(one.line for one in able)}
    kinds: dict[Kind, set[int]] = {}
    for one in able:
        kinds.setdefault(_kind(one), set()).add(one.line)
    for kind, number in alike.most_common(MOST_KINDS):
        if number > 1 and kind in kinds:
            choices[f"{count(number, 'line')}: “{one_line(kind[0])}” as {kind[1]}"] = frozenset(kinds[kind])
    for one in shown:
        if one.edit is not None:
            choices[f"line {one.line}: “{one_line(one.text)}” as {one.nearest}"] = frozenset([one.line])
    key = fingerprint([file, list(choices)])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Use the nearest category in", list(choices), key=f"csv_which_{key}")
        st.button(USE, on_click=_add, args=(file, choices[chosen]), key=f"csv_use_chosen_{key}")


def _table(shown: Sequence[Problem], bad: Sequence[Problem], alike: Counter[Kind], file: str) -> None:
    several = [alike[_kind(one)] if one.edit is not None else 0 for one in shown]
    table = problem_table(shown)[["line", "group", "section", "your_text", "nearest", "problem"]]
    table["nearest"] = table["nearest"].fillna("")
    table.insert(5, "use", [USE if number else None for number in several])
    table.insert(6, "use_alike", [f"In all {number:,}" if number > 1 else None for number in several])
    if not any(several):  # nothing to take: what is wrong is in sight then
        table = table.drop(columns=["nearest", "use", "use_alike"])
    key = fingerprint([file, *(one.line for one in shown)])
    buttons = (
        ("use", "Take the nearest category in this line.", ()),
        ("use_alike", "Take it in all lines alike.", bad),
    )
    clicks = {
        name: {
            **{"help": told, "on_click": _use, "key": f"csv_{name}_{key}"},
            "args": (f"csv_{name}_{key}", shown, among, file),
        }
        for name, told, among in buttons
    }
    kinds: dict[str, Callable[..., Any]] = {
        "line": st.column_config.NumberColumn,
        **dict.fromkeys(clicks, st.column_config.ButtonColumn),
    }
    st.dataframe(
        table,
        hide_index=True,
        height=38 + 35 * len(table),
        alt="Lines of the file that cannot be imported",
        column_config={
            name: kinds.get(name, st.column_config.TextColumn)(label, width=width, **clicks.get(name, {}))
            for (name, label), width in zip(LABELS.items(), WIDTHS, strict=True)
        },
    )


def _kind(problem: Problem) -> Kind:
    """Alike are lines that say the same and have the same nearest category."""
    return problem.text.strip().casefold(), problem.nearest if problem.edit is not None else None


@callback()
def _use(key: str, shown: Sequence[Problem], among: Sequence[Problem], file: str) -> None:
    clicked = shown[st.session_state[key]["row"]]
    lines = {clicked.line, *(one.line for one in among if _kind(one) == _kind(clicked) and one.edit is not None)}
    _keep(file, lines)


@callback()
def _add(file: str, lines: frozenset[int]) -> None:
    _keep(file, lines)


def _keep(file: str, lines: Collection[int]) -> None:
    st.session_state[f"csv_used_{file}"] = frozenset(st.session_state.get(f"csv_used_{file}", ())).union(lines)


@callback()
def _take_back(file: str) -> None:
    st.session_state.pop(f"csv_used_{file}", None)

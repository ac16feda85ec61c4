"""The list of a bulk edit: what each row or pattern will become, ticked or not, a page at a time.

Rows that are free are ticked from the start. What would replace an association, or somebody's draft, stands apart and
is not; it takes a tick for the whole, or for a line.

Session-state keys: ``bulk_ticks`` (Ticks; set here), ``bulk_list`` (str, which of the parts is listed),
``bulk_by_row`` (bool), ``bulk_page`` (int), and ``bulk_all_<part>``, ``bulk_line_<hash>``, which mirror the ticks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd
import streamlit as st

from gpb.keys import Key, keys
from gpb.suggest.choices import Apart
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import callback
from gpb.ui.text import LONGEST_SENTENCE, count, fingerprint, widget_label

LISTED = 8  # lines
NAMES_OF = 3  # people who are named
TITLES = {
    Apart.FREE: "New",
    Apart.ASSOCIATED: "Replaces an association",
    Apart.ELSEWHERE: "Stored outside Canvas",
    Apart.DRAFTED: "Replaces a draft",
}
_STYLE = """
[class*="st-key-bulk_lines"] {gap: 0.25rem}
"""


@dataclass(frozen=True)
class Edit:
    """A bulk edit that can be made: ``lines`` as of ``choices.changes``, with ``before`` and ``after`` (str).

    A column ``why`` (str) is shown where there is one. ``verb`` and ``unit`` make the words of the button; ``label`` is
    what Undo calls it; for ``source`` and ``reason`` see ``drafting.edit``. ``act`` is called in place of an edit, and
    ``titles`` are those of the parts.
    """

    lines: pd.DataFrame
    verb: str
    unit: str = "row"
    label: str = ""
    source: str | dict[Key, str] = "bulk"
    reason: str | dict[Key, str] = ""
    act: Callable[..., None] | None = None
    titles: Mapping[Apart, str] = field(default_factory=lambda: TITLES)


@dataclass(frozen=True)
class Ticks:
    """``whole``: the parts that are ticked, but for the rows in ``but``; of the other parts those rows are."""

    of: str
    whole: frozenset[str] = frozenset({str(Apart.FREE)})
    but: frozenset[Key] = field(default_factory=frozenset)


def forget() -> None:
    """Another edit begins with its own ticks."""
    for name in ("bulk_ticks", "bulk_list", "bulk_page"):
        st.session_state.pop(name, None)


def ticked(snapshot_id: str, edit: Edit) -> pd.DataFrame:
    """The lines that are ticked; draws a tick for each part of them, with the number of rows that it will change."""
    found = _ticks(snapshot_id, edit)
    is_ticked = _is_ticked(edit.lines, found)
    for part in _parts(edit.lines):
        of_part = edit.lines["apart"].eq(part)
        number, chosen = int(of_part.sum()), int((of_part & is_ticked).sum())
        key = f"bulk_all_{part}"
        st.session_state[key] = chosen == number
        some = f"{chosen:,} of " if 0 < chosen < number else ""
        told = f"{edit.titles[Apart(part)]}: {some}{count(number, edit.unit)}{_people(edit.lines.loc[of_part])}"
        st.checkbox(
            widget_label(told), key=key, on_change=_take_all, args=(found.of, part, key, keys(edit.lines.loc[of_part]))
        )
    return edit.lines.loc[is_ticked]


def listed(snapshot_id: str, edit: Edit) -> None:
    """Draw a page of the lines of one part: patterns, or rows one by one."""
    st.html(f"<style>{_STYLE}</style>")
    found, parts = _ticks(snapshot_id, edit), _parts(edit.lines)
    with st.container(horizontal=True, vertical_alignment="center"):
        part = parts[0]
        if len(parts) > 1:
            if st.session_state.get("bulk_list") not in parts:
                st.session_state["bulk_list"] = parts[0]
            part = st.segmented_control(
                "List", parts, key="bulk_list", required=True, label_visibility="collapsed",
                format_func=lambda each: edit.titles[Apart(each)],
            ) or parts[0]  # fmt: skip
        by_row = st.toggle("Row by row", key="bulk_by_row")
    of_part = edit.lines.loc[edit.lines["apart"].eq(part)]
    groups = _grouped(of_part, by_row=by_row)
    pages = -(-len(groups) // LISTED)
    if st.session_state.get("bulk_page", 1) > pages:
        st.session_state["bulk_page"] = 1
    page = st.session_state.get("bulk_page", 1)
    is_ticked = _is_ticked(of_part, found)
    with st.container(key="bulk_lines"):
        for _, line in groups.iloc[(page - 1) * LISTED : page * LISTED].iterrows():
            _line(found, of_part.loc[line["rows"]], is_ticked.loc[line["rows"]], part)
    if pages > 1:
        st.pagination(pages, key="bulk_page", max_visible_pages=5)


def _line(found: Ticks, rows: pd.DataFrame, is_ticked: pd.Series[bool], part: str) -> None:
    """One pattern, or one row, with its tick."""
    first, chosen = rows.iloc[0], int(is_ticked.sum())
    some = f"{chosen:,} of " if 0 < chosen < len(rows) else ""
    where = f"{first['course']}, {first['section']}" if len(rows) == 1 else (
        f"{some}{count(len(rows), 'row')} in {count(rows['course_id'].nunique(), 'course')}"
    )  # fmt: skip
    whose = f" · drafted by {_name(first['person'])}" if part == Apart.DRAFTED else ""
    why = f" · {first['why']}" if "why" in rows else ""
    told = f"{first['group']}: {first['before']} → {first['after']} · {where}{whose}{why}"
    key = f"bulk_line_{fingerprint((found.of, keys(rows)))}"
    st.session_state[key] = chosen > 0
    st.checkbox(
        widget_label(told, LONGEST_SENTENCE), key=key, on_change=_take_line, args=(found.of, part, key, keys(rows))
    )


def _grouped(lines: pd.DataFrame, *, by_row: bool) -> pd.DataFrame:
    """One line each: ``rows`` (list of labels of the index), those with most rows first."""
    if by_row:
        return pd.DataFrame({"rows": [[label] for label in lines.index]})
    names = ["group", "before", "after"]
    by = [lines[name] for name in names] + [lines["person"].fillna("")]
    found = lines.index.to_series().groupby(by, sort=False).agg(list).rename("rows").reset_index(drop=True).to_frame()
    return found.sort_values("rows", key=lambda column: -column.str.len(), kind="stable", ignore_index=True)


def _people(lines: pd.DataFrame) -> str:
    """Whose drafts they are."""
    if not lines["apart"].eq(Apart.DRAFTED).any():
        return ""
    whose = Counter(lines["person"].dropna()).most_common()
    told = [f"{_name(name)} ({number:,})" for name, number in whose[:NAMES_OF]]
    more = len(whose) - NAMES_OF
    return f", drafted by {', '.join(told)}{f' and {more} more' if more > 0 else ''}"


def _name(name: str) -> str:
    return "you" if name == person() else name


def _parts(lines: pd.DataFrame) -> list[str]:
    there = set(lines["apart"])
    return [str(part) for part in Apart if part in there]


def _ticks(snapshot_id: str, edit: Edit) -> Ticks:
    """The ticks of this edit: another category, section or reading begins anew."""
    of = fingerprint((snapshot_id, edit.label, len(edit.lines)))
    kept: Ticks | None = st.session_state.get("bulk_ticks")
    if kept is None or kept.of != of:
        kept = st.session_state["bulk_ticks"] = Ticks(of)
    return kept


def _is_ticked(lines: pd.DataFrame, found: Ticks) -> pd.Series[bool]:
    whole = lines["apart"].isin(list(found.whole))
    if not found.but:
        return whole
    return whole ^ pd.Series([key in found.but for key in keys(lines)], lines.index, "bool")


@callback()
def _take_all(of: str, part: str, key: str, rows: list[Key]) -> None:
    found: Ticks = st.session_state["bulk_ticks"]  # as it is by now: the list may not have been drawn since a click
    if found.of == of:
        whole = found.whole | {part} if st.session_state[key] else found.whole - {part}
        st.session_state["bulk_ticks"] = replace(found, whole=whole, but=found.but - set(rows))


@callback()
def _take_line(of: str, part: str, key: str, rows: list[Key]) -> None:
    found: Ticks = st.session_state["bulk_ticks"]
    if found.of == of:
        is_other = st.session_state[key] != (part in found.whole)
        but = found.but | set(rows) if is_other else found.but - set(rows)
        st.session_state["bulk_ticks"] = replace(found, but=but)

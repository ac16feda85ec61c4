"""The view by course, which looks like Canvas' own screen and is the plain form of the grid: one drop-down per section.

Every drop-down offers exactly the categories of its section. It mirrors the drafts: its value is set from the store
before it is drawn, and a change of it is a draft at once.

Session-state keys: ``course_shown`` (int, the picked course; set by the picker), ``open_<group>`` (bool, the group is
expanded) and ``pick_<group>_<section>_<what it shows>`` (the mirrors).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.ui.associate.filters import course_names
from gpb.ui.associate.grid_columns import NOT_READ
from gpb.ui.editing import cells
from gpb.ui.editing.edits import take_labels
from gpb.ui.shell.session import callback
from gpb.ui.text import count, fingerprint, plain, widget_label

WIDTHS = [5, 4, 5, 3]
PUBLISHED = "published assignment"


def by_course(snapshot: Snapshot, rows: pd.DataFrame, found: pd.DataFrame) -> None:
    """Draw one course of the filtered rows ``found``, whole, from the association frame with drafts ``rows``."""
    course_id = _pick_course(found)
    course = rows.loc[rows["course_id"].eq(course_id)]
    first = snapshot.with_links(course.head(1)).iloc[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(first['school'])}** · {count(course['group_id'].nunique(), 'assignment group')}")
        st.link_button("Open in Canvas", first["canvas_link"], icon=":material/open_in_new:", type="tertiary")
        if first["focus_link"]:
            st.link_button("Open Focus", first["focus_link"], icon=":material/open_in_new:", type="tertiary")
    for _, group in course.groupby("group_id", sort=False):
        _group(snapshot, group)


def _pick_course(found: pd.DataFrame) -> int:
    names = course_names(found)
    open_rows = found["status"].eq(Status.UNASSOCIATED).groupby(found["course_id"]).sum()
    labels = {
        course_id: f"{name} — {open_rows[course_id]} unassociated" if open_rows[course_id] else name
        for course_id, name in names.items()
    }
    ids = list(labels)
    if st.session_state.get("course_shown") not in labels:
        st.session_state["course_shown"] = ids[0]
    place = ids.index(st.session_state["course_shown"])
    picker, before, after = st.columns([7, 1.4, 1.4], vertical_alignment="bottom")
    before.button("Previous", on_click=_show, args=(ids[place - 1],), disabled=place == 0, width="stretch")
    after.button(
        "Next", on_click=_show, args=(ids[(place + 1) % len(ids)],), disabled=place == len(ids) - 1, width="stretch"
    )
    course_id: int = picker.selectbox(
        f"Course ({place + 1:,} of {len(ids):,} that match the filters)",
        ids,
        key="course_shown",
        persist_state="session",
        format_func=lambda known: labels.get(known, str(known)),
    )
    return course_id


@callback()
def _show(course_id: int) -> None:
    st.session_state["course_shown"] = course_id


def _group(snapshot: Snapshot, rows: pd.DataFrame) -> None:
    """One group, expanded or not; not an expander, which closes and drops the focus whenever its label changes."""
    first = rows.iloc[0]
    key = f"open_{first['group_id']}"
    is_open = st.session_state.get(key, False)
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Collapse" if is_open else "Expand",
                key=f"toggle_{first['group_id']}",
                icon=":material/keyboard_arrow_down:" if is_open else ":material/chevron_right:",
                on_click=_toggle,
                args=(key,),
                help=f"The sections of {plain(first['group'])}",
            )
            st.markdown(f"**{plain(first['group'])}** — {group_state(rows)}")
        if is_open:
            _sections(snapshot, rows)


@callback()
def _toggle(key: str) -> None:
    st.session_state[key] = not st.session_state.get(key, False)


def _sections(snapshot: Snapshot, rows: pd.DataFrame) -> None:
    for column, title in zip(st.columns(WIDTHS), ("SIS Section", "SIS ID", "SIS Category", "State"), strict=True):
        column.markdown(f"**{title}**")
    labels = cells.shown_labels(rows, snapshot.validity)
    for row, label in zip(rows.to_dict("records"), labels, strict=True):
        _section(snapshot, row, label)
    first = rows.iloc[0]
    number = first["assignments"]
    assignments = "unknown number of published assignments" if pd.isna(number) else count(int(number), PUBLISHED)
    st.caption(f"{assignments} flagged for grade passback · Canvas shows: {first['canvas_icon'] or 'no icon'}")


def group_state(rows: pd.DataFrame) -> str:
    """The labels of one group for people: its unassociated sections, Changed, Synchronized or Unassociated."""
    sections, unassociated = len(rows), int(rows["unassociated_in_group"].iloc[0])
    parts = [f"{unassociated} of {count(sections, 'section')} unassociated"]
    if unassociated:
        parts.append(":orange-badge[:material/link_off: Unassociated]")
    for status, icon, colour in (
        (Status.BROKEN, "error", "red"),
        (Status.NO_CATEGORIES, "settings", "gray"),
        (Status.NO_SIS_CLASS, "help", "gray"),
        (Status.ELSEWHERE, "cloud", "gray"),
    ):
        if (rows["status"].eq(status) & ~rows["changed"]).any():
            parts.append(f":{colour}-badge[:material/{icon}: {status}]")
    if rows["status"].eq(Status.SYNCHRONIZED).all() and not rows["changed"].any():
        parts.append(":green-badge[:material/check_circle: Synchronized]")
    if rows["not_read"].any():
        parts.append(":gray-badge[:material/help: Not read]")
    if rows["changed"].any():
        parts.append(":blue-badge[:material/edit: Changed]")
    return " ".join(parts)


def _section(snapshot: Snapshot, row: dict[Any, Any], label: str) -> None:
    name, sis_id, choice, state = st.columns(WIDTHS, vertical_alignment="center")
    name.markdown(plain(row["section"]))
    sis_id.caption(plain(row["sis_section_id"]))
    (offered,) = cells.offered(pd.DataFrame([row]), snapshot.validity)
    if offered:
        offered = offered if label in offered else (label, *offered)  # a hint is no choice, but it is what is shown
        key = pick_key(row, offered)
        st.session_state[key] = label
        choice.selectbox(
            widget_label(f"SIS Category of “{row['group']}” in {row['section']}"),
            offered,
            key=key,
            label_visibility="collapsed",
            on_change=_take,
            args=(key, snapshot.id, (row["group_id"], row["section_id"])),
        )
    else:
        choice.markdown(f":material/info: {plain(label)}")
    if row["changed"]:
        was = cells.stored_labels(pd.DataFrame([row]), snapshot.validity)[0]
        state.markdown(f":blue-badge[:material/edit: Changed] was {plain(was)}")
    else:
        state.markdown(row["status"] + (NOT_READ if row["not_read"] else ""))


def pick_key(row: Mapping[Any, Any], offered: Sequence[str]) -> str:
    """Key of a row's drop-down; another one when Canvas stores something else, so that a pick is of what was seen."""
    shown = fingerprint((row["stored_reference"], row["class_id"], offered))
    return f"pick_{row['group_id']}_{row['section_id']}_{shown}"


@callback()
def _take(key: str, snapshot_id: str, row: Key) -> None:
    label = st.session_state[key]
    take_labels(snapshot_id, {row: label}, label=f"{label} for one section")

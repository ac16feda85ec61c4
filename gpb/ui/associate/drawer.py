"""The drawer of one row: all that the grid has no room for, beside the grid, which keeps its place.

Session-state keys: ``associate_row`` ((group id, section id) or None: the row whose drawer is open; set by the grid and
by links, taken away when the drawer is closed), ``drawer_closed`` (int, how often it was),
``drawer_<group>_<section>_<what it shows>`` (the drop-down, which mirrors the draft).
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from gpb.audit.why import Step, steps
from gpb.errors import GpbError
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.matching.labels import title_label
from gpb.sync.drafting import UNASSOCIATED
from gpb.ui.editing import cells
from gpb.ui.editing.edits import take_labels
from gpb.ui.focus import give_focus
from gpb.ui.shell.links import address
from gpb.ui.shell.session import callback, keep_page, sentences, show_notices
from gpb.ui.text import fingerprint, local_time, plain, sentence
from gpb.workspace import Workspace

WIDTH = 560  # pixels


def drawer(opened: Workspace, snapshot: Snapshot, rows: pd.DataFrame) -> None:
    """Draw the drawer that is open, of a row of the association frame with drafts ``rows``."""
    with st.sidebar:  # where it takes no room
        give_focus("drawer", st.session_state.get("drawer_closed", 0), "grid")
    key: Key | None = st.session_state.get("associate_row")
    if key is None:
        return
    found = rows.loc[rows["group_id"].eq(key[0]) & rows["section_id"].eq(key[1])]
    if found.empty:
        st.session_state["associate_row"] = None
        st.toast("That row is not in this term.", icon=":material/help:")
        return
    title = f"{plain(found.iloc[0]['group'])} · {plain(found.iloc[0]['section'])}"
    keep_page()
    st.dialog(title, width=WIDTH, position="right", on_dismiss=_close)(_body)(opened, snapshot, key)


def _body(opened: Workspace, snapshot: Snapshot, key: Key) -> None:
    """As a fragment: the row is asked anew, since a choice in here changes it."""
    with sentences():
        show_notices()
        rows = opened.term.rows(snapshot)
        row = rows.loc[rows["group_id"].eq(key[0]) & rows["section_id"].eq(key[1])]
        _facts(snapshot, row)
        _choice(snapshot, row)
        _proposal(opened, snapshot, row)
        _links(snapshot.with_links(row).iloc[0])
        _why(opened, row.iloc[0])
        _history(opened, key)


@callback()
def _close() -> None:
    st.session_state["associate_row"] = None
    st.session_state["drawer_closed"] = st.session_state.get("drawer_closed", 0) + 1


def _facts(snapshot: Snapshot, row: pd.DataFrame) -> None:
    first = row.iloc[0]
    number = first["assignments"]
    told = {
        "Course": first["course"],
        "School": first["school"],
        "Teacher": first["teacher"] or "none",
        "SIS ID": first["sis_section_id"],
        "Assignments": "not known" if pd.isna(number) else f"{int(number):,} published and flagged for grade passback",
        "In Canvas now": cells.stored_labels(row, snapshot.validity)[0],
        "Canvas shows": first["canvas_icon"] or "no icon",
        "Status": first["status"] + (", not read in the last Refresh" if first["not_read"] else ""),
    }
    if first["changed"]:
        of = f", {first['reason']}" if isinstance(first["reason"], str) and first["reason"] else ""
        told["Drafted by"] = f"{first['person']}{of}"
    st.markdown("  \n".join(f"**{name}:** {plain(value)}" for name, value in told.items()))


def _choice(snapshot: Snapshot, row: pd.DataFrame) -> None:
    """The plain form of the row's cell: exactly the categories of its section."""
    first, shown = row.iloc[0], cells.shown_labels(row, snapshot.validity)[0]
    known = list(snapshot.validity.labels(first["class_id"]))
    stored = cells.stored_labels(row, snapshot.validity)[0]
    if not known and pd.isna(first["stored_category_id"]):
        st.info(f"{shown[0].upper()}{plain(shown[1:])}.", icon=":material/info:")
        return
    offered = list(dict.fromkeys([*({shown, stored} - {*known, UNASSOCIATED}), UNASSOCIATED, *known]))
    key = f"drawer_{first['group_id']}_{first['section_id']}_{fingerprint((first['stored_reference'], offered))}"
    st.session_state[key] = shown
    st.selectbox("SIS Category", offered, key=key, on_change=_take, args=(key, snapshot.id, _key(first)))


def _proposal(opened: Workspace, snapshot: Snapshot, row: pd.DataFrame) -> None:
    """What is proposed for the row, why, and what else was near."""
    group_id, section_id = _key(row.iloc[0])
    found = opened.deciding.proposals(snapshot)
    found = found.loc[found["group_id"].eq(group_id) & found["section_id"].eq(section_id)]
    if found.empty:
        return
    one = found.iloc[0]
    runners_up = json.loads(one["runners_up"]) if one["runners_up"] else []
    others = f" Also possible: {', '.join(map(plain, runners_up))}." if runners_up else ""
    if pd.isna(one["category_id"]):
        st.markdown(f"**Proposal:** none. {sentence(one['reason'])}{others}")
        return
    label = snapshot.validity.label(row.iloc[0]["class_id"], one["category_id"]) or title_label(one["category"])
    st.markdown(f"**Proposal:** {plain(label)}. {sentence(one['reason'])}{others}")
    st.button(
        f"Use {plain(label)}", key=f"drawer_use_{group_id}_{section_id}", on_click=_use,
        args=(snapshot.id, (group_id, section_id), label), icon=":material/check:",
    )  # fmt: skip


def _links(first: pd.Series[Any]) -> None:
    """Ways to the same row in Canvas and Focus, and on other pages."""
    section, course = str(first["section_id"]), str(first["course_id"])
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.link_button("Assignments in Canvas", first["canvas_link"], icon=":material/open_in_new:", type="tertiary")
        if first["focus_link"]:
            st.link_button("Section in Focus", first["focus_link"], icon=":material/open_in_new:", type="tertiary")
        st.page_link(
            "pages/audit.py", label="Section in Audit", icon=":material/fact_check:",
            query_params=address(course=course, section=section),
        )  # fmt: skip


def _why(opened: Workspace, first: pd.Series[Any]) -> None:
    """Why the row will not sync: what passback needs of its section, as far as it concerns the row."""
    st.markdown("**Why will this not sync?**")
    lines = []
    for step in steps(opened.audit.findings(), int(first["section_id"]), int(first["course_id"])):
        blocking = _of_row(step, int(first["group_id"]))
        mark, answer = (":red[:material/cancel:]", "no") if blocking else (":green[:material/check_circle:]", "yes")
        lines.append("  \n".join([f"{mark} {step.title}: {answer}", *blocking]))
    st.markdown("\n\n".join(lines))


def _of_row(step: Step, group_id: int) -> list[str]:
    """The sentences of what stands in the way of this group in this section."""
    found = step.findings
    mine = found["group_id"].isna() | found["group_id"].eq(group_id).fillna(False)
    blocking = found.loc[mine.astype("bool") & found["severity"].ne("note")]
    return [f"{sentence(one['sentence'])} {sentence(one['remedy'])}" for one in blocking.to_dict("records")]


def _history(opened: Workspace, key: Key) -> None:
    st.markdown("**History**")
    try:
        history = opened.runs.row_history(*key)
    except GpbError as error:
        st.markdown(sentence(error))
        return
    if history.empty:
        st.markdown("This row has not changed since the first Refresh of this term.")
        return
    shown = history.assign(at=[local_time(moment) for moment in history["at"].dt.to_pydatetime()])
    columns = {"at": "When", "who": "Who", "before": "Before", "after": "After", "outcome": "Outcome", "why": "Why"}
    st.dataframe(
        shown[list(columns)].fillna(""), hide_index=True, column_config=columns, alt="History of the row",
        height=min(38 + 35 * len(shown), 240),
    )  # fmt: skip


def _key(first: pd.Series[Any]) -> Key:
    return int(first["group_id"]), int(first["section_id"])


@callback()
def _take(key: str, snapshot_id: str, row: Key) -> None:
    _draft(snapshot_id, row, st.session_state[key])


@callback()
def _use(snapshot_id: str, row: Key, label: str) -> None:
    _draft(snapshot_id, row, label)


def _draft(snapshot_id: str, row: Key, label: str) -> None:
    take_labels(snapshot_id, {row: label}, label=f"{label} for one section")

"""The bulk bar: one edit for all rows that fit the filters, each with a preview of how many rows it concerns.

Session-state keys: ``bulk`` (str or None, the chosen kind of edit), ``bulk_elsewhere`` (bool, rows whose association is
stored outside Canvas are meant too), and the widgets of the panels, ``bulk_*``.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.suggest import choices as bulk_choices
from gpb.suggest.choices import Choices
from gpb.sync.drafting import wishes
from gpb.ui.associate import csv_panel, grid
from gpb.ui.associate.filters import course_names
from gpb.ui.editing.edits import apply, discard, look
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.text import count, fingerprint, plain

Told = str | dict[Key, str]
"""Where choices come from, or why they were made: for all, or by row."""


def bulk_bar(snapshot: Snapshot, rows: pd.DataFrame, found: pd.DataFrame) -> None:
    """Draw the bar for the filtered rows ``found`` of the association frame with drafts ``rows``."""
    kind = st.segmented_control(
        f"Change all {count(len(found), 'filtered row')} at once",
        list(_PANELS),
        key="bulk",
        persist_state="session",
    )
    if kind is None:
        return
    with st.container(border=True):
        _PANELS[kind](snapshot, rows, found if kind in _FOR_ALL else _without_elsewhere(found))


def _without_elsewhere(found: pd.DataFrame) -> pd.DataFrame:
    elsewhere = found["status"].eq(Status.ELSEWHERE)
    if not elsewhere.any():
        return found
    several = count(int(elsewhere.sum()), "row")
    if st.checkbox(
        f"Include the {several} whose association is stored outside Canvas (Elsewhere)", key="bulk_elsewhere"
    ):
        return found
    return found.loc[~elsewhere]


def _set_category(snapshot: Snapshot, _rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    known = bulk_choices.labels(meant, snapshot.validity)
    if not known:
        st.info("None of these rows are in a section that has categories. Set up categories in Focus first.")
        return
    label = st.selectbox(
        "Category",
        list(known),
        index=None,
        key="bulk_title",
        format_func=lambda each: f"{each} — valid in {count(known.get(each, 0), 'row')}",
        placeholder="Choose one category for all of these rows",
    )
    if label in known:
        refused = len(meant) - known[label]
        rest = f" {count(refused, 'row')} without this category will stay unchanged." if refused else ""
        st.markdown(f"**{plain(label)}** can be set in **{count(known[label], 'row')}** of {len(meant):,}.{rest}")
        asked = bulk_choices.with_label(meant, label, snapshot.validity)
        _confirm(snapshot, f"Set for {count(known[label], 'row')}", asked, f"“{label}” for filtered rows", "bulk")


def _copy(snapshot: Snapshot, rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    several = meant.groupby("course_id")["section_id"].nunique()
    names = course_names(meant.loc[meant["course_id"].isin(several.index[several > 1])])
    if not names:
        st.info("None of the filtered courses have more than one SIS section to copy between.")
        return
    course_id = st.selectbox("Course", list(names), key="bulk_course", format_func=lambda each: names.get(each, ""))
    course = rows.loc[rows["course_id"].eq(course_id)]
    sections: dict[int, str] = dict(
        course.drop_duplicates("section_id")[["section_id", "section"]].itertuples(index=False)
    )
    left, right = st.columns(2)
    source = left.selectbox(
        "From section", list(sections), key="bulk_from", format_func=lambda each: sections.get(each, "")
    )
    others = [section_id for section_id in sections if section_id != source]
    target = right.selectbox("To section", others, key="bulk_to", format_func=lambda each: sections.get(each, ""))
    if source is None or target is None:
        return
    asked = bulk_choices.from_sibling(course, source, target, snapshot.validity)
    st.markdown(f"**{count(len(asked), 'group')}** can be copied from {plain(sections[source])}.")
    _confirm(
        snapshot,
        f"Copy {count(len(asked), 'category', 'categories')}",
        asked,
        f"copied from {sections[source]}",
        "sibling",
    )


def _proposals(snapshot: Snapshot, _rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    elsewhere = bool(meant["status"].eq(Status.ELSEWHERE).any())
    found = bulk_choices.sure(meant, workspace().deciding.proposals(snapshot, elsewhere=elsewhere))
    st.markdown(
        f"**{count(len(found), 'unassociated row')}** can take a proposal that is sure: the name says it, or it was "
        "decided so before."
    )
    pairs = found.groupby(["group", "category", "source"]).agg(rows=("group_id", "size"), reason=("reason", "first"))
    if len(pairs):
        pairs = pairs.sort_values("rows", ascending=False).reset_index()
        st.dataframe(pairs, hide_index=True, height=min(38 + 35 * len(pairs), 280), column_config=_PAIR_COLUMNS)
    told = {name: dict(zip(keys(found), found[name].tolist(), strict=True)) for name in ("source", "reason")}
    asked, label = bulk_choices.of_proposals(found), f"accepted {count(len(found), 'proposal')}"
    _confirm(snapshot, f"Accept {count(len(found), 'proposal')}", asked, label, told["source"], told["reason"])


def _unassociate(snapshot: Snapshot, _rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    asked = bulk_choices.unassociated(meant)
    st.markdown(f"**{count(len(asked), 'row')}** of {len(meant):,} will become Unassociated.")
    _confirm(snapshot, f"Unassociate {count(len(asked), 'row')}", asked, "Unassociated for filtered rows", "bulk")


def _discard(snapshot: Snapshot, _rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    changed = meant.loc[meant["changed"]]
    drafted = wishes(changed)
    number = count(len(drafted), "draft")
    st.markdown(f"**{number}** among the filtered rows; Canvas is not changed.")
    _button(f"Discard {number}", _drop, snapshot, drafted)


@callback()
def _drop(snapshot_id: str, drafted: Choices) -> None:
    gone = discard(look(snapshot_id), drafted, "discarded drafts")
    grid.renew()
    say("success", f"{count(gone, 'draft')} discarded. Undo brings them back.")


def _confirm(
    snapshot: Snapshot, button: str, asked: Choices, label: str, source: Told, reason: Told | None = None
) -> None:
    _button(button, _do, snapshot, asked, label, source, label if reason is None else reason)


def _button(words: str, act: Callable[..., None], snapshot: Snapshot, asked: Choices, *told: Told) -> None:
    """A click counts only for what was drawn with it: the key names the snapshot, the rows and the categories."""
    key = f"bulk_do_{fingerprint((snapshot.id, asked, told))}"
    st.button(words, type="primary", key=key, on_click=act, args=(snapshot.id, asked, *told), disabled=not asked)


@callback()
def _do(snapshot_id: str, asked: Choices, label: str, source: Told, reason: Told) -> None:
    edited = apply(look(snapshot_id), asked, label, source=source, reason=reason)
    grid.renew()
    say(
        "success",
        f"{count(edited.moved, 'row')} changed. Nothing is sent to Canvas until you sync under Review and sync.",
    )


def _csv(snapshot: Snapshot, rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    csv_panel.csv_panel(snapshot, rows, meant)


_PAIR_COLUMNS = {
    "group": st.column_config.TextColumn("Assignment group"),
    "category": st.column_config.TextColumn("Category"),
    "source": st.column_config.TextColumn("Because of"),
    "rows": st.column_config.NumberColumn("Rows"),
    "reason": st.column_config.TextColumn("Reason"),
}
_FOR_ALL = ("Discard drafts", "Spreadsheet")
_PANELS: dict[str, Callable[[Snapshot, pd.DataFrame, pd.DataFrame], None]] = {
    "Set a category": _set_category,
    "Copy from a section": _copy,
    "Accept proposals": _proposals,
    "Unassociate": _unassociate,
    "Discard drafts": _discard,
    "Spreadsheet": _csv,
}

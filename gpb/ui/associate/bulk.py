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
from gpb.suggest import choices as bulk_choices
from gpb.suggest.choices import Choices
from gpb.sync.drafting import same_choice, wishes
from gpb.ui.associate import csv_panel, grid
from gpb.ui.associate.filters import course_names
from gpb.ui.editing.edits import apply, discard, look
from gpb.ui.shell.session import callback, say
from gpb.ui.text import count, fingerprint, plain


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
    known = bulk_choices.titles(meant, snapshot.validity)
    if not known:
        st.info("None of these rows are in a section that has categories. Set up categories in Focus first.")
        return
    title = st.selectbox(
        "Category (by title)",
        list(known),
        index=None,
        key="bulk_title",
        format_func=lambda each: f"{each} — valid in {count(known.get(each, 0), 'row')}",
        placeholder="Choose one category for all of these rows",
    )
    if title in known:
        refused = len(meant) - known[title]
        rest = f" {count(refused, 'row')} without this category will stay unchanged." if refused else ""
        st.markdown(f"**{plain(title)}** can be set in **{count(known[title], 'row')}** of {len(meant):,}.{rest}")
        _confirm(
            snapshot, f"Set for {count(known[title], 'row')}", same_choice(meant, title), f"“{title}” for filtered rows"
        )


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
    _confirm(snapshot, f"Copy {count(len(asked), 'category', 'categories')}", asked, f"copied from {sections[source]}")


def _proposals(snapshot: Snapshot, _rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    same = bulk_choices.from_names(meant)
    st.markdown(f"**{count(len(same), 'unassociated row')}** can take the category with the same name as the group.")
    _confirm(snapshot, f"Accept {count(len(same), 'matching name')}", same, "proposals: same names")
    similarity = st.slider(
        "Or the closest name, at this similarity or higher", 60, 100, 90, format="%d%%", key="bulk_near"
    )
    near, asked = bulk_choices.from_nearest(meant, snapshot.validity, similarity)
    pairs = near.groupby(["group", "nearest"]).agg(rows=("group_id", "size"), similarity=("similarity", "max"))
    if len(pairs):
        pairs = pairs.sort_values(["rows", "similarity"], ascending=False).reset_index()
        st.dataframe(pairs, hide_index=True, height=min(38 + 35 * len(pairs), 280), column_config=_PAIR_COLUMNS)
    _confirm(snapshot, f"Accept {count(len(asked), 'similar name')}", asked, f"proposals: names {similarity}% similar")


def _unassociate(snapshot: Snapshot, _rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    asked = bulk_choices.unassociated(meant)
    st.markdown(f"**{count(len(asked), 'row')}** of {len(meant):,} will become Unassociated.")
    _confirm(snapshot, f"Unassociate {count(len(asked), 'row')}", asked, "Unassociated for filtered rows")


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


def _confirm(snapshot: Snapshot, button: str, asked: Choices, label: str) -> None:
    _button(button, _do, snapshot, asked, label)


def _button(words: str, act: Callable[..., None], snapshot: Snapshot, asked: Choices, *label: str) -> None:
    """A click counts only for what was drawn with it: the key names the snapshot, the rows and the categories."""
    key = f"bulk_do_{fingerprint((snapshot.id, asked, label))}"
    st.button(words, type="primary", key=key, on_click=act, args=(snapshot.id, asked, *label), disabled=not asked)


@callback()
def _do(snapshot_id: str, asked: Choices, label: str) -> None:
    edited = apply(look(snapshot_id), asked, label)
    grid.renew()
    say(
        "success",
        f"{count(edited.moved, 'row')} changed. Nothing is sent to Canvas until you sync under Review and sync.",
    )


def _csv(snapshot: Snapshot, rows: pd.DataFrame, meant: pd.DataFrame) -> None:
    csv_panel.csv_panel(snapshot, rows, meant)


_PAIR_COLUMNS = {
    "group": st.column_config.TextColumn("Assignment group"),
    "nearest": st.column_config.TextColumn("Closest category"),
    "rows": st.column_config.NumberColumn("Rows"),
    "similarity": st.column_config.NumberColumn("Similarity", format="%.0f%%"),
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

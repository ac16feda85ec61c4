"""The flat grid: one editable column, whose edits are drafts at once.

The editor is given a *frozen view*: which rows, and what their category cells showed when the view was made. The
browser tells edits by position, and only a view that does not change under it makes a position mean one row. Whenever
the drafts do not say what the editor shows (an edit was refused, something was undone, another tab edited), the view is
frozen anew under a new key, so that the grid always ends up showing the store.

Session-state keys: ``grid`` (View; set here), ``grid_views`` (dict, the last views by the keys of their editors),
``grid_bump`` (int, number of views frozen anew), and the editor's own ``grid_<hash>``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import streamlit as st

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.matching.labels import NOT_VALID
from gpb.ui.associate.grid_columns import COLUMN_CONFIG, EDITABLE, display_frame
from gpb.ui.editing import cells
from gpb.ui.editing.edits import take_labels
from gpb.ui.shell.session import callback

HEIGHT = 560  # pixels
VIEWS = 3
"""Views that are remembered: an edit in one may arrive when the next has been drawn, but not shown yet."""


@dataclass(frozen=True)
class View:
    """Rows as they were when the view was frozen.

    ``index`` are labels of the snapshot's association frame (never those of a frame that drafts can reorder), and
    ``keys`` what they stand for; ``labels`` are the category cells, ``before`` the edits of the editor that have been
    taken already.
    """

    snapshot: str
    generation: Hashable
    index: list[int]
    keys: list[Key]
    labels: list[str]
    options: list[str]
    bump: int
    before: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def widget_key(self) -> str:
        """Key of the editor; the same rows give the same key, also after the server was restarted."""
        identity = repr((self.snapshot, self.keys))
        return f"grid_{hashlib.sha256(identity.encode()).hexdigest()[:12]}_{self.bump}"


def touched(view: View, now: Mapping[Any, Mapping[str, Any]]) -> dict[int, str | None]:
    """Label now picked by position in the view, for positions whose edit differs from those taken already.

    An edit that vanished means that the person went back to the label that was shown. Positions outside the view and
    other columns are ignored: they come from the browser.
    """
    edited = {int(position): cell for position, cell in now.items()}
    moved = [p for p in {*edited, *view.before} if edited.get(p) != view.before.get(p) and 0 <= p < len(view.keys)]
    return {p: edited.get(p, {}).get(EDITABLE, view.labels[p]) for p in sorted(moved)}


@callback()
def take_edits(widget_key: str | None = None) -> None:
    """Make drafts of what was edited since last time; called when an editor changes, and once more by the page.

    ``widget_key`` is that of the editor, by default of the present one: the browser may show one of before.
    """
    views: dict[str, View] = st.session_state.get("grid_views", {})
    present: View | None = st.session_state.get("grid")
    view = views.get(widget_key) if widget_key else present
    state = st.session_state.get(view.widget_key) if view else None
    if view is None or not state:
        return
    edited = {int(position): dict(cell) for position, cell in state["edited_rows"].items()}
    picked = touched(view, edited)
    if not picked:
        return
    _keep(replace(view, before=edited), is_present=present is None or view.widget_key == present.widget_key)
    by_key = {view.keys[position]: label for position, label in picked.items()}
    take_labels(view.snapshot, by_key, label=f"{len(picked)} cells of the grid")


def renew() -> None:
    """Forget the view: the next one has the rows that fit the filters then."""
    st.session_state.pop("grid", None)


def grid(snapshot: Snapshot, rows: pd.DataFrame, found: pd.DataFrame, generation: Hashable) -> None:
    """Draw the editor for ``found``, one page of the association frame with drafts ``rows``.

    While ``generation`` stays the same, so do the rows, whatever edits do to the filters' answer.
    """
    view: View | None = st.session_state.get("grid")
    if view is None or (view.snapshot, view.generation) != (snapshot.id, generation):
        view = _freeze(snapshot, found, generation)
    present = rows.loc[view.index]
    if _shown(view) != cells.shown_labels(present, snapshot.validity):
        st.session_state["grid_bump"] = st.session_state.get("grid_bump", 0) + 1
        view = _freeze(snapshot, present, generation)
    _keep(view)
    st.data_editor(
        display_frame(present, view.labels, view.options, cells.stored_labels(present, snapshot.validity)),
        key=view.widget_key,
        on_change=take_edits,
        args=(view.widget_key,),
        num_rows="fixed",
        hide_index=True,
        height=HEIGHT,
        disabled=[name for name in COLUMN_CONFIG if name != EDITABLE],
        column_config={**COLUMN_CONFIG, EDITABLE: _category_column(view.options)},
        alt="Associations of assignment groups with SIS categories",
    )


def _category_column(options: list[str]) -> Any:
    return st.column_config.SelectboxColumn(
        "SIS Category ✎",
        options=options,
        required=True,
        width=215,
        help="Pick a category; it is saved as a draft right away.",
    )


def _freeze(snapshot: Snapshot, rows: pd.DataFrame, generation: Hashable) -> View:
    labels = cells.shown_labels(rows, snapshot.validity)
    options = cells.options(rows, snapshot.validity)
    stored = cells.stored_labels(rows, snapshot.validity)
    gone = {label for label in [*labels, *stored] if label.endswith(NOT_VALID)}
    bump = st.session_state.get("grid_bump", 0)
    return View(snapshot.id, generation, rows.index.tolist(), keys(rows), labels, [*options, *sorted(gone)], bump)


def _keep(view: View, *, is_present: bool = True) -> None:
    if is_present:
        st.session_state["grid"] = view
    kept = {**st.session_state.get("grid_views", {})}
    kept.pop(view.widget_key, None)
    st.session_state["grid_views"] = dict(list({**kept, view.widget_key: view}.items())[-VIEWS:])


def _shown(view: View) -> list[str | None]:
    """The category cells as the editor shows them: frozen labels with its own edits."""
    state = st.session_state.get(view.widget_key) or {"edited_rows": {}}
    shown: list[str | None] = list(view.labels)
    for position, cell in state["edited_rows"].items():
        if 0 <= int(position) < len(shown) and EDITABLE in cell:
            shown[int(position)] = cell[EDITABLE]
    return shown

"""The flat grid: one editable column, whose edits are drafts at once, and which never moves under a person.

The grid shows a *frozen view*: which rows, and what their cells said when the view was drawn. Over it lies what this
session edited since. Whatever else changes (a refresh, another tab, another person) is offered as new data, and shown
when the person says so, or chooses other rows. The browser speaks of rows by their keys, and with each edit of the
snapshot that it shows; what it did is in an outbox, numbered, and is sent until it was taken (``component``).

Session-state keys: ``grid`` (View; set here), ``grid_laid_over`` (dict, row name → Cell, edited in this session since
the view was frozen), ``grid_looked`` (Looked, whether there is new data), ``grid_taken`` (dict, the last number taken
from each outbox), ``grid_answer`` (dict or None, what is said above the grid), ``associate_row`` (Key, the row whose
details were asked for), ``edited_here`` (see ``editing/edits.py``) and ``grid_table``, the component's own.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from gpb.errors import GpbError, StoreError
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.ui.associate.answers import answer_to
from gpb.ui.associate.component import KEY, mount, mount_news
from gpb.ui.associate.component.outbox import Action, Kind, new_actions
from gpb.ui.associate.facets import set_filters
from gpb.ui.associate.filters import PAGE, Filters
from gpb.ui.associate.grid_columns import SORTED_BY, Cell, cell_values, payload, proposed, row_name, sorted_column
from gpb.ui.shell.session import callback, in_turn, is_part, say
from gpb.ui.text import sentence
from gpb.workspace import Workspace

log = logging.getLogger(__name__)
CELL = 7
"""Place in a row of the payload where its ``Cell`` begins."""
LOOK = "5s"
"""How often it is looked for new data."""
DECIDES = ("group_id", "section_id", "category_id", "category")
"""What of a draft can change what a cell says."""


@dataclass(frozen=True)
class View:
    """Rows as they were when the view was frozen.

    ``index`` are labels of the snapshot's association frame (never those of a frame that drafts can reorder), and
    ``names`` what the browser calls them; ``shown`` is what was sent.
    """

    snapshot: str
    generation: tuple[str, Hashable]
    index: list[int]
    names: list[str]
    shown: dict[str, Any]

    @property
    def cells(self) -> list[Cell]:
        """What could be edited, as it was then."""
        return [row[CELL:] for row in self.shown["rows"]]


@dataclass(frozen=True)
class Looked:
    """What was found at the last look: the state of the store, and whether there is anything that the view lacks.

    ``drafted`` is what was drafted there in the rows of the view, ``differing`` are the names of those that it shows
    otherwise; both are of the view's own snapshot.
    """

    version: int
    is_newer: bool
    drafted: frozenset[tuple[Any, ...]]
    differing: frozenset[str]


@callback()
def take_edits() -> None:
    """Do what the browser has in its outbox; called when that changes, and once more by the page."""
    sent = st.session_state.get(KEY)
    _take(sent.get("outbox") if sent else None)


def renew() -> None:
    """Forget the view: the next one has the rows that fit the filters then."""
    st.session_state.pop("grid", None)


def is_open(generation: Hashable) -> bool:
    """Whether these rows are on the screen, even if no row fits any more."""
    view: View | None = st.session_state.get("grid")
    return view is not None and view.generation[1] == generation and not _came_here()


def grid(
    opened: Workspace,
    snapshot: Snapshot,
    rows: pd.DataFrame,
    found: pd.DataFrame,
    generation: Hashable,
    *,
    version: int,
    sort: str = "",
) -> None:
    """Draw ``found``, one page of the association frame with drafts ``rows``, which are sorted by ``sort``.

    While ``generation`` stays the same, so do the rows, whatever edits do to the filters' answer. ``version`` is the
    ``Term.stored`` of before the rows were asked for.
    """
    whole = snapshot.facts.scope, generation
    view: View | None = st.session_state.get("grid")
    if view is None or view.generation != whole or _came_here():
        st.session_state["grid_answer"] = None
        view = _freeze(opened, snapshot, found, whole, sort)
    try:
        shown = snapshot if view.snapshot == snapshot.id else opened.term.snapshot(view.snapshot)
    except StoreError:  # not kept any more
        shown, view = snapshot, _freeze(opened, snapshot, found, whole, sort)
    present = (rows if shown is snapshot else opened.term.rows(shown)).loc[view.index]
    now = cell_values(present, shown.validity)
    patch = _patch(view, now)
    differing, drafted = _differing(view.names, view.cells, now), _decisive(present, present["person"].notna())
    is_newer = shown is not snapshot or bool(differing)
    st.session_state["grid_looked"] = Looked(version, is_newer, drafted, differing)
    state = {
        "view": view.shown["view"],
        "snapshot": view.snapshot,
        "patch": patch,
        "taken": st.session_state.get("grid_taken", {}),
        "answer": st.session_state.get("grid_answer"),
    }
    outbox = mount(view.shown, state, take_edits, lambda: st.fragment(_news, run_every=LOOK)(opened))
    if _take(outbox):  # sent to a server that did not know of the grid yet
        st.rerun()


def _freeze(
    opened: Workspace, snapshot: Snapshot, found: pd.DataFrame, generation: tuple[str, Hashable], sort: str
) -> View:
    shown = {"sort": sorted_column(sort), **payload(found, snapshot.validity, proposed(opened.desk, found))}
    name = hashlib.sha256(json.dumps([snapshot.id, shown]).encode()).hexdigest()[:16]
    names = [row_name(key) for key in keys(found)]
    view = View(snapshot.id, generation, found.index.tolist(), names, {"view": name, **shown})
    st.session_state["grid"] = view
    st.session_state["grid_laid_over"] = {}
    st.session_state["grid_looked"] = None
    st.session_state["edited_here"] = frozenset()
    return view


def _news(opened: Workspace) -> None:
    """Offer what others did since; a part of the page that draws itself anew alone, while the grid stays as it is.

    With the whole page it says what that has found.
    """
    if is_part():
        with in_turn():
            _look_again(opened)
    looked: Looked | None = st.session_state.get("grid_looked")
    mount_news("New data:" if looked is not None and looked.is_newer else "")


def _look_again(opened: Workspace) -> None:
    looked: Looked | None = st.session_state.get("grid_looked")
    try:
        version = opened.term.stored()
        if looked is not None and looked.version != version:
            st.session_state["grid_looked"] = _look(opened, st.session_state["grid"], version, looked)
    except GpbError as error:  # the page tells what is wrong; here it would push the grid down
        log.warning("it could not be looked for new data: %s", error)


def _look(opened: Workspace, view: View, version: int, before: Looked) -> Looked:
    """Whether there is anything that the view does not show; only rows whose drafts have changed are compared anew.

    Every open tab looks after every edit, so many that they may take no more than this.
    """
    snapshot = opened.term.latest()
    if snapshot.id != view.snapshot:
        return replace(before, version=version, is_newer=True)
    drafts = opened.term.drafts(snapshot).frame()
    if _still_differs(before, drafts):
        return replace(before, version=version, is_newer=True)
    groups, shown = snapshot.associations()["group_id"].iloc[view.index], {*view.names}
    of_groups = _decisive(drafts, drafts["group_id"].isin(groups))
    drafted = frozenset(draft for draft in of_groups if row_name(draft[:2]) in shown)
    changed = {row_name(draft[:2]) for draft in before.drafted ^ drafted}
    places = [place for place, name in enumerate(view.names) if name in changed]
    differing = before.differing - changed
    if places:
        rows, every = opened.term.rows(snapshot).loc[[view.index[place] for place in places]], view.cells
        names, cells = [view.names[place] for place in places], [every[place] for place in places]
        differing |= _differing(names, cells, cell_values(rows, snapshot.validity))
    return Looked(version, bool(differing), drafted, differing)


def _decisive(rows: pd.DataFrame, some: pd.Series[bool]) -> frozenset[tuple[Any, ...]]:
    """What some rows, of drafts or with drafts, say that can change a cell; without a category it is empty."""
    columns = [rows[name].array[some.to_numpy()] for name in DECIDES]
    return frozenset(
        (group, section, *("" if pd.isna(value) else value for value in category))
        for group, section, *category in zip(*columns, strict=True)
    )


def _still_differs(before: Looked, drafts: pd.DataFrame) -> bool:
    """Whether a row that differed at the last look is drafted as it was then: one is enough to offer new data."""
    if not before.differing:
        return False
    name = min(before.differing)
    group = drafts["group_id"].eq(int(name.partition(":")[0]))
    now = [draft for draft in _decisive(drafts, group) if row_name(draft[:2]) == name]
    return now == [draft for draft in before.drafted if row_name(draft[:2]) == name]


def _differing(names: list[str], shown: list[Cell], present: list[Cell]) -> frozenset[str]:
    """The rows of which the view shows another cell than the present one, and that were not edited in this session."""
    edited = {row_name(key) for key in st.session_state.get("edited_here", ())}
    laid: dict[str, Cell] = st.session_state["grid_laid_over"]
    return frozenset(
        name
        for name, before, now in zip(names, shown, present, strict=True)
        if name not in edited and laid.get(name, before) != now
    )


def _patch(view: View, now: list[Cell]) -> dict[str, Cell]:
    """What lies over the view by row name."""
    laid: dict[str, Cell] = st.session_state.setdefault("grid_laid_over", {})
    edited = {row_name(key) for key in st.session_state.get("edited_here", ())}
    laid |= {name: cell for name, cell in zip(view.names, now, strict=True) if name in edited}
    st.session_state["edited_here"] = frozenset()
    shown = set(view.names)
    return {name: cell for name, cell in laid.items() if name in shown}


def _came_here() -> bool:
    """Whether the person was on another page before: nothing of the grid is on the screen yet."""
    return bool(st.session_state.get("page_before") != st.session_state.get("page"))


def _take(outbox: object) -> bool:
    """Whether there was anything that had not been done before."""
    taken = st.session_state.get("grid_taken", {})
    client, actions = new_actions(outbox, taken)
    for action in actions:
        st.session_state["grid_taken"] = {client: action.n}  # of one browser tab there is one outbox
        try:
            _do(action)
        except GpbError as error:
            say("error", sentence(error))  # on the page: maybe there is no grid any more
    return bool(actions)


def _do(action: Action) -> None:
    state = st.session_state
    if action.kind is Kind.DETAILS and action.key is not None:
        state["associate_row"] = _key(action.key)
    elif action.kind is Kind.SORT:
        column = SORTED_BY.get(action.column, "")
        wanted = column if action.ascending else f"-{column}"
        set_filters(replace(state.get(f"{PAGE}_filters") or Filters(), sort=wanted if column else ""))
    elif action.kind is Kind.SHOW:
        renew()
    else:
        state["grid_answer"] = answer_to(action)


def _key(name: str) -> Key:
    group, _, section = name.partition(":")
    return int(group), int(section)

"""The plan of one term, made anew when a snapshot, a draft or a word of a person is newer than it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from gpb.frames.rows.coded import differ
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.settings import Settings, Write
from gpb.store.choices.held import HeldDrafts
from gpb.store.database import Database
from gpb.store.run_records import ChangeKind
from gpb.sync.kinds.joining import memberships
from gpb.sync.kinds.naming import LeftOut
from gpb.sync.passed_back import USED
from gpb.sync.plan import READ, Plan, plan_from_drafts, plannable
from gpb.sync.planning.names import Names
from gpb.term.term import Term

PLANNED = [*dict.fromkeys([*READ, *USED, "teacher", "person", "assignments"])]
"""Columns of rows from which a plan is made, reviewed and shown."""
DRAFTED = ["category_id", "category", "person", "source", "reason"]
"""Columns of a row in which its change, and what is told of it, may differ from another one's of the same snapshot."""


@dataclass(frozen=True, eq=False)
class Asked:
    """Everything that drafts ask for, whether or not somebody holds it back; ``name`` is another one after each edit.

    ``rows`` are those of the association frame with drafts that a plan may have (columns PLANNED), ``moved`` those that
    changed in Canvas since, ``unread`` those that wait until they can be read again. ``whole`` is the plan of all rows,
    though names may stand in each other's way there. Where it was made from one with the ``mark`` ``since``, the rows
    ``anew`` are those whose change is another one now, or gone; else all are.
    """

    name: str
    snapshot: Snapshot
    rows: pd.DataFrame
    moved: pd.DataFrame
    unread: pd.DataFrame
    whole: Plan
    since: object
    anew: frozenset[Key]
    names: Names | None = None
    mark: object = field(default_factory=object)


@dataclass(frozen=True, eq=False)
class Drafted:
    """What a sync would carry out, and what not: ``held`` are rows that a person (→ name) holds back, ``left_out``
    changes that no plan can hold. ``name`` is the same as long as the same would be planned.
    """

    name: str
    asked: Asked
    plan: Plan
    held: Mapping[Key, str]
    left_out: tuple[LeftOut, ...] = ()


class Planning:
    """The plan that the drafts of a term ask for."""

    def __init__(self, settings: Settings, database: Database, term: Term) -> None:
        self._settings = settings
        self._database = database
        self._term = term
        self._asked: Asked | None = None
        self._drafted: Drafted | None = None

    def drafted(self) -> Drafted:
        """What the drafts ask for now; writes nothing."""
        asked, store = self.asked(), self._held()
        name = f"{asked.name} {store.version()}"
        known = self._drafted
        if known is not None and known.name == name:
            return known
        held = _still_held(asked.rows, store.frame())
        if asked.names is not None:
            changes, left_out = asked.names.without(held)
            plan = self._with_memberships(replace(asked.whole, changes=tuple(sorted(changes))), asked.snapshot)
        else:
            plan, left_out = _without(asked.whole, held), []
        self._drafted = made = Drafted(name, asked, plan, held, tuple(left_out))
        return made

    def asked(self) -> Asked:
        """Everything that the drafts ask for now."""
        snapshot = self._term.latest()
        shrunk = self._term.shrunk()
        name = f"{snapshot.id} {shrunk} {self._term.drafts().version()}"
        known = self._asked
        if known is None or known.name != name:
            known = self._asked = self._ask(name, snapshot, shrunk)
        return known

    def hold(self, drafted: Drafted, some: Collection[Key], person: str) -> None:
        """Hold the drafts of these rows back, as they were shown."""
        meant = set(some)
        wanted = drafted.asked.rows.loc[[key in meant for key in keys(drafted.asked.rows)]]
        titles = wanted["category_id"].astype(object).where(wanted["category_id"].notna(), None)
        self._held().hold(dict(zip(keys(wanted), titles, strict=True)), person)

    def release(self, some: Collection[Key]) -> None:
        """Hold the drafts of these rows back no longer."""
        self._held().release(some)

    def _held(self) -> HeldDrafts:
        return HeldDrafts(self._database, self._term.latest().facts.scope)

    def _ask(self, name: str, snapshot: Snapshot, shrunk: float) -> Asked:
        frame = self._term.rows(snapshot)
        rows, changed = plannable(frame, PLANNED), frame["changed"]
        moved, unread = frame.loc[changed & frame["moved"]], frame.loc[changed & frame["not_read"]]
        by_names = self._settings.write is Write.NAMES
        kind = ChangeKind.GROUP_NAME if by_names else ChangeKind.ASSOCIATION
        titles, scope = snapshot.validity.titles, snapshot.facts.scope
        known = self._asked
        if known is not None and known.snapshot is snapshot:
            others, anew = _anew(known.rows, rows)
            kept, since = [one for one in known.whole.changes if one.kind is kind and one.key not in anew], known.mark
        else:
            others, anew, kept, since = rows, frozenset(), [], None
        whole = plan_from_drafts(
            frame, titles, kind, scope=scope, snapshot=snapshot.id, shrunk=shrunk, made=(kept, others)
        )
        names = Names(frame, whole.changes, snapshot.validity) if by_names else None
        whole = self._with_memberships(whole, snapshot)
        return Asked(name, snapshot, rows, moved, unread, whole, since, anew, names)

    def _with_memberships(self, plan: Plan, snapshot: Snapshot) -> Plan:
        """The same, with what has to be done in Focus first."""
        if not self._settings.may_write_focus:
            return plan
        return replace(plan, changes=tuple(sorted([*plan.changes, *memberships(plan.changes, snapshot.validity)])))


def _without(plan: Plan, held: Collection[Key]) -> Plan:
    return replace(plan, changes=tuple(one for one in plan.changes if one.key not in held)) if held else plan


def _anew(before: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, frozenset[Key]]:
    """The ``rows`` whose drafts are not what they were in the same snapshot, and the keys of these and of what is gone.

    To make the changes of all takes long.
    """
    place = before.index.get_indexer(rows.index)
    there = np.flatnonzero(place >= 0)
    then, now = before[DRAFTED].take(place[there]), rows[DRAFTED].take(there)
    is_other = place < 0
    for name in DRAFTED:
        is_other[there[differ(then[name], now[name])]] = True
    is_gone = np.ones(len(before), dtype="bool")
    is_gone[place[there]] = False
    other = rows.loc[is_other]
    return other, frozenset([*keys(other), *keys(before.loc[is_gone])])


def _still_held(rows: pd.DataFrame, held: pd.DataFrame) -> dict[Key, str]:
    """Those whose draft is the one that was held back, with the person who did so."""
    if held.empty:
        return {}
    both = rows[["group_id", "section_id", "category_id"]].merge(
        held, on=["group_id", "section_id"], suffixes=("", "_then")
    )
    same = both["category_id"].fillna("").eq(both["category_id_then"].fillna(""))
    kept = both.loc[same]
    return dict(zip(keys(kept), kept["person"].tolist(), strict=True))

"""What people have decided for patterns of group names, the rules of the district, and how both came to be.

A decision is known by its group, titles and scope: deciding these anew replaces it. Nothing is ever deleted.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from gpb.errors import InputError
from gpb.store import sound
from gpb.store.choices.tables import decision_changes, decisions, skipped
from gpb.store.database import PART, Database, now

WHAT, HISTORY = "a decision", "the history of decisions"
ASKED = 400
"""Values in one statement: an old SQLite takes 999."""
NAMES = [column.name for column in decisions.columns]
KEY = decisions.c["key"]
KINDS: dict[str, Any] = {"decision_id": int, "title": str | None, "is_on": int}
"""Types of columns that are no text."""
Moved = tuple[dict[str, Any] | None, dict[str, Any]]
"""A decision before and after an edit."""
TAKEN_BACK = ""
"""The batch of a change that ``undo`` has passed over."""


class Kind(StrEnum):
    """A pattern that somebody decided, or a rule that somebody wrote."""

    DECISION = "decision"
    RULE = "rule"


class Scope(StrEnum):
    """Where a decision holds; the later ones are narrower."""

    DISTRICT = "district"
    LEVEL = "level"
    SCHOOL = "school"
    COURSE = "course"


class Change(StrEnum):
    """How a decision became what it is."""

    DECIDED = "decided"
    IMPORTED = "imported"
    ON = "turned on"
    OFF = "turned off"
    UNDONE = "undone"


COLUMNS = {
    "decision_id": "int64", "kind": "str", "group": "str", "titles": "str", "title": "str?", "scope": "str",
    "scope_value": "str", "person": "str", "made_at": "str", "evidence": "str",
}  # fmt: skip
"""Of the decisions that are on; with those that are off there is ``is_on`` (bool), too."""
CHANGES = {
    "change_id": "int64", "decision_id": "int64", "what": "str", "person": "str", "changed_at": "str", "label": "str",
    "before": "str?", "after": "str",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided: ``group`` is a normalised name, ``titles`` the sorted JSON list of the titles of a section, or
    empty for any section that has ``title``; ``title`` None says that these groups stay unassociated.

    ``evidence`` tells in words what it was made from.
    """

    group: str
    titles: str
    title: str | None
    scope: str = Scope.DISTRICT.value
    scope_value: str = ""
    kind: str = Kind.DECISION.value
    evidence: str = ""
    is_on: bool = True

    @property
    def key(self) -> str:
        """What tells it from others."""
        told = json.dumps([self.group, self.titles, self.scope, self.scope_value])
        return hashlib.sha256(told.encode()).hexdigest()[:32]


class DecisionStore:
    """The decisions of one district: ``source`` names Canvas and account."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source

    def version(self) -> str:
        """Another text after every change."""
        newest = select(func.max(decision_changes.c.change_id)).where(decision_changes.c.source == self._source)
        with self._database.read() as connection:
            ((found,),) = sound.rows(connection.execute(newest), (int | None,), HISTORY)
        return str(found or 0)

    def frame(self, *, with_off: bool = False) -> pd.DataFrame:
        """The decisions that are on: COLUMNS, by group, titles and scope; with those that are off, ``is_on``, too."""
        columns = [decisions.c["group_name" if name == "group" else name] for name in COLUMNS]
        wanted = select(*columns, decisions.c.is_on).where(decisions.c.source == self._source)
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
        found = sound.frame(rows, {**COLUMNS, "is_on": "int64"}, WHAT)
        _check(found)
        order = ["group", "titles", "scope", "scope_value"]
        found = found.astype({"is_on": "bool"}).sort_values(order, ignore_index=True)
        return found if with_off else found.loc[found.pop("is_on")].reset_index(drop=True)

    def history(self, decision_id: int | None = None, *, limit: int | None = None) -> pd.DataFrame:
        """How one decision, or all, became what they are: CHANGES, the newest first and at most ``limit`` of them.

        Two columns hold JSON, see ``stored_row``.
        """
        wanted = select(*(decision_changes.c[name] for name in CHANGES)).where(
            decision_changes.c.source == self._source
        )
        if decision_id is not None:
            wanted = wanted.where(decision_changes.c.decision_id == decision_id)
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(decision_changes.c.change_id.desc()).limit(limit)).all()
        return sound.frame(rows, CHANGES, HISTORY)

    def decide(
        self,
        made: Iterable[Decided],
        person: str,
        *,
        what: Change = Change.DECIDED,
        label: str = "",
        session: str = "",
        name: str = "",
    ) -> int:
        """Keep decisions as one edit, which ``undo`` knows by its ``name`` where it has one.

        Returns how many are new or other than before; the last word on a key holds. To decide again what is decided
        changes nothing: a rule that somebody accepts stays a rule.
        """
        edit = _edit(what, person, label, session)
        edit = {**edit, "batch": name or edit["batch"]}
        last = {one.key: one for one in made}

        def part(connection: Connection, some: Sequence[Decided]) -> int:
            before = self._stored(connection, KEY, [one.key for one in some])
            by_key = {row["key"]: row for row in before.values()}
            moved = [one for one in some if _differs(one, by_key.get(one.key))]
            self._put(connection, edit, [(by_key.get(one.key), self._row(one, person)) for one in moved])
            return len(moved)

        return self._database.write_in_parts(list(last.values()), part)

    def turn(self, decision_ids: Collection[int], *, on: bool, person: str) -> int:
        """Turn decisions on or off; how many were not so already. Raises InputError for an id that is not there."""
        edit = _edit(Change.ON if on else Change.OFF, person, "", "")
        with self._database.write() as connection:
            stored = self._stored(connection, decisions.c.decision_id, sorted(set(decision_ids)))
            if missing := sorted(set(decision_ids) - stored.keys()):
                raise InputError(
                    f"There is no decision {missing[0]}, so nothing was changed. `python -m gpb decisions --all` lists "
                    "all of them with their ids."
                )
            moved = [(row, {**row, "is_on": int(on)}) for row in stored.values() if bool(row["is_on"]) != on]
            self._put(connection, edit, moved)
        return len(moved)

    def undo(self, person: str, session: str = "", name: str | None = None) -> int:
        """Bring what the person's last edit in this session (the one of this name) left to before it; how many it was.

        What somebody changed since stays. What was not there before is turned off.
        """
        mine = (decision_changes.c.source == self._source) & (decision_changes.c.person == person)
        mine &= (decision_changes.c.session == session) & (decision_changes.c.batch != TAKEN_BACK)
        if name is not None:
            mine &= decision_changes.c.batch == name
        last = select(decision_changes.c.batch).where(mine).order_by(decision_changes.c.change_id.desc()).limit(1)
        with self._database.read() as connection:
            found = sound.rows(connection.execute(last), (str,), HISTORY)
        undone, is_left = 0, bool(found)
        while is_left:
            with self._database.write() as connection:
                edits = self._of_batch(connection, found[0][0])
                undone += self._take_back(connection, edits, person, session)
            is_left = len(edits) == PART
            if is_left:
                self._database.give_way()
        return undone

    def _of_batch(self, connection: Connection, batch: str) -> list[tuple[Any, ...]]:
        columns = ("change_id", "decision_id", "before", "after")
        wanted = select(*(decision_changes.c[name] for name in columns)).where(decision_changes.c.batch == batch)
        some = connection.execute(wanted.order_by(decision_changes.c.change_id).limit(PART))
        return sound.rows(some, (int, int, str | None, str), HISTORY)

    def _take_back(self, connection: Connection, edits: Sequence[tuple[Any, ...]], person: str, session: str) -> int:
        """Take back part of an edit."""
        stored = self._stored(connection, decisions.c.decision_id, [decision_id for _, decision_id, *_ in edits])
        moved = []
        for _, decision_id, before, after in edits:
            row = stored.get(decision_id)
            if row is not None and row == stored_row(after):
                moved.append((row, {**row, "is_on": 0} if before is None else stored_row(before)))
        self._put(connection, {**_edit(Change.UNDONE, person, "", session), "batch": TAKEN_BACK}, moved)
        spent = update(decision_changes).values(batch=TAKEN_BACK)
        this = decision_changes.c.change_id == bindparam("this")
        if edits:
            connection.execute(spent.where(this), [{"this": change_id} for change_id, *_ in edits])
        return len(moved)

    def _row(self, one: Decided, person: str) -> dict[str, Any]:
        row = asdict(one)
        own = {"source": self._source, "key": one.key, "group_name": row.pop("group")}
        return {**row, **own, "is_on": int(one.is_on), "person": person, "made_at": now()}

    def _stored(self, connection: Connection, column: Any, values: Sequence[Any]) -> dict[int, dict[str, Any]]:
        """Decisions with these values, by id."""
        found: dict[int, dict[str, Any]] = {}
        for start in range(0, len(values), ASKED):
            wanted = select(decisions).where(decisions.c.source == self._source)
            some = connection.execute(wanted.where(column.in_(values[start : start + ASKED])))
            rows = sound.rows(some, [KINDS.get(name, str) for name in NAMES], WHAT)
            found |= {row[0]: dict(zip(NAMES, row, strict=True)) for row in rows}
        return found

    def _put(self, connection: Connection, edit: Mapping[str, str], moved: Sequence[Moved]) -> None:
        """Store decisions as they are after an edit (None: not there before it), and that they were changed."""
        if not moved:
            return
        fresh = {after["key"]: after for before, after in moved if before is None}
        known = [{**after, "this": before["decision_id"]} for before, after in moved if before is not None]
        if fresh:
            connection.execute(insert(decisions), list(fresh.values()))
        if known:
            this = decisions.c.decision_id == bindparam("this")
            some = [{name: value for name, value in row.items() if name != "decision_id"} for row in known]
            connection.execute(update(decisions).where(this), some)
        ids = {row["key"]: decision_id for decision_id, row in self._stored(connection, KEY, list(fresh)).items()}
        changes = [
            {**edit, "source": self._source, "decision_id": whole["decision_id"]}
            | {"before": _json(before), "after": _json(whole)}
            for before, after in moved
            for whole in [{**after, "decision_id": ids[after["key"]] if before is None else before["decision_id"]}]
        ]
        connection.execute(insert(decision_changes), changes)


class SkippedStore:
    """The patterns of one term (``scope``: Canvas, account, term) that a person wants to see no more for now."""

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope

    def skip(self, pattern: str, person: str) -> None:
        """Remember it; once is enough."""
        row = {"scope": self._scope, "person": person, "pattern": pattern}
        with self._database.write() as connection:
            connection.execute(delete(skipped).filter_by(**row))
            connection.execute(insert(skipped).values(**row, skipped_at=now()))

    def skipped(self, person: str) -> frozenset[str]:
        """The keys of the patterns."""
        wanted = select(skipped.c.pattern).filter_by(scope=self._scope, person=person)
        with self._database.read() as connection:
            return frozenset(one for (one,) in sound.rows(connection.execute(wanted), (str,), "a skipped pattern"))


def _edit(what: Change, person: str, label: str, session: str) -> dict[str, str]:
    told = {"what": what.value, "person": person, "label": label, "session": session}
    return {**told, "batch": uuid.uuid4().hex, "changed_at": now()}


def _differs(one: Decided, stored: Mapping[str, Any] | None) -> bool:
    if stored is None:
        return True
    becomes_rule = one.kind == Kind.RULE and stored["kind"] != Kind.RULE
    return becomes_rule or (one.title, int(one.is_on)) != (stored["title"], stored["is_on"])


def _json(row: Mapping[str, Any] | None) -> str | None:
    return None if row is None else json.dumps(dict(row), ensure_ascii=False, sort_keys=True)


def stored_row(text: str) -> dict[str, Any]:
    """A decision as ``before`` and ``after`` of CHANGES hold it, by the columns of its table; raises StoreError."""
    found = sound.json_object(text, HISTORY)
    if set(found) != set(NAMES):
        raise sound.damaged(HISTORY)
    return found


def _check(found: pd.DataFrame) -> None:
    """Raise StoreError where a decision is none that this program has written."""
    is_whole = found["kind"].isin(list(Kind)) & found["scope"].isin(list(Scope)) & found["is_on"].isin([0, 1])
    if not is_whole.all():
        raise sound.damaged(WHAT)
    for text in found["titles"].unique():
        titles = sound.json_value(text, WHAT) if text else []
        if not isinstance(titles, list) or not all(isinstance(one, str) for one in titles):
            raise sound.damaged(WHAT)
    for moment in found["made_at"].unique():
        sound.moment(moment, WHAT)

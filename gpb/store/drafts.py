"""Drafts: what coordinators wish for single associations, and the edits that led there.

Work on many rows is done in parts, see ``Database.write_in_parts``. An edit is one batch of the log however many parts
it was stored in: one cut off between two of them is what of it is there, and ``undo`` takes that back.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
from sqlalchemy import (
    Connection,
    Delete,
    Row,
    Select,
    Update,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from gpb.keys import Key
from gpb.store import sound
from gpb.store.database import PART, Database, draft_changes, draft_edits, draft_versions, drafts, now
from gpb.store.sets.draft_changes import changes_since, remember, touched
from gpb.store.sets.drafts_kept import DraftsKept, kept_of
from gpb.store.sets.given import ROWS, as_given, delete_keys, given, insert_rows, rows_of_keys

DRAFT_COLUMNS = {
    "group_id": "int64", "section_id": "int64", "category_id": "str?", "category": "str?", "person": "str",
    "edited_at": "str", "baseline": "str?", "source": "str", "reason": "str",
}  # fmt: skip
SPENT = ""
"""The batch of a logged edit that ``undo`` has passed over: it is never taken back."""

BEFORE_0_5 = {"source": "", "reason": ""}
"""What drafts lack in the log of an older release."""

_NAMES = frozenset(drafts.c.keys())
_VERSION = select(draft_versions.c.number).where(draft_versions.c.scope == bindparam("scope"))
_NEXT_VERSION = (
    update(draft_versions)
    .where(draft_versions.c.scope == bindparam("of_scope"))
    .values(number=draft_versions.c.number + 1)
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One association as a coordinator wants it; ``category_id`` None: unassociated.

    ``baseline`` is the stored reference that was on the screen. ``is_change`` is False when the wish is what Canvas
    already stores: then the draft goes away. ``source`` tells what proposed it (``name``, ``last term``, ``bulk`` …),
    and is empty where a person chose it for this very row; ``reason`` tells why, in words for a coordinator.
    """

    group_id: int
    section_id: int
    category_id: str | None
    category: str | None
    baseline: str | None
    is_change: bool
    source: str = ""
    reason: str = ""

    @property
    def key(self) -> Key:
        """(group id, section id)."""
        return self.group_id, self.section_id


@dataclass(frozen=True, slots=True)
class Replaced:
    """A draft of another person that an edit took the place of; ``category`` None: it took the association away."""

    person: str
    category: str | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing wishes did: the number of drafts that it moved, and the rows that it left to whoever drafted them.

    ``left`` holds (group id, section id) → the person whose draft stays as it is; ``replaced`` the drafts of others
    that do not.
    """

    moved: int
    left: Mapping[Key, str]
    replaced: Mapping[Key, Replaced]


@dataclass(frozen=True, slots=True)
class LastEdit:
    """An edit that can be taken back: what tells it from others, and what people call it."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking an edit back did: the number of rows that are as before it, and those that somebody changed since.

    ``left`` holds (group id, section id) → the person who changed that row; such a row stays as it is.
    """

    rows: int
    left: Mapping[Key, str]


@dataclass(frozen=True, slots=True)
class Moved:
    """What one transaction did to the drafts: the version that it led to, the keys that went, the drafts that came."""

    number: int
    gone: tuple[Key, ...]
    fresh: tuple[Mapping[str, Any], ...]


Item = TypeVar("Item")


class DraftStore:
    """The drafts of one scope (Canvas, account, term), shared by all coordinators."""

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self.scope = scope

    def frame(self) -> pd.DataFrame:
        """All drafts: ``group_id, section_id`` int64, all else str, see ``DRAFT_COLUMNS``.

        Those are read from the store that have changed since this process read them.
        """
        version, kept = int(self.version()), kept_of(self._database)
        self._catch_up(kept, version)
        known = kept.at(self.scope, version)
        if known is not None:
            return known
        columns = [drafts.c[name] for name in DRAFT_COLUMNS]
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).where(drafts.c.scope == self.scope)).all()
        found = sound.frame(rows, DRAFT_COLUMNS, "a draft")
        kept.keep(self.scope, version, found)  # it may hold more than that: then it is read again
        return found

    def _catch_up(self, kept: DraftsKept, version: int) -> None:
        """Take over what other processes have changed, as far as that is known and little."""
        before = kept.version(self.scope)
        if before is None or before >= version:
            return
        with self._database.read() as connection:
            changes = changes_since(connection, draft_changes, self.scope, before, version)
            changed = touched(sound.rows(changes, (int, int, int), "a change of a draft"), before, version)
            if changed is None:
                return
            stored = rows_of_keys(connection, drafts, self.scope, changed)
        rows = [[row[name] for name in DRAFT_COLUMNS] for row in stored]
        sound.frame(rows, DRAFT_COLUMNS, "a draft")
        kept.change(self.scope, before, version, changed, stored)

    def version(self) -> str:
        """Another text after every change of a draft."""
        with self._database.read() as connection:
            stored = connection.execute(_VERSION, {"scope": self.scope})
            found = sound.rows(stored, (int,), "the number of changes of the drafts")
        return str(found[0][0] if found else 0)

    def put(self, wishes: Iterable[Wish], person: str, label: str, session: str = "") -> Stored:
        """Store the wishes as one edit that ``undo`` can take back.

        Storing the same wishes twice moves nothing. A wish with a source, which nobody chose for its very row, leaves a
        draft alone that another person made, or that was made by hand. ``session`` tells browsers of one person apart.
        """
        left: dict[Key, str] = {}
        replaced: dict[Key, Replaced] = {}
        changes: list[Moved] = []
        edit = {"scope": self.scope, "batch": uuid.uuid4().hex, "label": label, "person": person, "session": session}

        def part(connection: Connection, wanted: Sequence[Wish]) -> int:
            before = self._stored(connection, [wish.key for wish in wanted])
            differing = {wish.key: wish for wish in wanted if _differs(wish, before.get(wish.key))}
            spared = {
                key: str(before[key]["person"])
                for key, wish in differing.items()
                if _spares(wish, before.get(key), person)
            }
            moved = {key: wish for key, wish in differing.items() if key not in spared}
            at = now()
            after = {key: _row(self.scope, wish, person, at) for key, wish in moved.items() if wish.is_change}
            self._log(connection, edit, moved, before, after)
            changes.append(self._replace(connection, [key for key in moved if key in before], list(after.values())))
            left.update(spared)
            replaced.update(_of_others(moved, before, person))
            return len(moved)

        return Stored(self._in_parts(list(wishes), part, changes), left, replaced)

    def discard(self, keys: Iterable[Key], person: str, label: str = "discard", session: str = "") -> int:
        """Take the drafts of these (group id, section id) away, as one edit; how many there were."""
        edit = {"scope": self.scope, "batch": uuid.uuid4().hex, "label": label, "person": person, "session": session}

        def part(connection: Connection, wanted: Sequence[Key]) -> int:
            before = self._stored(connection, wanted)
            self._log(connection, edit, before, before, {})
            changes.append(self._replace(connection, before))
            return len(before)

        changes: list[Moved] = []
        return self._in_parts(sorted(set(keys)), part, changes)

    def settle(self, carried_out: Mapping[Key, str | None]) -> None:
        """Take drafts away that a run has carried out: (group id, section id) → category id, None: unassociated.

        A row that was drafted anew while the run wrote it keeps its newer draft. Not an edit: ``undo`` does not bring
        settled drafts back.
        """

        def part(connection: Connection, keys: Sequence[Key]) -> int:
            stored = self._stored(connection, keys)
            settled = [key for key, draft in stored.items() if draft["category_id"] == carried_out[key]]
            changes.append(self._replace(connection, settled))
            delete_keys(connection, draft_edits, self.scope, settled)
            return len(settled)

        changes: list[Moved] = []
        self._in_parts(list(carried_out), part, changes)

    def last_edit(self, person: str, session: str = "") -> LastEdit | None:
        """The person's last edit in this session that ``undo`` would take back."""
        with self._database.read() as connection:
            row = connection.execute(self._last(person, session)).first()
        return LastEdit(str(row.batch), str(row.label)) if row else None

    def undo(self, person: str, session: str = "") -> Undone:
        """Bring the drafts that the person's last edit in this session left, and nobody touched since, to before it."""
        rows, left = 0, dict[Key, str]()
        with self._database.read() as connection:
            last = connection.execute(self._last(person, session)).first()
        while last is not None:
            with self._database.write() as connection:
                some = connection.execute(self._of_batch(last.batch)).all()
                moved_on, change = self._take_back(connection, some)
            self._note([change])
            rows, left = rows + len(some) - len(moved_on), left | moved_on
            if len(some) < PART:
                break
            self._database.give_way()
        return Undone(rows, left)

    def _take_back(self, connection: Connection, edits: Sequence[Row[Any]]) -> tuple[dict[Key, str], Moved]:
        """Take back part of an edit; the rows that somebody changed since, with the person, and what moved."""
        keys = [(edit.group_id, edit.section_id) for edit in edits]
        stored, newest = self._stored(connection, keys), self._newest_edits(connection, keys)
        back: dict[Key, dict[str, Any] | None] = {}
        left: dict[Key, str] = {}
        for edit in edits:
            key = edit.group_id, edit.section_id
            last, draft = newest[key], stored.get(key)
            if last["edit_id"] == edit.edit_id and draft == _draft(edit.after):
                back[key] = _draft(edit.before)
            else:
                left[key] = str(last["person"])
        change = self._replace(connection, back, [draft for draft in back.values() if draft is not None])
        taken = [edit.edit_id for edit in edits if (edit.group_id, edit.section_id) in back]
        _each(connection, delete(draft_edits), taken)
        # what is left stays in the log: others' edits of these rows, and those before, are told apart by it
        spent = update(draft_edits).values(batch=SPENT)
        _each(connection, spent, [edit.edit_id for edit in edits if (edit.group_id, edit.section_id) in left])
        return left, change

    def _newest_edits(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
        found = rows_of_keys(connection, draft_edits, self.scope, keys, ("edit_id", "group_id", "section_id", "person"))
        edits = sorted(found, key=lambda edit: int(edit["edit_id"]))
        return {(edit["group_id"], edit["section_id"]): edit for edit in edits}

    def _last(self, person: str, session: str) -> Select[tuple[str, str]]:
        theirs = (draft_edits.c.scope == self.scope) & (draft_edits.c.person == person) & (draft_edits.c.batch != SPENT)
        theirs &= draft_edits.c.session == session
        newest = draft_edits.c.edit_id.desc()
        return select(draft_edits.c.batch, draft_edits.c.label).where(theirs).order_by(newest).limit(1)

    def _of_batch(self, batch: str) -> Select[Any]:
        return select(draft_edits).where(draft_edits.c.batch == batch).order_by(draft_edits.c.edit_id).limit(PART)

    def _stored(self, connection: Connection, keys: Collection[Key]) -> dict[Key, dict[str, Any]]:
        found = rows_of_keys(connection, drafts, self.scope, keys)
        return {(row["group_id"], row["section_id"]): row for row in found}

    def _log(
        self,
        connection: Connection,
        edit: Mapping[str, str],
        keys: Iterable[Key],
        before: Mapping[Key, object],
        after: Mapping[Key, object],
    ) -> None:
        common, rows = {**edit, "edited_at": now()}, []
        for key in keys:
            left = {"before": _json(before.get(key)), "after": _json(after.get(key))}
            rows.append({**common, "group_id": key[0], "section_id": key[1], **left})
        insert_rows(connection, draft_edits, rows)

    def _replace(self, connection: Connection, keys: Collection[Key], fresh: Sequence[Mapping[str, Any]] = ()) -> Moved:
        """Take drafts away and put others in their place; tells of it, for what is kept in memory."""
        delete_keys(connection, drafts, self.scope, keys)
        insert_rows(connection, drafts, fresh)
        if not connection.execute(_NEXT_VERSION, {"of_scope": self.scope}).rowcount:
            connection.execute(insert(draft_versions).values(scope=self.scope, number=1))
        number = connection.execute(_VERSION, {"scope": self.scope}).scalar_one()
        came = ((row["group_id"], row["section_id"]) for row in fresh)
        remember(connection, draft_changes, self.scope, number, {*keys, *came})
        return Moved(number, tuple(keys), tuple(fresh))

    def _in_parts(
        self, items: Sequence[Item], part: Callable[[Connection, Sequence[Item]], int], changes: list[Moved]
    ) -> int:
        """As ``Database.write_in_parts``; what is kept in memory takes part in ``changes``, once they are stored."""
        number = self._database.write_in_parts(items, part)
        self._note(changes)
        return number

    def _note(self, changes: Iterable[Moved]) -> None:
        for one in changes:
            kept_of(self._database).change(self.scope, one.number - 1, one.number, one.gone, one.fresh)


def _differs(wish: Wish, stored: Mapping[str, object] | None) -> bool:
    if stored is None:
        return wish.is_change
    return not wish.is_change or (stored["category_id"], stored["baseline"]) != (wish.category_id, wish.baseline)


def _spares(wish: Wish, stored: Mapping[str, object] | None, person: str) -> bool:
    """Whether the wish has to leave the draft that is there to whoever made it."""
    return wish.source != "" and stored is not None and (stored["source"] == "" or stored["person"] != person)


def _of_others(moved: Iterable[Key], before: Mapping[Key, Mapping[str, Any]], person: str) -> dict[Key, Replaced]:
    drafted = {key: before[key] for key in moved if key in before}
    return {
        key: Replaced(str(draft["person"]), draft["category"])
        for key, draft in drafted.items()
        if draft["person"] != person
    }


def _each(connection: Connection, change: Delete | Update, edit_ids: list[int]) -> None:
    if edit_ids:
        these = given(connection.dialect.name, draft_edits, ("edit_id",))
        connection.execute(change.where(draft_edits.c.edit_id.in_(these)), {ROWS: as_given((one,) for one in edit_ids)})


def _json(draft: object | None) -> str | None:
    return None if draft is None else json.dumps(draft)


def _draft(text: str | None) -> dict[str, Any] | None:
    """A draft that the log holds."""
    if text is None:
        return None
    found = {**BEFORE_0_5, **sound.json_object(text, "the log of an edit")}
    if found.keys() != _NAMES:
        raise sound.damaged("the log of an edit")
    return found


def _row(scope: str, wish: Wish, person: str, at: str) -> dict[str, object]:
    return {
        "scope": scope,
        "group_id": wish.group_id,
        "section_id": wish.section_id,
        "category_id": wish.category_id,
        "category": wish.category,
        "baseline": wish.baseline,
        "person": person,
        "edited_at": at,
        "source": wish.source,
        "reason": wish.reason,
    }

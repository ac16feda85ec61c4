"""Drafts: what coordinators wish for single associations, and the edits that led there.

Work on many rows is done in parts, see ``Database.write_in_parts``. An edit is one batch of the log however many parts
it was stored in: one cut off between two of them is what of it is there, and ``undo`` takes that back.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Delete, Row, Select, Table, Update, bindparam, delete, func, insert, select, update

from gpb.keys import Key
from gpb.store import sound
from gpb.store.database import PART, Database, draft_edits, drafts, now

DRAFT_COLUMNS = {
    "group_id": "int64", "section_id": "int64", "category_id": "str?", "category": "str?", "person": "str",
    "edited_at": "str", "baseline": "str?", "source": "str", "reason": "str",
}  # fmt: skip
SPENT = ""
"""The batch of a logged edit that ``undo`` has passed over: it is never taken back."""

BEFORE_0_5 = {"source": "", "reason": ""}
"""What drafts lack in the log of an older release."""

ASKED = 400  # groups in one statement: an old SQLite takes 999 values


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
class Undone:
    """What taking an edit back did: the number of rows that are as before it, and those that somebody changed since.

    ``left`` holds (group id, section id) → the person who changed that row; such a row stays as it is.
    """

    rows: int
    left: Mapping[Key, str]


class DraftStore:
    """The drafts of one scope (Canvas, account, term), shared by all coordinators."""

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self.scope = scope

    def frame(self) -> pd.DataFrame:
        """All drafts: ``group_id, section_id`` int64, all else str, see ``DRAFT_COLUMNS``."""
        columns = [drafts.c[name] for name in DRAFT_COLUMNS]
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).where(drafts.c.scope == self.scope)).all()
        return sound.frame(rows, DRAFT_COLUMNS, "a draft")

    def version(self) -> str:
        """Another text after every change of a draft."""
        mine = drafts.c.scope == self.scope
        counted = select(func.count(), func.max(drafts.c.edited_at)).where(mine)
        logged = select(func.max(draft_edits.c.edit_id)).where(draft_edits.c.scope == self.scope)
        with self._database.read() as connection:
            number, newest = connection.execute(counted).one()
            return f"{number} {newest} {connection.execute(logged).scalar()}"

    def put(self, wishes: Iterable[Wish], person: str, label: str, session: str = "") -> Stored:
        """Store the wishes as one edit that ``undo`` can take back.

        Storing the same wishes twice moves nothing. A wish with a source, which nobody chose for its very row, leaves a
        draft alone that another person made, or that was made by hand. ``session`` tells browsers of one person apart.
        """
        left: dict[Key, str] = {}
        replaced: dict[Key, Replaced] = {}
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
            after = {key: _row(self.scope, wish, person) for key, wish in moved.items() if wish.is_change}
            self._log(connection, edit, moved, before, after)
            self._replace(connection, [key for key in moved if key in before], after.values())
            left.update(spared)
            replaced.update(_of_others(moved, before, person))
            return len(moved)

        return Stored(self._database.write_in_parts(list(wishes), part), left, replaced)

    def discard(self, keys: Iterable[Key], person: str, label: str = "discard", session: str = "") -> int:
        """Take the drafts of these (group id, section id) away, as one edit; how many there were."""
        edit = {"scope": self.scope, "batch": uuid.uuid4().hex, "label": label, "person": person, "session": session}

        def part(connection: Connection, wanted: Sequence[Key]) -> int:
            before = self._stored(connection, wanted)
            self._log(connection, edit, before, before, {})
            self._replace(connection, before)
            return len(before)

        return self._database.write_in_parts(sorted(set(keys)), part)

    def settle(self, carried_out: Mapping[Key, str | None]) -> None:
        """Take drafts away that a run has carried out: (group id, section id) → category id, None: unassociated.

        A row that was drafted anew while the run wrote it keeps its newer draft. Not an edit: ``undo`` does not bring
        settled drafts back.
        """

        def part(connection: Connection, keys: Sequence[Key]) -> int:
            stored = self._stored(connection, keys)
            settled = [key for key, draft in stored.items() if draft["category_id"] == carried_out[key]]
            self._replace(connection, settled)
            self._remove(connection, settled, draft_edits)
            return len(settled)

        self._database.write_in_parts(list(carried_out), part)

    def last_edit(self, person: str, session: str = "") -> str | None:
        """The label of the person's last edit in this session that ``undo`` would take back."""
        with self._database.read() as connection:
            row = connection.execute(self._last(person, session)).first()
        return str(row.label) if row else None

    def undo(self, person: str, session: str = "") -> Undone:
        """Bring the drafts that the person's last edit in this session left, and nobody touched since, to before it."""
        rows, left = 0, dict[Key, str]()
        with self._database.read() as connection:
            last = connection.execute(self._last(person, session)).first()
        while last is not None:
            with self._database.write() as connection:
                some = connection.execute(self._of_batch(last.batch)).all()
                moved_on = self._take_back(connection, some)
            rows, left = rows + len(some) - len(moved_on), left | moved_on
            if len(some) < PART:
                break
            self._database.give_way()
        return Undone(rows, left)

    def _take_back(self, connection: Connection, edits: Sequence[Row[Any]]) -> dict[Key, str]:
        """Take back part of an edit; the rows that somebody changed since, with the person."""
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
        self._replace(connection, back, (draft for draft in back.values() if draft is not None))
        _each(
            connection,
            delete(draft_edits),
            [edit.edit_id for edit in edits if (edit.group_id, edit.section_id) in back],
        )
        # what is left stays in the log: others' edits of these rows, and those before, are told apart by it
        spent = update(draft_edits).values(batch=SPENT)
        _each(connection, spent, [edit.edit_id for edit in edits if (edit.group_id, edit.section_id) in left])
        return left

    def _newest_edits(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
        edits = sorted(self._of_rows(connection, draft_edits, keys), key=lambda edit: int(edit["edit_id"]))
        return {(edit["group_id"], edit["section_id"]): edit for edit in edits}

    def _last(self, person: str, session: str) -> Select[tuple[str, str]]:
        theirs = (draft_edits.c.scope == self.scope) & (draft_edits.c.person == person) & (draft_edits.c.batch != SPENT)
        theirs &= draft_edits.c.session == session
        newest = draft_edits.c.edit_id.desc()
        return select(draft_edits.c.batch, draft_edits.c.label).where(theirs).order_by(newest).limit(1)

    def _of_batch(self, batch: str) -> Select[Any]:
        return select(draft_edits).where(draft_edits.c.batch == batch).order_by(draft_edits.c.edit_id).limit(PART)

    def _stored(self, connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
        return {(row["group_id"], row["section_id"]): row for row in self._of_rows(connection, drafts, list(keys))}

    def _of_rows(self, connection: Connection, table: Table, keys: Sequence[Key]) -> Iterator[dict[str, Any]]:
        """The rows of a table for these keys; asked by group, which every database finds by its index."""
        wanted, groups = set(keys), sorted({group_id for group_id, _ in keys})
        for start in range(0, len(groups), ASKED):
            some = table.c.group_id.in_(groups[start : start + ASKED])
            for row in connection.execute(select(table).where(table.c.scope == self.scope, some)).mappings():
                if (row["group_id"], row["section_id"]) in wanted:
                    yield dict(row)

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
        if rows:
            connection.execute(insert(draft_edits), rows)

    def _replace(self, connection: Connection, keys: Iterable[Key], fresh: Iterable[Mapping[str, Any]] = ()) -> None:
        self._remove(connection, keys, drafts)
        rows = list(fresh)
        if rows:
            connection.execute(insert(drafts), rows)

    def _remove(self, connection: Connection, keys: Iterable[Key], table: Table) -> None:
        rows = [{"group": group_id, "section": section_id} for group_id, section_id in keys]
        if rows:
            same = (table.c.group_id == bindparam("group")) & (table.c.section_id == bindparam("section"))
            connection.execute(delete(table).where(table.c.scope == self.scope, same), rows)


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
        this = draft_edits.c.edit_id == bindparam("this")
        connection.execute(change.where(this), [{"this": edit_id} for edit_id in edit_ids])


def _json(draft: object | None) -> str | None:
    return None if draft is None else json.dumps(draft)


def _draft(text: str | None) -> dict[str, Any] | None:
    """A draft that the log holds."""
    if text is None:
        return None
    found = {**BEFORE_0_5, **sound.json_object(text, "the log of an edit")}
    if set(found) != set(drafts.c.keys()):
        raise sound.damaged("the log of an edit")
    return found


def _row(scope: str, wish: Wish, person: str) -> dict[str, object]:
    return {
        "scope": scope,
        "group_id": wish.group_id,
        "section_id": wish.section_id,
        "category_id": wish.category_id,
        "category": wish.category,
        "baseline": wish.baseline,
        "person": person,
        "edited_at": now(),
        "source": wish.source,
        "reason": wish.reason,
    }

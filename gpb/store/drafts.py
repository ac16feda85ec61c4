"""Drafts: what coordinators wish for single associations, and the edits that led there."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, Select, Table, bindparam, delete, func, insert, select

from gpb.store.database import Database, draft_edits, drafts, now

Key = tuple[int, int]
DRAFT_COLUMNS = ("group_id", "section_id", "category_id", "category", "person", "edited_at", "baseline")


@dataclass(frozen=True, slots=True)
class Wish:
    """One association as a coordinator wants it; ``category_id`` None: unassociated.

    ``baseline`` is the stored reference that was on the screen. ``is_change`` is False when the wish is what Canvas
    already stores: then the draft goes away.
    """

    group_id: int
    section_id: int
    category_id: str | None
    category: str | None
    baseline: str | None
    is_change: bool


class DraftStore:
    """The drafts of one scope (Canvas, account, term), shared by all coordinators."""

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self.scope = scope

    def frame(self) -> pd.DataFrame:
        """All drafts: ``group_id, section_id`` int64, ``category_id, category, person, edited_at, baseline`` str."""
        columns = [drafts.c[name] for name in DRAFT_COLUMNS]
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).where(drafts.c.scope == self.scope)).all()
        text = dict.fromkeys(("category_id", "category", "person", "edited_at", "baseline"), "str")
        frame = pd.DataFrame(rows, columns=[column.name for column in columns])
        return frame.astype({"group_id": "int64", "section_id": "int64", **text})

    def put(self, wishes: Iterable[Wish], person: str, label: str, session: str = "") -> int:
        """Store the wishes as one edit that ``undo`` can take back; the number of drafts that it moved.

        Storing the same wishes twice moves nothing. ``session`` tells browsers of one person apart.
        """
        wanted = list(wishes)
        with self._database.write() as connection:
            before = self._stored(connection)
            moved = [wish for wish in wanted if _differs(wish, before.get((wish.group_id, wish.section_id)))]
            self._log(connection, [(wish.group_id, wish.section_id) for wish in moved], before, person, label, session)
            self._remove(connection, ((wish.group_id, wish.section_id) for wish in moved))
            fresh = [_row(self.scope, wish, person) for wish in moved if wish.is_change]
            if fresh:
                connection.execute(insert(drafts), fresh)
        return len(moved)

    def discard(self, keys: Iterable[Key], person: str, label: str = "discard", session: str = "") -> int:
        """Take the drafts of these (group id, section id) away, as one edit; how many there were."""
        wanted = set(keys)
        with self._database.write() as connection:
            before = self._stored(connection)
            gone = [key for key in before if key in wanted]
            self._log(connection, gone, before, person, label, session)
            self._remove(connection, gone)
        return len(gone)

    def settle(self, carried_out: Mapping[Key, str | None]) -> None:
        """Take drafts away that a run has carried out: (group id, section id) → category id, None: unassociated.

        A row that was drafted anew while the run wrote it keeps its newer draft. Not an edit: ``undo`` does not bring
        settled drafts back.
        """
        with self._database.write() as connection:
            stored = self._stored(connection)
            settled = [key for key, wanted in carried_out.items() if _wants(stored.get(key), wanted)]
            self._remove(connection, settled)
            self._remove(connection, settled, draft_edits)

    def last_edit(self, person: str, session: str = "") -> str | None:
        """The label of the person's last edit in this session that ``undo`` would take back."""
        with self._database.read() as connection:
            row = connection.execute(self._last(person, session)).first()
        return str(row.label) if row else None

    def undo(self, person: str, session: str = "") -> int:
        """Bring the drafts back to before the person's last edit in this session; the number of rows concerned."""
        with self._database.write() as connection:
            last = connection.execute(self._last(person, session)).first()
            if last is None:
                return 0
            rows = connection.execute(select(draft_edits).where(draft_edits.c.batch == last.batch)).all()
            self._remove(connection, ((row.group_id, row.section_id) for row in rows))
            back = [json.loads(row.before) for row in rows if row.before is not None]
            if back:
                connection.execute(insert(drafts), back)
            connection.execute(delete(draft_edits).where(draft_edits.c.batch == last.batch))
        return len(rows)

    def _last(self, person: str, session: str) -> Select[tuple[str, str]]:
        newest = select(func.max(draft_edits.c.edit_id)).where(
            draft_edits.c.scope == self.scope, draft_edits.c.person == person, draft_edits.c.session == session
        )
        return select(draft_edits.c.batch, draft_edits.c.label).where(draft_edits.c.edit_id == newest.scalar_subquery())

    def _stored(self, connection: Connection) -> dict[Key, dict[str, object]]:
        rows = connection.execute(select(drafts).where(drafts.c.scope == self.scope)).mappings()
        return {(row["group_id"], row["section_id"]): dict(row) for row in rows}

    def _log(
        self,
        connection: Connection,
        keys: Iterable[Key],
        before: dict[Key, dict[str, object]],
        person: str,
        label: str,
        session: str,
    ) -> None:
        common = {"scope": self.scope, "batch": uuid.uuid4().hex, "label": label, "person": person, "edited_at": now()}
        common["session"] = session
        rows = [
            {
                **common,
                "group_id": key[0],
                "section_id": key[1],
                "before": json.dumps(before[key]) if key in before else None,
            }
            for key in keys
        ]
        if rows:
            connection.execute(insert(draft_edits), rows)

    def _remove(self, connection: Connection, keys: Iterable[Key], table: Table = drafts) -> None:
        rows = [{"group": group_id, "section": section_id} for group_id, section_id in keys]
        if rows:
            same = (table.c.group_id == bindparam("group")) & (table.c.section_id == bindparam("section"))
            connection.execute(delete(table).where(table.c.scope == self.scope, same), rows)


def _wants(stored: dict[str, object] | None, category_id: str | None) -> bool:
    return stored is not None and stored["category_id"] == category_id


def _differs(wish: Wish, stored: dict[str, object] | None) -> bool:
    if stored is None:
        return wish.is_change
    return not wish.is_change or (stored["category_id"], stored["baseline"]) != (wish.category_id, wish.baseline)


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
    }

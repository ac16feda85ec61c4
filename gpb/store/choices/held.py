"""Drafts that somebody holds back from the sync: they stay drafts, and no plan has them until they are let go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
from sqlalchemy import Connection, func, select

from gpb.keys import Key
from gpb.store import sound
from gpb.store.choices.tables import held_drafts
from gpb.store.database import Database, now
from gpb.store.sets.given import delete_keys, insert_rows

COLUMNS = {"group_id": "int64", "section_id": "int64", "category_id": "str?", "person": "str"}
WHAT = "a draft that is held back"


class HeldDrafts:
    """The drafts of one term (``scope``: Canvas, account, term) that are held back, shared by all coordinators."""

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope

    def frame(self) -> pd.DataFrame:
        """COLUMNS; ``category_id`` is what was drafted then (missing: unassociated).

        A row that was drafted anew since, as another category, is held back no more: who asks compares.
        """
        wanted = select(*(held_drafts.c[name] for name in COLUMNS)).where(held_drafts.c.scope == self._scope)
        with self._database.read() as connection:
            found = connection.execute(wanted).all()
        return sound.frame(found, COLUMNS, WHAT)

    def version(self) -> str:
        """Another text after every change."""
        mine = held_drafts.c.scope == self._scope
        wanted = select(func.count(), func.max(held_drafts.c.held_at)).where(mine)
        with self._database.read() as connection:
            number, newest = connection.execute(wanted).one()
        return f"{number} {newest}"

    def hold(self, drafted: Mapping[Key, str | None], person: str) -> None:
        """Hold these drafts back: (group id, section id) → the category id that is drafted there."""

        def part(connection: Connection, some: Sequence[Key]) -> int:
            delete_keys(connection, held_drafts, self._scope, some)
            common = {"scope": self._scope, "person": person, "held_at": now()}
            rows = [{"group_id": key[0], "section_id": key[1], "category_id": drafted[key]} for key in some]
            insert_rows(connection, held_drafts, [{**common, **row} for row in rows])
            return len(rows)

        self._database.write_in_parts(sorted(drafted), part)

    def release(self, keys: Collection[Key]) -> None:
        """Hold the drafts of these rows back no longer."""

        def part(connection: Connection, some: Sequence[Key]) -> int:
            delete_keys(connection, held_drafts, self._scope, some)
            return len(some)

        self._database.write_in_parts(sorted(keys), part)

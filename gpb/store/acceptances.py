"""Exceptions: findings that somebody accepted, with a reason and an end date, and which snapshots were audited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo

import pandas as pd
from sqlalchemy import Connection, insert, select, update

from gpb.errors import InputError
from gpb.store import sound
from gpb.store.database import Database, acceptances, audits, now, snapshots

COLUMNS = ("finding", "key", "reason", "person", "accepted_at", "until")


class AcceptanceStore:
    """The accepted findings of one scope (Canvas, account, term); nothing is ever deleted."""

    def __init__(self, database: Database, scope: str, zone: tzinfo | None = None) -> None:
        self._database = database
        self.scope = scope
        self._zone = zone

    def accept(self, keys: Iterable[str], *, reason: str, person: str, until: date) -> int:
        """Accept findings, named by ``key``, up to and including a day; how many. The newest word on a key holds.

        Raises InputError without a reason or with a day that is over where the district is (``zone``).
        """
        if not reason.strip():
            raise InputError("Accepting findings needs a reason. Write why they are acceptable.")
        if until < datetime.now(self._zone).date():
            raise InputError(
                f"{until:%d %b %Y} is in the past. Choose the last day on which these findings should count as "
                "accepted."
            )
        said = {"reason": reason.strip(), "person": person, "until": until.isoformat()}
        said |= {"scope": self.scope, "accepted_at": now()}
        rows = [{**said, "key": key, "finding": key.partition(":")[0]} for key in dict.fromkeys(keys)]
        with self._database.write() as connection:
            self._end(connection, [row["key"] for row in rows])
            if rows:
                connection.execute(insert(acceptances), rows)
        return len(rows)

    def withdraw(self, keys: Iterable[str]) -> None:
        """The findings count as open again."""
        with self._database.write() as connection:
            self._end(connection, list(keys))

    def frame(self) -> pd.DataFrame:
        """Those that were not withdrawn, ended ones included: COLUMNS, all str."""
        columns = [acceptances.c[name] for name in COLUMNS]
        query = select(*columns).where(acceptances.c.scope == self.scope, acceptances.c.withdrawn_at.is_(None))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(acceptances.c.exception_id)).all()
        return sound.frame(rows, dict.fromkeys(COLUMNS, "str"), "an accepted finding")

    def _end(self, connection: Connection, keys: list[str]) -> None:
        open_now = (acceptances.c.scope == self.scope) & acceptances.c.withdrawn_at.is_(None)
        for start in range(0, len(keys), BATCH):
            some = acceptances.c.key.in_(keys[start : start + BATCH])
            connection.execute(update(acceptances).where(open_now & some).values(withdrawn_at=now()))


BATCH = 500  # SQLite bounds the number of values in one statement


class AuditMarks:
    """Which snapshots of a scope were audited, so that the next audit can tell what is new since."""

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self.scope = scope

    def mark(self, snapshot_id: str) -> None:
        """Remember that this snapshot was audited; once is enough."""
        with self._database.write() as connection:
            same = (audits.c.scope == self.scope) & (audits.c.snapshot_id == snapshot_id)
            if connection.execute(select(audits).where(same)).first() is None:
                values = {"scope": self.scope, "snapshot_id": snapshot_id, "audited_at": now()}
                connection.execute(insert(audits).values(values))

    def before(self, snapshot_id: str) -> str | None:
        """The newest audited snapshot that is older than this one, by the store's order."""
        own = select(snapshots.c.number).where(snapshots.c.snapshot_id == snapshot_id).scalar_subquery()
        query = (
            select(audits.c.snapshot_id)
            .join(snapshots, snapshots.c.snapshot_id == audits.c.snapshot_id)
            .where(audits.c.scope == self.scope, snapshots.c.number < own)
            .order_by(snapshots.c.number.desc())
        )
        with self._database.read() as connection:
            found = sound.rows(connection.execute(query.limit(1)), (str,), "the list of audits")
        return found[0][0] if found else None

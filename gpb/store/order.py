"""The order in which things happened, as the store keeps it: numbers that only grow, given inside its transactions.

Clocks jump and differ, and several processes work on one store. Of two things, whatever has the larger number was
committed later; the number alone decides which snapshot is the newest and whether a run confirmed something after a
pull had read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, and_, bindparam, case, func, insert, literal, or_, select, union, update

from gpb.store import sound
from gpb.store.database import Database, audits, operation_rows, operations, runs, snapshots
from gpb.store.identity import raise_number, state
from gpb.store.run_records import ChangeKind, OperationState, RowOutcome
from gpb.store.sets.unchanged import Unchanged

SNAPSHOTS, OPERATIONS = "the list of snapshots", "the journal of a run"
SAID = (RowOutcome.CONFIRMED, RowOutcome.UNCHANGED, RowOutcome.UNKNOWN)
"""Outcomes after which Canvas stores, or may store, what was wanted."""
WORDS = {
    "group_id": "int64", "section_id": "int64", "at": "int64", "settled": "Int64?", "run": "str", "outcome": "str",
    "person": "str", "started": "str",
}  # fmt: skip


def tick(connection: Connection) -> int:
    """The next number, for what this transaction stores."""
    raise_number(connection)
    return present(connection)


def present(connection: Connection) -> int:
    """The newest number; all that bears it or a smaller one is stored."""
    return state(connection)[1]


@dataclass(frozen=True, slots=True)
class Reading:
    """A snapshot in the store's order.

    ``number`` is its place. What runs settled up to and including ``includes`` is in it or older than it; everything in
    it was read before ``read_until``. ``after_run`` is the run whose writes were laid over a pull to make it.
    """

    snapshot_id: str
    number: int
    scope: str
    after_run: str | None
    includes: int
    read_until: int

    @property
    def position(self) -> int:
        """Its place among numbers of runs; an adopted snapshot has none of its own, and stands after what it knew."""
        return max(self.number, self.includes)

    @property
    def knows_until(self) -> int:
        """What a run did after this number cannot be in it."""
        return max(self.read_until, self.includes)


@dataclass(frozen=True, slots=True)
class Place:
    """Which Canvas and term a snapshot is of, as ``SnapshotFacts`` has it."""

    scope: str
    source: str
    term_setting: str
    term_id: int
    sis_term_id: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What Canvas stored for one assignment group when a run saw it last: between ``began`` and ``settled``.

    ``told`` holds fields of the group as Canvas names them: ``integration_data`` or ``name``.
    """

    group_id: int
    run_id: str
    told: dict[str, Any]
    began: int
    settled: int


_ROWS = operation_rows.join(
    operations, and_(*(operations.c[one] == operation_rows.c[one] for one in ("run_id", "kind", "target_id")))
)
_READING = [snapshots.c[field.name] for field in fields(Reading)]
_READINGS = (  # once, for pages ask for it again and again
    select(*_READING)
    .where(
        snapshots.c.source == bindparam("source"),
        or_(
            snapshots.c.term_setting == bindparam("term"),
            snapshots.c.term_id == bindparam("term"),
            literal("sis_term_id:") + snapshots.c.sis_term_id == bindparam("term"),
        ),
    )
    .order_by(snapshots.c.number.desc())
)
_BEGAN = func.coalesce(
    operations.c.intended_no, case((runs.c.held_no < operations.c.settled_no, runs.c.held_no), else_=None), 0
)
"""A run that was taken over after an operation had ended says nothing about when that began."""


class Order:
    """The numbers of one store, and the snapshots among them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._readings: Unchanged[tuple[Reading, ...]] = Unchanged(self.now)

    def now(self) -> int:
        """The newest number."""
        return self._database.number()

    def settled_since(self, scope: str, number: int) -> tuple[int, list[Settled]]:
        """The newest number, and what runs of a scope saw in Canvas after ``number``, once for each group and field."""
        columns = (operations.c.kind, operations.c.target_id, operations.c.run_id, operations.c.echo)
        with self._database.read() as connection:
            newest = present(connection)
            wanted = (
                select(*columns, _BEGAN, operations.c.settled_no)
                .join(runs, runs.c.run_id == operations.c.run_id)
                .where(runs.c.scope == scope, operations.c.system == "Canvas", operations.c.echo.is_not(None))
                .where(operations.c.settled_no > number, operations.c.settled_no <= newest)
                .order_by(operations.c.settled_no)
            )
            found = sound.rows(connection.execute(wanted), (str, str, str, str, int, int), OPERATIONS)
        last = {(kind, target_id): (echo, run_id, *order) for kind, target_id, run_id, echo, *order in found}
        settled = [_settled(*target, *rest) for target, rest in last.items()]
        return newest, sorted(settled, key=lambda one: one.settled)

    def categories_since(self, scope: str, number: int) -> list[tuple[str, dict[str, Any]]]:
        """What runs of a scope saw of categories in Focus after ``number``, with the run, in the store's order."""
        wanted = (
            select(operations.c.run_id, operations.c.echo)
            .join(runs, runs.c.run_id == operations.c.run_id)
            .where(runs.c.scope == scope, operations.c.kind == ChangeKind.MEMBERSHIP)
            .where(operations.c.echo.is_not(None), operations.c.settled_no > number)
            .order_by(operations.c.settled_no)
        )
        with self._database.read() as connection:
            found = sound.rows(connection.execute(wanted), (str, str), OPERATIONS)
        return [(run_id, sound.json_object(echo, OPERATIONS)) for run_id, echo in found]

    def words(self, scope: str, kind: ChangeKind = ChangeKind.ASSOCIATION) -> pd.DataFrame:
        """What runs of a scope say that Canvas stores, once for each run and row: confirmed, found there, or unknown.

        Columns: ``group_id, section_id, at`` int64, ``settled`` Int64, ``run, outcome, person, started`` str; sorted by
        ``at``, its place in the order. ``settled`` is missing of what has not ended, or whose end nobody noted.
        """
        written = or_(operations.c.state == OperationState.INTENDED, operation_rows.c.outcome.in_(SAID))
        at = func.coalesce(operations.c.settled_no, operations.c.intended_no, runs.c.held_no, runs.c.began_no, 0)
        outcome = func.coalesce(operation_rows.c.outcome, literal(RowOutcome.UNKNOWN.value))
        of_row = (operation_rows.c.group_id, operation_rows.c.section_id)
        wanted = (
            select(*of_row, at, operations.c.settled_no, runs.c.run_id, outcome, runs.c.person, runs.c.started_at)
            .select_from(_ROWS.join(runs, runs.c.run_id == operations.c.run_id))
            .where(runs.c.scope == scope, operations.c.kind == kind, written)
            .order_by(at)
        )
        with self._database.read() as connection:
            return sound.frame(connection.execute(wanted).all(), WORDS, OPERATIONS)

    def readings(self, source: str, term: str) -> list[Reading]:
        """The snapshots of a term (GPB_TERM in any of its forms), the newest first."""
        asked = {"source": source, "term": term}
        return list(self._readings.of((source, term), lambda: self._ask(_READINGS, asked)))

    def readings_of_all_terms(self, source: str) -> list[Reading]:
        """The snapshots of every term of a Canvas account, the newest first."""
        wanted = select(*_READING).where(snapshots.c.source == source).order_by(snapshots.c.number.desc())
        return list(self._readings.of(source, lambda: self._ask(wanted)))

    def _ask(self, wanted: Select[Any], asked: Mapping[str, str] | None = None) -> tuple[Reading, ...]:
        with self._database.read() as connection:
            return tuple(sound.record(Reading, row, SNAPSHOTS) for row in connection.execute(wanted, asked).mappings())

    def known(self) -> set[str]:
        """Ids of all snapshots that have a place."""
        with self._database.read() as connection:
            return _known(connection)

    def referred_to(self, scope: str) -> set[str]:
        """Ids of the snapshots of a scope that a run was planned from or an audit was made of."""
        wanted = union(
            select(runs.c.snapshot_id).where(runs.c.scope == scope),
            select(audits.c.snapshot_id).where(audits.c.scope == scope),
        )
        with self._database.read() as connection:
            return {identifier for (identifier,) in sound.rows(connection.execute(wanted), (str,), SNAPSHOTS)}

    def newest_number(self, connection: Connection, scope: str) -> int | None:
        """The place of the newest snapshot of a scope."""
        newest = select(func.max(snapshots.c.number)).where(snapshots.c.scope == scope)
        ((number,),) = sound.rows(connection.execute(newest), (int | None,), SNAPSHOTS)
        return None if number is None else int(number)

    def enter(
        self,
        connection: Connection,
        snapshot_id: str,
        place: Place,
        *,
        after_run: str | None,
        includes: int,
        read_until: int | None = None,
    ) -> None:
        """Give a snapshot the next place; ``read_until`` None: everything in it was read by now."""
        number = tick(connection)
        entered = Reading(snapshot_id, number, place.scope, after_run, includes, read_until or number)
        connection.execute(insert(snapshots).values(**_columns(entered, place)))

    def adopt(self, found: Iterable[tuple[str, Place, str | None, str]]) -> None:
        """Give snapshots without a place one below all others, in the order of their ids.

        They come from an older release, or somebody copied them here: nobody knows their order, and a copy must not
        become the newest. ``found`` holds id, place, ``after_run`` and the moment at which reading began (ISO 8601, by
        its machine's clock): what runs had settled by then is taken to be included.
        """
        with self._database.write() as connection:
            there = _known(connection)
            least = connection.execute(select(func.min(snapshots.c.number))).scalar()
            lowest = min(0, sound.number(least or 0, SNAPSHOTS))
            newest = present(connection)
            for snapshot_id, place, after_run, began in sorted(found, reverse=True):
                if snapshot_id in there:
                    continue
                lowest -= 1
                settled = select(func.max(operations.c.settled_no)).where(operations.c.changed_at <= began)
                includes = sound.number(connection.execute(settled).scalar() or 0, OPERATIONS)
                adopted = Reading(snapshot_id, lowest, place.scope, after_run, includes, newest)
                connection.execute(insert(snapshots).values(**_columns(adopted, place)))

    def advance(self, snapshot_id: str, includes: int, read_until: int) -> None:
        """Note that nothing which runs settled up to ``includes`` is newer than this snapshot."""
        mine = (snapshots.c.snapshot_id == snapshot_id) & (snapshots.c.includes < includes)
        with self._database.write() as connection:
            connection.execute(update(snapshots).where(mine).values(includes=includes, read_until=read_until))


def _settled(kind: str, target_id: str, echo: str, run_id: str, began: int, settled: int) -> Settled:
    found = sound.json_object(echo, OPERATIONS)
    if kind not in (ChangeKind.ASSOCIATION, ChangeKind.GROUP_NAME):
        raise sound.damaged(OPERATIONS)
    told = {"integration_data": found} if kind == ChangeKind.ASSOCIATION else found
    return Settled(sound.identifier(target_id, OPERATIONS), run_id, told, began, settled)


def _known(connection: Connection) -> set[str]:
    found = connection.execute(select(snapshots.c.snapshot_id))
    return {identifier for (identifier,) in sound.rows(found, (str,), SNAPSHOTS)}


def _columns(reading: Reading, place: Place) -> dict[str, Any]:
    own = {field.name: getattr(reading, field.name) for field in fields(Reading)}
    return own | {
        "source": place.source,
        "term_setting": place.term_setting,
        "term_id": str(place.term_id),
        "sis_term_id": place.sis_term_id,
    }

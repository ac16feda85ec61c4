"""Which drafts a small change of them has touched, so that another process reads no more than these anew.

A large change leaves no rows here, nor does one that is long ago: whoever has not seen it reads all drafts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Row, Select, Table, bindparam, delete, select

from gpb.keys import Key
from gpb.store.sets.given import insert_rows

FEW = 500
"""Rows that are read one by one; after more of them all are read anew."""
REMEMBERED = 100
"""So many changes are, of each scope."""

NAMES = ("scope", "number", "group_id", "section_id")
"""Of the table's columns; the number is that of the drafts' version to which a change led."""
SCOPE, NUMBER = "of_scope", "of_number"


@cache
def _since(table: Table) -> Select[Any]:
    wanted = table.c.scope == bindparam(SCOPE), table.c.number > bindparam(NUMBER)
    return select(*(table.c[name] for name in NAMES[1:])).where(*wanted)


@cache
def _until(table: Table) -> Delete:
    return delete(table).where(table.c.scope == bindparam(SCOPE), table.c.number <= bindparam(NUMBER))


def remember(connection: Connection, table: Table, scope: str, number: int, touched: Collection[Key]) -> None:
    """Keep which drafts were touched by the change that led to this version."""
    if len(touched) <= FEW:
        rows = [dict(zip(NAMES, (scope, number, *key), strict=True)) for key in touched]
        insert_rows(connection, table, rows)
    if number % REMEMBERED == 0:
        connection.execute(_until(table), {SCOPE: scope, NUMBER: number - REMEMBERED})


def changes_since(connection: Connection, table: Table, scope: str, before: int, now: int) -> Sequence[Row[Any]]:
    """What is remembered of the changes after one version, up to a later one and perhaps more: NAMES but the scope."""
    if not 0 < now - before <= REMEMBERED:
        return []
    return connection.execute(_since(table), {SCOPE: scope, NUMBER: before}).all()


def touched(changes: Iterable[Sequence[int]], before: int, now: int) -> set[Key] | None:
    """The drafts (group id, section id) that these changes touched.

    None where they are not all that led from one version to the other, or touched too many.
    """
    numbers, keys = set[int](), set[Key]()
    for number, group_id, section_id in changes:
        numbers.add(number)
        keys.add((group_id, section_id))
    return keys if numbers.issuperset(range(before + 1, now + 1)) and len(keys) <= FEW else None

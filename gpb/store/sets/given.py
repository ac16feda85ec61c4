"""Rows that a statement is given as a table: one statement for all of them, in place of one for each.

They travel as a single JSON text, which both databases turn into rows: SQLite with ``json_each``
(https://www.sqlite.org/json1.html), PostgreSQL with ``jsonb_array_elements``. So no limit on values is in the way.
The statements are made once: to make one takes longer than to carry it out for a single row.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from gpb.keys import Key

ROWS, SCOPE = "given_rows", "given_scope"
KEY = ("group_id", "section_id")


def as_given(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as the value of the parameter ROWS."""
    return json.dumps([tuple(row) for row in rows])


@cache
def given(dialect: str, table: Table, names: tuple[str, ...]) -> Select[Any]:
    """A query that has just the rows of the parameter ROWS; their values are of the columns of the table so named."""
    rows = bindparam(ROWS, type_=Text())
    if dialect == "sqlite":
        value = func.json_each(rows).table_valued("value").c.value
        found: list[ColumnElement[Any]] = [func.json_extract(value, f"$[{place}]") for place in range(len(names))]
    else:
        value = func.jsonb_array_elements(cast(rows, JSONB)).table_valued("value").c.value
        texts = (value.op("->>")(place) for place in range(len(names)))
        found = [cast(text, table.c[name].type) for text, name in zip(texts, names, strict=True)]
    return select(*(column.label(name) for column, name in zip(found, names, strict=True)))


def in_given(dialect: str, table: Table, names: tuple[str, ...] = KEY) -> ColumnElement[bool]:
    """Whether the columns of a row so named are among the given rows, and the row is of the scope given as SCOPE."""
    these = tuple_(*(table.c[name] for name in names)).in_(given(dialect, table, names))
    return and_(table.c.scope == bindparam(SCOPE), these)


@cache
def _selecting(dialect: str, table: Table, names: tuple[str, ...]) -> Select[Any]:
    return select(*(table.c[name] for name in names)).where(in_given(dialect, table))


@cache
def _deleting(dialect: str, table: Table) -> Any:
    return delete(table).where(in_given(dialect, table))


@cache
def _inserting(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    return insert(table).from_select(list(names), given(dialect, table, names))


def rows_of_keys(
    connection: Connection, table: Table, scope: str, keys: Collection[Key], some: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """The rows of a table of a scope for these keys, group id and section id; all of its columns, or some."""
    if not keys:
        return []
    names = some or tuple(table.c.keys())
    wanted = _selecting(connection.dialect.name, table, names)
    found = connection.execute(wanted, {SCOPE: scope, ROWS: as_given(keys)})
    return [dict(zip(names, row, strict=True)) for row in found]


def delete_keys(connection: Connection, table: Table, scope: str, keys: Collection[Key]) -> None:
    """Delete them."""
    if keys:
        connection.execute(_deleting(connection.dialect.name, table), {SCOPE: scope, ROWS: as_given(keys)})


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same columns."""
    if rows:
        names = tuple(rows[0])
        insert_values(connection, table, names, [[row[name] for name in names] for row in rows])


def insert_values(
    connection: Connection, table: Table, names: tuple[str, ...], values: Collection[Sequence[Any]]
) -> None:
    """The same, by the names of the columns and the values of each row."""
    if values:
        connection.execute(_inserting(connection.dialect.name, table, names), {ROWS: as_given(values)})

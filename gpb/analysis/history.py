"""Years of readings over many districts, as Ibis expressions: the same text runs on DuckDB, Spark, Trino or BigQuery.

Each function takes a table with ``COLUMNS`` and returns an expression; ``.to_pandas()`` carries it out where the table
lives. Needs the extra ``history``: ``pip install "gpb[history]"``.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING

import ibis

from gpb.frames.schemas import Status

if TYPE_CHECKING:
    from ibis.expr.types import Table

READING = ("district", "term", "read_at")
ROW = ("district", "term", "group_id", "section_id")
COLUMNS = (*READING, "school", "group_id", "group", "section_id", "status", "category", "assignments")
"""What ``rows`` must have: one line per row (assignment group × SIS section) and reading.

``district, term, school, group, status`` str; ``category`` str, a title, missing where the row has none; ``read_at``
timestamp in UTC; ``group_id, section_id`` int64, Canvas' ids; ``assignments`` int64, those published and flagged for
passback, missing where Canvas did not show them.
"""


def archived(table: Table) -> Table:
    """The rows of all readings in a place that dashboards share (GPB_SNAPSHOTS_URL), with ``COLUMNS``.

    ``table`` is what the engine reads from ``canvas=*/term_id=*/reading=*/rows.parquet`` there, with the folders as
    columns. ``district`` is the name of the folder of its Canvas, ``read_at`` when the reading was stored.
    """
    parts = {0: "", 4: "-", 6: "-", 9: " ", 11: ":", 13: ":", 15: "."}  # 20260901T080000123456-1a2b3c
    lengths = dict(zip(parts, (4, 2, 2, 2, 2, 2, 6), strict=True))
    texts = [ibis.literal(mark) + table.reading.substr(start, lengths[start]) for start, mark in parts.items()]
    moment = reduce(operator.add, texts).cast("timestamp")
    renamed = table.mutate(district=table.canvas, read_at=moment, category=table.stored_category)
    return renamed.select(list(COLUMNS))


def scores(rows: Table) -> Table:
    """How each school stood at each reading, by the rules of ``gpb.scores``.

    Columns: those of a reading, ``school``; ``rows, synchronized`` int64; ``assignments, assignments_delivered`` int64,
    missing where Canvas showed those of no row of a status; ``score`` int64 from 0 to 100, percent of the assignments,
    rounded down, missing where none waits.
    """
    statuses = rows.group_by([*READING, "school", "status"]).agg(rows=rows.count(), assignments=rows.assignments.sum())
    counted, held = statuses.status != Status.ELSEWHERE, statuses.status == Status.SYNCHRONIZED
    lines = statuses.group_by([*READING, "school"]).agg(
        rows=statuses.rows.sum(),
        synchronized=statuses.rows.sum(where=held).fill_null(0),
        hidden=(counted & statuses.assignments.isnull()).sum(),
        assignments=statuses.assignments.sum(where=counted),
        assignments_delivered=statuses.assignments.sum(where=held),
    )
    shown = lines.hidden == 0
    lines = lines.mutate(
        {name: shown.ifelse(lines[name].fill_null(0), None) for name in ("assignments", "assignments_delivered")}
    )
    share = lines.assignments_delivered * 100 // lines.assignments.nullif(0)
    return lines.mutate(score=share.cast("int64")).drop("hidden")


def coming_back(rows: Table) -> Table:
    """Groups of a school whose rows lost their association from one reading to the next, and how often.

    Columns: ``district, term, school, group``; int64: ``rows`` that fell at least once, ``again`` those that fell more
    than once, ``falls`` in all, ``assignments`` behind the falls, as far as Canvas showed them.
    """
    before = ibis.window(group_by=ROW, order_by="read_at")
    steps = rows.mutate(held=rows.status == Status.SYNCHRONIZED)
    steps = steps.mutate(fell=(steps.held.lag().over(before) & ~steps.held).fill_null(False))
    fallen = steps.group_by([*ROW, "school", "group"]).agg(
        falls=steps.fell.sum(), behind=steps.assignments.sum(where=steps.fell).fill_null(0)
    )
    fallen = fallen.filter(fallen.falls > 0)
    return fallen.group_by(["district", "term", "school", "group"]).agg(
        rows=fallen.count(),
        again=(fallen.falls > 1).sum(),
        falls=fallen.falls.sum(),
        assignments=fallen.behind.sum(),
    )


def contradictions(rows: Table) -> Table:
    """Names of groups that go to more than one category, in the newest reading of each district and term.

    Names are compared without case and outer blanks. Columns: ``district, term, name``; int64: ``categories``, how many
    titles; ``rows``; ``schools`` that use the name; ``divided`` schools, which themselves send it to several titles.
    """
    newest = rows.group_by(["district", "term"]).agg(read_at=rows.read_at.max())
    held = rows.semi_join(newest, READING).filter([rows.status == Status.SYNCHRONIZED, rows.category.notnull()])
    named = held.mutate(name=held.group.strip().lower())
    names = ["district", "term", "name"]
    schools = named.group_by([*names, "school"]).agg(titles=named.category.nunique())
    schools = schools.group_by(names).agg(schools=schools.count(), divided=(schools.titles > 1).sum())
    lines = named.group_by(names).agg(categories=named.category.nunique(), rows=named.count())
    return lines.filter(lines.categories > 1).join(schools, names)

"""Readings of made-up districts, what loops in plain Python say of them, and a Spark of this machine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from gpb.frames.schemas import Status

STATUSES = [Status.SYNCHRONIZED, Status.UNASSOCIATED, Status.BROKEN, Status.ELSEWHERE]
Line = dict[str, Any]


def made_up(rows: int, readings: int, seed: int) -> pd.DataFrame:
    """``rows`` of three districts, seen in so many readings a day apart; columns: ``gpb.history.COLUMNS``."""
    luck = np.random.default_rng(seed)
    names = np.array(["Homework", "homework ", "Tests", "Labs", "Essays", "Ünits"])
    still = pd.DataFrame(
        {
            "district": luck.choice(["north", "south", "west"], rows),
            "term": luck.choice(["Fall", "Spring"], rows),
            "school": luck.integers(0, 40, rows).astype(str),
            "group_id": luck.integers(0, rows, rows),
            "group": luck.choice(names, rows),
            "section_id": np.arange(rows),
        }
    )
    parts = []
    for day in range(readings):
        status = luck.choice([str(one) for one in STATUSES], rows, p=[0.7, 0.15, 0.1, 0.05])
        category = np.where(status == Status.SYNCHRONIZED, luck.choice(["Homework", "Tests", "Labs"], rows), None)
        counts = pd.array(luck.integers(0, 9, rows), dtype="Int64")
        counts[luck.random(rows) < 0.05] = pd.NA
        read_at = pd.Timestamp("2026-01-01") + pd.Timedelta(days=day)
        parts.append(still.assign(read_at=read_at, status=status, category=category, assignments=counts))
    return pd.concat(parts, ignore_index=True)


def lines_of(frame: pd.DataFrame) -> list[Line]:
    """Its lines, missing values as None."""
    return [
        {name: None if value is None or pd.isna(value) else value for name, value in line.items()}
        for line in frame.astype(object).to_dict("records")
    ]


def in_order(frame: pd.DataFrame) -> list[Line]:
    """The lines of a result, which has no order of its own; whole numbers as such."""
    lines = lines_of(frame)
    numbers = [
        {name: int(value) if isinstance(value, float) else value for name, value in line.items()} for line in lines
    ]
    return sorted(numbers, key=repr)


def naive_falls(lines: list[Line]) -> list[Line]:
    """What ``coming_back`` says."""
    rows: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda one: one["read_at"]):
        rows[line["district"], line["term"], line["group_id"], line["section_id"]].append(line)
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for steps in rows.values():
        pairs = zip(steps, steps[1:], strict=False)
        fell = [now for was, now in pairs if was["status"] == Status.SYNCHRONIZED != now["status"]]
        for school, group in {(one["school"], one["group"]) for one in fell}:
            own = [one for one in fell if (one["school"], one["group"]) == (school, group)]
            behind = sum(one["assignments"] or 0 for one in own)
            counts = {"rows": 1, "again": int(len(own) > 1), "falls": len(own), "assignments": behind}
            found[own[0]["district"], own[0]["term"], school, group].update(counts)
    return [
        dict(zip(("district", "term", "school", "group"), key, strict=True))
        | {name: counts[name] for name in ("rows", "again", "falls", "assignments")}
        for key, counts in found.items()
    ]


def naive_contradictions(lines: list[Line]) -> list[Line]:
    """What ``contradictions`` says."""
    newest: dict[tuple[str, str], Any] = {}
    for line in lines:
        of = (line["district"], line["term"])
        newest[of] = max(newest.get(of, line["read_at"]), line["read_at"])
    titles: dict[tuple[str, str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        of = (line["district"], line["term"])
        if line["status"] == Status.SYNCHRONIZED and line["category"] is not None and line["read_at"] == newest[of]:
            titles[*of, line["group"].strip().lower()][line["school"]].append(line["category"])
    found = []
    for (district, term, name), schools in titles.items():
        every = [title for own in schools.values() for title in own]
        counts = {
            "categories": len(set(every)),
            "rows": len(every),
            "schools": len(schools),
            "divided": sum(len(set(own)) > 1 for own in schools.values()),
        }
        if counts["categories"] > 1:
            found.append({"district": district, "term": term, "name": name, **counts})
    return found


@contextmanager
def spark() -> Iterator[Any]:
    """A Spark of this machine, with the clock of UTC."""
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "2"}
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()

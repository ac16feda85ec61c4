"""History over ten million rows: DuckDB, and a Spark of this machine beside it, say the same.

``tests/history-requirements.txt`` brings Ibis and DuckDB; Spark is the group ``spark`` of ``pyproject.toml``, and needs
Java. Without them the figures are left out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from gpb.frames.schemas import Status

ROWS, READINGS = 500_000, 20
STATUSES = [Status.SYNCHRONIZED, Status.UNASSOCIATED, Status.BROKEN, Status.ELSEWHERE]


def made_up(rows: int, readings: int, seed: int) -> pd.DataFrame:
    """``rows`` of three districts, seen in so many readings a day apart; columns: ``gpb.analysis.history.COLUMNS``."""
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
        category = pd.Series(luck.choice(["Homework", "Tests", "Labs"], rows)).where(status == Status.SYNCHRONIZED)
        counts = pd.array(luck.integers(0, 9, rows), dtype="Int64")
        counts[luck.random(rows) < 0.05] = pd.NA
        read_at = pd.Timestamp("2026-01-01") + pd.Timedelta(days=day)
        parts.append(still.assign(read_at=read_at, status=status, category=category, assignments=counts))
    return pd.concat(parts, ignore_index=True)


def in_order(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The lines of a result, which has no order of its own: missing values as None, whole numbers as such."""
    lines = frame.astype(object).where(frame.notna(), None).to_dict("records")
    whole = [{str(key): int(one) if isinstance(one, float) else one for key, one in line.items()} for line in lines]
    return sorted(whole, key=repr)


@contextmanager
def spark() -> Iterator[Any]:
    """A Spark of this machine, with the clock of UTC."""
    from pyspark.sql import SparkSession  # noqa: PLC0415

    settings = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "2"}
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def measure() -> dict[str, str]:
    """Seconds of each engine for all three tables; raises AssertionError where they differ."""
    if find_spec("ibis") is None:
        return {}
    import ibis  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        for reading, part in made_up(ROWS, READINGS, seed=1).groupby("read_at"):
            part.to_parquet(Path(folder, f"{reading:%Y%m%d}.parquet"), coerce_timestamps="us", index=False)
        told = {"DuckDB": _timed(ibis.duckdb.connect(), folder)}
        if find_spec("pyspark") is not None:
            with spark() as session:
                told["Spark"] = _timed(ibis.pyspark.connect(session), folder)
    (_, first), *others = told.values()
    assert all(in_order(a) == in_order(b) for _, tables in others for a, b in zip(first, tables, strict=True))
    name = f"history of {ROWS * READINGS:,} rows"
    return {f"{name}, {engine}": f"{seconds:.1f} s" for engine, (seconds, _) in told.items()}


def _timed(engine: Any, folder: str) -> tuple[float, list[pd.DataFrame]]:
    """Seconds, and what ``gpb.analysis.history`` says."""
    from gpb.analysis import history  # noqa: PLC0415

    begun = perf_counter()
    rows = engine.read_parquet(f"{folder}/*.parquet")
    tables = [ask(rows).to_pandas() for ask in (history.scores, history.coming_back, history.contradictions)]
    return perf_counter() - begun, tables

"""History as expressions: each engine says what plain loops over the same rows say."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.history import in_order, made_up, spark
from gpb.audit.score import by_school
from gpb.frames.schemas import Status
from gpb.frames.snapshot import counts_by_school
from gpb.store.snapshots import canvas_name
from gpb.workspace import Workspace
from tests.sync.conftest import choose_first, free_rows

ibis = pytest.importorskip("ibis", reason="tests/history-requirements.txt is not installed")
from gpb.analysis import history  # noqa: E402

pytestmark = pytest.mark.slow
Table = Callable[[pd.DataFrame], Any]
Line = dict[str, Any]


@pytest.fixture(scope="module", params=["duckdb", "pyspark"])
def engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A connection of Ibis; that of Spark where it is installed (.ci/nightly)."""
    if request.param == "duckdb":
        yield ibis.duckdb.connect()
        return
    pytest.importorskip("pyspark")
    with spark() as session:
        yield ibis.pyspark.connect(session)


@pytest.fixture
def table(engine: Any, tmp_path: Path) -> Table:
    """Makes a frame a table of the engine, by way of Parquet."""

    def read(frame: pd.DataFrame) -> Any:
        file = tmp_path / "rows.parquet"
        frame.to_parquet(file, coerce_timestamps="us", index=False)
        return engine.read_parquet(str(file))

    return read


@pytest.mark.parametrize("seed", [1, 2])
def test_falls_and_contradictions_are_those_of_plain_loops(table: Table, seed: int) -> None:
    """Three districts, two terms, six readings, assignments that are not always known."""
    frame = made_up(rows=400, readings=6, seed=seed)
    rows, lines = table(frame), in_order(frame)
    assert in_order(history.coming_back(rows).to_pandas()) == sorted(naive_falls(lines), key=repr) != []
    assert in_order(history.contradictions(rows).to_pandas()) == sorted(naive_contradictions(lines), key=repr) != []


@pytest.mark.parametrize("hidden", ["none", "some", "a status", "all"])
def test_scores_are_those_of_the_audit(table: Table, pulled: Workspace, hidden: str) -> None:
    """The same numbers for each school as pages and reports show, known or not."""
    frame = pulled.term.latest().associations().copy()
    place = {"none": 0, "some": 0.3, "all": 1}.get(hidden, 0)
    frame.loc[frame.index < place * len(frame), "assignments"] = pd.NA
    if hidden == "a status":
        frame.loc[frame["status"].eq("Unassociated"), "assignments"] = pd.NA
    expected = by_school(counts_by_school(frame)).set_index("school").sort_index()
    frame = frame.assign(district="north", read_at=pd.Timestamp("2026-01-01"), category=frame["stored_category"])
    found = history.scores(table(frame[list(history.COLUMNS)])).to_pandas().set_index("school").sort_index()
    assert len(found) > 1
    for ours, theirs in {"rows": "rows", "synchronized": "Synchronized", "score": "score"}.items():
        assert found[ours].astype("Int64").tolist() == expected[theirs].astype("Int64").tolist()
    for name in ("assignments", "assignments_delivered"):
        assert found[name].astype("Int64").tolist() == expected[name].tolist()


def test_the_readings_in_a_shared_place_are_its_rows(engine: Any, pulled: Workspace) -> None:
    """Two readings with a sync between them, which is no reading of its own."""
    choose_first(pulled, free_rows(pulled, 3))
    asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))))
    asyncio.run(pulled.term.pull())
    place = pulled.term.snapshots.location.told
    readings = f"{place}/canvas=*/term_id=*/reading=*/rows.parquet"
    if engine.name == "duckdb":
        table = engine.read_parquet(readings, hive_partitioning=True)
    else:
        engine._session.read.option("basePath", place).parquet(readings).createOrReplaceTempView("readings")
        table = engine.table("readings")
    rows = history.archived(table)
    found = history.scores(rows).to_pandas().sort_values(["read_at", "school"])
    kept = [pulled.term.snapshot(one) for one, facts in pulled.term.facts() if facts.after_run is None]
    expected = [by_school(one.counts()).sort_values("school") for one in reversed(kept)]
    assert len(expected) == 2
    assert found["synchronized"].tolist() == pd.concat(expected)["Synchronized"].tolist()
    assert found["score"].tolist() == pd.concat(expected)["score"].tolist()
    assert set(found["district"]) == {canvas_name(pulled.settings.source)}
    assert set(found["term"]) == {pulled.term.latest().facts.term}


def naive_falls(lines: list[Line]) -> list[Line]:
    """What ``coming_back`` says."""
    rows: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda one: one["read_at"]):
        rows[line["district"], line["term"], line["group_id"], line["section_id"]].append(line)
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for steps in rows.values():
        fell = [now for was, now in pairwise(steps) if was["status"] == Status.SYNCHRONIZED != now["status"]]
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

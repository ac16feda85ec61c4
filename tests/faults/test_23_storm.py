"""Fault 23: the bucket stays full in the middle of a long reading, and of a run."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
import stamina

from gpb.api.http import concurrency
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from tests.faults.harness import Scene
from tests.pauses import REAL, hurried
from tests.sync.conftest import apply, choose_first, free_rows

FULL = 20.0  # seconds of the sandbox's clock
TIMES = 5  # as fast as real time; faster, a busy machine would take for the clock's what is its own


def refusals(scene: Scene, second: float) -> list[float]:
    """When the refused requests arrived, without those that were in flight when the first of them was refused."""
    refused = [seen["at"] for seen in scene.look("requests") if seen["status"] in (403, 429)]
    assert refused, "nothing was refused"
    known = refused[0] + second
    assert sum(at < known for at in refused) <= DEFAULT_CONCURRENCY
    return [at for at in refused if at >= known]


def most_in_a_second(moments: list[float], second: float) -> int:
    """The largest number of moments within one second, wherever it begins."""
    return max((sum(begin <= one < begin + second for one in moments) for begin in moments), default=0)


def run_faster(scene: Scene, times: float) -> None:
    """Let the sandbox's buckets leak on a clock that runs so many times as fast, from empty."""
    scene.box.throttle.clock = lambda: time.monotonic() * times
    scene.box.throttle._buckets.clear()


def read_through_a_full_bucket(folder: Path, courses: int, latency_ms: int, times: float) -> tuple[Scene, list[str]]:
    """Pull while somebody else keeps the bucket full, on a clock that runs so many times as fast; what was told."""
    told: list[str] = []
    with Scene(folder, 8, courses=courses, latency_ms=latency_ms) as scene:
        whole = scene.workspace.term.latest().facts
        run_faster(scene, times)
        scene.forget_requests()

        def progress(done: int, _total: int, text: str) -> None:
            if done == courses // 4 and "courses loaded" in text:
                scene.box.throttle.keep_full(FULL)
            told.append(text)

        asyncio.run(scene.workspace.term.pull(progress))
        again = scene.workspace.term.latest().facts
        assert (again.rows, again.choices) == (whole.rows, whole.choices)
        later = refusals(scene, 1 / times)
        assert most_in_a_second(later, 1 / times) <= REAL.per_second
        assert 1 <= len(later) <= 8
    return scene, told


@pytest.mark.slow
def test_a_reading_waits_as_a_whole_while_the_bucket_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly nothing leaves, everything is read, and the person is told why nothing happens."""
    monkeypatch.setattr(concurrency, "PAUSES", hurried(TIMES))
    _, told = read_through_a_full_bucket(tmp_path, 24, 5, TIMES)
    assert any("Canvas is rate-limiting us; continuing in" in text for text in told)
    assert told[-1] == "24 of 24 courses loaded"


@pytest.mark.slow
def test_a_reading_waits_as_a_whole_with_the_real_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the pauses and the bucket as they are."""
    monkeypatch.setattr(concurrency, "PAUSES", REAL)
    read_through_a_full_bucket(tmp_path, 100, 5, 1)


@pytest.mark.slow
def test_a_run_waits_as_a_whole_while_the_bucket_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is confirmed in the end, each written once, however often it was refused."""
    monkeypatch.setattr(concurrency, "PAUSES", hurried(TIMES))
    with Scene(tmp_path, 24) as scene, stamina.set_testing(True, attempts=1000, cap=True):
        run_faster(scene, TIMES)
        choose_first(scene.workspace, free_rows(scene.workspace, 12))
        scene.note()
        scene.box.throttle.keep_full(FULL)
        told: list[Any] = []
        apply(scene.workspace, progress=lambda *words: told.append(words))
        scene.expect_outcomes(confirmed=len(scene.changes))
        figures = scene.figures()
        assert (figures.failings, figures.lost, figures.doubled, figures.wrong) == ([], 0, 0, 0)
        assert any("rate-limiting" in text for _, _, text in told)
        assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)

"""Faults 1 and 3: the rate limit, told in all its ways, and with its real constants."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.api.http.concurrency import DEFAULT_CONCURRENCY, REPLIES_PER_STEP
from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures

BURSTS = (
    {"path": "/canvas/", "after": 5, "times": 8},
    {"method": "PUT", "after": 2, "times": 12},
    {"path": "/canvas/", "after": 0, "times": 4},
)


@fault(
    1, "bursts of 429 and of 403 Rate Limit Exceeded, with room left", rounds=4, rows=24, full_rounds=12, full_rows=60
)
def bursts(folder: Path, rows: int, round_: int) -> Figures:
    """Both statuses at random, in bursts and all the time; the header says that there is room."""
    with Scene(folder, rows, latency_ms=20) as scene:
        scene.choose()
        if round_ % 4 == 3:
            scene.tell("faults", {"throttle": 0.25})
        else:
            scene.script("throttle", **BURSTS[round_ % 4])
        ended = scene.apply()
        scene.expect(ended.code == 0, f"apply ended with {ended.code}: {ended.err}")
        _expect_slower(scene)
        return scene.figures()


def _expect_slower(scene: Scene) -> None:
    """From the request that asks whether the server takes requests again, at most half as many are in flight.

    What left before the program read the first refusal does not count: a busy machine sends some more meanwhile.
    """
    to_canvas = [seen for seen in scene.look("requests") if "/canvas/" in seen["path"]]
    turned_away = [place for place, seen in enumerate(to_canvas) if seen["status"] in (403, 429)]
    if not turned_away:
        scene.expect(False, "nothing was throttled")
        return
    later = [seen["in_flight"] for seen in to_canvas[turned_away[0] + DEFAULT_CONCURRENCY :]]
    asks = next((place for place, in_flight in enumerate(later) if in_flight <= 2), None)
    if asks is None:
        scene.expect(False, "no single request asked whether Canvas takes requests again")
        return
    most = max(later[asks : asks + REPLIES_PER_STEP])
    scene.expect(most <= DEFAULT_CONCURRENCY // 2, f"{most} requests were in flight after the first was turned away")


@fault(3, "the leaky bucket with its real constants", rounds=1, rows=60, full_rounds=3, full_rows=500)
def leaky_bucket(folder: Path, rows: int, round_: int) -> Figures:
    """Replies take long enough for the default number of requests to be in flight; the pull counts as well."""
    with Scene(folder, rows, latency_ms=20, seed=round_ + 1) as scene:
        pulled = scene.look("requests")
        scene.choose()
        ended = scene.apply()
        scene.expect(ended.code == 0, f"apply ended with {ended.code}: {ended.err}")
        throttled = sum(seen["status"] in (403, 429) for seen in [*pulled, *scene.look("requests")])
        scene.expect(throttled == 0, f"{throttled} replies were throttled")
        return scene.figures()


@pytest.mark.parametrize("round_", rounds_of(bursts))
@pytest.mark.slow
def test_a_throttled_run_finishes(round_: int, tmp_path: Path) -> None:
    """Every row confirmed, none given up."""
    check(bursts, round_, tmp_path)


@pytest.mark.slow
def test_the_default_concurrency_is_never_throttled(tmp_path: Path) -> None:
    """Not one throttled reply."""
    check(leaky_bucket, 0, tmp_path)

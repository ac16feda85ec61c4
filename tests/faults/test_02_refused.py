"""Fault 2: the token loses what it may do in the middle of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.sync.run import IN_FLIGHT
from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures

SCRIPTED = ("forbidden", "no-agent", "expired-token", "scope")
"""403 for a missing right, 403 at the edge, 401 for the token, 401 for its scopes."""


@fault(2, "403 and 401 in the middle of a run: right, User-Agent, token, scope", rounds=6, rows=24, full_rows=60)
def refused_midway(folder: Path, rows: int, round_: int) -> Figures:
    """Writes are refused from the fourth on, or the key itself changes; the run stops, and resume finishes."""
    with Scene(folder, rows) as scene:
        scene.choose()
        token = scene.box.keyring.admin
        if round_ < len(SCRIPTED):
            scene.script(SCRIPTED[round_], path="/assignment_groups/", method="PUT", after=3)
        elif round_ == len(SCRIPTED):
            scene.tell("tokens", {"token": token.token, "rights": sorted(token.rights - {"manage_assignments"})})
        else:
            scene.tell("tokens", {"token": token.token, "expired": True})
        ended = scene.apply()
        scene.expect(ended.code == 3, f"apply ended with {ended.code}: {ended.err}")
        refusals = sum(seen["status"] in (401, 403) for seen in scene.look("requests"))
        scene.expect(1 <= refusals <= IN_FLIGHT, f"{refusals} requests were refused before the run stopped")
        states = set(scene.workspace._journal.open_operations(scene.run_id or "").values())
        scene.expect(states == {"planned"}, f"the rest is {states}, not planned")
        reason = scene.workspace._journal.run(scene.run_id or "").reason or ""
        scene.expect("oken" in reason or "User-Agent" in reason, f"the reason is {reason}")
        scene.calm()
        scene.tell("tokens", {"token": token.token, "rights": sorted(token.rights), "expired": False})
        scene.finish()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@pytest.mark.parametrize("round_", rounds_of(refused_midway))
@pytest.mark.slow
def test_a_refused_run_stops_at_once_and_resumes(round_: int, tmp_path: Path) -> None:
    """The rest stays planned."""
    check(refused_midway, round_, tmp_path)

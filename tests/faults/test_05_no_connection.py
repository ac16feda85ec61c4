"""Fault 5: refused, reset, a name that is not known, TLS where none is spoken."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures

NO_NAME = "https://no-such-district.invalid"
SENTENCES = {"refused": "nothing responds there", "dns": "that name is not known", "tls": "not support the encryption"}
STOPPED = (
    "No connection to Canvas", "The connection to Canvas broke off", "Canvas failed with status 500",
    "The connection to Canvas timed out",
)  # fmt: skip
"""Which of the requests in flight met its end first: before it was taken, amid it, with uvicorn's last word, or taken
and never answered."""
ADDRESSES = ("refused", "dns", "tls")


@fault(5, "the servers stop listening in the middle of a run", rounds=1, rows=40, full_rounds=5, full_rows=100)
def servers_stop(folder: Path, rows: int, round_: int) -> Figures:
    """The run stops with a sentence; when they are back, resume finishes."""
    with Scene(folder, rows, state_file=folder / "canvas.jsonl") as scene:
        scene.choose()
        scene.script("slow", method="PUT", after=3 + round_)
        program = scene.start("apply", "--yes")
        while len(scene.sent("PUT")) < 4 + round_:
            time.sleep(0.005)
        scene.stop_listening()
        ended = scene.heard(program.wait())
        scene.listen_again()
        scene.expect(ended.code == 3, f"apply ended with {ended.code}: {ended.err}")
        scene.expect(any(one in ended.out for one in STOPPED), f"the sentence was {ended.out}")
        scene.finish()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(5, "connections are reset", rounds=1, rows=24, full_rounds=5, full_rows=100)
def resets(folder: Path, rows: int, round_: int) -> Figures:
    """Before the server has done anything; a write is read again before it is sent again."""
    with Scene(folder, rows, seed=round_ + 1) as scene:
        scene.choose()
        scene.tell("faults", {"reset": 0.08})
        scene.apply()
        scene.calm()
        scene.finish()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(5, "Focus cannot be reached: refused, DNS, TLS", rounds=len(ADDRESSES))
def no_way_there(folder: Path, rows: int, round_: int) -> Figures:
    """Nothing is written; the sentence says why; a pull under the same fault leaves the snapshot as it was."""
    kind = ADDRESSES[round_]
    with Scene(folder, rows) as scene:
        scene.choose()
        path = "/focus/api/1.0"
        port = scene.box.port
        address = {
            "refused": f"http://127.0.0.1:9{path}",
            "dns": NO_NAME + path,
            "tls": f"https://127.0.0.1:{port}{path}",
        }[kind]
        ended = scene.run("apply", "--yes", GPB_SIS_URL=address)
        scene.expect(SENTENCES[kind] in ended.out + ended.err, f"the sentence was {ended.out}{ended.err}")
        scene.expect_untouched()
        newest = scene.workspace.term.latest_id()
        pulled = scene.run("pull", GPB_CANVAS_URL=address.replace(path, "/canvas"))
        scene.expect((pulled.code, SENTENCES[kind] in pulled.err) == (1, True), f"the sentence was {pulled.err}")
        scene.expect(scene.workspace.term.latest_id() == newest, "a failed pull left a snapshot")
        scene.apply()  # the drafts have waited
        scene.finish()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@pytest.mark.slow
@pytest.mark.parametrize("round_", rounds_of(no_way_there))
def test_no_way_to_a_server_is_a_sentence(round_: int, tmp_path: Path) -> None:
    """Nothing was sent, and the drafts wait for the next attempt."""
    check(no_way_there, round_, tmp_path)


@pytest.mark.slow
def test_servers_that_stop_in_the_middle(tmp_path: Path) -> None:
    """Resume finishes."""
    check(servers_stop, 0, tmp_path)


@pytest.mark.slow
def test_connections_that_are_reset(tmp_path: Path) -> None:
    """Every row is confirmed."""
    check(resets, 0, tmp_path)

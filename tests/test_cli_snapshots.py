"""Commands that use the newest snapshot say when an older one stands in; the doctor tells what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.damage import DAMAGE, add_strangers, its_id, snapshots_in
from tests.test_cli import Shell, edit_some, shell
from tests.variants import first_quick

__all__ = ["shell"]
STANDS_IN = "is damaged or missing. What you see is older, from"


def names(shell: Shell) -> list[Path]:
    """The folders of the snapshots, the oldest first."""
    return snapshots_in(shell.folder / "data" / "snapshots")


@pytest.mark.parametrize("damage", first_quick(DAMAGE))
def test_what_stands_in_is_told_once(shell: Shell, damage: str) -> None:
    """On stderr, before the command does its work; after a pull no more."""
    shell("pull")
    DAMAGE[damage](names(shell)[-1])
    told = shell("plan")
    assert (told.exit_code, told.stderr.count(STANDS_IN), STANDS_IN in told.stdout) == (0, 1, False)
    shell("pull")
    assert STANDS_IN not in shell("plan").stderr


@pytest.mark.slow
def test_every_command_that_uses_the_newest_snapshot_says_it(shell: Shell) -> None:
    """Whoever reads or writes by an old reading shall know."""
    edit_some(shell, 1)
    shell("pull")
    DAMAGE["a missing file"](names(shell)[-1])
    out = str(shell.folder / "out.csv")
    for words in (["audit"], ["export", out], ["import", out], ["resume"], ["apply", "--yes"]):
        assert shell(*words).stderr.count(STANDS_IN) == 1, words
    for words in (["runs"], ["pull"]):
        assert STANDS_IN not in shell(*words).stderr, words


def test_when_all_are_lost_the_sentence_says_so(shell: Shell) -> None:
    """Once, and not that nothing was ever read."""
    DAMAGE["a missing file"](names(shell)[0])
    told = shell("plan")
    assert (told.exit_code, told.stderr.count("All snapshots of this term are damaged or missing")) == (1, 1)


def test_the_doctor_names_what_is_left_out(shell: Shell) -> None:
    """A damaged old snapshot and foreign entries are no failure; that an older one stands in is."""
    shell("pull")
    old, newest = names(shell)
    DAMAGE["facts that say nothing"](old)
    add_strangers(shell.folder / "data" / "snapshots")
    told = shell("doctor")
    assert (told.exit_code, f"The snapshot {its_id(old)} cannot be read" in told.stdout) == (0, True)
    assert told.stdout.count("is not a snapshot. It was ignored") == 2
    shell("pull")
    DAMAGE["a missing file"](names(shell)[2])
    told = shell("doctor")
    assert (told.exit_code, STANDS_IN in told.stdout) == (1, True)
    assert newest.exists()

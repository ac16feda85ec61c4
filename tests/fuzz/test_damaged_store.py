"""A store with damaged pages or rows: every command says so in a sentence, and nothing is half done."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpb.sandbox import Running, SandboxConfig, running
from tests.conftest import look
from tests.test_cli import Shell, edit_some


@pytest.fixture(scope="module")
def box() -> Iterator[Running]:
    """One district for all of them: nothing may be written to it."""
    with running(SandboxConfig(port=0, schools=2, courses=4)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def used(box: Running, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A store with a run and drafts."""
    shell = Shell(box.settings, tmp_path_factory.mktemp("used"))
    shell("pull")
    shell("first-contact", "--confirm")
    edit_some(shell, 2)
    shell("apply", "--yes")
    edit_some(shell, 3)
    shell("audit")
    accept_one(shell)
    return shell


def accept_one(shell: Shell) -> None:
    """The store knows an accepted finding, too."""
    with sqlite3.connect(shell.folder / "data" / "gpb.sqlite") as connection:
        connection.execute(
            "INSERT INTO exceptions (scope, finding, key, reason, person, accepted_at, until) "
            "SELECT scope, 'x', 'x:1', 'known', 'ann', '2026-09-01T00:00:00+00:00', '2999-01-01' FROM runs"
        )
    connection.close()


def run_of(shell: Shell) -> str:
    """The run, by the store that is whole."""
    with sqlite3.connect(shell.folder / "data" / "gpb.sqlite") as connection:
        (run_id,) = connection.execute("SELECT run_id FROM runs").fetchone()
    connection.close()
    return str(run_id)


def check(shell: Shell, box: Running, *more: list[str]) -> None:
    """Each verb ends well or with one sentence, and Canvas is as it was."""
    before = look(box, "state")["groups"]
    out = str(shell.folder / "out")
    for words in (["runs"], ["plan"], ["export", out], ["audit"], ["undo", run_of(shell), "-o", out], *more):
        result = shell(*words)
        assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
        assert "Traceback" not in result.output
        if result.exit_code == 1:
            assert (result.stderr or result.stdout).strip().endswith(".")  # the doctor tells on stdout
    assert look(box, "state")["groups"] == before


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.slow
def test_flipped_bytes_are_a_sentence(used: Shell, box: Running, tmp_path: Path, seed: int) -> None:
    """Wherever they are in the file."""
    content = bytearray((used.folder / "data" / "gpb.sqlite").read_bytes())
    chance = random.Random(seed)
    for _ in range(chance.choice([1, 20, 400])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    store = tmp_path / "gpb.sqlite"
    store.write_bytes(bytes(content))
    shell = Shell(box.settings, used.folder)
    shell.environment |= {"GPB_STORE_URL": f"sqlite:///{store}"}
    check(shell, box)


ONE_A_TABLE = [
    "UPDATE run_contents SET plan = '{'",
    "UPDATE draft_edits SET before = 'x', after = 'x'",
    "UPDATE drafts SET category_id = x'ff'",
    "UPDATE operations SET sent = '{', stored = NULL",
    "UPDATE operation_rows SET outcome = 'perhaps'",
    "INSERT INTO leases SELECT scope, run_id, 'ann', 'h', 1, 'yesterday', 't', '1', 'x' FROM runs",
    "UPDATE sequence SET last = 'many'",
    "UPDATE snapshots SET number = 'first'",
    "UPDATE shape_evidence SET form = '{}'",
    "UPDATE exceptions SET until = x'ff'",
    "UPDATE audits SET audited_at = 'yesterday'",
    "DROP TABLE drafts",
]
MORE = [
    "UPDATE run_contents SET plan = '[]'",
    "UPDATE runs SET started_at = 'yesterday'",
    "UPDATE drafts SET section_id = 'one'",
    "UPDATE operations SET echo = 'x', stored = '7'",
    "UPDATE operations SET target_id = x'ff' WHERE rowid = 1",
    "UPDATE operations SET kind = 'dreaming'",
    "UPDATE operation_rows SET target_id = x'ff'",
    "UPDATE runs SET state = 'dreaming'",
    "UPDATE run_contents SET plan = json_set(plan, '$.changes[0].group_id', 'one')",
    "UPDATE runs SET undo_of = x'ff', began_no = 'x'",
    "DELETE FROM sequence",
    "INSERT INTO sequence VALUES ('another', 7)",
    "UPDATE snapshots SET includes = 'x', read_until = x'ff'",
    "UPDATE snapshots SET snapshot_id = x'ff00' WHERE rowid = 1",
    "UPDATE shape_evidence SET form = 'x'",
    "UPDATE shape_evidence SET form = replace(form, 'fields', 'fi')",
    "UPDATE shape_evidence SET seen = 'x'",
    "UPDATE shape_evidence SET seen = '{\"more\": 1}'",
    'UPDATE shape_evidence SET seen = \'{"values": {"a": 1}, "examples": [1]}\', settled_seen = \'7\'',
    "UPDATE shape_evidence SET entries = 'x'",
    "UPDATE audits SET snapshot_id = x'ff'",
    "UPDATE alembic_version SET version_num = ''",
]


@pytest.mark.parametrize("damage", [*ONE_A_TABLE, *MORE])
@pytest.mark.slow
def test_damaged_rows_are_a_sentence(used: Shell, box: Running, tmp_path: Path, damage: str) -> None:
    """Nonsense where JSON, a time or a number belongs."""
    store = tmp_path / "gpb.sqlite"
    store.write_bytes((used.folder / "data" / "gpb.sqlite").read_bytes())
    with sqlite3.connect(store) as connection:
        connection.execute(damage)
    connection.close()
    shell = Shell(box.settings, used.folder)
    shell.environment |= {"GPB_STORE_URL": f"sqlite:///{store}"}
    check(shell, box, ["doctor"])

"""What the program keeps is for its owner alone; what a person writes somewhere is as that person's shell wants it."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from concurrent_log_handler import ConcurrentRotatingFileHandler

from gpb.cli import main
from gpb.keys import keys
from gpb.logfile import start_log
from gpb.private import tighten_all
from gpb.sandbox import Running, SandboxConfig, running
from gpb.settings import ROOT
from gpb.store.database import Database, drafts
from gpb.store.snapshots import SnapshotStore
from gpb.workspace import Workspace
from tests.lent import settings_for
from tests.store.test_snapshots import TABLES

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has access lists instead of modes")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """That of most machines: new files can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def no_log_yet() -> Iterator[None]:
    """The log of this process goes where the test says, and ends with it."""
    root = logging.getLogger()
    before = list(root.handlers)
    for handler in before:
        if isinstance(handler, logging.FileHandler):
            root.removeHandler(handler)
    yield
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.handlers[:] = before


def modes(folder: Path) -> dict[str, str]:
    """The mode of a folder and of everything below, by relative path; the kind is part of it."""
    return {str(place.relative_to(folder)): oct(place.lstat().st_mode) for place in (folder, *folder.rglob("*"))}


def others_may(folder: Path) -> list[str]:
    """Everything from a folder downwards that somebody else than its owner can read, change or enter."""
    return [f"{name} {mode}" for name, mode in modes(folder).items() if int(mode, 8) & 0o077]


def test_a_whole_session_leaves_nothing_that_others_can_read(tmp_path: Path) -> None:
    """Sandbox, pull, drafts, run, log; and the exports in between stay as the umask has them."""
    data, mine = tmp_path / "deep" / "data", tmp_path / "mine"
    mine.mkdir()
    with running(SandboxConfig(port=0, schools=1, courses=4, state_file=data / "sandbox-state.jsonl")) as box:
        environment = {**box.settings, "GPB_DATA_DIR": str(data), "GPB_STORE_URL": ""}

        def shell(*words: str) -> Result:
            return CliRunner().invoke(main, list(words), env=environment)

        assert shell("pull").exit_code == 0
        assert shell("audit", "--csv", str(mine / "audit.csv"), "--xlsx", str(mine / "audit.xlsx")).exit_code == 0
        workspace = Workspace(settings_for(box, data))
        rows = workspace.term.rows()
        open_rows = rows.loc[rows["name_match_id"].notna() & rows["status"].eq("Unassociated")]
        assert len(open_rows)
        some = open_rows.head(3)
        for key, category_id in zip(keys(some), some["name_match_id"], strict=True):
            workspace.edit({key: str(category_id)}, seen={key: None}, person="ann", label="test")
        assert shell("plan", "-o", str(mine / "plan.json")).exit_code == 2
        applied = shell("apply", "--yes", "--force")
        assert applied.exit_code == 0, applied.output
        start_log(data)
        logging.getLogger("gpb.test").warning("something")
        workspace._database.close()
        kept = modes(data)
    assert {"gpb.sqlite", "gpb.log", "sandbox-state.jsonl", "snapshots"} <= set(kept)
    assert sum(name.endswith(".parquet") for name in kept) > 10
    assert others_may(tmp_path / "deep") == []
    assert {name: mode for name, mode in modes(mine).items() if name != "."} == {
        name: oct(stat.S_IFREG | 0o644) for name in ("audit.csv", "audit.xlsx", "plan.json")
    }


def test_the_journal_of_a_transaction_is_private_too(tmp_path: Path) -> None:
    """SQLite keeps the old pages of drafts and runs in it, until the transaction ends."""
    database = Database(f"sqlite:///{tmp_path / 'new' / 'store.sqlite'}")
    row = {"scope": "s", "group_id": 1, "section_id": 1, "person": "ann", "edited_at": "now"}
    with database.write() as connection:
        connection.execute(drafts.insert(), row)
        seen = modes(tmp_path / "new")
    database.close()
    assert seen == {
        ".": oct(stat.S_IFDIR | 0o700),
        "store.sqlite": oct(stat.S_IFREG | 0o600),
        "store.sqlite-journal": oct(stat.S_IFREG | 0o600),
    }


def test_what_an_older_version_left_open_is_closed_at_the_start(box: Running, tmp_path: Path) -> None:
    """Directories 0755 and files 0644, as they were made until now."""
    old = SnapshotStore.at("", tmp_path, settings_for(box, tmp_path).source)
    identifier = old.write({"term_id": 1}, TABLES)
    old.place(identifier)
    for name in ("gpb.sqlite", "gpb.log", "gpb.log.1"):
        (tmp_path / name).touch()
    for place in (tmp_path, *tmp_path.rglob("*")):
        place.chmod(0o755 if place.is_dir() else 0o644)
    tighten_all.cache_clear()  # as in a new process
    opened = Workspace(settings_for(box, tmp_path))
    start_log(tmp_path)
    opened._database.close()
    assert others_may(tmp_path) == []
    assert opened.term.snapshots.load(identifier)[1]["terms"].equals(TABLES["terms"])


def test_the_log_stays_private_when_it_turns_over(tmp_path: Path) -> None:
    """A new file is begun every 5 MB."""
    start_log(tmp_path / "data")
    handlers = logging.getLogger().handlers
    handler = next(one for one in handlers if isinstance(one, ConcurrentRotatingFileHandler))
    logging.getLogger("gpb.test").warning("first")
    handler.doRollover()
    logging.getLogger("gpb.test").warning("second")
    assert {"gpb.log", "gpb.log.1"} <= set(modes(tmp_path / "data"))
    assert others_may(tmp_path / "data") == []


WRITER = """
import logging, sys
from pathlib import Path
from gpb import logfile
logfile.LARGEST = 20_000
logfile.start_log(Path(sys.argv[1]))
for number in range(150):
    logging.getLogger("gpb.test").warning("%s says %03d %s", sys.argv[2], number, "x" * 60)
"""


def test_several_processes_write_one_log(tmp_path: Path) -> None:
    """Dashboard, worker and a command at once, while new files are begun: every line is there, once and whole."""
    names = ("dashboard", "worker", "command")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name], cwd=ROOT) for name in names]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    files = [*tmp_path.glob("gpb.log"), *tmp_path.glob("gpb.log.*")]
    assert len(files) > 1
    said = sorted(line.partition("gpb.test ")[2] for file in files for line in file.read_text("utf-8").splitlines())
    assert said == sorted(f"{name} says {number:03d} {'x' * 60}" for name in names for number in range(150))


def test_a_log_that_cannot_be_written_any_more_is_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A full disk, or a folder that is gone: no traceback on stderr."""
    start_log(tmp_path / "data")
    shutil.rmtree(tmp_path / "data")
    logging.getLogger("gpb.test").warning("something")
    assert "Traceback" not in capsys.readouterr().err

"""What the program keeps is for its owner alone; what a person writes somewhere is as that person's shell wants it."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gpb.cli import main
from gpb.keys import keys
from gpb.logfile import start_log
from gpb.private import make_file, tighten, tighten_all
from gpb.sandbox import Running, SandboxConfig, running
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
    old = SnapshotStore(tmp_path / "snapshots")
    identifier = old.write({}, TABLES)
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
    handler = next(one for one in logging.getLogger().handlers if isinstance(one, logging.handlers.RotatingFileHandler))
    logging.getLogger("gpb.test").warning("first")
    handler.doRollover()
    logging.getLogger("gpb.test").warning("second")
    assert {"gpb.log", "gpb.log.1"} <= set(modes(tmp_path / "data"))
    assert others_may(tmp_path / "data") == []


def test_what_is_not_the_programs_own_is_left_as_it_is(box: Running, tmp_path: Path) -> None:
    """A folder that all may use, the folder in which a store was put by its address, and what a link leads to."""
    shared, elsewhere = tmp_path / "shared", tmp_path / "elsewhere"
    for folder in (shared, elsewhere):
        folder.mkdir()
    shared.chmod(0o1777)
    foreign = elsewhere / "report.csv"
    foreign.touch()
    (shared / "snapshots").mkdir()
    (shared / "snapshots" / "link").symlink_to(foreign)
    settings = settings_for(box, shared, store_url=f"sqlite:///{elsewhere / 'store.sqlite'}")
    Workspace(settings)._database.close()
    seen = {name: int(mode, 8) & 0o7777 for name, mode in modes(tmp_path).items()}
    assert (seen["shared"], seen["elsewhere"], seen["elsewhere/report.csv"]) == (0o1777, 0o755, 0o644)
    assert (seen["elsewhere/store.sqlite"], seen["shared/snapshots"]) == (0o600, 0o700)


def test_rights_that_cannot_be_changed_stop_nobody(tmp_path: Path) -> None:
    """Some file systems know none; the folder of another user is that user's business."""
    tighten(Path("/proc/version"))
    tighten(tmp_path / "none")
    make_file(tmp_path / "none" / "store.sqlite")
    assert list(tmp_path.iterdir()) == []

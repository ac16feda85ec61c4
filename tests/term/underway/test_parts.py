"""A reading that was cut short goes on where it was, and ends as if it had not been."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gpb.api.http import concurrency
from gpb.errors import Overloaded, StoreError
from gpb.sandbox import Running
from gpb.term.underway import spool
from gpb.term.underway.spool import Spool
from gpb.workspace import Workspace
from tests.conftest import SMALL, look
from tests.lent import lent, settings_for
from tests.pauses import QUICK
from tests.processes import program, wait_until
from tests.variants import first_quick


class Killed(BaseException):
    """Ends a reading as nothing else does."""


def cut(workspace: Workspace, after: int) -> None:
    """Read so many courses, and no more."""

    def progress(done: int, _total: int, text: str) -> None:
        if done == after and "courses loaded" in text:
            raise Killed

    with pytest.raises(BaseException) as caught:  # noqa: PT011  # inside groups of groups
        asyncio.run(workspace.term.pull(progress))
    assert "Killed" in repr(caught.value)


def read(box: Running) -> Counter[str]:
    """How often each course was read: its groups were asked for."""
    return Counter(seen["path"].split("/")[-2] for seen in look(box, "requests") if "assignment_groups" in seen["path"])


def tables(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """What the newest snapshot holds."""
    return dict(workspace.term.latest().tables)


def fresh(box: Running, folder: Path, **changes: Any) -> dict[str, pd.DataFrame]:
    """The same, of a reading from its beginning to its end."""
    workspace = Workspace(settings_for(box, folder / "fresh", **changes))
    asyncio.run(workspace.term.pull())
    workspace.close()
    return tables(workspace)


def files(folder: Path) -> list[Path]:
    """What is left of readings."""
    return sorted((folder / "readings").iterdir())


@pytest.fixture
def many() -> Iterator[Running]:
    """40 courses, slowly."""
    with lent(replace(SMALL, courses=40, latency_ms=20)) as sandbox:
        yield sandbox


def test_a_reading_that_was_cut_short_goes_on_and_equals_a_fresh_one(
    box: Running, workspace: Workspace, tmp_path: Path
) -> None:
    """What was read is not asked for again, but one that was under way; it is private, and deleted in the end."""
    cut(workspace, after=5)
    (file,) = (file for file in files(workspace.settings.data_dir) if file.suffix == ".sqlite")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    told: list[tuple[int, int, str]] = []
    asyncio.run(workspace.term.pull(lambda *words: told.append(words)))
    assert any("of 8 courses were loaded before; going on" in text for _, _, text in told)
    assert told[-1][:2] == (8, 8)
    assert sum(read(box).values()) <= 8 + 3  # at most those that were under way
    assert files(workspace.settings.data_dir) == []
    for name, table in fresh(box, tmp_path).items():
        pd.testing.assert_frame_equal(tables(workspace)[name], table, obj=name)
    asyncio.run(workspace.term.pull())
    assert min(read(box).values()) >= 2  # whoever reads after that reads everything


@pytest.mark.slow
def test_a_reading_that_the_rate_limit_ends_goes_on(
    many: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read stays for whoever tries again later."""
    monkeypatch.setattr(concurrency, "PAUSES", replace(QUICK, patience=0.2))
    workspace = Workspace(settings_for(many, tmp_path))

    def progress(done: int, _total: int, _text: str) -> None:
        if done == 20:
            many.throttle.keep_full(600)

    with pytest.raises(Overloaded):
        asyncio.run(workspace.term.pull(progress))
    many.throttle.keep_full(0)
    many.throttle._buckets.clear()
    many.log.clear()
    asyncio.run(workspace.term.pull())
    assert 0 < len(read(many)) <= 20
    for name, table in fresh(many, tmp_path).items():
        pd.testing.assert_frame_equal(tables(workspace)[name], table, obj=name)
    workspace.close()


def test_what_a_run_wrote_in_between_is_not_lost(box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Courses that were read before it are laid over with what it confirmed: the order of the first reading counts."""
    workspace = Workspace(settings_for(box, tmp_path))
    noted: list[int] = []
    keep = workspace.term.readings.keep

    async def watched(*given: Any) -> Any:
        noted.append(given[2])
        return await keep(*given)

    monkeypatch.setattr(workspace.term.readings, "keep", watched)
    began = workspace.term.readings.now()
    cut(workspace, after=5)
    other = Workspace(settings_for(box, tmp_path, term="2"))
    asyncio.run(other.term.pull())
    other.close()
    assert workspace.term.readings.now() > began
    asyncio.run(workspace.term.pull())
    assert noted == [began]
    workspace.close()


@pytest.mark.parametrize("changed", first_quick(["term", "canvas_account", "canvas_token"]))
def test_another_term_account_or_token_begins_anew(box: Running, workspace: Workspace, changed: str) -> None:
    """Parts never mix, and those of the one stay for the one."""
    cut(workspace, after=5)
    school = next(one for one in box.world.accounts.values() if one.parent_id is not None)
    known = [key.token for key in box.keyring.canvas.values() if not key.expired and "read_sis" in key.rights]
    value = {"term": "2", "canvas_account": f"sis_account_id:{school.sis_account_id}", "canvas_token": known[-1]}
    other = Workspace(settings_for(box, workspace.settings.data_dir, **{changed: value[changed]}))
    before = read(box)
    asyncio.run(other.term.pull())
    other.close()
    assert len(read(box) - before) == len(other.term.latest().tables["courses"])
    before = read(box)
    asyncio.run(workspace.term.pull())
    assert len(read(box) - before) <= 3


def test_parts_that_are_too_old_are_read_again(
    box: Running, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot is of one time; nobody goes on with yesterday's."""
    cut(workspace, after=5)
    before = read(box)
    monkeypatch.setattr(spool, "OLDEST", timedelta(0))
    asyncio.run(workspace.term.pull())
    assert len(read(box) - before) == 8


def test_a_course_that_was_odd_is_asked_for_again(box: Running, workspace: Workspace, tmp_path: Path) -> None:
    """Somebody may have mended it, and presses Refresh to see that."""
    one = Spool(tmp_path / "x.sqlite", 7)
    one.add(1, "[]", is_odd=True)
    one.add(2, "[]", is_odd=False)
    one.close()
    again = Spool(tmp_path / "x.sqlite", 9)
    assert (again.courses(), again.began) == ({2}, 7)
    again.discard()


def test_two_readings_at_once_do_not_touch_each_other(tmp_path: Path) -> None:
    """The later one keeps its courses to itself; a store that was set back is another one."""
    place = tmp_path / "x.sqlite"
    first = Spool(place, 7)
    first.add(1, "[1]", is_odd=False)
    second = Spool(place, 8)
    second.add(2, "[2]", is_odd=False)
    assert ([*first.texts()], [*second.texts()]) == ([(1, "[1]")], [(2, "[2]")])
    second.discard()
    first.add(3, "[3]", is_odd=False)
    first.close()
    assert Spool(place, 6).courses() == set()


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + bytes(4000)])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    """It only saves time."""
    place = tmp_path / "x.sqlite"
    place.write_bytes(damage)
    one = Spool(place, 7)
    assert one.courses() == set()
    one.add(1, "[]", is_odd=False)
    one.close()
    assert Spool(place, 7).courses() == {1}


def test_a_folder_that_refuses_is_one_sentence(tmp_path: Path) -> None:
    """Before anything is read: the snapshot could not be saved there either."""
    (tmp_path / "readings").write_text("")
    with pytest.raises(StoreError, match="What is read cannot be saved in"):
        Spool(tmp_path / "readings" / "x.sqlite", 1)


@pytest.mark.slow
def test_a_reading_that_is_killed_goes_on(many: Running, tmp_path: Path) -> None:
    """By the system, at any moment; at most those that were under way are read twice."""
    settings = settings_for(many, tmp_path)
    with program(settings, "pull") as process:
        wait_until(lambda: len(read(many)) >= 30)
        process.kill()
        process.communicate()
    (spool,) = (file for file in files(tmp_path) if file.suffix == ".sqlite")
    with closing(sqlite3.connect(spool)) as connection:
        saved = connection.execute("SELECT count(*) FROM courses").fetchone()[0]
    under_way = len(read(many)) - saved
    assert saved
    workspace = Workspace(settings)
    asyncio.run(workspace.term.pull())
    workspace.close()
    assert sum(read(many).values()) - 40 <= under_way
    pd.testing.assert_frame_equal(tables(workspace)["groups"], fresh(many, tmp_path)["groups"])

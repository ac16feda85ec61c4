"""A week of a district, by the shell and by other hands: nothing is lost or doubled, and all numbers stay the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gpb.audit.figures import counted
from gpb.keys import Key, keys
from gpb.sandbox import Running, SandboxConfig
from gpb.workspace import Workspace
from tests import test_one_set_of_numbers as numbers
from tests.conftest import edit_now, look, tell
from tests.lent import confirm, lent, settings_for
from tests.test_cli import Shell


@dataclass
class Week:
    """A term, the shell that works on it, and a colleague's workspace on the same store."""

    box: Running
    shell: Shell
    workspace: Workspace

    def pull(self) -> None:
        """Refresh."""
        assert self.shell("pull").exit_code == 0

    def free(self, number: int) -> list[dict[str, str]]:
        """The export, in which so many open rows have got a category of their section."""
        rows = self.shell.exported()
        known = {row["section_id"]: row["category"] for row in rows if row["status"] == "Synchronized"}
        some = [row for row in rows if row["status"] == "Unassociated" and row["section_id"] in known][:number]
        for row in some:
            row["category"] = known[row["section_id"]]
        return rows

    def drafted(self) -> dict[Key, str]:
        """What is drafted, and by whom."""
        drafts = self.workspace.term.drafts().frame()
        return dict(zip(keys(drafts), drafts["category"].fillna("").tolist(), strict=True))

    def apply(self) -> str:
        """A sync, all of it confirmed."""
        done = json.loads(self.shell("apply", "--yes").stdout)
        assert done["confirmed"] + done["unchanged"] == done["planned"], done
        return str(done["run"])

    def agrees(self) -> None:
        """Every place tells the same numbers, as a fresh Refresh does."""
        before = counted(self.workspace.term.rows())
        self.pull()
        after = counted(self.workspace.term.rows())
        assert before == after
        desk = numbers.Desk(self.workspace, self.shell, after)
        is_refreshed = self.workspace.audit.findings()["finding"].eq("refreshed").any()
        places = [numbers.associate, numbers.commands]
        places += [] if is_refreshed else [numbers.audit]  # there an error stands above all else
        places += [numbers.overview] if self.drafted() else []  # it names the drafts
        for place in places:
            place(desk)


@pytest.fixture
def week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Week]:
    """A district that was read once."""
    with lent(SandboxConfig(port=0, schools=3, courses=40, seed=5)) as box:
        shell = Shell(box.settings, tmp_path)
        for name, value in shell.environment.items():
            monkeypatch.setenv(name, value)
        workspace = Workspace(settings_for(box, tmp_path / "data"))
        asyncio.run(workspace.term.pull())
        confirm(workspace)
        yield Week(box, shell, workspace)
        workspace.close()


@pytest.mark.slow
def test_a_week_of_files_and_syncs(week: Week) -> None:
    """A file twice, an old file after a sync, a group renamed in between, undos with the older one first."""
    before = look(week.box, "state")["groups"]
    untouched = week.shell.write(week.shell.exported())
    old = Path(untouched).rename(week.shell.folder / "old.csv")
    rows = week.free(8)
    for _ in range(2):
        assert week.shell("import", week.shell.write(rows)).exit_code == 0
        assert len(drafted := week.drafted()) == 8
    first = week.apply()
    assert week.drafted() == {}
    week.agrees()
    for file in (str(old), week.shell.write(rows)):  # what was not edited in it, and what is so by now
        assert json.loads(week.shell("import", file).stdout)["drafts_moved"] == 0

    assert week.shell("import", week.shell.write(week.free(4))).exit_code == 0
    (group_id, _), *_ = week.drafted()
    tell(week.box, f"groups/{group_id}", {"name": "Renamed by a teacher"})
    week.pull()
    assert len(set(week.drafted()) - set(drafted)) == 4
    second = week.apply()
    week.agrees()
    for run, number in ((first, 8), (second, 4)):
        assert json.loads(week.shell("undo", run, "--yes", "--force").stdout)["confirmed"] == number
    week.agrees()
    codec, after = week.workspace.term.latest().codec, look(week.box, "state")["groups"]
    assert [one for one in before if codec.read(before[one]) != codec.read(after[one])] == []


@pytest.mark.slow
def test_a_week_of_other_hands(week: Week) -> None:
    """Two people, a Refresh amid a sync, a section and a category that change under drafts, a restored Canvas."""
    before, opened = look(week.box, "state")["groups"], week.workspace
    assert week.shell("import", week.shell.write(week.free(12))).exit_code == 0
    mine = week.drafted()
    colleague = Workspace(opened.settings)
    (taken, wanted), (other, title) = next(iter(mine.items())), list(mine.items())[-1]
    assert edit_now(colleague, {taken: None}, person="bob").refused == ()
    assert len(week.drafted()) == 11  # what is Unassociated already needs no draft
    assert edit_now(colleague, {taken: wanted}, person="bob").refused == ()
    assert set(week.drafted()) == set(mine)

    category = str(opened.term.drafts().frame().set_index(["group_id", "section_id"]).loc[other, "category_id"])
    tell(week.box, f"categories/{category}", {"title": f"{title} (new)"})
    week.pull()
    assert set(week.drafted()) == set(mine)
    plan = opened.plan()
    assert {one.after_title for one in plan.changes if one.after_id == category} == {f"{title} (new)"}

    async def sync_and_refresh() -> str:
        run = await opened.door.begin(plan, (), "ann")
        await asyncio.gather(opened.runs.perform(run), colleague.term.pull())
        return run

    run = asyncio.run(sync_and_refresh())
    assert opened.runs.summary(run)["confirmed"] == 12
    assert week.drafted() == {}
    week.agrees()

    moved = other[1]
    courses = opened.term.rows()["course_id"].unique().tolist()
    tell(
        week.box, f"sections/{moved}", {"course_id": next(one for one in courses if one != plan.changes[-1].course_id)}
    )
    week.pull()
    week.agrees()
    for group_id, data in before.items():
        if look(week.box, "state")["groups"][group_id] != data:
            tell(week.box, f"integration_data/{group_id}", data)
    week.pull()
    lost = opened.audit.no_longer_standing()
    assert set(lost["run"]) == {run}
    again = json.loads(week.shell("draft-again").stdout)
    assert again["drafted"] == len(lost) == len(week.drafted())
    week.agrees()
    assert json.loads(week.shell("apply", "--yes").stdout)["confirmed"] == len(lost)
    assert opened.audit.no_longer_standing().empty
    week.agrees()
    colleague.close()

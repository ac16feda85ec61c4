"""An afternoon in a district: two browsers, a shell, a nightly job and a teacher work on the same term at once.

``python -m tests.browser.afternoon --minutes 10`` plays it and says what became of every wish. A judge that shares
nothing with the engine keeps what each person saw and wished, and what Canvas stored before and after every write:

* *elsewhere*: the program wrote a row for which nobody had wished that;
* *overwritten*: what it replaced is not what the person had seen when she wished;
* *lost*: a wish that was taken is neither in Canvas nor a draft any more, and was never carried out.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from playwright.sync_api import Error, Page

from gpb.sandbox import Running, SandboxConfig, running
from gpb.ui.associate.saving import SAVED
from gpb.workspace import Workspace
from tests.browser.driver import ROOT, browsing, serving, tab
from tests.browser.grid import Grid
from tests.conftest import tell
from tests.lent import confirm, settings_for

Row = tuple[int, str]
"""Group id and the SIS id of the section."""
UNASSOCIATED = "Unassociated"


@dataclass(frozen=True)
class Wish:
    """What somebody wanted for a row, and the title that she saw there; ``at`` counts the writes before it.

    ``moment``, in seconds, is when it was known to be taken.
    """

    who: str
    row: Row
    title: str
    seen: str
    at: int
    moment: float


@dataclass(frozen=True)
class Written:
    """One row of one write of the program, as titles."""

    row: Row
    before: str
    after: str
    moment: float


@dataclass
class Judge:
    """Sees every write that Canvas carries out, and every wish."""

    box: Running
    lock: threading.Lock = field(default_factory=threading.Lock)
    writes: list[Written] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Stand beside the sandbox' own way of storing what the API was sent."""
        world, merge = self.box.world, self.box.world.merge_integration_data

        def seen(group: Any, sent: dict[str, Any]) -> None:
            with self.lock:
                before = self.titles(group.id)
                merge(group, sent)
                after = self.titles(group.id)
                for sis_id in before.keys() | after.keys():
                    was, now = before.get(sis_id, UNASSOCIATED), after.get(sis_id, UNASSOCIATED)
                    if was != now:
                        self.writes.append(Written((group.id, sis_id), was, now, self.clock()))

        world.merge_integration_data = seen  # type: ignore[method-assign]  # it looks on, and changes nothing

    def clock(self) -> float:
        """Seconds since it began to look."""
        return time.monotonic() - self.began

    def titles(self, group_id: int) -> dict[str, str]:
        """What Canvas stores for a group: title by the SIS id of the section."""
        data = self.box.world.groups[group_id].integration_data
        mapping = ((data or {}).get("sistemic") or {}).get("categoryMapping") or {}
        return {sis_id: self._title(entry) for sis_id, entry in mapping.items()}

    def _title(self, entry: dict[str, Any]) -> str:
        """Of the category that an entry names; its own copy of the title may be from before a renaming."""
        known = self.box.world.categories.get(entry.get("categoryId", ""))
        return str(entry.get("categoryTitle")) if known is None or known.deleted else known.title

    def wish(self, who: str, row: Row, title: str, seen: str) -> None:
        """Somebody wanted that."""
        with self.lock:
            self.wishes.append(Wish(who, row, title, seen, len(self.writes), self.clock()))
        self.done[f"{who}: wishes"] += 1

    def teach(self, chance: random.Random) -> None:
        """A teacher associates a row in Canvas' own screen, or takes it away."""
        world = self.box.world
        with self.lock:
            group = chance.choice([one for one in world.groups.values() if self.titles(one.id)])
            data = group.integration_data
            mapping = data["sistemic"]["categoryMapping"]
            sis_id = chance.choice(list(mapping))
            known = [one for one in world.categories.values() if sis_id in one.section_uuids and one.active]
            if not known:
                return
            chosen = chance.choice(known)
            mapping[sis_id] = {**mapping[sis_id], "categoryId": chosen.uuid, "categoryTitle": chosen.title}
            world.write_group(group, stored=json.dumps(data, ensure_ascii=False))
        self.done["teacher: changes"] += 1

    def verdict(self, drafts: dict[Row, str]) -> dict[str, list[str]]:
        """What is wrong, by kind; ``drafts`` are those that are left."""
        found: dict[str, list[str]] = {"elsewhere": [], "overwritten": [], "lost": []}
        for one in self.writes:
            meant = [wish for wish in self.wishes if wish.row == one.row and wish.title == one.after]
            if not meant:
                found["elsewhere"].append(f"{one}; {self.story(one.row)}")
            elif all(wish.seen != one.before for wish in meant):
                found["overwritten"].append(f"{one}; {self.story(one.row)}")
        for row, wish in {wish.row: wish for wish in self.wishes}.items():
            present = self.titles(row[0]).get(row[1], UNASSOCIATED)
            carried_out = any(one.row == row and one.after == wish.title for one in self.writes[wish.at :])
            if wish.title != present and not carried_out and drafts.get(row) != wish.title:
                draft = drafts.get(row)
                found["lost"].append(f"{wish}; Canvas has {present}, the draft is {draft}; {self.story(row)}")
        return found

    def story(self, row: Row) -> str:
        """All that anybody wished for a row and all that was written, in the order in which it was seen."""
        events = [
            (one.moment, f"{one.who} wished {one.title}, seeing {one.seen}") for one in self.wishes if one.row == row
        ]
        events += [(one.moment, f"{one.before} became {one.after}") for one in self.writes if one.row == row]
        return ", ".join(f"{moment:.1f} s: {what}" for moment, what in sorted(events))


class Person:
    """Somebody with a browser, who looks, picks, filters, reloads, reviews and syncs."""

    def __init__(self, name: str, page: Page, address: str, judge: Judge, chance: random.Random) -> None:
        self.name, self.page, self.address, self.judge, self.chance = name, page, address, judge, chance
        page.on("dialog", lambda dialog: dialog.dismiss())
        self.open()

    def open(self) -> None:
        """The rows, with or without a filter."""
        self.page.goto(f"{self.address}/associate{self.chance.choice(['', '?figure=to_do'])}")
        Grid(self.page)

    def act(self) -> None:
        """One thing that people do."""
        act = self.chance.choices([self.pick, self.open, self.sync], [8, 1, 1.5])[0]
        try:
            act()
        except (Error, AssertionError) as error:
            self.judge.done[f"{self.name}: could not {act.__name__}"] += 1
            if "has no column" not in str(error) and "Timeout" not in str(error) and "expected to" not in str(error):
                self.judge.failed.append(f"{self.name} {act.__name__}: {str(error)[:300]}")
            self.open()

    def pick(self) -> None:
        """Choose a category in one of the first rows, as it is on the screen at that moment."""
        grid, place = Grid(self.page), self.chance.randrange(8)
        (group_id, section_id), shown = grid.key(place), grid.cell("SIS Category", place).inner_text()
        mark = grid.cell("Changed", place)
        was = str(mark.get_attribute("title")).partition(": ")[2] if mark.count() else shown
        world = self.judge.box.world
        sis_id = str(world.sections[section_id].sis_section_id)
        offered = [one.title for one in world.categories.values() if sis_id in one.section_uuids and one.active]
        titles = [title for title in dict.fromkeys(offered) if offered.count(title) == 1 and title != shown]
        if group_id not in world.groups or not titles:
            return
        title = self.chance.choice(titles)
        grid.pick("SIS Category", place, title)
        self.page.get_by_text(SAVED).wait_for()
        self.page.wait_for_timeout(100)
        refused = self.page.locator(".line.warning").count() or self.page.get_by_test_id("stException").count()
        if refused:
            self.judge.done[f"{self.name}: refused"] += 1
        elif title != was:
            self.judge.wish(self.name, (group_id, sis_id), title, was)

    def sync(self) -> None:
        """Review what is there, and press the button if nothing asks first."""
        self.page.goto(f"{self.address}/review")
        button = self.page.get_by_role("button", name="Sync Categories")
        self.page.get_by_role("heading", name="What will change in Canvas").wait_for()
        self.page.wait_for_timeout(1_000)
        if button.count() and button.is_enabled():
            button.click()
            self.judge.done[f"{self.name}: syncs"] += 1
        self.page.wait_for_timeout(1_500)
        self.open()


@dataclass
class Shell:
    """The command line, and what somebody does with a spreadsheet."""

    environment: dict[str, str]
    folder: Path
    judge: Judge
    chance: random.Random

    def run(self, *words: str) -> int:
        """One command; a traceback is a failure."""
        ended = subprocess.run(
            [sys.executable, "-m", "gpb", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "Traceback" in ended.stderr:
            self.judge.failed.append(f"{words}: {ended.stderr[-500:]}")
        self.judge.done[f"shell: {words[0]} {ended.returncode}"] += 1
        return ended.returncode

    def spreadsheet(self) -> None:
        """Export, edit two rows, wait a while, import; sometimes the same file twice; sometimes apply."""
        file = self.folder / "out.csv"
        if self.run("export", str(file)) != 0:
            return
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        wanted: dict[Row, tuple[str, str]] = {}
        for row in self.chance.sample(rows, min(2, len(rows))):
            known = self.judge.box.world.categories.values()
            offered = [one.title for one in known if row["sis_section_id"] in one.section_uuids and one.active]
            titles = [title for title in offered if offered.count(title) == 1 and title != row["category"]]
            if titles:
                row["category"] = self.chance.choice(titles)
                row["category_id"] = ""
                seen = row["category_in_canvas"] or UNASSOCIATED
                wanted[int(row["group_id"]), row["sis_section_id"]] = row["category"], seen
        with (self.folder / "in.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        time.sleep(self.chance.uniform(0, 4))
        if self.run("import", str(self.folder / "in.csv")) == 0:
            for key, (title, seen) in wanted.items():
                if title != seen:
                    self.judge.wish("shell", key, title, seen)
            if self.chance.random() < 0.3:
                self.run("import", str(self.folder / "in.csv"))
        if self.chance.random() < 0.5:
            self.run("apply", "--yes")


def keep_doing(until: float, act: Callable[[], object], pause: float) -> None:
    """Again and again, with a pause in seconds."""
    while time.monotonic() < until:
        act()
        time.sleep(pause)


def play(seconds: float, seed: int, folder: Path) -> tuple[Judge, dict[str, list[str]]]:
    """The afternoon; the judge and its verdict."""
    chance = random.Random(seed)
    with running(SandboxConfig(port=0, schools=2, courses=12, seed=seed)) as box:
        workspace = Workspace(settings_for(box, folder))
        with ThreadPoolExecutor(1) as thread:  # the driver of the browser has a running loop in this one
            thread.submit(asyncio.run, workspace.term.pull()).result()
        confirm(workspace)
        judge = Judge(box)
        environment = {**os.environ, **box.settings, "GPB_DATA_DIR": str(folder)}
        shell = Shell(environment, folder, judge, random.Random(seed + 1))
        courses = [course.id for course in box.world.courses.values() if course.workflow_state == "available"]

        def school_year() -> None:
            judge.teach(chance)
            if chance.random() < 0.2:
                tell(box, "sections", {"course_id": chance.choice(courses)})

        with serving(folder, box.settings) as address, browsing() as browser:
            people = [
                Person(name, tab(browser), address, judge, random.Random(seed + 2 + number))
                for number, name in enumerate(("ann", "bob"))
            ]
            until = time.monotonic() + seconds
            with ThreadPoolExecutor(3) as others:
                at_work = [
                    others.submit(keep_doing, until, school_year, 3.0),
                    others.submit(keep_doing, until, lambda: shell.run("audit", "--pull", "--csv", "-"), 5.0),
                    others.submit(keep_doing, until, shell.spreadsheet, 2.0),
                ]
                while time.monotonic() < until:
                    for person in people:
                        person.act()
                for one in at_work:
                    one.result()
        shell.run("pull")
        shell.run("apply", "--yes")
        return judge, judge.verdict(left(workspace))


def left(workspace: Workspace) -> dict[Row, str]:
    """The drafts at the end, by row."""
    rows = workspace.term.rows()
    changed = rows.loc[rows["changed"], ["group_id", "sis_section_id", "category"]]
    return {(int(group), sis_id): title for group, sis_id, title in changed.itertuples(index=False)}


@click.command()
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(minutes: float, seed: int) -> None:
    """Play an afternoon, and say what became of every wish; exit code 1 when something is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        judge, verdict = play(minutes * 60, seed, Path(folder))
    for what, number in sorted(judge.done.items()):
        click.echo(f"{number:6} {what}")
    click.echo(f"{len(judge.wishes):6} wishes\n{len(judge.writes):6} rows written")
    for kind, lines in verdict.items():
        click.echo(f"{len(lines):6} {kind}")
        for line in lines[:10]:
            click.echo(f"       {line}")
    for line in judge.failed:
        click.echo(f"FAILED {line}")
    sys.exit(1 if judge.failed or any(verdict.values()) else 0)


if __name__ == "__main__":
    main()

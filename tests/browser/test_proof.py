"""A district's first term, from nothing: First contact with the vendor's own screen, a bulk edit, a sync, the night."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from gpb.frames.passback import Outcome, Reason
from gpb.keys import keys
from gpb.sandbox import Running, SandboxConfig
from gpb.sandbox.layout import FLAG_ONLY
from gpb.sandbox.vendor.tool import Tool
from gpb.workspace import Workspace
from tests.audit.test_night import agree, arrived, predicted, used
from tests.browser.driver import ROOT, serving
from tests.browser.test_main_job import filter_unassociated, read_term
from tests.conftest import look
from tests.lent import lent, settings_for
from tests.sandbox.vendor.conftest import save

pytestmark = [pytest.mark.browser, pytest.mark.slow]
THEIRS = re.compile(r"associate (.+) in (.+) \(course .+, SIS ID \S+\) with (.+), and save\.")
OURS = re.compile(r"another row in the same form: (.+) in (.+) with (.+)\.")
ALIGNED = "says which groups are aligned, not with what"
Asked = tuple[str, str, str]
"""Group, section and category that a step of First contact names."""


@pytest.fixture(params=[("sistemic", 3), ("flat", 4), (FLAG_ONLY, 5)], ids=lambda given: given[0])
def district(request: pytest.FixtureRequest) -> Iterator[Running]:
    """Nobody has associated anything yet in any term; the seed decides the names of the fields."""
    shape, seed = request.param
    with lent(
        SandboxConfig(port=0, schools=2, courses=8, seed=seed, shape=shape, drawn_layout=True, unassociated=True)
    ) as box:
        yield box


class Person:
    """Who sits at the dashboard, has Canvas open beside it, and a shell."""

    def __init__(self, page: Page, box: Running, folder: Path) -> None:
        self.page, self.box, self.folder = page, box, folder
        self.workspace = Workspace(settings_for(box, folder))

    def open(self, name: str) -> None:
        """Go to a page by the menu."""
        self.page.get_by_role("link", name=name, exact=True).first.click()
        expect(self.page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_have_text(name)

    def press(self, label: str) -> None:
        """Press a button of the page."""
        self.page.get_by_role("button", name=label).click()

    def asked(self, step: re.Pattern[str]) -> Asked:
        """What a step of First contact says, as a person reads it."""
        line = self.page.get_by_test_id("stMarkdown").filter(has_text=step)
        line.wait_for()
        found = step.search(line.inner_text().replace("\u2060", ""))
        assert found is not None
        return found[1], found[2], found[3]

    def in_canvas(self, asked: Asked) -> tuple[Page, Locator]:
        """Canvas' own screen, by the page's link, and the drop-down of the row there."""
        with self.page.context.expect_page() as opened:
            self.page.get_by_role("link", name="Open the course in Canvas").click()
        screen = opened.value
        group, section, _ = asked
        choice = screen.get_by_label(f"SIS Category of {section} in {group}", exact=True)
        screen.locator("details", has=choice).get_by_text("Expand").click()
        return screen, choice

    def associates_in_canvas(self, asked: Asked) -> None:
        """Do there what the step asks for."""
        screen, choice = self.in_canvas(asked)
        choice.select_option(label=asked[2])
        screen.get_by_role("button", name="Sync Categories", disabled=False).click()
        expect(screen.get_by_role("status")).to_contain_text("1 assignment group")
        screen.close()
        self.press("I have saved it")

    def shell(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command on the same store, to its end."""
        environment = {**os.environ, **self.box.settings, "GPB_DATA_DIR": str(self.folder)}
        command = [sys.executable, "-m", "gpb", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr
        return done

    def tonight(self) -> pd.DataFrame:
        """The prediction, read from the store that the dashboard has written."""
        return self.workspace.audit.tonight()


def outside(work: Coroutine[Any, Any, Any]) -> Any:
    """The driver of the browser has a running loop in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def associated(box: Running) -> int:
    """How many associations the vendor's own tool reads in Canvas."""
    tool = Tool(box.world)
    return sum(len(tool.kept(group).categories) for group in box.world.groups.values())


def writes(box: Running) -> int:
    """How many writes Canvas has been asked for over its API."""
    return sum(seen["method"] == "PUT" for seen in look(box, "requests"))


def test_a_first_term_from_first_contact_to_the_night(page: Page, district: Running, tmp_path: Path) -> None:
    """All by hand: what was synced arrives in Focus, and a second sync changes nothing; or nothing can be written."""
    with serving(tmp_path, district.settings) as address:
        read_term(page, address)
        ann = Person(page, district, tmp_path)
        begins_first_contact(ann)
        if district.world.layout.shape == FLAG_ONLY:
            nothing_can_be_written(ann)
        else:
            ends_first_contact(ann)
            syncs_a_whole_term(ann)
        ann.workspace.close()


def begins_first_contact(ann: Person) -> None:
    """Choose a row, and associate it in Canvas' own screen."""
    ann.open("Connections")
    ann.press("Begin with this row")
    asked = ann.asked(THEIRS)
    ann.press("I have saved it")
    expect(ann.page.get_by_text("Nothing came")).to_be_visible()
    ann.associates_in_canvas(asked)


def ends_first_contact(ann: Person) -> None:
    """The form is learned, another row is written in it, Canvas shows that, and both are taken back."""
    layout = ann.box.world.layout
    form = f"id in “{layout.id_field}”" if layout.shape == "sistemic" else "the id of the category alone"
    expect(ann.page.get_by_text(f"A new association is written as {form}").last).to_be_visible()
    asked = ann.asked(OURS)
    ann.press("Associate this row")
    ann.page.get_by_role("button", name="Yes, it shows").wait_for()
    screen, choice = ann.in_canvas(asked)
    expect(choice.locator("option:checked")).to_have_text(asked[2])
    screen.close()
    ann.press("Yes, it shows")
    ann.press("Take both back")
    expect(ann.page.get_by_text("taken back").first).to_be_visible()
    expect(ann.page.get_by_text("saw it in Canvas' own screen")).to_be_visible()
    expect(ann.page.get_by_role("button", name="Take both back")).to_have_count(0)
    assert associated(ann.box) == 0


def drafts_for_all(ann: Person) -> None:
    """One category for all unassociated rows that can have it, by the bulk bar."""
    filter_unassociated(ann.page)
    ann.page.get_by_role("button", name="Bulk edit").click()
    ann.page.get_by_role("combobox", name="Category", exact=True).click()
    ann.page.get_by_role("option").first.click()
    ann.page.get_by_role("button", name=re.compile(r"^Set for \d+ rows")).click()
    expect(ann.page.get_by_text("rows changed. Nothing is sent")).to_be_visible()


def syncs_a_whole_term(ann: Person) -> None:
    """The night delivers what is promised after the sync, and a second one has nothing to write."""
    before = ann.tonight()
    assert Reason.ASSOCIATION not in set(before["reason"])
    drafts_for_all(ann)
    changes = {change.key: change.after_id for change in ann.workspace.plan().changes}
    assert len(changes) > 20

    ann.open("Review and sync")
    ann.press("Sync Categories")
    expect(ann.page.get_by_text(f"({len(changes)} rows)").first).to_be_visible()

    lines = ann.tonight()
    agree(predicted(lines), arrived(ann.box))
    promised = lines.loc[lines["outcome"].eq(Outcome.PASSED)]
    mine = promised.loc[[key in changes for key in keys(promised)]]
    assert len(mine) > 10
    assert [changes[key] for key in keys(mine)] == mine["category_id"].tolist()
    assert set(mine["reason"]) == {Reason.ASSOCIATION}
    rows = ann.workspace.term.rows()
    classes = rows.drop_duplicates("section_id").set_index("section_id")["class_id"].to_dict()
    in_focus = outside(used(ann.workspace, [classes[one] for one in mine["section_id"].unique()]))
    assert {(classes[line.section_id], line.category_id) for line in mine.itertuples()} <= in_focus

    written = writes(ann.box)
    assert ann.shell("pull").returncode == 0
    assert ann.shell("apply", "--yes").returncode == 0
    ann.page.reload()
    expect(ann.page.get_by_text("There is nothing to sync")).to_be_visible()
    assert writes(ann.box) == written


def nothing_can_be_written(ann: Person) -> None:
    """Only the flag came: every way to sync is closed and says so, and what can be known is known."""
    expect(ann.page.get_by_text("Only the flag came").first).to_be_visible()
    expect(ann.page.get_by_test_id("stMain").get_by_text(ALIGNED).first).to_be_visible()
    ann.open("Overview")
    expect(ann.page.get_by_text(ALIGNED).first).to_be_visible()
    drafts_for_all(ann)
    ann.open("Review and sync")
    expect(ann.page.get_by_text(ALIGNED).first).to_be_visible()
    expect(ann.page.get_by_role("button", name="Sync Categories")).to_be_disabled()
    done = ann.shell("apply", "--yes", "--force")
    assert (done.returncode, ALIGNED in done.stderr) == (1, True)
    assert ALIGNED in ann.shell("doctor").stdout
    row = ann.workspace.term.rows().sort_values("assignments").dropna(subset="name_match_id").iloc[-1]
    save(ann.box, row["course_id"], {f"{row['group_id']}.{row['section_id']}": row["name_match_id"]})
    assert ann.shell("pull").returncode == 0
    lines = ann.tonight()
    hidden = agree(predicted(lines), arrived(ann.box))
    assert set(lines.loc[lines["reason"].eq(Reason.ELSEWHERE), "group_id"]) == {row["group_id"]}
    assert len(hidden) >= row["assignments"] > 0
    assert writes(ann.box) == 0

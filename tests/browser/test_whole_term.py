"""An empty term from its first look to the night: by mouse, by keyboard alone, and by the names of groups."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gpb.keys import Key
from gpb.sandbox import Running, SandboxConfig
from gpb.sandbox.district.world import CURRENT_TERM, NEXT_TERM
from gpb.sandbox.layout import FLAG_ONLY
from gpb.sandbox.vendor.night import Reason
from gpb.workspace import Workspace
from tests.audit.test_night import used
from tests.browser.driver import serving, tab
from tests.browser.test_decide import choose
from tests.browser.test_proof import outside
from tests.conftest import SMALL
from tests.lent import confirm, lent, settings_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DISTRICT = replace(SMALL, courses=30)
DRAFTED = re.compile(r"[\d,]+ rows? drafted")
DONE = re.compile(r"[\d,]+ rows? drafted\.")
CARRY = re.compile("^Carry forward [\\d,]+ rows$")
FOCUSED = """(() => {
  const has = document.activeElement, place = has.closest('[class*="st-key-"]')
  if (has === document.body) return 'nowhere'
  return `${place ? place.className.match(/st-key-(\\w+)/)[1] : has.id} ${has.innerText.trim()}`
})()"""
"""The key of the widget that has the focus, or the id of the element, and its words."""
BACK = "Shift+Tab"
DECIDED = {Reason.ASSOCIATION, Reason.VENDOR_STORE, Reason.NAME, Reason.NO_CATEGORY}
"""What becomes of an assignment that nothing else keeps from a section."""


@pytest.fixture
def spring(tmp_path: Path) -> Iterator[tuple[Workspace, Running, str]]:
    """A term that has begun empty after one that was read; with the address of a dashboard on it."""
    yield from begun(DISTRICT, tmp_path)


@pytest.fixture
def named(tmp_path: Path) -> Iterator[tuple[Workspace, Running, str]]:
    """The same where Canvas shows the flag alone, so that a sync renames groups."""
    yield from begun(replace(DISTRICT, shape=FLAG_ONLY), tmp_path, write="names")


def begun(config: SandboxConfig, folder: Path, **changes: str) -> Iterator[tuple[Workspace, Running, str]]:
    """Serve it."""
    with lent(config) as box:
        for course in box.world.courses.values():
            if course.term_id == NEXT_TERM and course.workflow_state == "created":
                course.workflow_state = "available"
        fall = Workspace(settings_for(box, folder, term=str(CURRENT_TERM), **changes))
        outside(fall.term.pull())
        if config.shape != FLAG_ONLY:
            confirm(fall)
        made = Workspace(settings_for(box, folder, term=str(NEXT_TERM), **changes), fall._database)
        outside(made.term.pull())
        own = {f"GPB_{name.upper()}": value for name, value in changes.items()}
        with serving(folder, {**box.settings, **own, "GPB_TERM": str(NEXT_TERM)}) as address:
            yield made, box, address
        made.close()


def planned(workspace: Workspace) -> dict[Key, str]:
    """The category that each drafted row shall get."""
    drafts = workspace.term.drafts().frame()
    ids = zip(drafts["group_id"].tolist(), drafts["section_id"].tolist(), strict=True)
    return dict(zip(ids, drafts["category_id"].tolist(), strict=True))


def night(box: Running) -> list[dict[str, Any]]:
    """What the next night does with each assignment in each section."""
    content = json.dumps({"term_id": NEXT_TERM}).encode()
    request = urllib.request.Request(f"{box.base_url}/_sandbox/passback", content, method="POST")
    with urllib.request.urlopen(request, timeout=60) as reply:
        lines: list[dict[str, Any]] = json.load(reply)
    return lines


def place(line: dict[str, Any]) -> Key:
    """The row that a line of the night belongs to."""
    return int(line["group_id"]), int(line["section_id"])


def arrives(workspace: Workspace, box: Running, wanted: Mapping[Key, str]) -> set[Reason]:
    """Let the night happen, and assert that the assignments of these rows are where they should be, in Focus as well.

    Returns by what they were decided.
    """
    mine = [line for line in night(box) if place(line) in wanted and line["reason"] in DECIDED]
    assert {place(line): line["category_id"] for line in mine}.items() <= wanted.items()
    assert len(mine) > len(wanted)
    assert all(line["line_item"] for line in mine)
    places = {(line["sis_section_id"], line["category_id"]) for line in mine}
    assert places <= outside(used(workspace, sorted({class_id for class_id, _ in places})))
    return {Reason(line["reason"]) for line in mine}


def synced(page: Page) -> None:
    """The notification at the end of the run."""
    expect(page.get_by_test_id("stAlert").filter(has_text="synchronized")).to_be_visible(timeout=120_000)


def at_rest(page: Page) -> None:
    """The list is there, and nothing is being drawn."""
    page.locator('[data-testid=stApp][data-test-script-state="notRunning"]').wait_for()
    page.locator(".st-key-decide_ticked").first.wait_for()  # an old one may go yet


def leave_first(page: Page) -> None:
    """Decide that the rows of the first line without a proposal stay unassociated."""
    at_rest(page)  # what is drawn anew closes an open list
    line = page.locator('[class*="st-key-decide_line_"]').filter(has_text="Your choice").first
    line.get_by_role("combobox").click()
    page.get_by_role("option", name="Leave unassociated").click()
    line.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text(re.compile("stays? unassociated, as"))).to_be_visible()


def choose_first(page: Page) -> None:
    """Accept the first category that the first line of the list offers."""
    at_rest(page)
    page.get_by_role("combobox", name=re.compile("^SIS Category of")).first.click()
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Accept", exact=True).first.click()


def test_a_whole_term_by_mouse(page: Page, spring: tuple[Workspace, Running, str]) -> None:
    """What was decided, reloaded in between, arrives; after an undo nothing is decided by an association any more."""
    workspace, box, address = spring
    page.goto(f"{address}/")
    page.get_by_test_id("stMain").get_by_role("link", name="Decide").click()
    page.get_by_role("button", name=CARRY).click()
    expect(page.get_by_text("rows drafted as in")).to_be_visible()
    leave_first(page)
    page.reload()
    page.get_by_text("decided to stay unassociated").wait_for()
    carried = len(planned(workspace))
    choose_first(page)
    expect(page.get_by_text(DRAFTED)).to_be_visible()
    wanted = planned(workspace)
    assert len(wanted) > carried > len(workspace.term.rows()) / 3

    page.get_by_test_id("stMain").get_by_role("link", name="Review and sync").click()
    expect(page.get_by_text("will reach Focus")).to_contain_text(f"+{len(wanted):,}; ")
    page.get_by_role("button", name="Sync Categories", disabled=False).click()
    synced(page)
    assert arrives(workspace, box, wanted) == {Reason.ASSOCIATION}

    page.get_by_role("link", name="Undo").click()
    accept_all(page, len(wanted))
    page.get_by_role("button", name=re.compile("^Undo [\\d,]+ rows")).click()
    ended = page.get_by_test_id("stAlert").filter(has_text=f"Undo: {len(wanted):,} rows taken back")
    expect(ended.first).to_be_visible(timeout=120_000)
    assert Reason.ASSOCIATION not in {Reason(line["reason"]) for line in night(box) if place(line) in wanted}


def accept_all(page: Page, rows: int) -> None:
    """Tick what speaks against an undo after a night, and type the number of rows."""
    field = page.get_by_role("textbox", name=re.compile("^Type "))
    field.wait_for()
    for label in ("Change this many rows", "Leave those assignments where they are in Focus"):
        if page.get_by_text(label, exact=True).count():
            page.get_by_text(label, exact=True).click()
    field.fill(f"{rows:,}")
    page.keyboard.press("Tab")


def tab_to(page: Page, wanted: str, key: str = "Tab") -> None:
    """Press Tab until something has the focus whose key and words match."""
    for _ in range(60):
        page.keyboard.press(key)
        if re.search(wanted, str(page.evaluate(FOCUSED))):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def goes_on(page: Page, wanted: str) -> None:
    """What was used is gone; the focus is there now."""
    page.wait_for_function(f"wanted => new RegExp(wanted).test({FOCUSED})", arg=wanted)


def use(page: Page, wanted: str, then: str, key: str = "Tab") -> None:
    """Press what is found so, and go on from where the focus is after it."""
    tab_to(page, wanted, key)
    page.keyboard.press("Enter")
    goes_on(page, then)


def leave_next(page: Page) -> None:
    """Decide, from the keyboard, that the rows of the next line stay unassociated."""
    tab_to(page, "^decide_title_")
    page.keyboard.type("Leave unass")
    expect(page.get_by_role("option")).to_have_text(["Leave unassociated"])
    page.keyboard.press("Enter")
    page.get_by_role("option").first.wait_for(state="detached")
    tab_to(page, "^decide_accept_")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("stays? unassociated, as"))).to_be_visible()
    goes_on(page, "^decide_(accept|title)_")


def decide_by_keyboard(page: Page, workspace: Workspace) -> int:
    """A category, a line that stays unassociated, both undone, and what is ticked; the number of drafts."""
    before = len(planned(workspace))
    choose(page)
    expect(page.get_by_text(DONE)).to_be_visible()
    goes_on(page, "^decide_(accept|title)_")
    chosen = len(planned(workspace))
    leave_next(page)
    assert len(planned(workspace)) == chosen > before
    use(page, "Undo$", "Undo$", BACK)
    expect(page.get_by_text(re.compile("^Undone: "))).to_be_visible()
    at_rest(page)  # Undo names one edit
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("of your last edit (was|were) restored"))).to_be_visible()
    assert len(planned(workspace)) == before
    use(page, "^decide_ticked ", "^decide_ticked ")
    expect(page.get_by_text(DONE)).to_be_visible()
    return len(planned(workspace))


def sync_by_keyboard(page: Page, workspace: Workspace) -> dict[Key, str]:
    """Review and sync; the category that each row of the plan shall get."""
    use(page, "Review and sync$", "^stMain ", BACK)
    button = page.get_by_role("button", name="Sync Categories")
    expect(button).to_be_visible()
    drafted = planned(workspace)
    wanted = {key: drafted[key] for key in {change.key for change in workspace.planning.drafted().plan.changes}}
    if page.get_by_role("textbox", name=re.compile("^Type ")).count():
        page.keyboard.press("Tab")
        tab_to(page, "^confirm")
        page.keyboard.type(str(len(wanted)))
    expect(button).to_be_enabled()
    use(page, "Sync Categories$", "^stMain |See rows$")
    synced(page)
    goes_on(page, "See rows$")
    return wanted


def test_a_whole_term_by_keyboard_alone(page: Page, spring: tuple[Workspace, Running, str]) -> None:
    """Nothing on the way needs a mouse, and the focus is never lost: it goes on to the next thing, or to the page."""
    workspace, box, address = spring
    page.goto(f"{address}/")
    page.get_by_test_id("stMain").get_by_role("link", name="Decide").wait_for()
    use(page, "Decide$", "Decide$")
    page.get_by_role("button", name=CARRY).wait_for()
    use(page, "^decide_carry_", "^decide_ticked ")
    expect(page.get_by_text("rows drafted as in")).to_be_visible()
    carried = len(planned(workspace))
    assert decide_by_keyboard(page, workspace) > carried > len(workspace.term.rows()) / 3
    wanted = sync_by_keyboard(page, workspace)
    assert arrives(workspace, box, wanted) == {Reason.ASSOCIATION}


def test_a_whole_term_by_keyboard_and_by_the_names_of_groups(page: Page, named: tuple[Workspace, Running, str]) -> None:
    """The same where Canvas shows the flag alone."""
    workspace, box, address = named
    page.goto(f"{address}/decide")
    page.get_by_role("button", name=re.compile("^Accept \\d+ ticked")).wait_for()
    assert decide_by_keyboard(page, workspace)
    wanted = sync_by_keyboard(page, workspace)
    assert arrives(workspace, box, wanted) == {Reason.NAME}


def test_a_whole_term_by_the_names_of_groups(page: Page, named: tuple[Workspace, Running, str]) -> None:
    """Where Canvas shows the flag alone a sync renames groups, and what was decided arrives by its name."""
    workspace, box, address = named
    page.goto(f"{address}/decide")
    page.get_by_role("button", name=re.compile("^Accept (all|\\d+ ticked)")).last.click()
    expect(page.get_by_text(DRAFTED)).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Review and sync").click()
    button = page.get_by_role("button", name="Sync Categories")
    expect(button).to_be_visible()
    planning = workspace.planning.drafted()
    wanted = {key: planned(workspace)[key] for key in {change.key for change in planning.plan.changes}}
    field = page.get_by_role("textbox", name=re.compile("^Type "))
    if field.count():
        field.fill(str(len(wanted)))
        page.keyboard.press("Tab")
    button.click()
    synced(page)
    assert arrives(workspace, box, wanted) == {Reason.NAME}


def test_two_people_accept_the_same_line(page: Page, spring: tuple[Workspace, Running, str]) -> None:
    """The second one is told that nothing is left there; the drafts are those of the first."""
    workspace, _, address = spring
    assert page.context.browser is not None
    other = tab(page.context.browser)
    for one in (page, other):
        one.goto(f"{address}/decide")
        one.get_by_role("button", name=re.compile(r"^Accept \d+ ticked lines?: ")).wait_for()
    accept = [one.get_by_role("button", name="Accept", exact=True).first for one in (page, other)]
    accept[0].click()
    expect(page.get_by_text(DONE)).to_be_visible()
    mine = planned(workspace)
    accept[1].click()
    expect(other.get_by_test_id("stAlert").or_(other.get_by_text(DONE)).first).to_be_visible()
    assert planned(workspace) == mine
    told = other.get_by_test_id("stMain").inner_text()
    assert "0 rows drafted" in told or "no row left" in told

"""An edit that is followed at once by something else: it is stored, or the browser asks before it lets go."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, Page, TimeoutError, WebSocketRoute, expect

from gpb.keys import keys
from gpb.sandbox import Running
from gpb.ui.associate.saving import SAVED
from gpb.workspace import Workspace
from tests.browser.driver import serving
from tests.browser.grid import Grid
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CATEGORY = "SIS Category"
DELAYS = (0, 50, 100, 150, 200, 300)
"""Milliseconds between the pick and what follows."""


def drafted(workspace: Workspace) -> dict[tuple[int, int], str]:
    """What the store holds."""
    frame = workspace.term.drafts().frame()
    return dict(zip(keys(frame), frame["category"], strict=True))


def pick_another(page: Page, workspace: Workspace, *, by_mouse: bool) -> str:
    """Choose, in the first row, a category that it does not show; the choice, as soon as it is made."""
    grid = Grid(page)
    shown = grid.cell(CATEGORY, 0).inner_text()
    rows = workspace.term.rows()
    class_id = rows.loc[rows["section_id"].eq(grid.key(0)[1]), "class_id"].iloc[0]
    labels = [label for label in workspace.term.latest().validity.labels(class_id) if label != shown]
    grid.walk_to(CATEGORY, 0)
    page.keyboard.press("Enter")
    if by_mouse:
        page.get_by_role("option", name=labels[0], exact=True).first.click()
    else:
        grid.type_until_marked(labels[0])
        page.keyboard.press("Enter")
    return labels[0]


@pytest.mark.parametrize("by_mouse", [False, True], ids=["keyboard", "mouse"])
def test_a_link_waits_for_the_edit(page: Page, box: Running, pulled: Workspace, by_mouse: bool) -> None:
    """Whatever the delay, the page that follows knows the draft."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        for delay in DELAYS:
            page.goto(f"{address}/associate?figure=all&sort=-status")
            label = pick_another(page, pulled, by_mouse=by_mouse)
            page.wait_for_timeout(delay)
            page.get_by_role("link", name="Review and sync").first.click(no_wait_after=True)
            expect(page.get_by_role("heading", name="What will change in Canvas")).to_be_visible()
            assert list(drafted(pulled).values()) == [label]


def test_another_view_waits_for_the_edit(page: Page, box: Running, pulled: Workspace) -> None:
    """The grid goes away with it, as it does with a filter."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        for delay in DELAYS:
            page.goto(f"{address}/associate?figure=all&sort=-status")
            label = pick_another(page, pulled, by_mouse=False)
            page.wait_for_timeout(delay)
            page.get_by_role("radio", name="By course").or_(page.get_by_role("button", name="By course")).first.click()
            expect(page.get_by_role("button", name="Expand").first).to_be_visible()
            assert list(drafted(pulled).values()) == [label]


def reloads_or_asks(page: Page, asked: list[str]) -> None:
    """Wait for whichever of the two the browser does; on a busy machine either may take its time."""
    for _ in range(60):
        try:
            page.wait_for_function("!window.isOld", timeout=500)
        except TimeoutError:
            if not asked:
                continue
        return
    pytest.fail("The browser neither reloaded the page nor asked.")


def test_a_reload_asks_while_an_edit_is_not_stored(page: Page, box: Running, pulled: Workspace) -> None:
    """Either the edit is stored, or the browser has asked; whoever stays has it stored a moment later."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    with serving(pulled.settings.data_dir, box.settings) as address:
        for delay in DELAYS:
            asked.clear()
            page.goto(f"{address}/associate?figure=all&sort=-status")
            label = pick_another(page, pulled, by_mouse=False)
            page.wait_for_timeout(delay)
            was_stored = list(drafted(pulled).values()) == [label]
            page.evaluate("window.isOld = true; setTimeout(() => location.reload(), 0)")
            reloads_or_asks(page, asked)
            expect(page.get_by_text(SAVED)).to_be_visible()
            assert was_stored or asked == ["beforeunload"]
            expect(Grid(page).cell(CATEGORY, 0)).to_have_text(label)
            assert list(drafted(pulled).values()) == [label]


def test_a_drop_down_of_a_course_is_stored_before_a_link_is_followed(
    page: Page, box: Running, pulled: Workspace
) -> None:
    """The other view has the same hand on the door."""
    rows = pulled.term.rows()
    row = rows.loc[rows["status"].eq("Unassociated")].iloc[0]
    labels = list(pulled.term.latest().validity.labels(row["class_id"]))[:2]
    with serving(pulled.settings.data_dir, box.settings) as address:
        for label in [*labels, *labels]:
            page.goto(f"{address}/associate?figure=all&sort=-status&course={row['course_id']}")
            Grid(page)
            page.get_by_text("By course", exact=True).click()
            page.locator(f".st-key-toggle_{row['group_id']}").get_by_role("button", name="Expand").click()
            choice = page.locator(f"[class*='st-key-pick_{row['group_id']}_{row['section_id']}_']")
            choice.get_by_role("combobox").click()
            page.get_by_role("option", name=label, exact=True).click()
            page.get_by_role("link", name="Review and sync").first.click(no_wait_after=True)
            expect(page.get_by_role("heading", name="What will change in Canvas")).to_be_visible()
            assert list(drafted(pulled).values()) == [label]


def test_an_edit_whose_answer_is_lost_is_asked_for_again(page: Page, box: Running, pulled: Workspace) -> None:
    """A very busy server's page may never come: the edit is stored, and after a while the page says so."""
    is_losing = False

    def join(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: None if is_losing else route.send(message))

    page.route_web_socket(re.compile("_stcore/stream"), join)
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=all&sort=-status")
        grid = Grid(page)
        expect(page.get_by_text(SAVED)).to_be_visible()
        is_losing = True
        label = pick_another(page, pulled, by_mouse=False)

        def is_stored() -> bool:
            page.wait_for_timeout(50)  # what the page says goes through this process, which must not sleep
            return list(drafted(pulled).values()) == [label]

        wait_until(is_stored)
        page.wait_for_timeout(3_000)  # all of its answer is lost
        is_losing = False
        expect(page.get_by_text("Saving …")).to_be_visible()
        expect(page.get_by_text(SAVED)).to_be_visible(timeout=60_000)
        assert grid.cell(CATEGORY, 0).inner_text() == label


def test_what_was_not_taken_asks_for_nothing_on_another_page(page: Page, box: Running, pulled: Workspace) -> None:
    """It would have that drawn again and again; with the grid it is asked for once more."""
    is_losing, asked = False, list[str | bytes]()

    def join(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: None if is_losing else route.send(message))

        def said(message: str | bytes) -> None:
            asked.append(message)
            server.send(message)

        route.on_message(said)

    page.route_web_socket(re.compile("_stcore/stream"), join)
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=all&sort=-status")
        grid = Grid(page)
        expect(page.get_by_text(SAVED)).to_be_visible()
        is_losing = True
        grid.row(0).locator(".details").click()
        page.wait_for_timeout(3_000)
        is_losing = False
        page.get_by_role("link", name="Overview", exact=True).click()
        expect(page.get_by_role("heading", name="By school")).to_be_visible()
        asked.clear()
        page.wait_for_timeout(25_000)
        assert not [one for one in asked if b'"outbox"' in (one.encode() if isinstance(one, str) else one)]

"""The grid never moves under a person: what was typed, looked at or done stays, whatever else happens."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket, expect

from gpb.keys import Key
from gpb.sandbox import Running
from gpb.ui.associate.saving import SAVED
from gpb.workspace import Workspace
from tests.browser.driver import serving, tab
from tests.browser.grid import Grid
from tests.conftest import edit_now

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CATEGORY = "SIS Category"
PASTE = """text => {
    const data = new DataTransfer()
    data.setData("text/plain", text)
    let place = document.activeElement
    while (place?.shadowRoot) place = place.shadowRoot.activeElement
    place.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, composed: true }))
}"""


def labels(pulled: Workspace, key: Key) -> list[str]:
    """What may be chosen in a row."""
    return list(categories(pulled, key))


def categories(pulled: Workspace, key: Key) -> dict[str, str]:
    """Category id by label, of a row's section."""
    rows = pulled.term.rows().set_index(["group_id", "section_id"])
    return pulled.term.latest().validity.labels(rows.loc[key, "class_id"])


def drafted(pulled: Workspace) -> dict[Key, str]:
    """Titles by row."""
    frame = pulled.term.drafts().frame()
    keys = zip(frame["group_id"].tolist(), frame["section_id"].tolist(), strict=True)
    return dict(zip(keys, frame["category"].tolist(), strict=True))


def opened(page: Page, address: str) -> Grid:
    """The rows that are Unassociated."""
    page.goto(f"{address}/associate?figure=all&sort=-status")
    return Grid(page)


def test_a_refused_choice_keeps_place_and_focus_and_offers_what_is_valid(
    page: Page, box: Running, pulled: Workspace
) -> None:
    """Nothing moves by a pixel; the message stands directly above, and one of its buttons takes a valid title."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        grid = opened(page, address)
        last = grid.element.locator(".ag-row").count() - 14
        grid.walk_to(CATEGORY, last)
        before = (
            grid.row(last).bounding_box(),
            page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop"),
        )
        page.keyboard.type("No such title")
        page.keyboard.press("Enter")
        expect(grid.message).to_contain_text("is not valid for this section")
        after = grid.row(last).bounding_box(), page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
        assert after == before
        assert grid.focus() == ["label", last]
        expect(grid.cell(CATEGORY, last)).to_have_text("Unassociated")
        assert drafted(pulled) == {}
        (label, *_) = labels(pulled, grid.key(last))
        offered = [button.inner_text() for button in grid.message.locator(".title").all()]
        assert offered == ["Unassociated", *labels(pulled, grid.key(last))]
        grid.message.locator(".title", has_text=label).first.click()
        expect(grid.cell("Changed", last)).to_contain_text("Changed")
        assert grid.focus() == ["label", last]
        assert drafted(pulled) == {grid.key(last): label}


def test_an_open_editor_and_its_text_survive_a_refresh(page: Page, box: Running, pulled: Workspace) -> None:
    """All rows are read anew meanwhile; they are shown when the person says so."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        grid = opened(page, address)
        grid.walk_to(CATEGORY, 3)
        key, (label, *_) = grid.key(3), labels(pulled, grid.key(3))
        before = pulled.term.latest_id()
        page.get_by_role("button", name="Refresh").click()
        grid.walk_to(CATEGORY, 3)
        page.keyboard.press("Enter")
        page.keyboard.type(label[:3])
        expect(grid.element.locator(".newer")).to_contain_text("New data", timeout=60_000)
        assert pulled.term.latest_id() != before
        expect(grid.editor).to_be_focused()
        expect(grid.editor).to_have_value(label[:3])
        page.keyboard.type(label[3:])
        page.keyboard.press("Enter")
        expect(grid.cell("Changed", 3)).to_contain_text("Changed")
        assert drafted(pulled) == {key: label}
        grid.element.get_by_role("button", name="Show the new data").click()
        expect(grid.element.locator(".newer")).to_be_empty()
        expect(grid.cell(CATEGORY, 3)).to_have_text(label)


def test_what_appears_or_goes_above_the_grid_leaves_an_open_editor_alone(
    page: Page, box: Running, pulled: Workspace
) -> None:
    """Streamlit gives the grid a new element then; place, focus and text are what they were."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        grid = opened(page, address)
        grid.pick(CATEGORY, 0, labels(pulled, grid.key(0))[0])
        expect(page.get_by_text(SAVED)).to_be_visible()
        before = grid.row(0).bounding_box()
        page.get_by_role("button", name="Undo").first.click()
        told = page.get_by_text("1 row of your last edit was restored")
        expect(told).to_be_in_viewport()
        assert grid.row(0).bounding_box() == before
        grid.pick(CATEGORY, 24, labels(pulled, grid.key(24))[0])
        page.keyboard.press("Enter")
        page.keyboard.type("Ab")
        expect(told).not_to_be_attached()
        expect(page.get_by_text(SAVED)).to_be_visible()
        expect(grid.editor).to_be_focused()
        expect(grid.editor).to_have_value("Ab")
        expect(grid.row(25)).to_be_in_viewport()


def test_another_tab_changes_nothing_until_the_person_says_so(page: Page, box: Running, pulled: Workspace) -> None:
    """She is offered it by itself, while she types; her own edits are laid over what she saw."""
    browser = page.context.browser
    assert browser is not None
    other = tab(browser)
    with serving(pulled.settings.data_dir, box.settings) as address:
        mine, theirs = opened(page, address), opened(other, address)
        first, second = labels(pulled, mine.key(1)), labels(pulled, mine.key(4))
        mine.walk_to(CATEGORY, 4)
        page.keyboard.press("Enter")
        page.keyboard.type(second[0][:2])
        before = mine.row(4).bounding_box()
        theirs.pick(CATEGORY, 1, first[0])
        expect(theirs.cell("Changed", 1)).to_contain_text("Changed")
        expect(mine.element.locator(".newer")).to_contain_text("New data")
        expect(mine.editor).to_be_focused()
        assert mine.row(4).bounding_box() == before
        mine.type_until_marked(second[0], typed=second[0][:2])
        page.keyboard.press("Enter")
        expect(mine.cell("Changed", 4)).to_contain_text("Changed")
        expect(mine.cell(CATEGORY, 1)).to_have_text("Unassociated")
        mine.element.get_by_role("button", name="Show the new data").click()
        expect(mine.cell(CATEGORY, 1)).to_have_text(first[0])
        expect(mine.cell(CATEGORY, 4)).to_have_text(second[0])


def test_the_second_of_two_people_is_told_whose_draft_it_was(page: Page, box: Running, pulled: Workspace) -> None:
    """And can give it back."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        grid = opened(page, address)
        key = grid.key(2)
        first, second, *_ = labels(pulled, key)
        edit_now(pulled, {key: categories(pulled, key)[first]}, person="bob")
        grid.pick(CATEGORY, 2, second)
        expect(grid.message).to_contain_text(f"you replaced bob’s draft “{first}”")
        assert drafted(pulled) == {key: second}
        grid.message.get_by_role("button", name="Undo").click()
        expect(grid.message).to_contain_text("1 row of your last edit was restored")
        assert drafted(pulled) == {key: first}
        expect(grid.cell(CATEGORY, 2)).to_have_text(first)


def test_a_paste_takes_what_is_valid_and_says_what_is_not(page: Page, box: Running, pulled: Workspace) -> None:
    """50 lines, two of which no section has."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=all")
        grid = Grid(page)
        grid.walk_to(CATEGORY, 0)
        rows = pulled.term.rows()
        rows = rows.loc[rows["class_id"].notna()]
        keys = [f"{group}:{section}" for group, section in rows[["group_id", "section_id"]].itertuples(index=False)]
        lines = ["Unassociated"] * 50
        lines[7] = lines[30] = "No such title"
        page.evaluate(PASTE, "\n".join(lines) + "\n")
        expect(grid.message).to_contain_text("48 of 50 cells changed.")
        expect(grid.refused).to_have_count(2)
        expect(grid.refused.first).to_contain_text("“No such title” is not valid for this section")
        expect(grid.spoken).to_have_text("48 of 50 cells changed.")
        assert grid.focus() == ["label", 0]
        assert len(keys) > 50
        wanted = rows.head(50).drop(index=rows.index[[7, 30]])
        stored = wanted.loc[wanted["stored_category_id"].notna()]
        assert set(drafted(pulled)) == set(zip(stored["group_id"], stored["section_id"], strict=True))
        grid.message.get_by_role("button", name="Undo").click()
        expect(grid.message).to_contain_text("restored")
        assert drafted(pulled) == {}


def test_three_edits_by_keyboard_alone(page: Page, box: Running, pulled: Workspace) -> None:
    """From the load of the page: Tab leads to the first cell that can be edited, and out of the grid again."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        grid = opened(page, address)
        for _ in range(60):
            page.keyboard.press("Tab")
            if grid.focus():
                break
        assert grid.focus() == ["label", 0]
        wanted = {}
        for place in range(3):
            label = labels(pulled, grid.key(place))[0]
            wanted[grid.key(place)] = label
            page.keyboard.type(label[0])
            grid.type_until_marked(label, typed=label[0])
            page.keyboard.press("Enter")
            assert grid.focus() == ["label", place + 1]
        page.keyboard.press("Delete")
        page.keyboard.press("Home")
        assert grid.focus() == ["course", 3]
        page.keyboard.press("Tab")
        assert grid.focus() is None
        expect(page.get_by_text(SAVED)).to_be_visible()
        assert drafted(pulled) == wanted


def test_a_row_is_edited_and_opened_by_mouse(page: Page, box: Running, pulled: Workspace) -> None:
    """The arrow of a cell opens its list, the mark of a row its drawer; two clicks on a cell open it once."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        grid = opened(page, address)
        label = labels(pulled, grid.key(2))[0]
        grid.row(2).locator(".opens").click()
        grid.element.get_by_role("option", name=label, exact=True).click()
        expect(grid.cell("Changed", 2)).to_contain_text("Changed")
        assert drafted(pulled) == {grid.key(2): label}
        grid.cell(CATEGORY, 4).dblclick()
        expect(grid.editor).to_be_focused()
        page.keyboard.type("Ab")
        expect(grid.editor).to_have_value("Ab")
        page.keyboard.press("Escape")
        grid.row(5).locator(".details").click()
        expect(page.get_by_role("dialog").get_by_text("Why will this not sync?")).to_be_visible()


def test_fill_down_copy_and_paste_of_several_cells(page: Page, box: Running, pulled: Workspace) -> None:
    """Ctrl+D takes the first of the selected cells; one copied value goes into all of them."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=synchronized")
        grid = Grid(page)
        grid.walk_to(CATEGORY, 0)
        page.keyboard.press("Delete")
        expect(grid.cell("Changed", 0)).to_contain_text("Changed")
        for _ in range(3):
            page.keyboard.press("Shift+ArrowDown")
        expect(grid.spoken).to_have_text("4 cells selected")
        page.keyboard.press("Control+d")
        expect(grid.message).to_contain_text("3 cells changed.")
        assert len(drafted(pulled)) == 4
        page.keyboard.press("Control+z")
        expect(grid.message).to_contain_text("3 rows of your last edit were restored")
        page.keyboard.press("Escape")
        grid.walk_to(CATEGORY, 0)
        page.keyboard.press("Control+c")
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("Control+v")
        expect(grid.message).to_contain_text("3 cells changed.")
        assert len(drafted(pulled)) == 3


def test_an_edit_among_a_thousand_rows_is_a_small_message(page: Page, tmp_path: Any) -> None:
    """Neither the rows nor the script travel again; the names of the editor tell group, section and period."""
    sizes: list[int] = []

    def count(frame: bytes | str) -> None:
        sizes.append(len(frame))

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", count)

    page.on("websocket", watch)
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url) if "/gpb/grid-" in request.url else None)
    with serving(tmp_path, {}) as address:
        page.goto(f"{address}/associate?figure=all")
        grid = Grid(page)
        expect(grid.element.get_by_role("grid")).to_have_attribute("aria-rowcount", "1001")
        assert sum(sizes) > 100_000
        grid.walk_to(CATEGORY, 4)
        page.keyboard.press("Enter")
        group, section = (grid.cell(title, 4).inner_text().strip() for title in ("Assignment group", "Section"))
        name = str(grid.editor.get_attribute("aria-label"))
        assert group in name
        assert section.rpartition("Period")[2] in name
        page.keyboard.press("Escape")
        expect(page.get_by_text(SAVED)).to_be_visible()
        sizes.clear()
        page.keyboard.press("Delete")
        expect(grid.cell("Changed", 4)).to_contain_text("Changed")
        expect(page.get_by_text(SAVED)).to_be_visible()
        assert sum(sizes) < 60_000
        assert len(set(scripts)) == 1

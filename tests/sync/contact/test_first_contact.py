"""First contact over real HTTP: a person at the vendor's screen, and the program, in every shape."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gpb.errors import InputError, NotAccepted
from gpb.frames.codec import FLAG
from gpb.sandbox import Running
from gpb.store.shape.contacts import Contact
from gpb.workspace import Workspace
from tests.conftest import SMALL, edit_now, look
from tests.lent import lent, settings_for
from tests.variants import first_quick
from tests.vendor import Vendor


def spring(box: Running, folder: Path, codec: str = "sistemic") -> Workspace:
    """A workspace on the term in which nobody has associated anything, pulled."""
    made = Workspace(settings_for(box, folder, term=str(max(box.world.terms)), codec=codec))
    asyncio.run(made.term.pull())
    return made


@pytest.fixture
def opened(box: Running, tmp_path: Path) -> Iterator[Workspace]:
    """The empty term of the small district."""
    made = spring(box, tmp_path)
    yield made
    made.close()


def begun(opened: Workspace) -> Contact:
    """A first contact with the first row that can be had."""
    row = opened.first_contact.choices().iloc[0]
    return asyncio.run(opened.first_contact.choose(int(row["group_id"]), int(row["section_id"]), "ann"))


def draft(opened: Workspace) -> None:
    """One draft of another row."""
    rows = opened.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated")].iloc[::-1].to_dict("records")
    options = opened.term.latest().validity.options
    row = next(one for one in free if options(one["class_id"]))
    edit_now(opened, {(row["group_id"], row["section_id"]): next(iter(options(row["class_id"])))})


def sync(opened: Workspace) -> int:
    """Sync the drafts; the number of rows that were confirmed."""
    run_id = asyncio.run(opened.door.begin(opened.plan(), [], "ann"))
    return int(asyncio.run(opened.runs.perform(run_id))["confirmed"])


@pytest.mark.parametrize("shape", first_quick(["mapping", "flat"]))
def test_a_yes_opens_sync_and_leaves_nothing_behind(tmp_path: Path, shape: str) -> None:
    """The form is learned, written once, seen, and taken back; from then on the term can be synced in that form."""
    with lent(SMALL) as box:
        vendor = Vendor(box, shape)
        opened = spring(box, tmp_path, "flat" if shape == "flat" else "sistemic")
        draft(opened)
        with pytest.raises(NotAccepted):
            sync(opened)
        contact = begun(opened)
        vendor.associates(contact)
        learned = asyncio.run(opened.first_contact.look("ann"))
        assert learned.state == "learned", learned.steps[-1].told
        written = asyncio.run(opened.first_contact.write("ann"))
        assert written.state == "written", written.steps[-1].told
        assert vendor.shows(written.ours)
        with pytest.raises(NotAccepted):  # not before the word of a person
            sync(opened)
        opened.first_contact.answer(True, "bob")
        ended = asyncio.run(opened.first_contact.take_back("bob"))
        assert (ended.state, ended.answer, ended.answered_by) == ("closed", "yes", "bob")
        if shape == "mapping":
            assert "Both were taken back" in ended.steps[-1].told
            assert [data | {"sistemic": {}} for data in ended.before.values()] == list(ended.after.values())
        else:
            assert "keeps showing its icon" in ended.steps[-1].told
        assert not vendor.shows(ended.ours)
        assert not vendor.shows(ended.theirs)
        assert sync(opened) == 1
        opened.close()


@pytest.mark.slow
def test_a_no_keeps_sync_closed_whatever_else_is_said(opened: Workspace, box: Running) -> None:
    """And what was written is taken back all the same."""
    vendor, contact = Vendor(box, "mapping"), begun(opened)
    vendor.associates(contact)
    asyncio.run(opened.first_contact.look("ann"))
    asyncio.run(opened.first_contact.write("ann"))
    opened.first_contact.answer(False, "ann")
    ended = asyncio.run(opened.first_contact.take_back("ann"))
    assert [data | {"sistemic": {}} for data in ended.before.values()] == list(ended.after.values())
    draft(opened)
    with pytest.raises(NotAccepted, match="ann did not see in Canvas"):
        sync(opened)
    with pytest.raises(InputError, match="did not see"):
        opened.first_contact.confirm("bob")


def test_the_flag_alone_says_that_nothing_can_be_written_here(opened: Workspace, box: Running) -> None:
    """A migrated district: the vendor keeps it where nobody outside can read or write."""
    contact = begun(opened)
    Vendor(box, "flag only").associates(contact)
    ended = asyncio.run(opened.first_contact.look("ann"))
    assert (ended.state, ended.answer) == ("closed", "flag only")
    assert "Only the flag came" in ended.steps[-1].told
    assert "not with what" in opened.term.shape().sentence
    rows = opened.term.rows()
    theirs = ended.theirs
    assert theirs is not None
    assert set(rows.loc[rows["group_id"].eq(theirs.group_id), "status"]) == {"Elsewhere"}
    draft(opened)
    with pytest.raises(NotAccepted, match="not with what"):
        sync(opened)
    assert sum(seen["method"] == "PUT" for seen in look(box, "requests")) == 1  # the vendor's


@pytest.mark.slow
def test_another_first_contact_may_find_more_than_the_flag(opened: Workspace, box: Running) -> None:
    """The vendor's tool has been set up anew since: the newest word holds."""
    Vendor(box, "flag only").associates(begun(opened))
    asyncio.run(opened.first_contact.look("ann"))
    contact = begun(opened)
    Vendor(box, "mapping").associates(contact)
    assert asyncio.run(opened.first_contact.look("ann")).state == "learned"
    asyncio.run(opened.first_contact.write("ann"))
    opened.first_contact.answer(True, "ann")
    asyncio.run(opened.first_contact.take_back("ann"))
    draft(opened)
    assert sync(opened) == 1


def test_nothing_came_and_the_person_tries_again(opened: Workspace, box: Running) -> None:
    """She had not saved; nothing but the next look is due."""
    contact = begun(opened)
    waiting = asyncio.run(opened.first_contact.look("ann"))
    assert waiting.state == "chosen"
    assert "Nothing came" in waiting.steps[-1].told
    with pytest.raises(InputError, match="another step"):
        asyncio.run(opened.first_contact.write("ann"))
    with pytest.raises(InputError, match="has begun a First contact already"):
        begun(opened)
    Vendor(box, "mapping").associates(contact)
    assert asyncio.run(opened.first_contact.look("ann")).state == "learned"


@pytest.mark.slow
def test_the_setting_is_a_wish_that_only_a_look_in_canvas_confirms(tmp_path: Path, box: Running) -> None:
    """GPB_CODEC=flat and no evidence: the form is tried on one row, and the person's word decides."""
    opened = spring(box, tmp_path, "flat")
    begun(opened)
    learned = asyncio.run(opened.first_contact.look("ann"))
    assert learned.state == "learned", learned.steps[-1].told
    assert "GPB_CODEC=flat" in learned.steps[-1].told
    draft(opened)
    with pytest.raises(NotAccepted):
        sync(opened)
    written = asyncio.run(opened.first_contact.write("ann"))
    assert Vendor(box, "flat").shows(written.ours)
    opened.first_contact.answer(True, "ann")
    asyncio.run(opened.first_contact.take_back("ann"))
    assert sync(opened) == 1
    opened.close()


@pytest.mark.slow
def test_what_the_person_took_away_herself_is_left_alone(opened: Workspace, box: Running) -> None:
    """Her association is gone, or another one by now, when both shall be taken back."""
    vendor, contact = Vendor(box, "mapping"), begun(opened)
    assert contact.theirs is not None
    vendor.associates(contact)
    asyncio.run(opened.first_contact.look("ann"))
    asyncio.run(opened.first_contact.write("ann"))
    vendor.takes_away(contact.theirs)
    ended = asyncio.run(opened.first_contact.take_back("ann"))
    assert "Both were taken back" in ended.steps[-1].told
    again = begun(opened)
    vendor.associates(again)
    asyncio.run(opened.first_contact.look("ann"))
    options = opened.term.latest().validity.options
    rows = opened.term.rows()
    assert again.theirs is not None
    row = rows.loc[rows["group_id"].eq(again.theirs.group_id) & rows["section_id"].eq(again.theirs.section_id)].iloc[0]
    other = next(one for one in options(row["class_id"]) if one != again.theirs.category_id)
    vendor.associates(replace(again, theirs=replace(again.theirs, category_id=other)))
    ended = asyncio.run(opened.first_contact.take_back("ann"))
    assert "someone has changed it since" in ended.steps[-1].told
    assert FLAG not in vendor.stored(again.theirs)
    assert str(other) in str(vendor.stored(again.theirs))

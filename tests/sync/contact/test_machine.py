"""First contact in any order of steps, with a vendor's screen and another tool beside it: nothing else is written."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gpb.errors import GpbError, NotAccepted
from gpb.store.shape.contacts import Answer
from gpb.workspace import Workspace
from tests.conftest import SMALL, edit_now, look
from tests.examples import examples
from tests.lent import lent, settings_for
from tests.sync.contact.test_crash import meaning
from tests.vendor import Vendor


class FirstContacts(RuleBasedStateMachine):
    """People who do what is due, and what is not."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.box = self.stack.enter_context(lent(SMALL))
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.settings = settings_for(self.box, Path(folder), term=str(max(self.box.world.terms)))
        self.opened = Workspace(self.settings)
        asyncio.run(self.opened.term.pull())
        self.vendor = Vendor(self.box, "mapping")
        self.expected = look(self.box, "state")["groups"]  # of all groups that no first contact has touched
        self.touched: set[str] = set()
        row = next(one for one in self.opened.term.rows().iloc[::-1].to_dict("records")
                   if self.opened.term.latest().validity.options(one["class_id"]))  # fmt: skip
        self.draft = int(row["group_id"]), int(row["section_id"])
        wanted = next(iter(self.opened.term.latest().validity.options(row["class_id"])))
        edit_now(self.opened, {self.draft: wanted})

    def teardown(self) -> None:
        """Give back."""
        self.opened.close()
        self.stack.close()

    def step(self, name: str, *arguments: Any) -> None:
        """Take a step; out of turn it is a sentence."""
        try:
            done = getattr(self.opened.first_contact, name)(*arguments, "ann")
            if asyncio.iscoroutine(done):
                asyncio.run(done)
        except GpbError as error:
            assert str(error).endswith(".")

    @property
    def contact(self) -> Any:
        """The one under way."""
        return self.opened.first_contact.under_way()

    @rule(place=st.integers(0, 5))
    def choose(self, place: int) -> None:
        """Begin with one of the first rows."""
        row = self.opened.first_contact.choices().iloc[place]
        self.step("choose", int(row["group_id"]), int(row["section_id"]))
        if self.contact is not None:
            self.touched |= {str(group) for group in self.contact.before}

    @rule()
    def look_again(self) -> None:
        """The program reads."""
        self.step("look")

    @rule()
    def write(self) -> None:
        """The program associates."""
        self.step("write")

    @rule(shows=st.booleans())
    def answer(self, shows: bool) -> None:
        """The person says what she sees, or something else."""
        self.step("answer", shows)

    @rule()
    def take_back(self) -> None:
        """Both go, and nothing of ours stays."""
        contact = self.contact
        self.step("take_back")
        if contact is not None and self.contact is None:
            assert not self.vendor.shows(contact.ours)

    @precondition(lambda self: self.contact is not None)
    @rule()
    def associate_in_canvas(self) -> None:
        """The person does what she was asked to."""
        self.vendor.associates(self.contact)

    @precondition(lambda self: self.contact is not None)
    @rule()
    def take_away_in_canvas(self) -> None:
        """She, or a colleague, thinks better of it."""
        if self.vendor.shows(self.contact.theirs):
            self.vendor.takes_away(self.contact.theirs)

    @rule()
    def refresh(self) -> None:
        """Somebody presses Refresh."""
        asyncio.run(self.opened.term.pull())

    @rule()
    def restart(self) -> None:
        """The program ends and begins again."""
        self.opened.close()
        self.opened = Workspace(self.settings)

    @invariant()
    def nothing_else_is_written(self) -> None:
        """Groups that no first contact has touched are as they were."""
        now = meaning(look(self.box, "state")["groups"])
        before = meaning(self.expected)
        assert {group for group in now if now[group] != before[group]} <= self.touched

    @invariant()
    def only_a_yes_opens_sync(self) -> None:
        """The draft of another row waits for it."""
        last = self.opened.term.contacts.answered()
        is_open = last is not None and last.answer == Answer.YES
        standing = [one.name for one in self.opened.door.standing(self.opened.plan())]
        assert bool({"shape_unknown", "shape_unconfirmed"} & set(standing)) is not is_open
        if not is_open:
            with pytest.raises(NotAccepted):
                asyncio.run(self.opened.door.begin(self.opened.plan(), standing, "ann"))


@pytest.mark.slow
def test_first_contact_in_any_order() -> None:
    """Whatever is done in between."""
    machine = FirstContacts.TestCase
    machine.settings = settings(max_examples=examples(30), stateful_step_count=16, deadline=None)
    machine().runTest()

"""Any order of readings, edits, decisions and syncs from two tabs: a draft is somebody's wish for a row they saw."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from gpb.keys import Key
from gpb.sandbox import Running, SandboxConfig
from gpb.sandbox.district.world import CURRENT_TERM
from gpb.workspace import Workspace
from tests.conftest import tell
from tests.lent import confirm, settings_for
from tests.pages.grid import has_grid, send
from tests.pages.tabs import Tab
from tests.pages.two_people import UNASSOCIATED, Draft, Person, Row, drafts_of, rows_of

Thing = TypeVar("Thing")

WHO = st.integers(0, 1)
PLACES = st.integers(0, 10_000)
FIGURES = ("all", "to_do", "synchronized", "broken")
PAGE_ROWS, MOST_SECTIONS = 12, 40
KINDS = ("section_appears", "row_vanishes", "row_is_renamed", "classes_are_swapped", "teacher_associates",
         "teacher_associates", "category_changes")  # fmt: skip
MEANWHILE = st.sampled_from(["", "", *KINDS])
PANELS = ("Accept proposals", "Unassociate", "Discard drafts")
BULK = ("Accept ", "Unassociate ", "Discard ")
PHASES = [Phase.generate, Phase.shrink]  # to explain a failure takes longer than to find it


class TwoPeople(RuleBasedStateMachine):
    """Ann and Bob at a tab each, a shell that pulls and syncs, a teacher in Canvas, an administrator of Focus."""

    place: Path  # for all examples

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=self.place))
        self.box = Running(SandboxConfig(port=0, schools=1, courses=2)).__enter__()
        self.world = self.box.world
        self.current = {key for key, one in self.world.courses.items() if one.term_id == CURRENT_TERM}
        self.patch = pytest.MonkeyPatch()
        for name, value in {**self.box.settings, "GPB_DATA_DIR": str(self.folder)}.items():
            self.patch.setenv(name, value)
        self.shell = Workspace(settings_for(self.box, self.folder))
        self.wished: set[tuple[Key, Draft]] = set()
        self.newest: dict[Key, Row] = {}
        self.readings: dict[str, dict[Key, Row]] = {}
        self.pull()
        self.people = [Person(Tab()), Person(Tab())]
        for one in self.people:
            self._drawn(one)
        self.stored = self._drafts()

    def teardown(self) -> None:
        """Sync what is left, then end everything."""
        self.sync()
        self.shell._database.close()
        self.box.__exit__(None, None, None)
        self.patch.undo()

    # elsewhere

    @initialize(picks=st.lists(st.tuples(WHO, PLACES, PLACES, MEANWHILE), min_size=2, max_size=6))
    def begin(self, picks: list[tuple[int, int, int, str]]) -> None:
        """Every order begins with some edits, so that there is something to decide about."""
        for pick in picks:
            self.pick_in_the_grid(*pick)

    @rule(kind=st.sampled_from(KINDS), place=PLACES, choice=PLACES, is_read=st.sampled_from([True, True, False]))
    def elsewhere(self, kind: str, place: int, choice: int, is_read: bool) -> None:
        """Something changes in Canvas or Focus; mostly the shell reads it at once, so that both tabs are older then."""
        getattr(self, kind)(*self._key(place), choice)
        if is_read:
            self.pull()

    @rule()
    def pull(self) -> None:
        """From the shell."""
        asyncio.run(self.shell.term.pull())
        confirm(self.shell)  # who may open Sync, and by what, is not what is tried here
        self.newest = rows_of(self.world)
        self._read()

    def _read(self) -> None:
        self.readings[str(self.shell.term.latest_id())] = dict(self.newest)

    def section_appears(self, group: int, _section: int, _choice: int) -> None:
        """In one of the courses."""
        if group in self.world.groups and len(self.world.sections) < MOST_SECTIONS:
            tell(self.box, "sections", {"course_id": self.world.groups[group].course_id})

    def row_vanishes(self, group: int, section: int, choice: int) -> None:
        """With its group, or with its section; courses keep two of each."""
        if group in self.world.groups and section in self.world.sections:
            course = self.world.courses[self.world.groups[group].course_id]
            if choice % 2 and len(course.group_ids) > 2:
                tell(self.box, f"groups/{group}", {"deleted": True})
            elif len(course.section_ids) > 2:
                tell(self.box, f"sections/{section}", {"deleted": True})

    def row_is_renamed(self, group: int, section: int, choice: int) -> None:
        """So that it is listed elsewhere."""
        if choice % 2 and group in self.world.groups:
            self.world.write_group(self.world.groups[group], name=f"{'AMZ'[choice % 3]} group", position=choice % 9)
        elif section in self.world.sections:
            self.world.sections[section].name = f"{'AMZ'[choice % 3]} section"

    def classes_are_swapped(self, _group: int, section: int, choice: int) -> None:
        """Two sections of a course are given each other's class."""
        if section in self.world.sections:
            one = self.world.sections[section]
            ids = self.world.courses[one.course_id].section_ids
            other = self.world.sections[self._pick(ids, choice)]
            one.sis_section_id, other.sis_section_id = other.sis_section_id, one.sis_section_id

    def teacher_associates(self, group: int, section: int, choice: int) -> None:
        """Or takes an association away, on Canvas' own screen."""
        row = rows_of(self.world).get((group, section))
        if row is None:
            return
        data = self.world.groups[group].integration_data
        vendor = data.get("sistemic") or {}
        mapping = {key: value for key, value in (vendor.get("categoryMapping") or {}).items() if key != row.class_id}
        wanted = self._pick([None, *row.labels.values()], choice)
        if wanted is not None:
            mapping[row.class_id] = {"categoryId": wanted, "categoryTitle": "?", "mappedBy": "teacher"}
        tell(self.box, f"integration_data/{group}", {**data, "sistemic": {**vendor, "categoryMapping": mapping}})

    def category_changes(self, _group: int, _section: int, choice: int) -> None:
        """Another title, the title of another one, or switched off."""
        uuids = sorted(self.world.categories)
        uuid, other = self._pick(uuids, choice // 3), self._pick(uuids, choice // 3 + 1)
        titles = self.world.categories[uuid].title, self.world.categories[other].title
        if choice % 3 == 0:
            tell(self.box, f"categories/{uuid}", {"title": titles[1]})
            tell(self.box, f"categories/{other}", {"title": titles[0]})
        else:
            tell(self.box, f"categories/{uuid}", {"active": False} if choice % 3 == 1 else {"title": f"C {choice % 5}"})

    @rule()
    def sync(self) -> None:
        """The shell syncs: it writes nothing that nobody wished, and over nothing that they did not see."""
        before = {key: row.stored for key, row in rows_of(self.world).items()}
        planned = {change.key: change for change in self.shell.plan().changes}
        for key, change in planned.items():
            assert (key, Draft(change.after_id, change.before)) in self.wished
        self.world.writes.clear()
        if planned:
            asyncio.run(self._apply())
        after = rows_of(self.world)
        for key, row in after.items():
            if row.stored != before[key]:
                assert (key, Draft(row.stored, before[key])) in self.wished, f"overwritten: {key}"
        written = set(self.world.writes)
        known = {key: row for key, row in after.items() if key in self.newest and key[0] in written}
        for key, row in self.newest.items():  # the echo of a group is all that a run reads
            if key in known:
                stored = after[key].stored if after[key].class_id == row.class_id else row.stored
                self.newest[key] = Row(row.class_id, stored, row.labels)
        self._read()
        self.stored = self._drafts()

    async def _apply(self) -> None:
        review = await self.shell.door.review(self.shell.plan())
        accepted = [one.acceptance for one in review.objections]
        await self.shell.runs.perform(await self.shell.door.begin(review, accepted, "shell"))

    # at the tabs

    @rule(who=WHO)
    def look(self, who: int) -> None:
        """The page is drawn anew."""
        self._use(who, lambda tab: tab.use())

    @rule(who=WHO, figure=st.sampled_from(FIGURES))
    def filter(self, who: int, figure: str) -> None:
        """By what is counted."""
        if self.people[who].page == "associate":
            self._use(who, lambda tab: tab.choose("associate_figure", figure))

    @rule(who=WHO, page=st.sampled_from(["associate", "review"]))
    def go(self, who: int, page: str) -> None:
        """To another page."""
        self.people[who].page = page
        self._use(who, lambda tab: tab.go(page))

    @rule(who=WHO, view=st.sampled_from(["Grid", "By course"]), place=PLACES)
    def view(self, who: int, view: str, place: int) -> None:
        """The other view; by course, one group is opened."""
        person = self.people[who]
        if person.page == "associate":
            self._use(who, lambda tab: tab.choose("associate_view", view))
            buttons = [button for button in person.tab.app.button if button.label == "Expand"]
            if buttons:
                self._pick(buttons, place).click()
                self._use(who, lambda tab: tab.use())

    @rule(who=WHO, place=PLACES, choice=PLACES, kind=MEANWHILE)
    def pick_in_the_grid(self, who: int, place: int, choice: int, kind: str) -> None:
        """A cell of what this tab shows, however old that is; often the row has changed just now."""
        person = self.people[who]
        if person.page == "associate" and has_grid(person.tab.app):
            keys = person.tab.keys
            position = place % len(keys)
            self._meanwhile(kind, keys[position], choice)
            seen = self.readings[person.tab.grid.state["snapshot"]]
            label = self._label(seen, keys[position], choice)
            if label != person.tab.grid.frame["category"].iloc[position]:
                self._edit(who, {keys[position]: label}, lambda tab: tab.pick(position, label), seen)

    @rule(who=WHO)
    def show_new(self, who: int) -> None:
        """The grid keeps what it shows until then."""
        person = self.people[who]
        if person.page == "associate" and has_grid(person.tab.app):
            send(person.tab.app, person.tab.grid.action("show"))
            self._use(who, lambda tab: tab.use())
            if has_grid(person.tab.app):  # else nothing is left of what the filters want
                assert person.tab.grid.state["snapshot"] == self.shell.term.latest_id()

    @rule(who=WHO, place=PLACES, choice=PLACES, kind=MEANWHILE)
    def pick_by_course(self, who: int, place: int, choice: int, kind: str) -> None:
        """A drop-down of what this tab shows."""
        person = self.people[who]
        boxes = [box for box in person.tab.app.selectbox if str(box.key).startswith("pick_")]
        if boxes:
            box = self._pick(boxes, place)
            group, section = (int(part) for part in str(box.key).split("_")[1:3])
            self._meanwhile(kind, (group, section), choice)
            label = self._pick(box.options, choice)
            if label != box.value:
                box.select(label)
                self._edit(who, {(group, section): label}, lambda tab: tab.use())

    @rule(who=WHO, panel=st.sampled_from(PANELS))
    def open_bulk(self, who: int, panel: str) -> None:
        """One of the panels."""
        if self.people[who].page == "associate":
            self._use(who, lambda tab: tab.choose("bulk", panel))

    @rule(who=WHO, place=PLACES, choice=PLACES, kind=MEANWHILE)
    def press_bulk(self, who: int, place: int, choice: int, kind: str) -> None:
        """For all rows, or drafts, that the filters had left when it was drawn."""
        person = self.people[who]
        if choice % 2:
            self._use(who, lambda tab: tab.tick_all())
        buttons = [button.label for button in person.tab.app.button if button.label.startswith(BULK)]
        if buttons:
            near = [*person.drafts] if buttons[0].startswith("Discard") else [*person.seen]
            self._meanwhile(kind, self._pick(sorted(near) or sorted(person.seen), place), choice)
            judge = self._gone if buttons[0].startswith("Discard") else self._take_bulk
            self._use(who, lambda tab: tab.press(buttons[0]), before_drawn=lambda: judge(person))

    @rule(who=WHO)
    def undo(self, who: int) -> None:
        """What this tab edited last."""
        person = self.people[who]
        self._use(who, lambda tab: tab.press("Undo"), before_drawn=lambda: self._undone(person))

    @rule(who=WHO, button=st.sampled_from(["Keep mine", "Take what Canvas has"]), choice=PLACES, kind=MEANWHILE)
    def decide(self, who: int, button: str, choice: int, kind: str) -> None:
        """About drafts whose row has another value than was seen; it may have yet another when the click arrives."""
        person = self.people[who]
        if person.drafts:
            self.go(who, "review")
            self._meanwhile(kind, self._pick(sorted(person.drafts or person.seen), choice), choice)
            judge = self._kept if button == "Keep mine" else self._gone
            self._use(who, lambda tab: tab.press(button), before_drawn=lambda: judge(person))

    def _meanwhile(self, kind: str, key: Key, choice: int) -> None:
        if kind:
            getattr(self, kind)(*key, choice)
            self.pull()

    # the judge

    def _use(self, who: int, act: Any, *, before_drawn: Any = None) -> None:
        person = self.people[who]
        act(person.tab)
        if before_drawn is not None:
            before_drawn()
        self.stored = self._drafts()
        for key, draft in self.stored.items():
            assert (key, draft) in self.wished, f"nobody wished {draft} for {key}"
        self._drawn(person)

    def _drawn(self, person: Person) -> None:
        person.seen, person.drafts = dict(self.newest), self._drafts()

    def _edit(self, who: int, labels: dict[Key, str], act: Any, seen: Mapping[Key, Row] | None = None) -> None:
        """One person picks; what they saw is what their tab showed before it."""
        person = self.people[who]
        ((key, label),) = labels.items()
        row = (person.seen if seen is None else seen)[key]
        wish = None if label == UNASSOCIATED else row.labels.get(label.removesuffix(" (not valid here)"), row.stored)
        self.wished.add((key, Draft(wish, row.stored)))

        def judged() -> None:
            present = self._drafts()
            assert self._changed(present) <= {key}, "a draft on another row"
            if self._changed(present):
                person.touched.add(key)
            now = self.newest.get(key)
            is_free = label in row.labels and wish in (now.labels.values() if now else ())
            if now and now.class_id == row.class_id and is_free and wish not in (row.stored, now.stored):
                assert present.get(key) == Draft(wish, row.stored), "a pick was lost"

        self._use(who, act, before_drawn=judged)

    def _take_bulk(self, person: Person) -> None:
        present = self._drafts()
        for key in self._changed(present):
            row = person.seen[key]
            person.touched.add(key)
            if key in present:
                assert present[key].baseline == row.stored, "a baseline that nobody saw"
                assert present[key].wish is None or present[key].wish in row.labels.values() or "·" in str(row.labels)
                self.wished.add((key, present[key]))

    def _gone(self, person: Person) -> None:
        present = self._drafts()
        for key in self._changed(present):
            assert key not in present
            assert self.stored[key] == person.drafts[key], "a draft that was not shown"
            person.touched.add(key)

    def _kept(self, person: Person) -> None:
        present = self._drafts()
        for key in self._changed(present):
            person.touched.add(key)
            shown = person.drafts[key]
            assert self.stored[key] == shown, "a draft that was not shown"
            if key in present:
                assert present[key] == Draft(shown.wish, person.seen[key].stored), "a baseline that nobody saw"
                self.wished.add((key, present[key]))

    def _undone(self, person: Person) -> None:
        assert self._changed(self._drafts()) <= person.touched, "an edit of the other tab"

    def _changed(self, present: dict[Key, Draft]) -> set[Key]:
        return {key for key in {*present, *self.stored} if present.get(key) != self.stored.get(key)}

    def _drafts(self) -> dict[Key, Draft]:
        return drafts_of(self.shell.term.drafts().frame())

    def _key(self, place: int) -> Key:
        return self._pick(sorted(self.newest), place // 2)

    def _label(self, seen: Mapping[Key, Row], key: Key, choice: int) -> str:
        """Mostly one that the row offers, else one of the whole page."""
        own = [UNASSOCIATED, *seen[key].labels]
        every = sorted({label for row in seen.values() for label in row.labels})
        return self._pick(own if choice % 5 else every or own, choice // 5)

    @staticmethod
    def _pick(things: Sequence[Thing], place: int) -> Thing:
        return things[place % len(things)]


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Several pages of the grid, and no waste of time."""
    monkeypatch.setattr("gpb.ui.associate.page.PAGE_ROWS", PAGE_ROWS)
    monkeypatch.setattr(ssl, "create_default_context", lru_cache(ssl.create_default_context))
    monkeypatch.setattr(TwoPeople, "place", tmp_path, raising=False)


def try_orders(orders: int, steps: int) -> None:
    """Play so many orders of so many events, or many more in the thorough profile."""
    is_thorough = settings.get_current_profile_name() == "thorough"
    run_state_machine_as_test(
        TwoPeople,
        settings=settings(
            max_examples=orders * 20 if is_thorough else orders,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.usefixtures("few_rows")
def test_every_draft_is_somebodys_wish_for_a_row_they_saw() -> None:
    """0 drafts on another row, 0 baselines that nobody saw, 0 values written over that nobody saw."""
    try_orders(orders=12, steps=20)

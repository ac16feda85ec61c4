"""First contact: what is written to Canvas is proven by a person who looks at Canvas' own screen.

A person associates a row there, and what Canvas then stores shows the form; the program writes another row in that
form, and the person says whether Canvas shows it. All that is written goes through the door, for these two rows alone,
and is taken back in the end. Every step is kept before the next one begins, so it can go on after a crash.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pandas as pd

from gpb.api.http.addresses import is_loopback
from gpb.errors import InputError
from gpb.frames.codec import read_sections
from gpb.frames.shape import NONE, Shape
from gpb.frames.snapshot import Snapshot
from gpb.keys import keys
from gpb.settings import Settings
from gpb.store.database import now
from gpb.store.run_records import RowOutcome
from gpb.store.shape.contacts import Answer, Contact, ContactState, Kind, Place, Step
from gpb.sync.contact.choosing import candidates, chosen
from gpb.sync.contact.difference import Came, came, left_behind, spelled_out
from gpb.sync.door import Door
from gpb.sync.evidence import may_confirm, unconfirmed
from gpb.sync.kinds.change import change_of
from gpb.sync.plan import Plan
from gpb.sync.runs import Runs
from gpb.term.shapes import shape_of, wished
from gpb.term.term import Term

DONE = (RowOutcome.CONFIRMED, RowOutcome.UNCHANGED)


class FirstContact:
    """First contact with one Canvas, in one term; each step raises InputError where another one is due.

    Those that talk to Canvas raise what the door raises, too, and ApiError.
    """

    def __init__(self, settings: Settings, term: Term, door: Door, runs: Runs) -> None:
        self._settings = settings
        self._term = term
        self.door = door
        self._runs = runs

    def under_way(self) -> Contact | None:
        """The one that was begun in this term and has not ended."""
        return self._term.contacts.open(self._term.latest().facts.scope)

    def all(self) -> list[Contact]:
        """All of this Canvas, the newest first, words on plain evidence among them."""
        return self._term.contacts.all()

    def choices(self) -> pd.DataFrame:
        """The rows that it can be made with, see ``choosing.candidates``."""
        return candidates(self._term.latest())

    def screen(self, course_id: int) -> str:
        """Where Canvas' own screen of a course begins: its assignments page, of the sandbox the screen itself."""
        is_sandbox = self._settings.started_sandbox or is_loopback(self._settings.canvas_url)
        page = "external_tools/sync_sis_categories" if is_sandbox else "assignments"
        return f"{self._settings.canvas_url}/courses/{course_id}/{page}"

    def may_confirm(self) -> bool:
        """Whether the word of a person on what is stored already is enough, and is missing."""
        return self._term.confirmation() is None and may_confirm(self._term, self._term.shape())

    def confirm(self, person: str) -> Contact:
        """Keep that a person calls the present shape right; raises InputError where the evidence is too thin."""
        shape = self._term.shape()
        if not may_confirm(self._term, shape):
            raise InputError(shape.closed or unconfirmed(self._term, shape))
        step = Step(now(), person, f"“This is right”, on {shape.entries:,} stored associations. {shape.sentence}")
        said = {"answer": Answer.RIGHT, "answered_by": person, "answered_at": step.at}
        scope = self._term.latest().facts.scope
        return self._term.contacts.add(
            scope, Kind.EVIDENCE, ContactState.CLOSED, person, shape=shape.to_json(), steps=(step,), **said
        )

    async def choose(self, group_id: int, section_id: int, person: str) -> Contact:
        """Begin with a row that nobody will miss: what Canvas stores there and beside it is read anew and kept."""
        begun = self.under_way()
        if begun is not None:
            raise InputError(f"{begun.person} has begun a First contact already. Go on with it, or end it first.")
        theirs, ours = chosen(self._term.latest(), group_id, section_id)
        snapshot = await self._term.read_again({one.group_id: one.course_id for one in (theirs, ours)})
        theirs, ours = chosen(snapshot, group_id, section_id)  # as it is now
        stored = _stored(snapshot, theirs, ours)
        told = f"Chosen: {_named(theirs)}, to be associated with “{theirs.category}” in Canvas."
        step = Step(now(), person, told)
        return self._term.contacts.add(
            snapshot.facts.scope,
            Kind.PROOF,
            ContactState.CHOSEN,
            person,
            theirs=theirs,
            ours=ours,
            before=stored,
            after=stored,
            steps=(step,),
        )

    async def look(self, person: str) -> Contact:
        """The person has associated the row in Canvas: see what came of it there.

        What GPB_CODEC names in place of that can be tried, and is given up where something comes after all.
        """
        contact, theirs, ours = self._due(ContactState.CHOSEN, ContactState.LEARNED)
        if contact.state == ContactState.LEARNED and not self.rests_on_wish(contact):
            raise InputError(f"First contact is at another step: {contact.steps[-1].told}")
        snapshot = await self._term.read_again(_groups(theirs, ours))
        contact = replace(contact, after=_stored(snapshot, theirs, ours))
        old, new = contact.before[theirs.group_id], contact.after[theirs.group_id]
        shape = self._term.stored_shape()  # what was said before may not hold any more
        kind = came(old, new)
        if kind is Came.FLAG:
            return self._only_the_flag(contact, theirs, person)
        if kind is Came.NOTHING:
            return self._nothing(contact, theirs, shape, person)
        told = f"Canvas has stored something new for “{theirs.group}”: {spelled_out(old, new)}."
        beside = snapshot.sis_ids(theirs.course_id)
        was, stored = (read_sections(shape.coder, data, beside).get(theirs.sis_section_id) for data in (old, new))
        if shape.closed is not None:
            return self._keep(contact, person, f"{told} {shape.closed}")
        if stored is None or stored == was:
            return self._keep(contact, person, f"{told} That is nothing for {theirs.section}: associate this section.")
        title = snapshot.validity.titles.get(stored.reference, stored.title or stored.reference)
        told = f"{told} It says that {theirs.section} belongs to “{title}”. {shape.sentence}"
        return self._keep(contact, person, told, state=ContactState.LEARNED, shape=shape.to_json())

    def rests_on_wish(self, contact: Contact) -> bool:
        """Whether the form to be tried is only what GPB_CODEC names, and nothing was written in it yet."""
        shape = shape_of(contact)
        return (
            contact.state == ContactState.LEARNED and contact.run_id is None and shape is not None and not shape.entries
        )

    async def write(self, person: str, accepted: Collection[str] = ()) -> Contact:
        """Associate the other row in the form that was found; what was left of that by a crash is finished."""
        contact, theirs, ours = self._due(ContactState.LEARNED)
        contact = await self._finish_left(contact, person, accepted)
        if self._outcome(contact, ours)[0] not in DONE:
            snapshot = await self._term.read_again(_groups(theirs, ours))
            told = f"{_named(ours)} is being associated with “{ours.category}”."
            run_id = await self.door.begin(self._plan(snapshot, ours, ours.category_id), accepted, person)
            contact = self._keep(contact, person, told, run_id=run_id)
            await self._runs.perform(run_id)
        outcome, reason = self._outcome(contact, ours)
        if outcome not in DONE:
            return self._keep(contact, person, f"It was not written. {reason or 'Try again.'}")
        contact = replace(contact, after=_stored(self._term.latest(), theirs, ours))
        told = f"Canvas has saved it. Look in Canvas' own screen whether {ours.section} shows “{ours.category}”."
        return self._keep(contact, person, told, state=ContactState.WRITTEN)

    def answer(self, shows: bool, person: str) -> Contact:
        """What the person sees in Canvas' own screen."""
        contact, _, ours = self._due(ContactState.WRITTEN)
        told = f"“{'Yes' if shows else 'No'}”: Canvas {'shows' if shows else 'does not show'} {_named(ours)}."
        said = {"answer": Answer.YES if shows else Answer.NO, "answered_by": person, "answered_at": now()}
        return self._keep(contact, person, told, state=ContactState.ANSWERED, **said)

    async def take_back(self, person: str, accepted: Collection[str] = ()) -> Contact:
        """Take both associations away again, whatever step was last, and end the first contact.

        What somebody has changed since stays as it is, and is told.
        """
        contact, theirs, ours = self._due(*(state for state in ContactState if state != ContactState.CLOSED))
        contact = await self._finish_left(contact, person, accepted)
        told = []
        if contact.run_id is not None:
            await self._term.read_again(_groups(theirs, ours))
            back = self._runs.undo(contact.run_id)
            if back.plan.changes:
                await self._sync(back.plan, person, accepted)
            elif back.skipped and _reference(self._term.latest(), ours) is not None:
                told.append(f"{_named(ours)} was left as it is, because someone has changed it since.")
        told += await self._take_back_theirs(contact, theirs, ours, person, accepted)
        snapshot = await self._term.read_again(_groups(theirs, ours))
        after = _stored(snapshot, theirs, ours)
        names = {ours.group_id: ours.group, theirs.group_id: theirs.group}
        left = [left_behind(contact.before[one], data, names[one]) for one, data in after.items()]
        told += [sentence for sentence in left if sentence is not None]
        told = told or ["Both were taken back: Canvas shows again what it did before."]
        return self._keep(replace(contact, after=after), person, " ".join(told), state=ContactState.CLOSED)

    async def _take_back_theirs(
        self, contact: Contact, theirs: Place, ours: Place, person: str, accepted: Collection[str]
    ) -> list[str]:
        snapshot = await self._term.read_again(_groups(theirs, ours))
        shape, there = shape_of(contact), _reference(snapshot, theirs)
        if shape is None:
            is_same = contact.before == _stored(snapshot, theirs, ours)
            return [] if is_same else [f"Take the association of {_named(theirs)} away in Canvas' own screen."]
        data, beside = contact.after[theirs.group_id], snapshot.sis_ids(theirs.course_id)
        learned = read_sections(shape.coder, data, beside).get(theirs.sis_section_id)
        if there is None:
            return []
        if learned is None or there != learned.reference:
            return [f"{_named(theirs)} was left as it is, because someone has changed it since."]
        await self._sync(self._plan(snapshot, theirs, None), person, accepted)
        if _reference(self._term.latest(), theirs) is not None:
            return [f"{_named(theirs)} could not be taken back. Take it away in Canvas' own screen."]
        return []

    def _only_the_flag(self, contact: Contact, theirs: Place, person: str) -> Contact:
        shape = Shape(self._settings.codec, self._term.shape().layout, 1, is_flag_only=True)
        told = (
            f"Only the flag came. {shape.closed} Take the association of {_named(theirs)} away in Canvas' own screen; "
            "the flag stays, since nobody can delete it."
        )
        said = {"answer": Answer.FLAG_ONLY, "answered_by": person, "answered_at": now(), "shape": shape.to_json()}
        return self._keep(contact, person, told, state=ContactState.CLOSED, **said)

    def _nothing(self, contact: Contact, theirs: Place, shape: Shape, person: str) -> Contact:
        told = f"Nothing came: Canvas stores for “{theirs.group}” what it did before."
        wish = wished(self._settings.codec) if "codec" in self._settings.model_fields_set else None
        if wish is not None and shape.unknown == NONE:
            told = f"{told} GPB_CODEC={wish.codec} names a form all the same, which can be tried with the other row."
            return self._keep(contact, person, told, state=ContactState.LEARNED, shape=wish.to_json())
        told = (
            f"{told} Save the association in Canvas' own screen, wait a minute, then try again. If Canvas shows it "
            "there and still nothing comes, the associations are kept where this program cannot read or write them."
        )
        return self._keep(contact, person, told)

    def _due(self, *states: ContactState) -> tuple[Contact, Place, Place]:
        contact = self.under_way()
        if contact is None or contact.theirs is None or contact.ours is None:
            raise InputError("No First contact is under way. Choose a group and a section to begin one.")
        if contact.state not in states:
            raise InputError(f"First contact is at another step: {contact.steps[-1].told}")
        return contact, contact.theirs, contact.ours

    def _keep(self, contact: Contact, person: str, told: str, **changes: Any) -> Contact:
        fresh = replace(contact, steps=(*contact.steps, Step(now(), person, told)), **changes)
        self._term.contacts.save(fresh)
        return fresh

    def _plan(self, snapshot: Snapshot, place: Place, category_id: str | None) -> Plan:
        rows = snapshot.associations()
        row = rows.loc[[key == place.key for key in keys(rows)]].iloc[0].to_dict()
        change = change_of(row, category_id, None if category_id is None else place.category)
        associated = int(rows["stored_reference"].notna().sum())
        return Plan(snapshot.facts.scope, snapshot.id, (change,), associated, self._term.shrunk())

    async def _sync(self, plan: Plan, person: str, accepted: Collection[str]) -> None:
        await self._runs.perform(await self.door.begin(plan, accepted, person))

    async def _finish_left(self, contact: Contact, person: str, accepted: Collection[str]) -> Contact:
        """Finish what a crash has left of the runs of this first contact, and remember the one that writes."""
        for record in self._runs.unfinished():
            if set(keys(self._runs.outcomes(record))) <= contact.rows:
                await self._runs.perform(await self.door.resume(record.run_id, accepted, person))
                if record.undo_of is None and contact.run_id is None and contact.state == ContactState.LEARNED:
                    contact = self._keep(contact, person, "What was begun has been finished.", run_id=record.run_id)
        return contact

    def _outcome(self, contact: Contact, place: Place) -> tuple[str | None, str | None]:
        """How the program's row has ended, and why; (None, None) where no run was begun."""
        if contact.run_id is None:
            return None, None
        rows = self._runs.outcomes(self._runs.run(contact.run_id))
        own = rows.loc[[key == place.key for key in keys(rows)]]
        return (None, None) if own.empty else (str(own["outcome"].iloc[0]), str(own["reason"].iloc[0]))


def _groups(*places: Place) -> dict[int, int]:
    return {one.group_id: one.course_id for one in places}


def _stored(snapshot: Snapshot, *places: Place) -> dict[int, dict[str, Any]]:
    return {one.group_id: snapshot.stored(one.group_id) for one in places}


def _reference(snapshot: Snapshot, place: Place) -> str | None:
    rows = snapshot.associations()
    own = rows.loc[[key == place.key for key in keys(rows)], "stored_reference"]
    return None if own.empty or pd.isna(own.iloc[0]) else str(own.iloc[0])


def _named(place: Place) -> str:
    return f"“{place.group}” in {place.section} ({place.course})"

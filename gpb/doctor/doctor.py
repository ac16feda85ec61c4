"""All checks, one after the other."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

from gpb.api.canvas import CanvasClient
from gpb.api.connect import connect
from gpb.api.records import Odd
from gpb.api.sis import SisClient
from gpb.api.types import Course, SisCategory
from gpb.doctor.check import Check, Sample
from gpb.doctor.instance import gone_back, of_address
from gpb.doctor.rights import assignments_shown, edit_rights, one_each, schools_shown, spread
from gpb.doctor.schools import schools_check
from gpb.doctor.sections import resolving, sections_of, sis_rights
from gpb.doctor.shape import NOBODY, of_sample, word
from gpb.doctor.terms import Remembered, term_check
from gpb.doctor.tokens import token_checks
from gpb.doctor.unread import includes, readable
from gpb.errors import GpbError, InputError, TooMuchUnread
from gpb.frames.shape import Shape
from gpb.frames.snapshot import Snapshot
from gpb.frames.unread import Kind
from gpb.settings import Settings, Write
from gpb.store.choices.term import TermChoices
from gpb.store.database import Database
from gpb.store.order import Order, Settled
from gpb.store.shape.contacts import Contacts
from gpb.store.shape.evidence import ShapeEvidence
from gpb.store.snapshots import SnapshotStore
from gpb.term.current import choose_term
from gpb.term.pull import no_progress
from gpb.term.readings import Readings
from gpb.term.shapes import present_shape
from gpb.term.underway.collected import Collected
from gpb.term.underway.courses import read_courses
from gpb.term.underway.feed import Feed

SAMPLE = 20  # courses
Found = TypeVar("Found")


async def diagnose(settings: Settings) -> list[Check]:
    """All checks that could be made; after a failed one, those that build on it are left out."""
    doctor = _Doctor(settings)
    await doctor.attempt("Store", doctor.look_into_the_store())
    await doctor.attempt("Settings", doctor.examine())
    return doctor.checks


class _Doctor:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.checks: list[Check] = []
        self._knows_store = False
        self._courses: list[Course] = []  # of the sample
        self._shape: Shape | None = None  # what was read before says
        self._last: tuple[Snapshot, list[Settled]] | None = None  # and what runs have seen last
        self._choice = Remembered()
        self._word = NOBODY

    async def attempt(self, name: str, work: Awaitable[Found]) -> Found | None:
        """What ``work`` read, or None after a failed check that bears its sentence."""
        try:
            return await work
        except GpbError as error:
            self._note(name, False, str(error))
            return None

    async def look_into_the_store(self) -> None:
        """Whether it opens, and whether the newest snapshot can be used; what else is left out is told."""
        database = Database(self.settings.effective_store_url, self.settings.store_setting)
        try:
            files = SnapshotStore.at(self.settings.snapshots_url, self.settings.data_dir, self.settings.source)
            readings = Readings(database, files, self.settings.source, self.settings.term, self.settings.keep_days)
            lost = readings.stand_in()
            told = " ".join([*([lost] if lost else []), *readings.problems()])
            self._note("Store", lost is None, told or "The store and the snapshots can be read.")
            self._choice.look(TermChoices(database, self.settings.source), readings)
            known = ShapeEvidence(database, self.settings.canvas)
            if known.latest() or known.settled():
                contacts, newest = Contacts(database, self.settings.canvas), next(readings.with_facts(), None)
                scope = newest[1].scope if newest else None
                self._shape = present_shape(known, contacts, self.settings.codec, scope)
                self._word = word(contacts, self._shape, self.settings.zone)
            self._last = _last(readings, database)
            self._knows_store = True
        finally:
            database.close()

    async def examine(self) -> None:
        async with connect(self.settings) as connections:
            sample = await self.attempt("Canvas", self._canvas(connections.canvas))
            categories = await self.attempt("Focus", self._focus(connections.sis, sample))
            if sample and categories and self._knows_store:
                shape = self._shape or of_sample(self.settings, sample, categories)
                told = f"{shape.sentence} {self._word}" if shape.closed is None else shape.sentence
                by_name = self.settings.write is Write.NAMES
                told = f"A sync renames assignment groups here (GPB_WRITE=names). {told}" if by_name else told
                self._note("Codec", by_name or shape.unknown is None, told)

    async def _canvas(self, canvas: CanvasClient) -> Sample | None:
        odd_terms: list[Odd] = []
        account = await canvas.account(self.settings.canvas_account)
        self._note("Canvas", True, f"Canvas accepts the token; the account is {account['name']}.")
        terms, wanted = await canvas.terms("self", odd_terms), self.settings.term
        today = datetime.now(UTC).astimezone(self.settings.zone)
        choosing = choose_term(canvas, account["id"], terms, wanted, today, self._choice, odd_terms)
        chosen = await self.attempt("Term", choosing)
        if chosen is None:
            return None
        self.checks.append(term_check(chosen, self._choice.current, terms))
        self.checks.append(await schools_check(canvas, account["id"], chosen.courses, self.settings.school_level))
        collected = Collected(len(chosen.courses) + len(chosen.odd))
        collected.odd(Kind.TERM, odd_terms)
        collected.odd(Kind.COURSE, chosen.odd)
        self._courses = spread(chosen.courses, SAMPLE)
        self.checks += await token_checks(canvas, self.settings.canvas_account, self._courses)
        try:
            sample = Sample([], {})
            await read_courses(canvas, Feed.of(self._courses), sample.take, no_progress, collected)
        except TooMuchUnread:
            sample = Sample([], {})
        self.checks.extend(readable(collected))
        if sample.groups:
            self.checks.append(sis_rights(sample))
            found = len(sample.groups)
            read = f"{found} courses have {sample.size} assignment groups and {len(sample.sections)} sections."
            self._note("Sample", bool(sample.size), read)
            self.checks.extend(includes(chosen.courses, sample))
            self.checks.append(await edit_rights(canvas, self._courses))
        await self._instance(canvas)
        return sample

    async def _instance(self, canvas: CanvasClient) -> None:
        told = [of_address(self.settings.canvas_url, self.settings.canvas_account)]
        if self._last is not None:
            known, settled = self._last
            told.append(await gone_back(canvas, known, settled, (self._shape or known.facts.shape).coder))
        self.checks += [check for check in told if check is not None]

    async def _focus(self, sis: SisClient, sample: Sample | None) -> list[SisCategory]:
        odd_categories: list[Odd] = []
        odd_classes: list[Odd] = []
        categories = await sis.categories(odd_categories)
        remedy = "" if categories else " Set up categories in Focus first."
        said = (
            f"Focus ({self.settings.sis_dialect}) accepts the client id; it has {len(categories)} categories.{remedy}"
        )
        self._note("Focus", bool(categories), said)
        listed = await sis.classes(odd_classes)
        classes = {found.id for found in listed}
        collected = Collected()
        collected.odd(Kind.CATEGORY, odd_categories)
        collected.odd(Kind.CLASS, odd_classes)
        self.checks.extend(readable(collected))
        if sample:
            sample.classes = classes
            self.checks.append(resolving(self.settings, sample))
            found = sections_of(self.settings, sample)
            hidden = schools_shown(self._courses, found, classes)
            self.checks += [hidden] if hidden else []
            looked_at = one_each(listed, set(found["class_id"].dropna()))
            if looked_at:
                self.checks.append(await assignments_shown(sis, looked_at))
        return categories

    def _note(self, name: str, ok: bool, sentence: str) -> None:
        self.checks.append(Check(name, ok, sentence))


def _last(readings: Readings, database: Database) -> tuple[Snapshot, list[Settled]] | None:
    """The newest snapshot and what runs have seen of its term; None before the first pull."""
    try:
        newest = readings.latest()
    except InputError:
        return None
    return newest, Order(database).settled_since(newest.facts.scope, 0)[1]

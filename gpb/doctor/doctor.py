"""All checks, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

from gpb.api.canvas import CanvasClient
from gpb.api.connect import connect
from gpb.api.sis import SisClient
from gpb.api.types import SisCategory
from gpb.doctor.check import Check, Sample
from gpb.doctor.sections import resolving, sis_rights
from gpb.doctor.shape import NOBODY, of_sample, word
from gpb.errors import ApiError, GpbError
from gpb.frames.shape import Shape
from gpb.frames.tables import sections_frame
from gpb.settings import Settings
from gpb.store.database import Database
from gpb.store.shape.contacts import Contacts
from gpb.store.shape.evidence import ShapeEvidence
from gpb.store.snapshots import SnapshotStore
from gpb.term.pull import choose_term
from gpb.term.readings import Readings
from gpb.term.shapes import present_shape

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
        self._shape: Shape | None = None  # what was read before says
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
            files = SnapshotStore(self.settings.data_dir / "snapshots")
            readings = Readings(database, files, self.settings.source, self.settings.term, self.settings.keep_days)
            lost = readings.stand_in()
            told = " ".join([*([lost] if lost else []), *readings.problems()])
            self._note("Store", lost is None, told or "The store and the snapshots can be read.")
            known = ShapeEvidence(database, self.settings.canvas)
            if known.latest() or known.settled():
                contacts, newest = Contacts(database, self.settings.canvas), next(readings.with_facts(), None)
                scope = newest[1].scope if newest else None
                self._shape = present_shape(known, contacts, self.settings.codec, scope)
                self._word = word(contacts, self._shape)
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
                self._note("Codec", shape.unknown is None, told)

    async def _canvas(self, canvas: CanvasClient) -> Sample:
        account = await canvas.account(self.settings.canvas_account)
        self._note("Canvas", True, f"Canvas accepts the token; the account is {account['name']}.")
        term = choose_term(await canvas.terms("self"), self.settings.term, datetime.now(UTC))
        courses = await canvas.courses(account["id"], term["id"])
        remedy = "" if courses else " Set GPB_TERM to another term."
        self._note("Term", bool(courses), f"{term['name']} has {len(courses)} courses.{remedy}")
        some = [course["id"] for course in courses[:SAMPLE]]
        sections = await asyncio.gather(*map(canvas.sections, some))
        groups = await asyncio.gather(*map(canvas.assignment_groups, some))
        sample = Sample([s for found in sections for s in found], dict(zip(some, groups, strict=True)))
        if some:
            self.checks.append(sis_rights(sample))
            read = f"{len(some)} courses have {sample.size} assignment groups and {len(sample.sections)} sections."
            self._note("Sample", bool(sample.size), read)
        return sample

    async def _focus(self, sis: SisClient, sample: Sample | None) -> list[SisCategory]:
        categories = await sis.categories()
        remedy = "" if categories else " Set up categories in Focus first."
        said = (
            f"Focus ({self.settings.sis_dialect}) accepts the client id; it has {len(categories)} categories.{remedy}"
        )
        self._note("Focus", bool(categories), said)
        classes = {found.id for found in await sis.classes()}
        if sample:
            self.checks.append(resolving(self.settings, sample, classes))
            await self._assignments(sis, sample, classes)
        return categories

    async def _assignments(self, sis: SisClient, sample: Sample, classes: set[str]) -> None:
        """Whether Focus shows the assignments of a section, as the gate before a sync asks for them."""
        found = sections_frame(sample.sections, self.settings.section_key)["class_id"].dropna()
        one = next((class_id for class_id in found if class_id in classes), None)
        if one is None:
            return
        try:
            await sis.used_categories(one)
        except ApiError as error:
            missing = "Without it, a sync cannot check whether scores have already been passed back under a category."
            self._note("Assignments", False, f"{error} {missing}")
        else:
            self._note("Assignments", True, "Focus shows which categories the assignments of a section use.")

    def _note(self, name: str, ok: bool, sentence: str) -> None:
        self.checks.append(Check(name, ok, sentence))

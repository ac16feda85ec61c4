"""Pull: read one term from Canvas and all categories from the SIS, and keep it as a snapshot."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pandas as pd
from pandera.errors import SchemaError, SchemaErrors

from gpb.api.canvas import CanvasClient
from gpb.api.connect import Connections
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.sis import SisClient
from gpb.api.types import Account, AssignmentGroup, Course, Section, Term
from gpb.errors import BrokenReply, NotFound, NotPermitted
from gpb.frames import tables
from gpb.frames.facts import SnapshotFacts
from gpb.frames.shape import unread
from gpb.settings import Settings
from gpb.store.choices.term import TermChoices
from gpb.term.current import choose_term

log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]
READERS = DEFAULT_CONCURRENCY
"""Courses that are read at once, each with two lists: enough to keep every place in flight taken."""


def no_progress(_done: int, _total: int, _text: str) -> None:
    """For callers who do not watch."""


@contextmanager
def telling_pauses(canvas: CanvasClient, progress: Progress) -> Iterator[Progress]:
    """The same progress, which is also told why nothing happens while Canvas' rate limit makes all wait."""
    last = 0, 0

    def tell(done: int, total: int, text: str) -> None:
        nonlocal last
        last = done, total
        progress(done, total, text)

    with canvas.telling(lambda text: progress(*last, text)):
        yield tell


async def pull(
    settings: Settings, connections: Connections, choices: TermChoices, progress: Progress = no_progress
) -> tuple[SnapshotFacts, dict[str, pd.DataFrame]]:
    """Facts and tables of the term that is meant (see ``choose_term``), as they are now; writes to neither system.

    Raises ApiError when one of the systems cannot be read or contradicts itself, and SettingsError when there is no
    such term.
    """
    started = time.monotonic()
    try:
        with telling_pauses(connections.canvas, progress) as told:
            async with asyncio.TaskGroup() as tasks:  # when one system fails, reading the other ends at once
                from_sis = tasks.create_task(_read_sis(connections.sis))
                from_canvas = tasks.create_task(_read_canvas(connections.canvas, settings, choices, told))
    except BaseExceptionGroup as group:
        raise _sentence(first_error(group)) from group
    (account, term, canvas_frames), sis_frames = from_canvas.result(), from_sis.result()
    frames = canvas_frames | sis_frames
    known = frames["classes"]["class_id"]
    frames["sections"] = tables.with_classes(frames["sections"], known, settings.section_key)
    facts = SnapshotFacts(
        scope=f"{settings.source}#{account['id']}#{term['id']}",
        source=settings.source,
        term_setting=settings.term,
        term_id=term["id"],
        sis_term_id=term.get("sis_term_id"),
        term=term["name"],
        taken_at=datetime.now(UTC),
        canvas_url=settings.canvas_url,
        sis_url=settings.sis_url,
        sis_dialect=settings.sis_dialect,
        shape=unread(settings.codec),  # what was read before, of other terms too, is for the caller to bring in
        assignments=len(frames["assignments"]) if "assignments" in frames else None,
        rows=_row_count(frames),
        choices=len(frames["categories"]) + len(frames["category_sections"]),
        requests=connections.requests,
        seconds=round(time.monotonic() - started, 2),
    )
    return facts, frames


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error inside nested groups: one sentence is enough for a person."""
    first = group.exceptions[0]
    return first_error(first) if isinstance(first, BaseExceptionGroup) else first


def _sentence(error: BaseException) -> BaseException:
    """Objects that are well each for itself, and make no table together, are the server's fault, not a defect here."""
    if not isinstance(error, SchemaError | SchemaErrors):
        return error
    table = error.schema.name
    return BrokenReply(
        f"The {table} that Canvas or Focus sent contradict each other, so they cannot be used. Try again in a few "
        "minutes; if it keeps happening, the log says where.",
        system="Canvas",
    )


async def _read_sis(sis: SisClient) -> dict[str, pd.DataFrame]:
    classes, categories = await sis.classes(), await sis.categories()
    known = tables.classes_frame(classes)
    return {
        "classes": known,
        "categories": tables.categories_frame(categories),
        "category_sections": tables.category_sections_frame(categories, known),
    }


async def _read_canvas(
    canvas: CanvasClient, settings: Settings, choices: TermChoices, progress: Progress
) -> tuple[Account, Term, dict[str, pd.DataFrame]]:
    account, terms = await asyncio.gather(canvas.account(settings.canvas_account), canvas.terms("self"))
    progress(0, 0, "Loading the courses of the term")
    accounts, chosen = await asyncio.gather(
        canvas.sub_accounts(account["id"]),
        choose_term(canvas, account["id"], terms, settings.term, datetime.now(UTC), choices),
    )
    term, courses = chosen.term, chosen.courses
    progress(0, 0, f"Loading the {len(courses)} courses of {term['name']}")
    sections, groups = await _read_courses(canvas, courses, progress)
    _require_sis_ids(sections)
    frames = {
        "terms": tables.terms_frame(terms),
        "courses": tables.courses_frame(courses, accounts, account["id"], settings.school_level),
        "sections": tables.sections_frame(sections, settings.section_key),
        "groups": tables.groups_frame(groups),
    }
    if not groups or any("flagged" in group for of_course in groups.values() for group in of_course):
        frames["assignments"] = tables.assignments_frame(groups)
    return account, term, frames


def _require_sis_ids(sections: list[Section]) -> None:
    """Without the right to read SIS data Canvas omits the keys (it does not send null), and no row could be made."""
    if sections and not any("sis_section_id" in section for section in sections):
        raise NotPermitted(
            "Canvas does not show the SIS ids of any section: the token's user lacks the permission “SIS Data – "
            "read”. Grant it in Canvas under Permissions, or set GPB_CANVAS_TOKEN to another token.",
            system="Canvas",
        )


async def _read_courses(
    canvas: CanvasClient, courses: list[Course], progress: Progress
) -> tuple[list[Section], dict[int, list[AssignmentGroup]]]:
    sections: dict[int, Section] = {}  # one that moves to another course meanwhile is in both, and belongs to the later
    groups: dict[int, list[AssignmentGroup]] = {}
    done = 0

    async def read_sections(course_id: int) -> None:
        found = await canvas.sections(course_id)
        sections.update({section["id"]: section for section in found})

    async def read(course_id: int) -> None:
        nonlocal done
        try:
            _, groups[course_id] = await asyncio.gather(read_sections(course_id), canvas.assignment_groups(course_id))
        except NotFound:  # deleted between the list of courses and now
            log.info("course %s is gone", course_id)
            return
        done += 1
        progress(done, len(courses), f"{done} of {len(courses)} courses loaded")

    waiting = iter(courses)

    async def work() -> None:
        for course in waiting:  # shared: each worker takes the next course
            await read(course["id"])

    async with asyncio.TaskGroup() as tasks:
        for _ in range(READERS):
            tasks.create_task(work())
    return list(sections.values()), groups


def _row_count(frames: dict[str, pd.DataFrame]) -> int:
    """Size of the association frame, without making it: groups times SIS sections, course by course."""
    groups = frames["groups"].groupby("course_id").size()
    sections = frames["sections"].dropna(subset="sis_section_id").groupby("course_id").size()
    return int(groups.mul(sections, fill_value=0).sum())

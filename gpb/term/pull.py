"""Pull: read one term from Canvas and all categories from the SIS, and keep it as a snapshot.

One odd object, or one course that cannot be read, does not end it: it is named, and the rest is read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast

import pandas as pd
from pandera.errors import SchemaError, SchemaErrors

from gpb.api.canvas import CanvasClient
from gpb.api.connect import Connections
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.records import Odd
from gpb.api.sis import SisClient
from gpb.api.types import Account, AssignmentGroup, Course, Section, Term
from gpb.errors import (
    Blocked,
    BrokenReply,
    NotPermitted,
    Overloaded,
    SkippableError,
    Unavailable,
    WrongServer,
)
from gpb.frames import tables
from gpb.frames.facts import SnapshotFacts
from gpb.frames.shape import unread
from gpb.frames.unread import Kind, Unread, unread_frame
from gpb.settings import Settings
from gpb.store.choices.term import TermChoices
from gpb.term.collected import Collected, too_much
from gpb.term.current import choose_term

log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]
READERS = DEFAULT_CONCURRENCY
"""Courses that are read at once, each with two lists: enough to keep every place in flight taken."""
OF_ONE_COURSE = (NotPermitted, Unavailable, WrongServer, Blocked, SkippableError)
"""What may be the fault of one course alone, as long as others can be read."""


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

    What could not be read is in the table ``unread``, and in no other. Raises ApiError when one of the systems cannot
    be read or contradicts itself, TooMuchUnread among them, and SettingsError when there is no such term.
    """
    started, collected = time.monotonic(), Collected()
    try:
        with telling_pauses(connections.canvas, progress) as told:
            async with asyncio.TaskGroup() as tasks:  # when one system fails, reading the other ends at once
                from_sis = tasks.create_task(_read_sis(connections.sis, collected))
                from_canvas = tasks.create_task(_read_canvas(connections.canvas, settings, choices, told, collected))
    except BaseExceptionGroup as group:
        raise _sentence(first_error(group)) from group
    collected.check()
    (account, term, canvas_frames), sis_frames = from_canvas.result(), from_sis.result()
    frames = canvas_frames | sis_frames | {"unread": unread_frame(collected.found)}
    known = frames["classes"]["class_id"]
    frames["sections"] = tables.with_classes(frames["sections"], known, settings.section_key)
    rows, offered = sizes(frames)
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
        unread=len(collected.found),
        rows=rows,
        choices=offered,
        assignments=len(frames["assignments"]) if "assignments" in frames else None,
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
        f"The {table} that Canvas or Focus sent contradict each other, so they cannot be used. The last snapshot "
        "stays; the log says where they do.",
        system="Canvas",
    )


async def _read_sis(sis: SisClient, collected: Collected) -> dict[str, pd.DataFrame]:
    odd_classes: list[Odd] = []
    odd_categories: list[Odd] = []
    classes, categories = await sis.classes(odd_classes), await sis.categories(odd_categories)
    collected.odd(Kind.CLASS, odd_classes)
    collected.odd(Kind.CATEGORY, odd_categories)
    known = tables.classes_frame(classes)
    return {
        "classes": known,
        "categories": tables.categories_frame(categories),
        "category_sections": tables.category_sections_frame(categories, known),
    }


async def _read_canvas(
    canvas: CanvasClient, settings: Settings, choices: TermChoices, progress: Progress, collected: Collected
) -> tuple[Account, Term, dict[str, pd.DataFrame]]:
    odd_terms: list[Odd] = []
    odd_accounts: list[Odd] = []
    account, terms = await asyncio.gather(canvas.account(settings.canvas_account), canvas.terms("self", odd_terms))
    progress(0, 0, "Loading the courses of the term")
    accounts, chosen = await asyncio.gather(
        canvas.sub_accounts(account["id"], odd_accounts),
        choose_term(canvas, account["id"], terms, settings.term, datetime.now(UTC), choices, odd_terms),
    )
    term, courses = chosen.term, chosen.courses
    progress(0, 0, f"Loading the {len(courses)} courses of {term['name']}")
    collected.courses = len(courses) + len(chosen.odd)
    collected.odd(Kind.TERM, odd_terms)
    collected.odd(Kind.ACCOUNT, odd_accounts)
    collected.odd(Kind.COURSE, chosen.odd)
    collected.check()
    if chosen.odd and not courses:
        raise too_much(collected.found, 1)
    sections, groups = await read_courses(canvas, courses, progress, collected)
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


async def read_courses(
    canvas: CanvasClient, courses: list[Course], progress: Progress, collected: Collected
) -> tuple[list[Section], dict[int, list[AssignmentGroup]]]:
    """Sections, and groups by course; a course that cannot be read is left out, unless none can."""
    sections: dict[int, Section] = {}  # one that moves to another course meanwhile is in both, and belongs to the later
    groups: dict[int, list[AssignmentGroup]] = {}
    done = failed = 0

    async def read(course: Course) -> None:
        nonlocal done, failed
        try:
            found, groups[course["id"]] = await _lists(canvas, course["id"], collected)
            sections.update({section["id"]: section for section in found})
        except OF_ONE_COURSE as error:
            failed += 1
            log.warning("course %s could not be read: %s", course["id"], error)
            if isinstance(error, Overloaded) or failed == len(courses):
                raise
            collected.course(course["id"], course["name"], error)
        collected.check()
        done += 1
        progress(done, len(courses), f"{done} of {len(courses)} courses loaded")

    waiting = iter(courses)

    async def work() -> None:
        for course in waiting:  # shared: each worker takes the next course
            await read(course)

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(READERS):
                tasks.create_task(work())
    except BaseExceptionGroup as group:
        raise first_error(group) from group
    return list(sections.values()), _each_once(groups, collected)


async def _lists(
    canvas: CanvasClient, course_id: int, collected: Collected
) -> tuple[list[Section], list[AssignmentGroup]]:
    """Both lists of a course; else the error of one, first of all one that is not of this course alone."""
    odd_sections: list[Odd] = []
    odd_groups: list[Odd] = []
    lists = canvas.sections(course_id, odd_sections), canvas.assignment_groups(course_id, odd_groups)
    both = await asyncio.gather(*lists, return_exceptions=True)  # neither goes on when the other has failed
    errors = [one for one in both if isinstance(one, BaseException)]
    if errors:
        raise min(errors, key=lambda error: isinstance(error, OF_ONE_COURSE) and not isinstance(error, Overloaded))
    found, own = cast("tuple[list[Section], list[AssignmentGroup]]", both)
    collected.odd(Kind.SECTION, odd_sections, course_id)
    collected.odd(Kind.GROUP, odd_groups, course_id)
    return _sections_of(course_id, found, collected), own


def _sections_of(course_id: int, found: list[Section], collected: Collected) -> list[Section]:
    """Those that lie in the course by their own word, too: where the two differ, nobody knows where they belong."""
    for section in found:
        if section["course_id"] != course_id:
            identity = str(section["id"])
            reason = f"Section {identity} is in the list of course {course_id} and says that it is in another one."
            collected.found.append(Unread(Kind.SECTION, identity, course_id, section["name"], reason))
    return [section for section in found if section["course_id"] == course_id]


def _each_once(groups: dict[int, list[AssignmentGroup]], collected: Collected) -> dict[int, list[AssignmentGroup]]:
    """Each group in one course: where a second one lists it, too, nobody knows where it belongs."""
    seen: dict[int, int] = {}
    kept: dict[int, list[AssignmentGroup]] = {}
    for course_id, own in groups.items():
        kept[course_id] = []
        for group in own:
            other = seen.setdefault(group["id"], course_id)
            if other == course_id:
                kept[course_id].append(group)
                continue
            reason = f"Assignment group {group['id']} is in the lists of two courses, {other} and {course_id}."
            for identity, place in ((str(group["id"]), other), ("", course_id)):
                collected.found.append(Unread(Kind.GROUP, identity, place, group["name"], reason))
    return kept


def sizes(frames: Mapping[str, pd.DataFrame]) -> tuple[int, int]:
    """``rows`` and ``choices`` of the facts, without making the association frame.

    Rows are groups times SIS sections, course by course.
    """
    groups = frames["groups"].groupby("course_id").size()
    sections = frames["sections"].dropna(subset="sis_section_id").groupby("course_id").size()
    rows = int(groups.mul(sections, fill_value=0).sum())
    return rows, len(frames["categories"]) + len(frames["category_sections"])

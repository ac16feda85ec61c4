"""Pull: read one term from Canvas and all categories from the SIS, and keep it as a snapshot.

One odd object, or one course that cannot be read, does not end it: it is named, and the rest is read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import pandas as pd
from pandera.errors import SchemaError, SchemaErrors

from gpb.api.canvas import CanvasClient, Met
from gpb.api.connect import Connections
from gpb.api.records import Odd
from gpb.api.sis import SisClient
from gpb.api.types import Account, Course, Term
from gpb.errors import BrokenReply, NotPermitted
from gpb.frames import tables
from gpb.frames.facts import SnapshotFacts
from gpb.frames.shape import unread
from gpb.frames.unread import Kind, unread_frame
from gpb.settings import Settings
from gpb.store.choices.term import TermChoices
from gpb.term.changed.ahead import Ahead
from gpb.term.changed.base import Base
from gpb.term.changed.read import Read
from gpb.term.changed.sections import ToldSections
from gpb.term.current import Chosen, Listed, choose_term
from gpb.term.underway.collected import Collected, too_much
from gpb.term.underway.courses import Progress, first_error, going_on, read_courses
from gpb.term.underway.feed import Feed
from gpb.term.underway.memory import give_back
from gpb.term.underway.parts import TOLD, Parts


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
    settings: Settings,
    connections: Connections,
    choices: TermChoices,
    parts: Parts,
    progress: Progress = no_progress,
    base: Base | None = None,
    sections: ToldSections | None = None,
) -> tuple[SnapshotFacts, dict[str, pd.DataFrame]]:
    """Facts and tables of the term that is meant (see ``choose_term``), as they are now; writes to neither system.

    What is read goes into ``parts``, and what an earlier reading has left there is not read again. With a ``base`` of
    the same term only those courses are read that have changed since, if they are not too many; else ``sections``
    may tell what need not be listed.

    What could not be read is in the table ``unread``, and in no other. Raises ApiError when one of the systems cannot
    be read or contradicts itself, TooMuchUnread among them, ToldOtherwise where what is told is of no use, so that all
    has to be listed, and SettingsError when there is no such term.
    """
    started, collected = time.monotonic(), Collected()
    try:
        with telling_pauses(connections.canvas, progress) as told:
            async with asyncio.TaskGroup() as tasks:  # when one system fails, reading the other ends at once
                from_sis = tasks.create_task(_read_sis(connections.sis, collected))
                from_canvas = tasks.create_task(
                    _read_canvas(connections.canvas, settings, choices, parts, told, collected, base, sections)
                )
    except BaseExceptionGroup as group:
        raise _sentence(first_error(group)) from group
    collected.check()
    (account, term, canvas_frames, read), sis_frames = from_canvas.result(), from_sis.result()
    frames = canvas_frames | sis_frames | {"unread": unread_frame(collected.found)}
    known = frames["classes"]["class_id"]
    frames["sections"] = tables.with_classes(frames["sections"], known, settings.section_key)
    rows, offered = sizes(frames)
    facts = SnapshotFacts(
        scope=scope_of(settings, account["id"], term["id"]),
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
        whole_at=read.whole_at,
        anew=read.anew,
        told=read.kind == TOLD and read.looked is not None,
        rows=rows,
        choices=offered,
        assignments=len(frames["assignments"]) if "assignments" in frames else None,
        requests=connections.requests,
        seconds=round(time.monotonic() - started + parts.spool.earlier, 2),
    )
    return facts, frames


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

    async def classes() -> pd.DataFrame:
        return tables.classes_frame(await sis.classes(odd_classes))

    known, categories = await asyncio.gather(classes(), sis.categories(odd_categories))
    collected.odd(Kind.CLASS, odd_classes)
    collected.odd(Kind.CATEGORY, odd_categories)
    frames = {
        "classes": known,
        "categories": tables.categories_frame(categories),
        "category_sections": tables.category_sections_frame(categories, known),
    }
    give_back(of=frames)
    return frames


async def _read_canvas(
    canvas: CanvasClient,
    settings: Settings,
    choices: TermChoices,
    parts: Parts,
    progress: Progress,
    collected: Collected,
    base: Base | None,
    sections: ToldSections | None,
) -> tuple[Account, Term, dict[str, pd.DataFrame], Read]:
    odd_terms: list[Odd] = []
    odd_accounts: list[Odd] = []
    today = datetime.now(UTC).astimezone(settings.zone)
    account, terms = await asyncio.gather(canvas.account(settings.canvas_account), canvas.terms("self", odd_terms))
    progress(0, 0, "Loading the courses of the term")
    async with asyncio.TaskGroup() as tasks:
        ahead = Ahead(canvas, settings, parts, progress, collected, tasks)

        def of_term(term: Term) -> Base | None:
            place = scope_of(settings, account["id"], term["id"])
            return base if base is not None and base.scope == place else None

        def as_listed(term: Term) -> Met | None:
            return ahead.start(account["id"], term["id"], sections) if of_term(term) is None else None

        accounts, chosen = await asyncio.gather(
            canvas.sub_accounts(account["id"], odd_accounts),
            choose_term(canvas, account["id"], terms, settings.term, today, choices, odd_terms, as_listed),
        )
        term, ids = chosen.term, [course["id"] for course in chosen.courses]
        _collect(collected, odd_terms, odd_accounts, chosen)
        if ahead.reading is not None:
            read, reading = ahead.all_listed(ids), ahead.reading
        else:
            progress(0, 0, f"Asking which courses of {term['name']} have changed")
            read = await Read.begun(canvas, settings, ids, of_term(term), sections)
            place = account["id"], term["id"]
            reading = tasks.create_task(_read_parts(canvas, place, chosen, parts, progress, collected, read))
        courses = await _all_read(canvas, chosen, parts, progress, collected, reading)
    listed = [course["id"] for course in courses]
    made, shows_sis_ids = parts.tables(listed, collected, read.kept(listed))
    _require_sis_ids(shows_sis_ids)
    read.require_as_told(listed, made["sections"], {one.course_id for one in collected.found if one.course_id})
    frames = {
        "terms": tables.terms_frame(terms),
        "courses": tables.courses_frame(courses, accounts, account["id"], settings.school_level),
        **made,
        **read.reads(parts.spool.courses() & set(listed), made),
    }
    return account, term, frames, read


def _collect(collected: Collected, odd_terms: list[Odd], odd_accounts: list[Odd], chosen: Chosen) -> None:
    """What the lists had that cannot be read; raises TooMuchUnread, also where no course can be."""
    collected.courses = len(chosen.courses) + len(chosen.odd)
    collected.odd(Kind.TERM, odd_terms)
    collected.odd(Kind.ACCOUNT, odd_accounts)
    collected.odd(Kind.COURSE, chosen.odd)
    collected.check()
    if chosen.odd and not chosen.courses:
        raise too_much(collected.found, 1)


def scope_of(settings: Settings, account_id: int, term_id: int) -> str:
    """Names Canvas, account and term."""
    return f"{settings.source}#{account_id}#{term_id}"


async def _read_parts(
    canvas: CanvasClient,
    place: tuple[int, int],
    chosen: Chosen,
    parts: Parts,
    progress: Progress,
    collected: Collected,
    read: Read,
) -> None:
    """Read those courses of a term that may have changed, and that no earlier reading has read."""
    wanted = {course["id"]: course for course in chosen.courses if course["id"] not in read.stay}
    known = parts.open(*place, read.kind) & wanted.keys()
    parts.keep_only(wanted)
    read.goes_on(known, parts.spool.earlier)
    if known:
        done, total = len(known), len(wanted)
        progress(done, total, going_on(done, total))
    feed = Feed.of((course for one, course in wanted.items() if one not in known), len(read.stay) + len(known))
    await read_courses(canvas, feed, parts.add, progress, collected, read.told)


async def _all_read(
    canvas: CanvasClient,
    chosen: Chosen,
    parts: Parts,
    progress: Progress,
    collected: Collected,
    reading: asyncio.Task[None],
) -> list[Course]:
    """All courses of a term, when they are read; their list is looked at again meanwhile."""
    await asyncio.gather(chosen.listed.again(), reading)
    listed, listed_before = Listed.of(chosen.listed), {course["id"] for course in chosen.courses}
    more = [course for course in listed.courses if course["id"] not in listed_before]
    collected.odd(Kind.COURSE, [one for one in listed.odd if one not in chosen.odd])
    collected.courses += len(more)
    await read_courses(canvas, Feed.of(more, len(chosen.courses)), parts.add, progress, collected)
    return listed.courses


def _require_sis_ids(are_shown: bool) -> None:
    """Without the right to read SIS data Canvas omits the keys (it does not send null), and no row could be made."""
    if not are_shown:
        raise NotPermitted(
            "Canvas does not show the SIS ids of any section: the token's user lacks the permission “SIS Data – "
            "read”. Grant it in Canvas under Permissions, or set GPB_CANVAS_TOKEN to another token.",
            system="Canvas",
        )


def sizes(frames: Mapping[str, pd.DataFrame]) -> tuple[int, int]:
    """``rows`` and ``choices`` of the facts, without making the association frame.

    Rows are groups times SIS sections, course by course.
    """
    groups = frames["groups"].groupby("course_id").size()
    sections = frames["sections"].dropna(subset="sis_section_id").groupby("course_id").size()
    rows = int(groups.mul(sections, fill_value=0).sum())
    return rows, len(frames["categories"]) + len(frames["category_sections"])

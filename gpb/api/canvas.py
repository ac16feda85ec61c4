"""Canvas, as far as this project needs it: schools, terms, courses, sections and assignment groups.

Calls and fields: https://canvas.instructure.com/doc/api/ (Accounts, Enrollment Terms, Courses, Sections, Assignment
Groups). Every method raises FatalError (the next request would fail too) or SkippableError (only this thing is
concerned); the one write can also raise RetriableError, see there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import SecretStr

from gpb.api.http.addresses import canvas_base
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY, shared_limiter
from gpb.api.http.credentials import BearerToken
from gpb.api.http.replies import CANVAS, canvas_reply
from gpb.api.http.transport import Params, Transport
from gpb.api.lists import Walked, whole_list
from gpb.api.paging import LinkPages
from gpb.api.records import Record, as_record, as_records
from gpb.api.types import Account, AssignmentCounts, AssignmentGroup, Course, Section, Teacher, Term

PAGE_SIZE = 100
"""Canvas' largest page; the default is 10."""
COURSE_STATES = ("created", "claimed", "available", "completed")
"""All but deleted; the first two are what the reply calls ``unpublished``."""

Made = TypeVar("Made")


class CanvasClient:
    """Reads a district's structure, and writes ``integration_data`` of one assignment group at a time."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def at(cls, url: str, token: SecretStr, *, concurrency: int = DEFAULT_CONCURRENCY) -> CanvasClient:
        """A client of the Canvas at ``url``, such as https://district.instructure.com.

        All clients of this process with the same token share one limit, as Canvas counts them.
        """
        base = canvas_base(url)
        limiter = shared_limiter(CANVAS, base, token.get_secret_value(), concurrency)
        credential = BearerToken(token)
        return cls(Transport(CANVAS, base, canvas_reply, credential, concurrency=concurrency, limiter=limiter))

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""
        return self._transport.requests

    @property
    def throttled(self) -> int:
        """How many of them the rate limit turned away."""
        return self._transport.throttled

    def telling(self, listener: Callable[[str], None]) -> AbstractContextManager[None]:
        """Tell of each pause that the rate limit brings inside the block, in words for a person."""
        return self._transport.telling(listener)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def account(self, account: int | str) -> Account:
        """One account: ``self``, a number or ``sis_account_id:X``."""
        about = f"account {account}"
        return await self._one(f"/api/v1/accounts/{_segment(account)}", about, _account)

    async def sub_accounts(self, account_id: int | str) -> list[Account]:
        """All accounts below this one, at any depth; schools are among them."""
        path = f"/api/v1/accounts/{_segment(account_id)}/sub_accounts"
        about = f"the sub-accounts of account {account_id}"
        return await self._list(path, [("recursive", "true")], about, _account)

    async def terms(self, root: int | str) -> list[Term]:
        """The terms of a root account; other accounts have none."""
        path = f"/api/v1/accounts/{_segment(root)}/terms"
        return await self._list(path, [], f"the terms of account {root}", _term, "enrollment_terms")

    async def courses(self, account: int | str, term_id: int | str) -> list[Course]:
        """The courses of a term in an account and all accounts below it, with their teachers, deleted ones left out.

        ``term_id`` is a number or ``sis_term_id:X``.
        """
        params = [("enrollment_term_id", str(term_id)), ("include[]", "teachers")]
        params += [("state[]", state) for state in COURSE_STATES]
        path = f"/api/v1/accounts/{_segment(account)}/courses"
        return await self._list(path, params, f"the courses of account {account} in term {term_id}", _course)

    async def sections(self, course_id: int) -> list[Section]:
        """The sections of a course, among them those that were cross-listed into it."""
        about = f"the sections of course {course_id}"
        return await self._list(f"/api/v1/courses/{course_id}/sections", [], about, _section)

    async def assignment_groups(self, course_id: int) -> list[AssignmentGroup]:
        """The assignment groups of a course, each with counts of its assignments."""
        params = [
            ("include[]", "assignments"),
            ("exclude_response_fields[]", "description"),
            ("exclude_response_fields[]", "rubric"),
        ]
        about = f"the assignment groups of course {course_id}"
        path = f"/api/v1/courses/{course_id}/assignment_groups"
        return await self._list(path, params, about, _counted_group)

    async def assignment_group(
        self, course_id: int, group_id: int, before_send: Callable[[], None] | None = None
    ) -> AssignmentGroup:
        """One assignment group, without a count of its assignments; ``before_send``: see ``Transport.get``."""
        path, about = _group_path(course_id, group_id), group_name(course_id, group_id)
        return await self._one(path, about, _group, before_send)

    async def write_integration_data(
        self, course_id: int, group_id: int, data: Mapping[str, Any], before_send: Callable[[], None] | None = None
    ) -> AssignmentGroup:
        """Send ``data`` to be merged, at its top level only, into the group's ``integration_data``; returns the echo.

        Nothing else of the group is sent: weight and rules would recompute grades. It is sent once, whatever comes.
        ConnectionLost, ServerFault and BrokenReply mean that it may or may not have been stored, so read the group
        again; after any other error, Throttled and NotSent among them, it was certainly not stored. ``before_send`` is
        called at the last moment, see ``Transport.put``.
        """
        about = group_name(course_id, group_id)
        body = {"integration_data": data}
        path = _group_path(course_id, group_id)
        reply = await self._transport.put(path, body, about=about, before_send=before_send)
        return _group(as_record(CANVAS, about, reply.data))

    def may_repeat_write(self) -> bool:
        """Whether a write may be begun anew, which is a read and a write; takes both from the retry budget."""
        return self._transport.may_repeat(2)

    async def _one(
        self, path: str, about: str, make: Callable[[Record], Made], before_send: Callable[[], None] | None = None
    ) -> Made:
        """One object; asked for again when its reply lacks something."""

        async def read() -> Made:
            reply = await self._transport.get(path, about=about, before_send=before_send)
            return make(as_record(CANVAS, about, reply.data))

        return await self._transport.retrying(read)

    async def _list(
        self, path: str, params: Params, about: str, make: Callable[[Record], Made], *keys: str
    ) -> list[Made]:
        """All pages of a list, see ``whole_list``."""

        async def walk() -> Walked[Made]:
            pages = LinkPages(CANVAS, about, path, PAGE_SIZE)
            walked: Walked[Made] = Walked()
            query: Params = [*params, ("per_page", str(PAGE_SIZE))]
            while pages.next_url is not None:
                reply = await self._transport.get(pages.next_url, query, about=about)
                rows = as_records(CANVAS, about, reply.data, *keys)
                for row in pages.take(reply.url, reply.headers.get("link", ""), rows):
                    walked.add(row.text("id"), make(row))
                query = ()  # the address of a next page is complete and opaque
            walked.is_certain = pages.is_certain
            return walked

        return await whole_list(self._transport, walk)


def _segment(account: int | str) -> str:
    """An account as a part of a path; a SIS id may hold any character."""
    return quote(str(account), safe=":")


def _group_path(course_id: int, group_id: int) -> str:
    return f"/api/v1/courses/{course_id}/assignment_groups/{group_id}"


def group_name(course_id: int, group_id: int) -> str:
    """An assignment group in a sentence."""
    return f"assignment group {group_id} of course {course_id}"


def _account(row: Record) -> Account:
    account = Account(
        id=row.integer("id"), name=row.text("name"), parent_account_id=row.integer_or_none("parent_account_id")
    )
    if row.has("sis_account_id"):
        account["sis_account_id"] = row.text_or_none("sis_account_id")
    return account


def _term(row: Record) -> Term:
    term = Term(
        id=row.integer("id"),
        name=row.text("name"),
        start_at=row.moment_or_none("start_at"),
        end_at=row.moment_or_none("end_at"),
        workflow_state=row.text("workflow_state"),
    )
    if row.has("sis_term_id"):
        term["sis_term_id"] = row.text_or_none("sis_term_id")
    return term


def _course(row: Record) -> Course:
    course = Course(
        id=row.integer("id"),
        name=row.text("name"),
        course_code=row.text_or_none("course_code"),
        account_id=row.integer("account_id"),
        enrollment_term_id=row.integer("enrollment_term_id"),
        workflow_state=row.text("workflow_state"),
        apply_assignment_group_weights=row.flag("apply_assignment_group_weights", default=False),
    )
    if row.has("sis_course_id"):
        course["sis_course_id"] = row.text_or_none("sis_course_id")
    if row.has("teachers"):
        course["teachers"] = [
            Teacher(id=teacher.integer("id"), display_name=teacher.text_or_none("display_name") or "")
            for teacher in row.children("teachers")
        ]
    return course


def _section(row: Record) -> Section:
    section = Section(
        id=row.integer("id"),
        name=row.text("name"),
        course_id=row.integer("course_id"),
        nonxlist_course_id=row.integer_or_none("nonxlist_course_id"),
    )
    if row.has("sis_section_id"):
        section["sis_section_id"] = row.text_or_none("sis_section_id")
    if row.has("integration_id"):
        section["integration_id"] = row.text_or_none("integration_id")
    return section


def _group(row: Record) -> AssignmentGroup:
    return AssignmentGroup(
        id=row.integer("id"),
        name=row.text("name"),
        position=row.integer_or_none("position") or 0,
        group_weight=row.number("group_weight"),
        sis_source_id=row.text_or_none("sis_source_id"),
        integration_data=row.mapping("integration_data"),
        counts=None,
    )


def _counted_group(row: Record) -> AssignmentGroup:
    """A group with counts of its assignments; the assignments themselves are dropped at once."""
    group = _group(row)
    assignments = row.children("assignments")
    published = [one.flag("published", default=False) for one in assignments]
    flagged = [one.flag("post_to_sis", default=False) for one in assignments]
    taken = [one for one, *both in zip(assignments, published, flagged, strict=True) if all(both)]
    group["counts"] = AssignmentCounts(
        for_passback=len(taken),
        in_all=len(assignments),
        unpublished=sum(flagged) - len(taken),
        not_flagged=sum(published) - len(taken),
        no_due_date=sum(map(_lacks_due_date, taken)),
        name_too_long=sum(map(_is_name_too_long, taken)),
        differentiated=sum(one.flag("only_visible_to_overrides", default=False) for one in taken),
    )
    return group


def _lacks_due_date(assignment: Record) -> bool:
    return not assignment.text_or_none("due_at") and assignment.flag("due_date_required", default=True)


def _is_name_too_long(assignment: Record) -> bool:
    """Canvas names the limit that the SIS has, and only where the account's settings have one."""
    limit = assignment.integer_or_none("max_name_length")
    return limit is not None and len(assignment.text_or_none("name") or "") > limit

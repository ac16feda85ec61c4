"""Canvas, as far as this project needs it: schools, terms, courses, sections and assignment groups.

Calls and fields: https://canvas.instructure.com/doc/api/ (Accounts, Enrollment Terms, Courses, Sections, Assignment
Groups). Every method raises FatalError (the next request would fail too) or SkippableError (only this thing is
concerned); the writes can also raise RetriableError, see there. What cannot be read of a list goes into ``odd``;
without that it raises OddReply.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import SecretStr, TypeAdapter

from gpb.api import graphql
from gpb.api.http.addresses import CANVAS_TAIL, canvas_base
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY, shared_limiter
from gpb.api.http.credentials import BearerToken, tokens_of
from gpb.api.http.replies import CANVAS, canvas_reply
from gpb.api.http.transport import BeforeSend, Params, Reply, Transport
from gpb.api.lists import Page, Walked, WholeList, whole_list
from gpb.api.paging import LinkPages
from gpb.api.records import Odd, checked, each, rows_of, without_odd
from gpb.api.types import Account, AssignmentGroup, BareGroup, Course, Section, Term
from gpb.errors import BrokenReply, OddReply

PAGE_SIZE = 100
"""Canvas' largest page; the default is 10."""
COURSE_STATES = ("created", "claimed", "available", "completed")
"""All but deleted; the first two are what the reply calls ``unpublished``."""

EDIT_RIGHTS = ("manage_assignments_edit", "manage_assignments")
Identified = TypeVar("Identified", bound=Mapping[str, object])
"""An object of Canvas: what it has as ``id`` tells it from all others of its list."""

Met = Callable[[Sequence[Course]], Awaitable[None]]
"""Given the courses of a page of their list."""
ACCOUNTS, TERMS, COURSES = TypeAdapter(list[Account]), TypeAdapter(list[Term]), TypeAdapter(list[Course])
SECTIONS, GROUPS = TypeAdapter(list[Section]), TypeAdapter(list[AssignmentGroup])
BARE_GROUPS = TypeAdapter(list[BareGroup])


class CanvasClient:
    """Reads a district's structure, and writes ``integration_data`` or the name of one assignment group at a time."""

    def __init__(self, transport: Transport, *others: Transport) -> None:
        """``others`` have tokens of their own and take their part of the reading; all else goes by the first."""
        self._transport = transport
        self._transports = (transport, *others)

    @classmethod
    def at(cls, url: str, token: SecretStr, *, concurrency: int = DEFAULT_CONCURRENCY) -> CanvasClient:
        """A client of the Canvas at ``url``, such as https://district.instructure.com.

        ``token`` may be several, see ``tokens_of``, and ``concurrency`` is for each of them. All clients of this
        process with the same token share one limit, as Canvas counts them.
        """
        base = canvas_base(url)

        def transport(one: SecretStr) -> Transport:
            limiter = shared_limiter(CANVAS, base, one.get_secret_value(), concurrency)
            return Transport(CANVAS, base, canvas_reply, BearerToken(one), concurrency=concurrency, limiter=limiter)

        return cls(*map(transport, tokens_of(token) or [token]))

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""
        return sum(one.requests for one in self._transports)

    @property
    def throttled(self) -> int:
        """How many of them the rate limit turned away."""
        return sum(one.throttled for one in self._transports)

    @property
    def concurrency(self) -> int:
        """How many requests may be in flight, all tokens together."""
        return sum(one.concurrency for one in self._transports)

    def each(self) -> list[CanvasClient]:
        """A client for each of the tokens alone, on the same connections."""
        return [CanvasClient(one) for one in self._transports]

    @contextmanager
    def telling(self, listener: Callable[[str], None]) -> Iterator[None]:
        """Tell of each pause that the rate limit brings inside the block, in words for a person."""
        with ExitStack() as stack:
            for one in self._transports:
                stack.enter_context(one.telling(listener))
            yield

    async def aclose(self) -> None:
        """Close all connections."""
        for one in self._transports:
            await one.aclose()

    async def account(self, account: int | str) -> Account:
        """One account: ``self``, a number or ``sis_account_id:X``."""
        about = f"account {account}"
        return await self._one(f"/api/v1/accounts/{_segment(account)}", about, ACCOUNTS)

    async def sub_accounts(self, account_id: int | str, odd: list[Odd] | None = None) -> list[Account]:
        """All accounts below this one, at any depth; schools are among them."""
        path = f"/api/v1/accounts/{_segment(account_id)}/sub_accounts"
        about = f"the sub-accounts of account {account_id}"
        return await self._list(path, [("recursive", "true")], about, ACCOUNTS, odd=odd)

    async def terms(self, root: int | str, odd: list[Odd] | None = None) -> list[Term]:
        """The terms of a root account; other accounts have none."""
        path = f"/api/v1/accounts/{_segment(root)}/terms"
        found = await self._list(path, [], f"the terms of account {root}", TERMS, "enrollment_terms", odd=odd)
        for term in found:
            term["name"] = term["name"] or f"Term {term['id']}"
        return found

    async def courses(self, account: int | str, term_id: int | str, odd: list[Odd] | None = None) -> list[Course]:
        """The courses of a term in an account and all accounts below it, with their teachers, deleted ones left out.

        Each bears its own name: a nickname is private to the token's user, and nobody else knows the course by it.
        ``term_id`` is a number or ``sis_term_id:X``.
        """
        listed = await self.listed_courses(account, term_id)
        await listed.again()
        return courses_of(listed, odd, _courses_of(account, term_id))

    async def listed_courses(
        self, account: int | str, term_id: int | str, met: Met | None = None
    ) -> WholeList[Course | Odd]:
        """The same after one walk: what it met is there at once, and the list can be looked at again meanwhile.

        ``met`` is given the courses of each page before the next one is read; where a walk begins anew, once more.
        """
        params = [("enrollment_term_id", str(term_id)), ("include[]", "teachers")]
        params += [("state[]", state) for state in COURSE_STATES]
        path = f"/api/v1/accounts/{_segment(account)}/courses"

        async def named(rows: list[Course | Odd]) -> None:
            if met is not None:
                await met(_named(row for row in rows if not isinstance(row, Odd)))

        listed = self._whole(path, params, _courses_of(account, term_id), COURSES, met=named)
        await listed.first()
        return listed

    async def marks(self, courses: Sequence[int]) -> dict[int, graphql.Mark]:
        """What tells whether the sections and assignment groups of these courses have changed, see ``graphql``.

        A course that is not told is left out; raises as ``graphql.marks``.
        """

        async def some(first: int) -> dict[int, graphql.Mark]:
            transport = min(self._transports, key=lambda one: one.load)
            return await graphql.marks(transport, courses[first : first + graphql.AT_ONCE])

        told = await asyncio.gather(*(some(first) for first in range(0, len(courses), graphql.AT_ONCE)))
        return {course_id: mark for batch in told for course_id, mark in batch.items()}

    async def sections(self, course_id: int, odd: list[Odd] | None = None) -> list[Section]:
        """The sections of a course, among them those that were cross-listed into it."""
        about = f"the sections of course {course_id}"
        return await self._list(f"/api/v1/courses/{course_id}/sections", [], about, SECTIONS, odd=odd)

    async def assignment_groups(self, course_id: int, odd: list[Odd] | None = None) -> list[AssignmentGroup]:
        """The assignment groups of a course, each with counts of its assignments."""
        params = [
            ("include[]", "assignments"),
            ("exclude_response_fields[]", "description"),
            ("exclude_response_fields[]", "rubric"),
        ]
        about = f"the assignment groups of course {course_id}"
        path = f"/api/v1/courses/{course_id}/assignment_groups"
        return await self._list(path, params, about, GROUPS, odd=odd)

    async def assignment_group(self, course_id: int, group_id: int, before_send: BeforeSend | None = None) -> BareGroup:
        """One assignment group; ``before_send``: see ``Transport.get``."""
        path, about = _group_path(course_id, group_id), group_name(course_id, group_id)
        return await self._one(path, about, BARE_GROUPS, before_send)

    async def group_names(self, course_id: int) -> dict[int, str]:
        """The names of a course's assignment groups by id, without anything else of them."""
        path = f"/api/v1/courses/{course_id}/assignment_groups"
        about = f"the assignment groups of course {course_id}"
        odd: list[Odd] = []  # one that cannot be read is no reason to leave the others as they are
        return {group["id"]: group["name"] for group in await self._list(path, [], about, BARE_GROUPS, odd=odd)}

    async def may_edit_assignments(self, course_id: int) -> bool:
        """Whether the token's user may change the assignment groups of a course.

        ``GET /api/v1/courses/:id/permissions`` (Canvas API, Courses); the right to edit assignments had another name
        before it was split into adding, editing and deleting, and a name that Canvas does not know is false.
        """
        about, params = f"your permissions in course {course_id}", [("permissions[]", name) for name in EDIT_RIGHTS]
        reply = await self._transport.get(f"/api/v1/courses/{course_id}/permissions", params, about=about)
        found = reply.data if isinstance(reply.data, dict) else {}
        return any(str(found.get(name)).lower() == "true" for name in EDIT_RIGHTS)

    async def write_integration_data(
        self, course_id: int, group_id: int, data: Mapping[str, Any], before_send: BeforeSend | None = None
    ) -> BareGroup:
        """Send ``data`` to be merged, at its top level only, into the group's ``integration_data``; returns the echo.

        Nothing else of the group is sent: weight and rules would recompute grades. It is sent once, whatever comes.
        ConnectionLost, ServerFault and BrokenReply mean that it may or may not have been stored, so read the group
        again; after any other error, Throttled and NotSent among them, it was certainly not stored. ``before_send`` is
        called at the last moment, see ``Transport.put``.
        """
        return await self._write(course_id, group_id, {"integration_data": data}, before_send)

    async def rename_group(
        self, course_id: int, group_id: int, name: str, before_send: BeforeSend | None = None
    ) -> BareGroup:
        """Give the group another name, and return the echo; all else as ``write_integration_data``."""
        return await self._write(course_id, group_id, {"name": name}, before_send)

    async def _write(
        self, course_id: int, group_id: int, body: Mapping[str, Any], before_send: BeforeSend | None
    ) -> BareGroup:
        about, path = group_name(course_id, group_id), _group_path(course_id, group_id)
        reply = await self._transport.put(path, body, about=about, before_send=before_send)
        try:
            return _object(BARE_GROUPS, about, reply.data)
        except OddReply as error:
            raise BrokenReply(str(error), system=CANVAS, status=reply.status) from error

    def may_repeat_write(self) -> bool:
        """Whether a write may be begun anew, which is a read and a write; takes both from the retry budget."""
        return self._transport.may_repeat(2)

    async def _one(
        self, path: str, about: str, kind: TypeAdapter[list[Identified]], before_send: BeforeSend | None = None
    ) -> Identified:
        reply = await self._transport.get(path, about=about, before_send=before_send)
        return _object(kind, about, reply.data)

    async def _list(
        self,
        path: str,
        params: Params,
        about: str,
        kind: TypeAdapter[list[Identified]],
        *keys: str,
        odd: list[Odd] | None,
    ) -> list[Identified]:
        """All pages of a list, see ``lists``."""
        return without_odd(await whole_list(self._whole(path, params, about, kind, *keys)), odd, CANVAS, about)

    def _whole(
        self,
        path: str,
        params: Params,
        about: str,
        kind: TypeAdapter[list[Identified]],
        *keys: str,
        met: Callable[[list[Identified | Odd]], Awaitable[None]] | None = None,
    ) -> WholeList[Identified | Odd]:
        transport = min(self._transports, key=lambda one: one.load)  # one that pauses has many who wait
        root = f"{urlsplit(transport.base_url).path}{CANVAS_TAIL}/"
        first: Params = [*params, ("per_page", str(PAGE_SIZE))]

        async def page(address: str) -> tuple[Reply, list[Identified | Odd], list[str]]:
            """A page with its rows and what tells these apart; the address of a next page is complete and opaque."""
            reply = await transport.get(address, first if address == path else (), about=about)
            raw = rows_of(CANVAS, about, reply.data, *keys)
            rows = each(kind, CANVAS, about, raw)
            return reply, rows, [_identity(*pair) for pair in zip(rows, raw, strict=True)]

        async def walk() -> Walked[Identified | Odd]:
            pages = LinkPages(CANVAS, about, path, PAGE_SIZE, root)
            walked: Walked[Identified | Odd] = Walked()
            while (address := pages.next_url) is not None:
                reply, rows, identities = await page(address)
                places = list(range(len(rows)))
                fresh = pages.take(reply.url, reply.headers.get("link", ""), places, identities)
                walked.add(address, [(identities[place], rows[place]) for place in fresh], identities)
                if met is not None:
                    await met([rows[place] for place in fresh])
            return walked

        async def look(address: Page) -> list[str]:
            return (await page(str(address)))[2]

        return WholeList(transport, walk, look)


def courses_of(
    listed: WholeList[Course | Odd], odd: list[Odd] | None, about: str = "the courses of a term"
) -> list[Course]:
    """What ``listed_courses`` has met so far; see ``courses`` for names and ``odd``."""
    return _named(without_odd(listed.objects, odd, CANVAS, about))


def _named(courses: Iterable[Course]) -> list[Course]:
    found = [*courses]
    for course in found:
        course["name"] = course.get("original_name") or course["name"]
    return found


def _courses_of(account: int | str, term_id: int | str) -> str:
    return f"the courses of account {account} in term {term_id}"


def _identity(row: Mapping[str, object] | Odd, raw: Any) -> str:
    """What tells an object from all others of its list; of an odd one without an id everything that it holds."""
    if isinstance(row, Odd):
        return row.identity or json.dumps(raw, sort_keys=True)
    return str(row["id"])


def _segment(account: int | str) -> str:
    """An account as a part of a path; a SIS id may hold any character."""
    return quote(str(account), safe=":")


def _group_path(course_id: int, group_id: int) -> str:
    return f"/api/v1/courses/{course_id}/assignment_groups/{group_id}"


def group_name(course_id: int, group_id: int) -> str:
    """An assignment group in a sentence."""
    return f"assignment group {group_id} of course {course_id}"


def _object(kind: TypeAdapter[list[Identified]], about: str, data: Any) -> Identified:
    """The reply as one object."""
    return checked(kind, CANVAS, about, [data])[0]

"""Focus' native API, version 1.0: base ``https://<district>/focus/api/1.0``.

Routes and columns are those of the interactive documentation that every Focus site publishes at ``/focus/api/docs``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field, SecretStr, TypeAdapter
from typing_extensions import TypedDict

from gpb.api.http.addresses import focus_base
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.http.replies import FOCUS
from gpb.api.http.transport import BeforeSend, Transport
from gpb.api.records import (
    Aside,
    Name,
    Odd,
    Off,
    On,
    OptionalText,
    Text,
    Texts,
    Title,
    checked,
    first_of,
    null_as,
    read_as,
    rows_of,
)
from gpb.api.sis import NOT_FOUND, client_transport, merged_categories, read_list, read_page, unique
from gpb.api.sis_replies import focus_reply
from gpb.api.types import LineItem, SisCategory, SisClass, SisSchool
from gpb.errors import BrokenReply, OddReply, WrongServer
from gpb.matching.section_key import same_spelling

CATEGORY_LIST = "/assignment_categories"
LIST = "data"
"""Where the envelope of a list keeps its rows."""


NamedTexts = Annotated[tuple[str, ...], first_of(Texts, null_as(())), Field(default=())]
Uuid = Annotated[Text, Field(validation_alias="uuid")]


class _School(TypedDict):
    """One of ``/schools``."""

    id: Uuid
    title: Title


class _Section(TypedDict):
    """One of ``/sections``; its marking period is one, or a list."""

    id: Uuid
    school_id: Annotated[OptionalText, Field(validation_alias="school_uuid")]
    title: Title
    active: On
    homeroom: Off
    terms: Annotated[NamedTexts, Field(validation_alias="marking_period_uuid")]


class _Category(TypedDict):
    """One of ``/assignment_categories``, which name every section: none named is valid nowhere, not everywhere."""

    id: Uuid
    title: Name
    active: On
    class_ids: Annotated[NamedTexts, Field(validation_alias="section_uuids")]


class _Assignment(TypedDict):
    """One of ``/sections/:uuid/assignments``."""

    assignment_category_uuid: OptionalText
    title: OptionalText
    due_date: Aside


SCHOOLS = TypeAdapter(list[Annotated[SisSchool, read_as(_School, lambda row: SisSchool(**row))]])
CLASSES = TypeAdapter(list[Annotated[SisClass, read_as(_Section, lambda row: SisClass(**row))]])
CATEGORIES = TypeAdapter(list[Annotated[SisCategory, read_as(_Category, lambda row: SisCategory(**row))]])
ASSIGNMENTS = TypeAdapter(list[_Assignment])


class FocusClient:
    """Reads schools, sections and grading categories, and writes one category at a time; an ``SisClient``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def at(
        cls, url: str, client_id: str, client_secret: SecretStr, *, concurrency: int = DEFAULT_CONCURRENCY
    ) -> FocusClient:
        """A client of the Focus at ``url``; the base of its OneRoster dialect is taken as well."""
        base = focus_base(url)
        return cls(client_transport(base, focus_reply, client_id, client_secret, concurrency=concurrency))

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""
        return self._transport.requests

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def schools(self) -> list[SisSchool]:
        """All schools."""
        return unique(await read_list(self._transport, "/schools", "the schools", SCHOOLS, LIST, is_long=True))

    async def classes(self, odd: list[Odd] | None = None) -> list[SisClass]:
        """All sections, inactive ones included."""
        return unique(
            await read_list(self._transport, "/sections", "the sections", CLASSES, LIST, odd=odd, is_long=True)
        )

    async def categories(self, odd: list[Odd] | None = None) -> list[SisCategory]:
        """All assignment categories, inactive ones included."""
        path, about = CATEGORY_LIST, "the grading categories"
        return merged_categories(await read_list(self._transport, path, about, CATEGORIES, LIST, odd=odd, is_long=True))

    async def some_categories(self, wanted: Mapping[str, Collection[str]]) -> list[SisCategory] | None:
        """See ``SisClient``; every route takes ``uuids[]`` (Focus' route documentation), and names all sections."""
        some, about = [("uuids[]", identifier) for identifier in wanted], "the grading categories of a plan"
        rows, is_whole = await read_page(self._transport, CATEGORY_LIST, some, about, CATEGORIES, LIST)
        found = merged_categories(rows)
        missing = {same_spelling(one) for one in wanted} ^ {same_spelling(one.id) for one in found}
        is_plain = not missing or (is_whole and missing.isdisjoint(same_spelling(one.id) for one in found))
        return found if is_plain else None

    async def category(self, identifier: str, before_send: BeforeSend | None = None) -> SisCategory | None:
        """One category, None where there is none; ``before_send``: see ``Transport.get``.

        Every route is a collection (Focus' route documentation): one object comes in a list, and none as an empty one.
        """
        about = f"grading category {identifier}"
        try:
            reply = await self._transport.get(_category_path(identifier), about=about, before_send=before_send)
        except WrongServer as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return next(iter(_categories(reply.data, about)), None)

    async def write_category(
        self, category: SisCategory, *, is_new: bool, before_send: BeforeSend | None = None
    ) -> SisCategory:
        """Store a category whole, and return the echo; as ``CanvasClient.write_integration_data`` in all else.

        A new one gets the id that it bears here, so that asking for it tells whether it was made. Raises OddReply where
        Focus has stored something else.
        """
        about, path = f"grading category {category.id}", _category_path(category.id)
        body = {
            "uuid": category.id,
            "title": category.title,
            "active": category.active,
            "section_uuids": list(category.class_ids or ()),
        }
        path = CATEGORY_LIST if is_new else path
        reply = await self._transport.put(path, body, about=about, before_send=before_send)
        try:
            found = next(iter(_categories(reply.data, about)), None)
        except OddReply as error:
            raise BrokenReply(str(error), system=FOCUS, status=reply.status) from error
        if found is None:
            raise BrokenReply(f"The reply of Focus for {about} does not show it.", system=FOCUS, status=reply.status)
        if found.id != category.id:  # to ask again would make another one
            raise OddReply(
                f"Focus stored “{category.title}” under the id {found.id} instead of {category.id}. Check the "
                "categories in Focus.",
                system=FOCUS,
                status=reply.status,
            )
        return found

    async def delete_category(self, identifier: str, before_send: BeforeSend | None = None) -> None:
        """Delete a category; raises as ``write_category`` does."""
        about = f"grading category {identifier}"
        await self._transport.delete(_category_path(identifier), about=about, before_send=before_send)

    def may_repeat_write(self) -> bool:
        """See ``CanvasClient.may_repeat_write``."""
        return self._transport.may_repeat(2)

    async def used_categories(self, class_id: str) -> set[str]:
        """Ids of the categories under which a section has assignments."""
        rows = await self._assignments(class_id)
        return {row["assignment_category_uuid"] for row in rows if row["assignment_category_uuid"]}

    async def line_items(self, class_id: str) -> list[LineItem]:
        """The assignments of a section that have a title and a category."""
        rows = await self._assignments(class_id)
        told = [(row["title"], row["assignment_category_uuid"], row["due_date"]) for row in rows]
        return [LineItem(title, category, due) for title, category, due in told if title and category]

    async def _assignments(self, class_id: str) -> list[_Assignment]:
        path, about = f"/sections/{quote(class_id, safe='')}/assignments", f"the assignments of section {class_id}"
        return await read_list(self._transport, path, about, ASSIGNMENTS, LIST)


def _category_path(identifier: str) -> str:
    return f"{CATEGORY_LIST}/{quote(identifier, safe='')}"


def _categories(data: Any, about: str) -> list[SisCategory]:
    """The categories of a reply: the rows of a list, or one bare object."""
    is_bare = isinstance(data, dict) and "uuid" in data
    return merged_categories(
        checked(CATEGORIES, FOCUS, about, [data] if is_bare else rows_of(FOCUS, about, data, LIST))
    )

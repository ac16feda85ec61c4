"""OneRoster 1.1 as Focus speaks it: base ``https://<district>/focus/api/1.0/ims/oneroster/v1p1``.

The standard: https://www.imsglobal.org/oneroster-v11-final-specification. It has no field that ties a category to a
class; ``metadata.classId`` is an extension that grade passback relies on. A category without it is *global*.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator, Field, SecretStr, TypeAdapter
from typing_extensions import TypedDict

from gpb.api.http.addresses import oneroster_base
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.http.replies import FOCUS
from gpb.api.http.transport import Transport
from gpb.api.records import Aside, Name, Odd, OptionalText, Text, Texts, Title, checked, object_of, read_as
from gpb.api.sis import client_transport, merged_categories, read_list, read_page, unique
from gpb.api.sis_replies import oneroster_reply
from gpb.api.types import LineItem, SisCategory, SisClass, SisSchool
from gpb.errors import SkippableError, WrongServer
from gpb.matching.section_key import same_spelling

SCOPE = " ".join(
    f"https://purl.imsglobal.org/spec/or/v1p1/scope/{name}.readonly" for name in ("roster-core", "gradebook")
)
"""The standard's scopes for reading schools and classes, and categories."""


class _Reference(TypedDict):
    """How the standard names another object."""

    sourcedId: OptionalText


class _Metadata(TypedDict):
    """``classId`` is a text or a list; null and empty text are no class."""

    classId: Annotated[Texts | None, BeforeValidator(lambda ids: None if ids == "" else ids), Field(default=None)]


def _ids(listed: Any) -> tuple[str, ...]:
    """The ids of a list of references; some servers leave it out, or give bare ids."""
    several = listed if isinstance(listed, list) else [listed] if listed else []  # {} is PHP's empty list
    found = (one.get("sourcedId") if isinstance(one, dict) else one for one in several)
    return tuple(str(one) for one in found if isinstance(one, str | int))


def _is_active(status: str | None) -> bool:
    """The status is ``active`` or ``tobedeleted``; some servers of version 1.0 say ``inactive``."""
    return (status or "active").lower() == "active"


SourcedId = Annotated[Text, Field(validation_alias="sourcedId")]
Status = Annotated[bool, read_as(Text | None, _is_active), Field(default=True, validation_alias="status")]
Referred = Annotated[
    str | None,
    read_as(Annotated[Any, object_of(_Reference)], lambda one: one and one["sourcedId"]),
    Field(default=None),
]
"""The id of another object."""


class _School(TypedDict):
    """One of ``orgs``."""

    id: SourcedId
    title: Annotated[Title, Field(validation_alias="name")]


class _Class(TypedDict):
    """One of ``classes``."""

    id: SourcedId
    school_id: Annotated[Referred, Field(validation_alias="school")]
    title: Title
    active: Status
    homeroom: Annotated[
        bool,
        read_as(Text | None, lambda kind: kind == "homeroom"),
        Field(default=False, validation_alias="classType"),
    ]
    terms: Annotated[tuple[str, ...], BeforeValidator(_ids), Field(default=())]


class _Category(TypedDict):
    """One of ``categories``; without a class in its metadata it is global."""

    id: SourcedId
    title: Name
    active: Status
    class_ids: Annotated[
        tuple[str, ...] | None,
        read_as(Annotated[Any, object_of(_Metadata)], lambda metadata: metadata and metadata["classId"]),
        Field(default=None, validation_alias="metadata"),
    ]


class _LineItem(TypedDict):
    """One of ``lineItems``."""

    title: OptionalText
    category: Referred
    due: Annotated[Aside, Field(validation_alias="dueDate")]


def _lacks(found: list[SisCategory], identifier: str, class_ids: Collection[str]) -> bool:
    """Whether these do not show the category as valid in each of the classes."""
    one = next((known for known in found if known.id == identifier), None)
    if one is None or not one.active:
        return True
    return one.class_ids is not None and not {*map(same_spelling, class_ids)} <= {*map(same_spelling, one.class_ids)}


SCHOOLS = TypeAdapter(list[Annotated[SisSchool, read_as(_School, lambda row: SisSchool(**row))]])
CLASSES = TypeAdapter(list[Annotated[SisClass, read_as(_Class, lambda row: SisClass(**row))]])
CATEGORIES = TypeAdapter(list[Annotated[SisCategory, read_as(_Category, lambda row: SisCategory(**row))]])
LINE_ITEMS = TypeAdapter(list[_LineItem])


class OneRosterClient:
    """Reads schools, classes and grading categories; an ``SisClient``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def at(
        cls, url: str, client_id: str, client_secret: SecretStr, *, concurrency: int = DEFAULT_CONCURRENCY
    ) -> OneRosterClient:
        """A client of the OneRoster service at ``url``; the base of Focus' native dialect is taken as well."""
        base = oneroster_base(url)
        client = client_id, client_secret
        return cls(client_transport(base, oneroster_reply, *client, concurrency=concurrency, scope=SCOPE))

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""
        return self._transport.requests

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def schools(self) -> list[SisSchool]:
        """All schools; the standard calls their list ``orgs``."""
        return unique(
            await read_list(self._transport, "/schools", "the schools", SCHOOLS, "orgs", "schools", is_long=True)
        )

    async def classes(self, odd: list[Odd] | None = None) -> list[SisClass]:
        """All classes, inactive ones included."""
        return unique(
            await read_list(self._transport, "/classes", "the classes", CLASSES, "classes", odd=odd, is_long=True)
        )

    async def categories(self, odd: list[Odd] | None = None) -> list[SisCategory]:
        """All categories, inactive ones included."""
        about = "the grading categories"
        rows = await read_list(self._transport, "/categories", about, CATEGORIES, "categories", odd=odd, is_long=True)
        return merged_categories(rows)

    async def some_categories(self, wanted: Mapping[str, Collection[str]]) -> list[SisCategory] | None:
        """See ``SisClient``; the vendor asks servers to take a filter by ``metadata.classId``, which leaves out those
        of all classes: what it does not show is asked for by its id.
        """
        classes = {class_id for several in wanted.values() for class_id in several}
        found = merged_categories([row for rows in await asyncio.gather(*map(self._of_class, classes)) for row in rows])
        missing = [identifier for identifier, several in wanted.items() if _lacks(found, identifier, several)]
        alone = await asyncio.gather(*map(self._category, missing))
        found = merged_categories([*found, *(one for one in alone if one is not None)])
        is_open = any(
            one is None or (one.active and _lacks(found, identifier, wanted[identifier]))
            for identifier, one in zip(missing, alone, strict=True)
        )
        return None if is_open else found

    async def _of_class(self, class_id: str) -> list[SisCategory]:
        """Those that name a class; none where the server does not filter."""
        quoted = class_id.replace("'", "\\'")
        params, about = [("filter", f"metadata.classId='{quoted}'")], f"the grading categories of class {class_id}"
        rows, _ = await read_page(self._transport, "/categories", params, about, CATEGORIES, "categories")
        spelled = same_spelling(class_id)
        return [row for row in rows if row.class_ids is None or spelled in map(same_spelling, row.class_ids)]

    async def _category(self, identifier: str) -> SisCategory | None:
        """One category; None where the server does not show it."""
        about = f"grading category {identifier}"
        try:
            reply = await self._transport.get(f"/categories/{quote(identifier, safe='')}", about=about)
            row = reply.data.get("category") if isinstance(reply.data, dict) else None
            return checked(CATEGORIES, FOCUS, about, [row])[0]
        except (SkippableError, WrongServer):
            return None

    async def used_categories(self, class_id: str) -> set[str]:
        """Ids of the categories under which a class has line items."""
        return {row["category"] for row in await self._line_items(class_id) if row["category"]}

    async def line_items(self, class_id: str) -> list[LineItem]:
        """The line items of a class that have a title and a category."""
        told = [(row["title"], row["category"], row["due"]) for row in await self._line_items(class_id)]
        return [LineItem(title, category, due) for title, category, due in told if title and category]

    async def _line_items(self, class_id: str) -> list[_LineItem]:
        path, about = f"/classes/{quote(class_id, safe='')}/lineItems", f"the line items of class {class_id}"
        return await read_list(self._transport, path, about, LINE_ITEMS, "lineItems")

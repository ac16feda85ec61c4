"""Focus' native API, version 1.0: base ``https://<district>/focus/api/1.0``.

Routes and columns are those of the interactive documentation that every Focus site publishes at ``/focus/api/docs``.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from pydantic import Field, SecretStr, TypeAdapter
from typing_extensions import TypedDict

from gpb.api.http.addresses import focus_base
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.http.credentials import ClientCredentials
from gpb.api.http.replies import FOCUS
from gpb.api.http.transport import Transport
from gpb.api.records import Name, Odd, Off, On, OptionalText, Text, Texts, Title, first_of, null_as, read_as
from gpb.api.sis import merged_categories, read_list, unique
from gpb.api.sis_replies import focus_reply, token_reply
from gpb.api.types import SisCategory, SisClass, SisSchool

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


SCHOOLS = TypeAdapter(list[Annotated[SisSchool, read_as(_School, lambda row: SisSchool(**row))]])
CLASSES = TypeAdapter(list[Annotated[SisClass, read_as(_Section, lambda row: SisClass(**row))]])
CATEGORIES = TypeAdapter(list[Annotated[SisCategory, read_as(_Category, lambda row: SisCategory(**row))]])
ASSIGNMENTS = TypeAdapter(list[_Assignment])


class FocusClient:
    """Reads schools, sections and grading categories; an ``SisClient``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def at(
        cls, url: str, client_id: str, client_secret: SecretStr, *, concurrency: int = DEFAULT_CONCURRENCY
    ) -> FocusClient:
        """A client of the Focus at ``url``; the base of its OneRoster dialect is taken as well."""
        credential = ClientCredentials(client_id, client_secret)
        base = focus_base(url)
        return cls(Transport(FOCUS, base, focus_reply, credential, token_judge=token_reply, concurrency=concurrency))

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""
        return self._transport.requests

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def schools(self) -> list[SisSchool]:
        """All schools."""
        return unique(await read_list(self._transport, "/schools", "the schools", SCHOOLS, LIST))

    async def classes(self, odd: list[Odd] | None = None) -> list[SisClass]:
        """All sections, inactive ones included."""
        return unique(await read_list(self._transport, "/sections", "the sections", CLASSES, LIST, odd=odd))

    async def categories(self, odd: list[Odd] | None = None) -> list[SisCategory]:
        """All assignment categories, inactive ones included."""
        path, about = "/assignment_categories", "the grading categories"
        return merged_categories(await read_list(self._transport, path, about, CATEGORIES, LIST, odd=odd))

    async def used_categories(self, class_id: str) -> set[str]:
        """Ids of the categories under which a section has assignments."""
        path, about = f"/sections/{quote(class_id, safe='')}/assignments", f"the assignments of section {class_id}"
        rows = await read_list(self._transport, path, about, ASSIGNMENTS, LIST)
        return {row["assignment_category_uuid"] for row in rows if row["assignment_category_uuid"]}

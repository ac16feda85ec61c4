"""Focus' native API, version 1.0: base ``https://<district>/focus/api/1.0``.

Routes and columns are those of the interactive documentation that every Focus site publishes at ``/focus/api/docs``.
"""

from __future__ import annotations

from urllib.parse import quote

from pydantic import SecretStr

from gpb.api.http.addresses import focus_base
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.http.credentials import ClientCredentials
from gpb.api.http.replies import FOCUS
from gpb.api.http.transport import Transport
from gpb.api.records import Record
from gpb.api.sis import merged_categories, read_list, unique
from gpb.api.sis_replies import focus_reply, token_reply
from gpb.api.types import SisCategory, SisClass, SisSchool

LIST = "data"
"""Where the envelope of a list keeps its rows."""


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
        return unique(await read_list(self._transport, "/schools", "the schools", _school, LIST))

    async def classes(self) -> list[SisClass]:
        """All sections, inactive ones included."""
        return unique(await read_list(self._transport, "/sections", "the sections", _class, LIST))

    async def categories(self) -> list[SisCategory]:
        """All assignment categories, inactive ones included."""
        path = "/assignment_categories"
        return merged_categories(await read_list(self._transport, path, "the grading categories", _category, LIST))

    async def used_categories(self, class_id: str) -> set[str]:
        """Ids of the categories under which a section has assignments."""
        path, about = f"/sections/{quote(class_id, safe='')}/assignments", f"the assignments of section {class_id}"
        return set(filter(None, await read_list(self._transport, path, about, _category_of, LIST)))


def _school(row: Record) -> SisSchool:
    return SisSchool(id=row.text("uuid"), title=row.text_or_none("title") or "")


def _class(row: Record) -> SisClass:
    return SisClass(
        id=row.text("uuid"),
        school_id=row.text_or_none("school_uuid"),
        title=row.text_or_none("title") or "",
        active=row.flag("active", default=True),
        homeroom=row.flag("homeroom", default=False),
        terms=row.texts("marking_period_uuid"),
    )


def _category(row: Record) -> SisCategory:
    """This dialect names every section of a category, so none named means valid nowhere, not everywhere."""
    return SisCategory(
        id=row.text("uuid"),
        title=row.text_or_none("title") or "",
        active=row.flag("active", default=True),
        class_ids=row.texts("section_uuids"),
    )


def _category_of(assignment: Record) -> str | None:
    return assignment.text_or_none("assignment_category_uuid")

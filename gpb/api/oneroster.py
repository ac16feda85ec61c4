"""OneRoster 1.1 as Focus speaks it: base ``https://<district>/focus/api/1.0/ims/oneroster/v1p1``.

The standard: https://www.imsglobal.org/oneroster-v11-final-specification. It has no field that ties a category to a
class; ``metadata.classId`` is an extension that grade passback relies on. A category without it is *global*.
"""

from __future__ import annotations

from urllib.parse import quote

from pydantic import SecretStr

from gpb.api.http.addresses import oneroster_base
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.http.credentials import ClientCredentials
from gpb.api.http.replies import FOCUS
from gpb.api.http.transport import Transport
from gpb.api.records import Record
from gpb.api.sis import merged_categories, read_list, unique
from gpb.api.sis_replies import oneroster_reply, token_reply
from gpb.api.types import SisCategory, SisClass, SisSchool

SCOPE = " ".join(
    f"https://purl.imsglobal.org/spec/or/v1p1/scope/{name}.readonly" for name in ("roster-core", "gradebook")
)
"""The standard's scopes for reading schools and classes, and categories."""


class OneRosterClient:
    """Reads schools, classes and grading categories; an ``SisClient``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def at(
        cls, url: str, client_id: str, client_secret: SecretStr, *, concurrency: int = DEFAULT_CONCURRENCY
    ) -> OneRosterClient:
        """A client of the OneRoster service at ``url``; the base of Focus' native dialect is taken as well."""
        credential = ClientCredentials(client_id, client_secret, scope=SCOPE)
        base = oneroster_base(url)
        return cls(
            Transport(FOCUS, base, oneroster_reply, credential, token_judge=token_reply, concurrency=concurrency)
        )

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""
        return self._transport.requests

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def schools(self) -> list[SisSchool]:
        """All schools; the standard calls their list ``orgs``."""
        return unique(await read_list(self._transport, "/schools", "the schools", _school, "orgs", "schools"))

    async def classes(self) -> list[SisClass]:
        """All classes, inactive ones included."""
        return unique(await read_list(self._transport, "/classes", "the classes", _class, "classes"))

    async def categories(self) -> list[SisCategory]:
        """All categories, inactive ones included."""
        about = "the grading categories"
        return merged_categories(await read_list(self._transport, "/categories", about, _category, "categories"))

    async def used_categories(self, class_id: str) -> set[str]:
        """Ids of the categories under which a class has line items."""
        path, about = f"/classes/{quote(class_id, safe='')}/lineItems", f"the line items of class {class_id}"
        return set(filter(None, await read_list(self._transport, path, about, _category_of, "lineItems")))


def _school(row: Record) -> SisSchool:
    return SisSchool(id=row.text("sourcedId"), title=row.text_or_none("name") or "")


def _class(row: Record) -> SisClass:
    return SisClass(
        id=row.text("sourcedId"),
        school_id=row.child("school").text_or_none("sourcedId"),
        title=row.text_or_none("title") or "",
        active=_is_active(row),
        homeroom=row.text_or_none("classType") == "homeroom",
        terms=_term_ids(row),
    )


def _category(row: Record) -> SisCategory:
    return SisCategory(
        id=row.text("sourcedId"),
        title=row.text_or_none("title") or "",
        active=_is_active(row),
        class_ids=_class_ids(row),
    )


def _is_active(row: Record) -> bool:
    """The status is ``active`` or ``tobedeleted``; some servers of version 1.0 say ``inactive``."""
    return (row.text_or_none("status") or "active").lower() == "active"


def _term_ids(row: Record) -> tuple[str, ...]:
    """The ids of ``terms``; some servers leave the list out, or give bare ids."""
    listed = row.fields.get("terms") or ()
    return tuple(str(term.get("sourcedId")) if isinstance(term, dict) else str(term) for term in listed)


def _class_ids(row: Record) -> tuple[str, ...] | None:
    """``metadata.classId`` as a text or a list; without it the category is global."""
    metadata = row.child("metadata")
    if metadata.fields.get("classId") in (None, ""):
        return None
    return metadata.texts("classId")


def _category_of(line_item: Record) -> str | None:
    return line_item.child("category").text_or_none("sourcedId")

"""Whether the sections and assignment groups of a course have changed, by Canvas' GraphQL: a hundred courses a request.

What it tells (Canvas source, ``app/graphql/types/``: ``course_type.rb``, ``section_type.rb``,
``assignment_group_type.rb``, ``date_time_type.rb``): the sections with name and SIS id, and the available assignment
groups with name, position, weight and the time of their last save, in whole seconds. It does not tell what is stored
in ``integration_data``; that is a column of the group (``app/models/assignment_group.rb``), and Rails moves
``updated_at`` with each changed column. Each save of an assignment moves that of its group, too
(``app/models/assignment.rb``, ``touch_assignment_group``). The course's own ``updated_at`` would also move with each
page, file and module, and with no section (``app/models/course_section.rb`` touches no course).

What it certainly does not tell: a section's integration id; dates that an assignment has for some students
(``app/models/assignment_override.rb`` touches the assignment alone), assignments that were taken off passback all at
once (``app/controllers/disable_post_to_sis_api_controller.rb`` updates them in one statement), and the account's rules
for their names and dates.

Nothing of this is promised by Canvas, and a reply may be up to an hour old: see ``gpb.term.changed``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from gpb.api.http.replies import CANVAS, message_of
from gpb.api.http.transport import Reply, Transport
from gpb.api.records import Integer, Moment, Number, Odd, OptionalInteger, OptionalText, Title, each, rows_of
from gpb.errors import Refused

AT_ONCE = 100
"""Courses of a request: Canvas takes no more."""
SETTLED = timedelta(minutes=2)
"""A group that was saved later than that before the reply may be saved again within the same second, or by a server
whose clock differs, and nobody could tell."""
ABOUT = "the structure of courses"
QUERY = """
query Structure($ids: [ID!]) {
  courses(ids: $ids) {
    id: _id
    sectionsConnection(first: 100) { nodes { id: _id name sisId } pageInfo { hasNextPage } }
    assignmentGroupsConnection(first: 100) {
      nodes { id: _id name position groupWeight sisId updatedAt }
      pageInfo { hasNextPage }
    }
  }
}
"""


class _Section(TypedDict):
    id: Integer
    name: Title
    sisId: OptionalText


class _Group(TypedDict):
    id: Integer
    name: Title
    position: OptionalInteger
    groupWeight: Number
    sisId: OptionalText
    updatedAt: Moment


class _PageInfo(TypedDict):
    hasNextPage: bool


class _Sections(TypedDict):
    nodes: list[_Section]
    pageInfo: _PageInfo


class _Groups(TypedDict):
    nodes: list[_Group]
    pageInfo: _PageInfo


class _Course(TypedDict):
    id: Integer
    sectionsConnection: _Sections
    assignmentGroupsConnection: _Groups


COURSES = TypeAdapter(list[_Course])


@dataclass(frozen=True, slots=True)
class Mark:
    """What GraphQL told of a course, as a short text that is another one after a change.

    Without ``is_settled`` the same text may come after another change, so it is good for nothing later. ``groups`` are
    ids, ``sections`` id, name and SIS id of each section, both in Canvas' order; of thousands of courses there are
    thousands, so they are as small as can be.
    """

    text: str
    is_settled: bool
    groups: tuple[int, ...] = ()
    sections: tuple[tuple[int, str, str | None], ...] = ()

    def is_of(self, inside: Collection[int]) -> bool:
        """Whether these are the ids of its sections and groups; else another moment was met, or a reply cut short."""
        return {*self.groups, *(section_id for section_id, _, _ in self.sections)} == {*inside}


async def marks(transport: Transport, courses: Sequence[int]) -> dict[int, Mark]:
    """The marks of at most ``AT_ONCE`` courses; one that is not told whole has none.

    Raises Refused where this Canvas does not answer the question, and what ``Transport.get`` raises.
    """
    body = {"query": QUERY, "variables": {"ids": [str(one) for one in courses]}}
    reply = await transport.post("/api/graphql", body, about=ABOUT)
    data = reply.data if isinstance(reply.data, dict) else {}
    if data.get("errors") or not isinstance(data.get("data"), dict):
        raise Refused(f"Canvas does not tell {ABOUT}: {message_of(data) or 'no reason given'}", system=CANVAS)
    rows = [one for one in rows_of(CANVAS, ABOUT, data["data"], "courses") if one is not None]
    return {
        course["id"]: _mark(course, _sent_at(reply))
        for course in each(COURSES, CANVAS, ABOUT, rows)
        if not isinstance(course, Odd) and _is_whole(course)
    }


def _is_whole(course: _Course) -> bool:
    lists = course["sectionsConnection"], course["assignmentGroupsConnection"]
    return not any(one["pageInfo"]["hasNextPage"] for one in lists)


def _mark(course: _Course, sent_at: datetime | None) -> Mark:
    sections, groups = course["sectionsConnection"]["nodes"], course["assignmentGroupsConnection"]["nodes"]
    told = [sorted(sections, key=lambda one: one["id"]), sorted(groups, key=lambda one: one["id"])]
    text = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:20]
    saved = [one["updatedAt"] for one in groups]
    is_settled = sent_at is not None and all(_is_before(one, sent_at - SETTLED) for one in saved)
    of_sections = tuple((one["id"], one["name"], one["sisId"] or None) for one in sections)
    return Mark(text, is_settled, tuple(one["id"] for one in groups), of_sections)


def _is_before(moment: str | None, limit: datetime) -> bool:
    return moment is not None and datetime.fromisoformat(moment) < limit


def _sent_at(reply: Reply) -> datetime | None:
    """When the reply left, by the server's clock; None where it does not say so."""
    try:
        found = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)

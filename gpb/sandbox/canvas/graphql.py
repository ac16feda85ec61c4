"""Canvas' GraphQL, as far as it tells the structure of courses (contract: reading, structure of many courses).

Fields: `app/graphql/types/course_type.rb`, `section_type.rb` and `assignment_group_type.rb` of Canvas' source. There is
no `integrationData` anywhere. A group's `updatedAt` is that of its record, which Rails moves with each changed column,
in whole seconds (`date_time_type.rb`). Sections come by name, and their SIS ids with the right that REST wants, too
(`course_type.rb`, `section_type.rb`). A section's save moves neither its course nor a group (`course_section.rb`).
Errors come with status 200.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.canvas.access import sees_sis_ids, signed_in
from gpb.sandbox.canvas.courses import by_name
from gpb.sandbox.canvas.graphql_text import Field, QueryError, fields_of
from gpb.sandbox.district.model import Course, Group, Section
from gpb.sandbox.district.world import World
from gpb.sandbox.numbers import whole
from gpb.sandbox.replies import charge, json_reply
from gpb.sandbox.tokens import READ_COURSES, CanvasToken, Keyring

PAGE, LONGEST_PAGE, MOST_COURSES = 20, 100, 100
CACHED_SECONDS = 3600.0
COST_OF_COURSE = 0.01
Known = dict[str, Callable[[Field], Any]]
"""The fields of one object, by name."""


class GraphqlRoutes:
    """The one route of GraphQL, which is asked with POST."""

    def __init__(self, world: World, keyring: Keyring, strikes: Callable[[str], bool]) -> None:
        """Answer from a world, to the holders of a keyring's tokens; `strikes` tells whether a fault is switched on."""
        self.world = world
        self.keyring = keyring
        self.strikes = strikes
        self.routes = [Route("/api/graphql", self.query, methods=["POST"])]
        self._cached: dict[tuple[str, int], tuple[float, dict[str, Any]]] = {}
        self._told: dict[int, datetime] = {}

    async def query(self, request: Request) -> Response:
        """Carry out a query."""
        token = signed_in(request, self.keyring)
        try:
            sent = json.loads(await request.body())
            asked = fields_of(str(sent.get("query")), sent.get("variables") or {})
            data = _picked("Query", asked, self._query(request, token))
        except (QueryError, ValueError, AttributeError) as error:
            return json_reply({"errors": [{"message": str(error)}]})
        return json_reply({"data": data})

    def _query(self, request: Request, token: CanvasToken) -> Known:
        def courses(asked: Field) -> list[dict[str, Any]]:
            wanted = asked.arguments.get("ids") or []
            if len(wanted) > MOST_COURSES:
                raise QueryError(f"courses takes at most {MOST_COURSES} ids")
            charge(request, COST_OF_COURSE * len(wanted))
            found = (self._found(token, one) for one in wanted)
            return [self._as_cached(one, asked, token) for one in found if one is not None]

        def course(asked: Field) -> dict[str, Any] | None:
            found = self._found(token, asked.arguments.get("id"))
            return None if found is None else self._as_cached(found, asked, token)

        return {"courses": courses, "course": course}

    def _found(self, token: CanvasToken, identifier: Any) -> Course | None:
        number = whole(str(identifier))
        course = None if number is None else self.world.courses.get(number)
        is_there = course is not None and course.workflow_state != "deleted"
        return course if is_there and READ_COURSES in token.rights else None

    def _as_cached(self, course: Course, asked: Field, token: CanvasToken) -> dict[str, Any]:
        """Return what is told of a course; with `old-graphql` as it was told first, for an hour."""
        key = f"{token.rights} {asked}", course.id
        told, found = self._cached.get(key, (0.0, {}))
        is_old = self.strikes("old-graphql")
        if not (is_old and found and time.monotonic() - told < CACHED_SECONDS):
            found = _picked("Course", asked.fields, self._course(course, sees_sis_ids(token)))
            self._cached[key] = time.monotonic(), found
        return found

    def _course(self, course: Course, sis: bool) -> Known:
        sections = sorted((self.world.sections[one] for one in course.section_ids), key=by_name)
        groups = sorted((self.world.groups[one] for one in course.group_ids), key=lambda one: one.position)
        return {
            "_id": lambda _: str(course.id),
            "name": lambda _: course.name,
            "sisId": lambda _: course.sis_course_id if sis else None,
            "state": lambda _: course.workflow_state,
            "sectionsConnection": lambda asked: _page(asked, "Section", [_section(one, sis) for one in sections]),
            "assignmentGroupsConnection": lambda asked: _page(
                asked, "AssignmentGroup", [self._group(one, sis) for one in groups]
            ),
        }

    def _group(self, group: Group, sis: bool) -> Known:
        return {
            "_id": lambda _: str(group.id),
            "name": lambda _: group.name,
            "position": lambda _: group.position,
            "groupWeight": lambda _: group.group_weight,
            "state": lambda _: "available",
            "sisId": lambda _: group.sis_source_id if sis else None,
            "updatedAt": lambda _: f"{self._updated_at(group):%Y-%m-%dT%H:%M:%SZ}",
        }

    def _updated_at(self, group: Group) -> datetime:
        """Return when a group was last saved; with `silent-save` what was told before still stands."""
        moment = self.world.saved_at(group)
        if not self.strikes("silent-save"):
            self._told[group.id] = moment
        return self._told.setdefault(group.id, moment)


def _section(section: Section, sis: bool) -> Known:
    return {
        "_id": lambda _: str(section.id),
        "name": lambda _: section.name,
        "sisId": lambda _: section.sis_section_id if sis else None,
    }


def _picked(kind: str, asked: Sequence[Field], known: Known) -> dict[str, Any]:
    """Return the fields that are asked for of one object; raise QueryError for one that its kind does not have."""
    for one in asked:
        if one.name not in known:
            raise QueryError(f"Field '{one.name}' doesn't exist on type '{kind}'")
    return {one.answer: known[one.name](one) for one in asked}


def _page(asked: Field, kind: str, every: Sequence[Known]) -> dict[str, Any]:
    """Return the first objects of a connection."""
    length = min(LONGEST_PAGE, asked.arguments.get("first") or PAGE)
    more: Known = {"hasNextPage": lambda _: len(every) > length}
    connection: Known = {
        "nodes": lambda nodes: [_picked(kind, nodes.fields, one) for one in every[:length]],
        "pageInfo": lambda info: _picked("PageInfo", info.fields, more),
    }
    return _picked(f"{kind}Connection", asked.fields, connection)

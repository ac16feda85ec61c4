"""The objects that GraphQL queries walk through: plain dicts, whose functions are resolved only when asked for."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from gpb.sandbox.canvas.access import sees_sis_ids, subtree
from gpb.sandbox.canvas.courses import moment
from gpb.sandbox.model import Account, Course, Group, Section, Term
from gpb.sandbox.numbers import whole
from gpb.sandbox.tokens import READ_COURSES, CanvasToken
from gpb.sandbox.world import World

DEFAULT_PAGE, LARGEST_PAGE, MOST_COURSES = 20, 100, 100
CREATED = "2020-08-01T12:00:00Z"
Node = dict[str, Any]


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


def _decoded(text: str) -> str:
    return base64.b64decode(text + "=" * (-len(text) % 4)).decode()


def connection(items: Sequence[Any], node: Callable[[Any], Node], page: Node) -> Node:
    """Return one page as a Relay connection; `page` holds `first` (20 unless told, at most 100) and `after`."""
    first, after = page.get("first"), page.get("after")
    try:
        start = int(_decoded(after)) if after else 0
    except ValueError as error:
        raise GraphQLError("The cursor is not valid.") from error
    length = min(DEFAULT_PAGE if first is None else first, LARGEST_PAGE)
    nodes = [node(item) for item in items[start : start + length]]
    cursors = [_encoded(str(start + number)) for number in range(1, len(nodes) + 1)]
    return {
        "nodes": nodes,
        "edges": [{"cursor": cursor, "node": one} for cursor, one in zip(cursors, nodes, strict=True)],
        "pageInfo": {
            "hasNextPage": start + length < len(items),
            "hasPreviousPage": start > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


class Nodes:
    """The nodes of a world as one token sees them; what it may not see is null."""

    def __init__(self, world: World, token: CanvasToken) -> None:
        """Look at a world with a token."""
        self.world = world
        self.token = token

    def root(self) -> Node:
        """Return the object behind `Query`."""
        return {"account": self._account, "course": self._course, "courses": self._courses, "term": self._term}

    def _sis(self, sis_id: str | None) -> str | None:
        return sis_id if sees_sis_ids(self.token) else None

    def _found(self, records: Mapping[Any, Any], key: str, number: str | None, sis_id: str | None) -> Any:
        if (number is None) == (sis_id is None):
            raise GraphQLError("Must specify exactly one of id or sisId.")
        if number is not None:
            return records.get(whole(number))
        return next((record for record in records.values() if getattr(record, key) == sis_id), None)

    def _account(self, _info: Any, id: str | None = None, sisId: str | None = None) -> Node | None:
        account = self._found(self.world.accounts, "sis_account_id", id, sisId)
        return self.account(account) if account and READ_COURSES in self.token.rights else None

    def _term(self, _info: Any, id: str | None = None, sisId: str | None = None) -> Node | None:
        term = self._found(self.world.terms, "sis_term_id", id, sisId)
        return self.term(term) if term and READ_COURSES in self.token.rights else None

    def _course(self, _info: Any, id: str | None = None, sisId: str | None = None) -> Node | None:
        course = self._found(self.world.courses, "sis_course_id", id, sisId)
        return self.course(course) if course and course.workflow_state != "deleted" else None

    def _courses(self, _info: Any, ids: list[str] | None = None, sisIds: list[str] | None = None) -> list[Node]:
        if (ids is None) == (sisIds is None):
            raise GraphQLError("Must specify exactly one of ids or sisIds.")
        wanted = set(ids or sisIds or [])
        if len(wanted) > MOST_COURSES:
            raise GraphQLError(f"Cannot ask for more than {MOST_COURSES} courses at once.")
        if ids is not None:
            numbers = filter(None, map(whole, sorted(wanted)))
            found = (self.world.courses.get(number) for number in numbers)
            return [self.course(course) for course in found if course and course.workflow_state != "deleted"]
        every = self.world.courses.values()
        return [self.course(one) for one in every if one.sis_course_id in wanted and one.workflow_state != "deleted"]

    def _course_page(self, wanted: Callable[[Course], bool], page: Node) -> Node:
        every = self.world.courses.values()
        found = [course for course in every if course.workflow_state != "deleted" and wanted(course)]
        return connection(found, self.course, page)

    def account(self, account: Account) -> Node:
        """Return an account, with the courses of all accounts below it."""

        def courses(_info: Any, **page: Any) -> Node:
            ids = subtree(self.world, account)
            return self._course_page(lambda course: course.account_id in ids, page)

        return self._named("Account", account.id, account.name) | {
            "sisId": self._sis(account.sis_account_id),
            "coursesConnection": courses,
        }

    def term(self, term: Term) -> Node:
        """Return a term with its courses."""

        def courses(_info: Any, **page: Any) -> Node:
            return self._course_page(lambda course: course.term_id == term.id, page)

        return self._named("Term", term.id, term.name) | {
            "sisTermId": self._sis(term.sis_term_id),
            "startAt": moment(term.start),
            "endAt": moment(term.end),
            "coursesConnection": courses,
        }

    def course(self, course: Course) -> Node:
        """Return a course with its sections and groups."""
        sections = [self.world.sections[section_id] for section_id in course.section_ids]
        groups = [self.world.groups[group_id] for group_id in course.group_ids]
        return self._named("Course", course.id, course.name) | {
            "courseCode": course.course_code,
            "sisId": self._sis(course.sis_course_id),
            "state": course.workflow_state,
            "applyGroupWeights": course.weighted,
            "term": lambda _info: self.term(self.world.terms[course.term_id]),
            "account": lambda _info: self.account(self.world.accounts[course.account_id]),
            "sectionsConnection": lambda _info, **page: connection(sections, self.section, page),
            "assignmentGroupsConnection": lambda _info, **page: connection(groups, self.group, page),
        }

    def section(self, section: Section) -> Node:
        """Return a section."""
        return self._named("Section", section.id, section.name) | {"sisId": self._sis(section.sis_section_id)}

    def group(self, group: Group) -> Node:
        """Return an assignment group."""
        touched = self.world.updated_groups.get(group.id)
        return self._named("AssignmentGroup", group.id, group.name) | {
            "position": group.position,
            "groupWeight": group.group_weight,
            "state": "available",
            "sisId": self._sis(group.sis_source_id),
            "updatedAt": f"{touched:%Y-%m-%dT%H:%M:%SZ}" if touched else CREATED,
        }

    @staticmethod
    def _named(kind: str, number: int, name: str) -> Node:
        return {"id": _encoded(f"{kind}-{number}"), "_id": str(number), "name": name}

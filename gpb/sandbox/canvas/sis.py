"""Canvas' bulk read for the SIS, `/api/sis`: every assignment that is meant for passback (contract: reading)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.canvas import errors
from gpb.sandbox.canvas.access import account_of, course_of, demand, signed_in, subtree
from gpb.sandbox.canvas.courses import PUBLISHED_STATES
from gpb.sandbox.canvas.paging import linked_reply, window_of
from gpb.sandbox.district.assignments import Assignment, assignments_of
from gpb.sandbox.district.model import Course, Group
from gpb.sandbox.district.world import World
from gpb.sandbox.tokens import READ_SIS, Keyring

ITEMS_PER_COURSE = 10_000
"""Positions that each course has in the walk, so that a page needs to look at its own courses only."""


class SisRoutes:
    """The two routes of the bulk read."""

    def __init__(self, world: World, keyring: Keyring) -> None:
        """Answer from a world, to the holders of a keyring's tokens with the SIS right."""
        self.world = world
        self.keyring = keyring
        self.routes = [
            Route("/accounts/{account}/assignments", self.of_account, methods=["GET"]),
            Route("/courses/{course}/assignments", self.of_course, methods=["GET"]),
        ]

    async def of_account(self, request: Request) -> Response:
        """List the assignments of all published courses of an account and of those below it."""
        token = signed_in(request, self.keyring)
        account = account_of(self.world, token, request.path_params["account"])
        self._check(request)
        accounts = subtree(self.world, account)
        courses = [
            course
            for course in self.world.courses.values()
            if course.account_id in accounts and course.workflow_state in PUBLISHED_STATES
        ]
        return self._page(request, courses)

    async def of_course(self, request: Request) -> Response:
        """List the assignments of one course, which must be published."""
        signed_in(request, self.keyring)
        self._check(request)
        course = course_of(self.world, request.path_params["course"])
        if course.workflow_state not in PUBLISHED_STATES:
            raise errors.refuse(errors.bad_request("unpublished_course", "The course is not published."))
        return self._page(request, [course])

    def _check(self, request: Request) -> None:
        demand(signed_in(request, self.keyring), READ_SIS)
        if not self.world.sis_export_enabled:
            raise errors.refuse(errors.bad_request("not_enabled", "No SIS integration or export is enabled."))

    def _page(self, request: Request, courses: list[Course]) -> Response:
        start, length = window_of(request)
        content: list[Any] = []
        for position, item in self._walk(courses, start):
            if len(content) == length:
                return linked_reply(request, content, start, position)
            content.append(item)
        return linked_reply(request, content, start, None)

    def _walk(self, courses: list[Course], start: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give the items from a position on, each with its own position."""
        first = start // ITEMS_PER_COURSE
        for place, course in enumerate(courses[first:], start=first):
            position = place * ITEMS_PER_COURSE
            sections = [self._section_json(section_id) for section_id in course.section_ids]
            for group_id in course.group_ids:
                group = self.world.groups[group_id]
                for assignment in assignments_of(self.world, group):
                    if assignment.published and assignment.post_to_sis:
                        if position >= start:
                            yield position, _item(assignment, group, sections)
                        position += 1

    def _section_json(self, section_id: int) -> dict[str, Any]:
        section = self.world.sections[section_id]
        target = self._course_json(section.course_id)
        body = {
            "id": section.id,
            "name": section.name,
            "sis_id": section.sis_section_id,
            "integration_id": section.integration_id,
            "origin_course": target,
        }
        if section.nonxlist_course_id is not None:
            body |= {"origin_course": self._course_json(section.nonxlist_course_id), "xlist_course": target}
        return body

    def _course_json(self, course_id: int) -> dict[str, Any]:
        course = self.world.courses[course_id]
        return {"id": course.id, "name": course.name, "sis_id": course.sis_course_id, "integration_id": None}


def _item(assignment: Assignment, group: Group, sections: list[dict[str, Any]]) -> dict[str, Any]:
    shown = assignment.as_json(with_sis=True)
    kept = ("id", "course_id", "name", "due_at", "points_possible", "integration_id", "integration_data")
    return {name: shown[name] for name in kept} | {
        "include_in_final_grade": True,
        "assignment_group": {
            "id": group.id,
            "name": group.name,
            "sis_source_id": group.sis_source_id,
            "integration_data": json.loads(group.stored),
            "group_weight": group.group_weight,
        },
        "sections": sections,
    }

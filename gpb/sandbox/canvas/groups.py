"""Assignment groups and their assignments; the one write of an association (contract: reading, writing)."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.canvas import errors
from gpb.sandbox.canvas.access import course_of, group_of, may_edit, sees_sis_ids, signed_in
from gpb.sandbox.canvas.courses import included
from gpb.sandbox.canvas.forms import parameters_of
from gpb.sandbox.canvas.paging import page_reply
from gpb.sandbox.district.assignments import Assignment, assignments_of
from gpb.sandbox.district.model import Group
from gpb.sandbox.district.world import World
from gpb.sandbox.replies import charge, json_reply
from gpb.sandbox.tokens import CanvasToken, Keyring

LONGEST_NAME = 255
DEFAULT_NAME = "Assignments"
"""What Canvas makes of a blank name (Canvas source: `AssignmentGroup#generate_default_values`)."""
COST_OF_ASSIGNMENT = 0.004
NO_RULES: dict[str, Any] = {}


class GroupRoutes:
    """The routes of assignment groups and assignments."""

    def __init__(self, world: World, keyring: Keyring) -> None:
        """Answer from a world, to the holders of a keyring's tokens."""
        self.world = world
        self.keyring = keyring
        self.routes = [
            Route("/courses/{course}/assignment_groups", self.groups, methods=["GET"]),
            Route("/courses/{course}/assignment_groups/{group}", self.group, methods=["GET"]),
            Route("/courses/{course}/assignment_groups/{group}", self.change, methods=["PUT"]),
            Route("/courses/{course}/assignments", self.assignments, methods=["GET"]),
            Route("/courses/{course}/permissions", self.permissions, methods=["GET"]),
        ]

    async def groups(self, request: Request) -> Response:
        """List the groups of a course by position; `include[]=assignments` adds all assignments, unpaged."""
        token = signed_in(request, self.keyring)
        course = course_of(self.world, request.path_params["course"])
        groups = sorted((self.world.groups[group_id] for group_id in course.group_ids), key=lambda one: one.position)
        return page_reply(request, groups, lambda group: self._with_assignments(request, group, token), numbered=True)

    async def group(self, request: Request) -> Response:
        """Return one group."""
        token = signed_in(request, self.keyring)
        course = course_of(self.world, request.path_params["course"])
        return json_reply(
            self._with_assignments(request, group_of(self.world, course, request.path_params["group"]), token)
        )

    async def change(self, request: Request) -> Response:
        """Change a group: name, position, weight, SIS id, and `integration_data` by a shallow merge.

        `{}`, null and absent `integration_data` change nothing; what is no object is refused before anything else
        is stored.
        """
        token = signed_in(request, self.keyring)
        course = course_of(self.world, request.path_params["course"])
        group = group_of(self.world, course, request.path_params["group"])
        if not may_edit(token, course):
            raise errors.refuse(errors.not_permitted())
        sent = await parameters_of(request)
        data = sent.get("integration_data")
        if data is not None and not isinstance(data, dict):
            return errors.invalid_integration_data()
        changes = self._changes(sent, token)
        if changes:
            self.world.write_group(group, **changes)
        if "name" in changes:
            self.world.named_by_api[group.id] = changes["name"]
        self.world.merge_integration_data(group, data or {})
        charge(request, 0.05)
        return json_reply(group_json(group))

    def _changes(self, sent: dict[str, Any], token: CanvasToken) -> dict[str, Any]:
        """Return the plain fields to change; refuse a name that is too long."""
        changes: dict[str, Any] = {}
        if isinstance(sent.get("name"), str):
            if len(sent["name"]) > LONGEST_NAME:
                raise errors.refuse(errors.invalid_field("name", "too_long"))
            changes["name"] = sent["name"] if sent["name"].strip() else DEFAULT_NAME
        for field, kind in (("position", int), ("group_weight", float)):
            if sent.get(field) is not None:
                try:
                    changes[field] = kind(sent[field])
                except (TypeError, ValueError) as error:
                    raise errors.refuse(errors.invalid_field(field, "not_a_number")) from error
        if "sis_source_id" in sent and sees_sis_ids(token):
            changes["sis_source_id"] = None if sent["sis_source_id"] is None else str(sent["sis_source_id"])
        return changes

    async def permissions(self, request: Request) -> Response:
        """Tell which of `permissions[]` the token's user has in a course; one that Canvas does not know is false.

        Canvas API, Courses, "Permissions"; its source answers what was asked, else everything. Assignments are edited
        with `manage_assignments_edit`, into which `manage_assignments` of older versions was split.
        """
        token = signed_in(request, self.keyring)
        course = course_of(self.world, request.path_params["course"])
        held = {"manage_assignments_edit": may_edit(token, course), "read_sis": sees_sis_ids(token)}
        asked = request.query_params.getlist("permissions[]") or list(held)
        return json_reply({name: held.get(name, False) for name in asked})

    async def assignments(self, request: Request) -> Response:
        """List the assignments of a course, group by group."""
        token = signed_in(request, self.keyring)
        course = course_of(self.world, request.path_params["course"])
        found = [
            assignment
            for group_id in course.group_ids
            for assignment in assignments_of(self.world, self.world.groups[group_id])
        ]
        return page_reply(request, found, lambda one: self._assignment_json(request, one, token))

    def _with_assignments(self, request: Request, group: Group, token: CanvasToken) -> dict[str, Any]:
        body = group_json(group)
        if "assignments" in included(request, token):
            found = assignments_of(self.world, group)
            body["assignments"] = [self._assignment_json(request, one, token) for one in found]
            body["any_assignment_in_closed_grading_period"] = False
        return body

    def _assignment_json(self, request: Request, assignment: Assignment, token: CanvasToken) -> dict[str, Any]:
        charge(request, COST_OF_ASSIGNMENT)
        body = assignment.as_json(with_sis=sees_sis_ids(token))
        for text in request.query_params.getlist("exclude_response_fields[]"):
            for name in text.split(","):
                body.pop(name, None)
        return body


def group_json(group: Group) -> dict[str, Any]:
    """Return a group as Canvas shows it, always with `sis_source_id` and `integration_data`, never with a date."""
    return {
        "id": group.id,
        "name": group.name,
        "position": group.position,
        "group_weight": group.group_weight,
        "sis_source_id": group.sis_source_id,
        "integration_data": json.loads(group.stored),
        "rules": NO_RULES,
    }

"""Focus' own API: the routes that concern grading categories (contract: native dialect)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.district.model import Category, SisAssignment, SisSection
from gpb.sandbox.district.world import World
from gpb.sandbox.focus import rows
from gpb.sandbox.focus.access import token_of, token_reply
from gpb.sandbox.focus.envelope import Row, envelope, listed, object_of
from gpb.sandbox.focus.errors import native
from gpb.sandbox.tokens import SIS_READ, SIS_WRITE, Keyring


class NativeRoutes:
    """The native routes below `/focus/api/1.0`."""

    def __init__(self, world: World, keyring: Keyring) -> None:
        """Answer from a world, to the clients of a keyring."""
        self.world = world
        self.keyring = keyring
        categories = "/assignment_categories"
        self.routes = [
            Route("/token", self.token, methods=["POST"]),
            self._list("/schools", lambda _request: world.schools.values(), rows.school),
            self._list("/schools/{school}/sections", self._sections, self._section_row),
            self._list("/teachers", lambda _request: world.teachers.values(), rows.teacher),
            self._list("/courses", lambda _request: rows.courses(world), dict),
            self._list("/marking_periods_oneroster", lambda _request: rows.marking_periods(world), dict),
            self._list("/sections", self._sections, self._section_row),
            self._list("/sections/{section}" + categories, self._categories, self._category_row),
            self._list("/sections/{section}/assignments", self._assignments, rows.assignment),
            self._list(categories, self._categories, self._category_row),
            Route(categories, self.put_category, methods=["PUT"]),
            Route(categories + "/{uuid}", self.category, methods=["GET"]),
            Route(categories + "/{uuid}", self.put_category, methods=["PUT"]),
            Route(categories + "/{uuid}", self.delete_category, methods=["DELETE"]),
            self._list("/assignments", self._assignments, rows.assignment),
            Route("/assignments", self.put_assignment, methods=["POST", "PUT"]),
            Route("/assignments/{uuid}", self.put_assignment, methods=["POST", "PUT"]),
            Route("/assignments/{uuid}", self.delete_assignment, methods=["DELETE"]),
        ]

    async def token(self, request: Request) -> Response:
        """Give a token for client credentials."""
        return await token_reply(request, self.keyring)

    def _list(self, path: str, find: Callable[[Request], Iterable[Any]], render: Callable[[Any], Row]) -> Route:
        """Return the route of a list: its records filtered, sorted, paged, rendered and put into the envelope."""

        async def handler(request: Request) -> Response:
            self._allow(request, SIS_READ)
            return envelope(request, list(find(request)), render)

        return Route(path, handler, methods=["GET"])

    def _allow(self, request: Request, right: str) -> None:
        token = token_of(request, self.keyring)
        if token is None:
            raise native(401, "The access token is missing, invalid or has expired.")
        if right not in token.client.rights:
            raise native(403, "This API client has no permission for the request.")

    def _section_row(self, section: SisSection) -> Row:
        return rows.section(self.world, section)

    def _category_row(self, category: Category) -> Row:
        return rows.category(self.world, category)

    def _sections(self, request: Request) -> Iterable[SisSection]:
        query = request.query_params
        schools = set(listed(request, "school_uuids"))
        if "school" in request.path_params:
            schools = {request.path_params["school"]}
            if not schools & self.world.schools.keys():
                raise native(404, "No school has this uuid.")
        found: Iterable[SisSection] = self.world.sis_sections.values()
        if schools:
            found = [section for section in found if section.school.uuid in schools]
        if query.get("year"):
            terms = {term.id for term in self.world.terms.values() if str(term.school_year) == query["year"]}
            found = [section for section in found if section.term_id in terms]
        return found

    def _categories(self, request: Request) -> Iterable[Category]:
        wanted = set(listed(request, "section_uuids")) | {request.query_params.get("class_uuid", "")} - {""}
        if "section" in request.path_params:
            wanted = {request.path_params["section"]}
            if not wanted & self.world.sis_sections.keys():
                raise native(404, "No section has this uuid.")
        schools = set(listed(request, "school_uuids"))
        wanted |= {one.uuid for one in self.world.sis_sections.values() if one.school.uuid in schools}
        for category in self.world.categories.values():
            sections = self.world.sis_sections if category.everywhere else category.section_uuids
            if not category.deleted and (not (wanted or schools) or not wanted.isdisjoint(sections)):
                yield category

    def _assignments(self, request: Request) -> Iterable[SisAssignment]:
        section = request.path_params.get("section")
        found = self.world.sis_assignments.values()
        return [one for one in found if section in (None, one.fields.get("section_uuid"))]

    def _existing(self, request: Request) -> Category:
        category = self.world.categories.get(request.path_params["uuid"])
        if category is None or category.deleted:
            raise native(404, "No assignment category has this uuid.")
        return category

    async def category(self, request: Request) -> Response:
        """Return one category."""
        self._allow(request, SIS_READ)
        return envelope(request, [self._existing(request)], self._category_row)

    async def put_category(self, request: Request) -> Response:
        """Create a category, or change the fields sent of the one that the path or the body names."""
        self._allow(request, SIS_WRITE)
        sent = await object_of(request)
        named = request.path_params.get("uuid") or request.query_params.get("uuid") or sent.get("uuid")
        if "uuid" in request.path_params:
            self._existing(request)
        found = self.world.categories.get(named or "")
        category = found or Category(named or str(uuid.uuid4()), "", [])
        changes = self._category_changes(sent)
        if found is None and not changes.get("title"):
            raise native(400, "An assignment category needs a title.")
        self.world.write_category(category, deleted=False, **changes)
        return envelope(request, [category], self._category_row)

    def _category_changes(self, sent: Row) -> Row:
        kinds = {"title": str, "active": bool, "section_uuids": list}
        for name, kind in kinds.items():
            if name in sent and not isinstance(sent[name], kind):
                raise native(400, f"The field {name} has the wrong type.")
        unknown = set(sent.get("section_uuids", [])) - self.world.sis_sections.keys()
        if unknown:
            raise native(400, f"The section_uuids name {len(unknown)} sections that do not exist.")
        return {name: sent[name] for name in kinds if name in sent} | {"updated_at": rows.now()}

    async def delete_category(self, request: Request) -> Response:
        """Delete a category."""
        self._allow(request, SIS_WRITE)
        self.world.delete_category(self._existing(request).uuid)
        return envelope(request, [], dict)

    async def put_assignment(self, request: Request) -> Response:
        """Create an assignment of the gradebook, or change the fields sent."""
        self._allow(request, SIS_WRITE)
        sent = await object_of(request)
        named = request.path_params.get("uuid") or sent.pop("uuid", None) or str(uuid.uuid4())
        old = self.world.sis_assignments.get(named)
        fields = {**(old.fields if old else {}), **sent}
        if not fields.get("title") or fields.get("section_uuid") not in self.world.sis_sections:
            raise native(400, "An assignment needs a title and the section_uuid of an existing section.")
        self.world.write_sis_assignment(named, fields)
        return envelope(request, [self.world.sis_assignments[named]], rows.assignment)

    async def delete_assignment(self, request: Request) -> Response:
        """Delete an assignment of the gradebook."""
        self._allow(request, SIS_WRITE)
        if request.path_params["uuid"] not in self.world.sis_assignments:
            raise native(404, "No assignment has this uuid.")
        self.world.write_sis_assignment(request.path_params["uuid"], None)
        return envelope(request, [], dict)

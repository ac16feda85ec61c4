"""Focus' OneRoster 1.1 dialect: the same district as the native one, in the standard's words (contract: OneRoster).

What the standard cannot say, this server says so: a switched-off category has the status `tobedeleted`, a deleted one
is not there, and the vendor's `metadata.classId` names the sections: a text for one, and for several a list or one row
each. Unknown objects are answered in the error shape of 1.2, everything else in that of 1.1. Routes of students
(`students`, `users`, `enrollments`, `demographics`, `results`) are not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.district.model import Category, SisAssignment, SisSection
from gpb.sandbox.district.world import World
from gpb.sandbox.focus import standard
from gpb.sandbox.focus.access import token_of, token_reply
from gpb.sandbox.focus.collection import collection
from gpb.sandbox.focus.errors import oneroster, oneroster_twelve
from gpb.sandbox.focus.rows import now, section_uuids
from gpb.sandbox.replies import Records, json_reply
from gpb.sandbox.tokens import SIS_READ, SIS_WRITE, Keyring

Row = dict[str, Any]


class OneRosterRoutes:
    """The routes below `/focus/api/1.0/ims/oneroster/v1p1`."""

    def __init__(self, world: World, keyring: Keyring) -> None:
        """Answer from a world, to the clients of a keyring."""
        self.world = world
        self.keyring = keyring
        self.routes = [
            Route("/token", self.token, methods=["POST"]),
            self._list("/schools", "orgs", self._schools, standard.school),
            self._list("/orgs", "orgs", self._schools, standard.school),
            self._list("/academicSessions", "academicSessions", self._sessions, dict),
            self._list("/categories", "categories", self._categories, standard.category),
            Route("/categories/{id}", self.category, methods=["GET"]),
            Route("/categories/{id}", self.put_category, methods=["PUT"]),
            Route("/categories/{id}", self.delete_category, methods=["DELETE"]),
            self._list("/classes", "classes", self._classes, self._class_row),
            Route("/classes/{id}", self.one_class, methods=["GET"]),
            self._list("/classes/{id}/lineItems", "lineItems", self._line_items, dict),
            self._list("/lineItems", "lineItems", self._line_items, dict),
            Route("/lineItems/{id}", self.line_item, methods=["GET"]),
            Route("/lineItems/{id}", self.put_line_item, methods=["PUT"]),
            Route("/lineItems/{id}", self.delete_line_item, methods=["DELETE"]),
            Route("/{anything:path}", self.unknown, methods=["GET", "POST", "PUT", "DELETE"]),
        ]

    async def token(self, request: Request) -> Response:
        """Give a token for client credentials, the same ones as the native dialect."""
        return await token_reply(request, self.keyring)

    def _list(self, path: str, name: str, find: Callable[[Request], Records], render: Callable[[Any], Row]) -> Route:
        """Return the route of a list, which the reply holds under its name."""

        async def handler(request: Request) -> Response:
            self._allow(request, SIS_READ)
            return collection(request, name, find(request), render)

        return Route(path, handler, methods=["GET"])

    def _allow(self, request: Request, right: str) -> None:
        token = token_of(request, self.keyring)
        if token is None:
            raise oneroster(401, "unauthorized", "The access token is missing, invalid or has expired.")
        if right not in token.client.rights:
            raise oneroster(403, "forbidden", "This API client has no permission for the request.")

    def _schools(self, _request: Request) -> Records:
        return list(self.world.schools.values())

    def _sessions(self, _request: Request) -> Records:
        return list(standard.sessions(self.world))

    def _classes(self, _request: Request) -> Records:
        return list(self.world.sis_sections.values())

    def _class_row(self, section: SisSection) -> Row:
        return standard.class_of(section)

    def _categories(self, _request: Request) -> Records:
        return standard.CategoryRows(self.world)

    def _line_items(self, request: Request) -> Records:
        """Return all line items, or those of a class; an assignment of several sections is one in each of them."""
        wanted = {self._section(request).uuid} if "id" in request.path_params else None
        return [
            standard.line_item(self.world, one, uuid)
            for one in self.world.sis_assignments.values()
            for uuid in section_uuids(one)
            if wanted is None or uuid in wanted
        ]

    def _section(self, request: Request) -> SisSection:
        section = self.world.sis_sections.get(request.path_params["id"])
        if section is None:
            raise oneroster_twelve(404, "sourcedId", "unknownobject")
        return section

    def _existing(self, request: Request) -> Category:
        category = self.world.categories.get(request.path_params["id"])
        if category is None or category.deleted:
            raise oneroster_twelve(404, "sourcedId", "unknownobject")
        return category

    def _existing_item(self, request: Request) -> SisAssignment:
        found = self.world.sis_assignments.get(request.path_params["id"])
        if found is None:
            raise oneroster_twelve(404, "sourcedId", "unknownobject")
        return found

    def _category_reply(self, category: Category, status: int = 200) -> Response:
        classes = None if category.everywhere else category.section_uuids
        return json_reply({"category": standard.category((category, classes))}, status)

    def _line_item_reply(self, item: SisAssignment, status: int = 200) -> Response:
        return json_reply({"lineItem": standard.line_item(self.world, item, section_uuids(item)[0])}, status)

    async def one_class(self, request: Request) -> Response:
        """Return one class."""
        self._allow(request, SIS_READ)
        return json_reply({"class": self._class_row(self._section(request))})

    async def category(self, request: Request) -> Response:
        """Return one category, with all its classes in one list."""
        self._allow(request, SIS_READ)
        return self._category_reply(self._existing(request))

    async def put_category(self, request: Request) -> Response:
        """Create a category (201) or replace what is sent of it (200): title, status and classes."""
        self._allow(request, SIS_WRITE)
        sent = await standard.body_of(request, "category")
        uuid = request.path_params["id"]
        found = self.world.categories.get(uuid)
        category = found or Category(uuid, "", [])
        changes: Row = {"updated_at": now(), "deleted": False}
        if isinstance(sent.get("title"), str):
            changes["title"] = sent["title"]
        if not (changes.get("title") or category.title):
            raise oneroster(400, "invalid_data", "A category needs a title.")
        if "status" in sent:
            changes["active"] = sent["status"] == "active"
        classes = (sent.get("metadata") or {}).get("classId")
        if classes is not None:
            changes["section_uuids"] = [classes] if isinstance(classes, str) else list(classes)
        existed = found is not None and not found.deleted
        self.world.write_category(category, **changes)
        return self._category_reply(category, 200 if existed else 201)

    async def delete_category(self, request: Request) -> Response:
        """Delete a category; the reply has no body."""
        self._allow(request, SIS_WRITE)
        self.world.delete_category(self._existing(request).uuid)
        return Response(status_code=204)

    async def line_item(self, request: Request) -> Response:
        """Return one line item."""
        self._allow(request, SIS_READ)
        return self._line_item_reply(self._existing_item(request))

    async def put_line_item(self, request: Request) -> Response:
        """Create (201) or replace (200) a line item, which the native dialect shows as an assignment."""
        self._allow(request, SIS_WRITE)
        fields = standard.assignment_fields(await standard.body_of(request, "lineItem"))
        if not fields["title"] or fields["section_uuid"] not in self.world.sis_sections:
            raise oneroster(400, "invalid_data", "A line item needs a title and an existing class.")
        uuid = request.path_params["id"]
        existed = uuid in self.world.sis_assignments
        self.world.write_sis_assignment(uuid, fields)
        return self._line_item_reply(self.world.sis_assignments[uuid], 200 if existed else 201)

    async def delete_line_item(self, request: Request) -> Response:
        """Delete a line item; the reply has no body."""
        self._allow(request, SIS_WRITE)
        self.world.write_sis_assignment(self._existing_item(request).uuid, None)
        return Response(status_code=204)

    async def unknown(self, request: Request) -> Response:
        """Refuse a route that this server does not have, such as `/classes/{id}/categories` of 1.2."""
        self._allow(request, SIS_READ)
        raise oneroster(404, "unknownobject", "This server has no such route.")

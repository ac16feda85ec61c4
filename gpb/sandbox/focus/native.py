"""Focus' own API below `/focus/api/1.0`, as tables of its routes (source: its public route documentation).

A placeholder in a path bears the name of the parameter that its value is a filter of: `/schools/{school_uuids}/courses`
is `/courses?school_uuids[]=…` (likely: every documented route is a collection, contract: native dialect).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.district.world import World
from gpb.sandbox.focus.access import token_of, token_reply
from gpb.sandbox.focus.envelope import collection
from gpb.sandbox.focus.errors import native
from gpb.sandbox.focus.gradebook import Gradebook
from gpb.sandbox.focus.kinds import Kind, Kinds
from gpb.sandbox.tokens import SIS_READ, SIS_WRITE, Keyring

READS = {
    "/schools": "school",
    "/schools/{uuids}": "school",
    "/schools/{school_uuids}/courses": "course",
    "/schools/{school_uuids}/sections": "section",
    "/schools/{school_uuids}/sections/{section_uuids}/assignment_categories": "assignment_category",
    "/schools/{school_uuids}/teachers": "user",
    "/teachers": "user",
    "/teachers/{uuids}": "user",
    "/courses": "course",
    "/courses/{uuids}": "course",
    "/marking_periods_oneroster": "marking_period",
    "/marking_periods_oneroster/{uuids}": "marking_period",
    "/sections": "section",
    "/sections/{uuids}": "section",
    "/sections/{section_uuids}/assignment_categories": "assignment_category",
    "/sections/{section_uuids}/assignment_categories/{uuids}": "assignment_category",
    "/sections/{section_uuids}/assignments": "assignment",
    "/sections/{section_uuids}/assignments/{uuids}": "assignment",
    "/assignment_categories": "assignment_category",
    "/assignment_categories/{uuids}": "assignment_category",
    "/assignment_categories/{category_uuids}/assignments": "assignment",
    "/assignments": "assignment",
    "/assignments/{uuids}": "assignment",
}
"""Path to the kind of objects that GET lists there."""

WRITES = {
    "/assignment_categories": {"PUT": "put_category"},
    "/assignment_categories/{uuids}": {"PUT": "put_category", "DELETE": "delete_category"},
    "/assignments": {"POST": "put_assignment", "PUT": "put_assignment"},
    "/assignments/{uuids}": {"POST": "put_assignment", "PUT": "put_assignment", "DELETE": "delete_assignment"},
    "/sections/{section_uuids}/assignments": {"POST": "put_assignment", "PUT": "put_assignment"},
    "/sections/{section_uuids}/assignments/{uuids}": {
        "POST": "put_assignment",
        "PUT": "put_assignment",
        "DELETE": "delete_assignment",
    },
}
"""Path to method to what `Gradebook` does."""

OF_STUDENTS = frozenset({"students", "enrollments", "guardians", "contacts", "scores", "grades", "attendance", "users"})
"""Words in a path that lead to the data of students: never permitted here, to no client."""
METHODS = ["GET", "POST", "PUT", "DELETE"]


class NativeRoutes:
    """The native routes."""

    def __init__(self, world: World, keyring: Keyring) -> None:
        """Answer from a world, to the clients of a keyring."""
        self.keyring = keyring
        kinds, gradebook = Kinds(world), Gradebook(world)
        writes = [(path, method, action) for path, own in WRITES.items() for method, action in own.items()]
        self.routes = [
            Route("/token", self.token, methods=["POST"]),
            *(self._read(path, getattr(kinds, name)) for path, name in READS.items()),
            *(self._write(path, method, getattr(gradebook, action)) for path, method, action in writes),
            Route("/{anything:path}", self.unknown, methods=METHODS),
        ]

    async def token(self, request: Request) -> Response:
        """Give a token for client credentials."""
        return await token_reply(request, self.keyring)

    def _read(self, path: str, kind: Kind) -> Route:
        async def handler(request: Request) -> Response:
            self._allow(request, SIS_READ)
            return collection(request, kind)

        return Route(path, handler, methods=["GET"])

    def _write(self, path: str, method: str, act: Callable[[Request], Awaitable[Response]]) -> Route:
        async def handler(request: Request) -> Response:
            self._allow(request, SIS_WRITE)
            return await act(request)

        return Route(path, handler, methods=[method])

    def _allow(self, request: Request, right: str) -> None:
        token = token_of(request, self.keyring)
        if token is None:
            raise native(401, "The access token is missing, invalid or has expired.")
        if right not in token.client.rights:
            raise native(403, "This API client has no permission for the request.")

    async def unknown(self, request: Request) -> Response:
        """Refuse a route of students with 403, and one that is not there with 404."""
        self._allow(request, SIS_READ)
        if not OF_STUDENTS.isdisjoint(request.path_params["anything"].split("/")):
            raise native(403, "This API client has no permission for the data of students.")
        raise native(404, "There is no such route.")

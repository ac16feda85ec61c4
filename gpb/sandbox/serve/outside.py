"""Control routes below `/_sandbox` that do what other people do in Canvas and Focus while the program works."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.canvas.throttle import Throttle
from gpb.sandbox.district.world import World
from gpb.sandbox.faults.scripts import Faults, Script
from gpb.sandbox.replies import json_reply
from gpb.sandbox.tokens import Keyring

CATEGORY_FIELDS = ("title", "active", "deleted", "section_uuids")


class OutsideRoutes:
    """Routes that change a category, a group, a section or a key, and that script faults; all take a JSON object."""

    def __init__(self, world: World, keyring: Keyring, faults: Faults, throttle: Throttle) -> None:
        """Change the parts of one sandbox."""
        self.world = world
        self.keyring = keyring
        self.faults = faults
        self.throttle = throttle
        self.routes = [
            Route("/writes", self.writes, methods=["GET"]),
            Route("/script", self.script, methods=["POST"]),
            Route("/bucket", _told(self.bucket), methods=["POST"]),
            Route("/tokens", _told(self.token), methods=["POST"]),
            Route("/categories/{key}", _told(self.category), methods=["POST"]),
            Route("/sis_assignments/{key}", _told(self.sis_assignment), methods=["POST"]),
            Route("/groups/{key:int}", _told(self.group), methods=["POST"]),
            Route("/sections/{key:int}", _told(self.section), methods=["POST"]),
        ]

    async def writes(self, _request: Request) -> Response:
        """Return the ids of the groups written through the API, one for each write that was carried out, in order."""
        return json_reply(self.world.writes)

    async def script(self, request: Request) -> Response:
        """Replace the scripted faults by a list of objects with `fault, method, path, after, times`."""
        try:
            self.faults.scripts = [Script(**told) for told in json.loads(await request.body())]
        except (ValueError, TypeError) as error:
            return json_reply({"error": str(error)}, 400)
        return json_reply(len(self.faults.scripts))

    def bucket(self, _key: Any, told: dict[str, Any]) -> None:
        """`{"full_for": S}`: somebody else keeps the buckets of Canvas' throttle full for so many seconds."""
        self.throttle.keep_full(float(told["full_for"]))

    def token(self, _key: Any, told: dict[str, Any]) -> None:
        """`{"token": T, "rights": [...], "expired": true, "allows_include": false}`: change a Canvas token."""
        changes = {name: told.get(name) for name in ("rights", "expired", "allows_include")}
        self.keyring.change(told["token"], **changes)

    def category(self, key: str, told: dict[str, Any]) -> None:
        """Rename a category, switch it off, delete it or move it to other sections."""
        changes = {name: told[name] for name in CATEGORY_FIELDS if name in told}
        self.world.write_category(self.world.categories[key], **changes)

    def sis_assignment(self, key: str, told: dict[str, Any]) -> None:
        """A teacher, or passback in the night, puts an assignment into a Focus gradebook; no fields: it is deleted."""
        self.world.write_sis_assignment(key, told or None)

    def group(self, key: int, told: dict[str, Any]) -> None:
        """`{"deleted": true}` takes a group out of Canvas, `{"name": N}` renames it as a teacher does."""
        if told.get("deleted"):
            self.world.delete_group(key)
        else:
            self.world.write_group(self.world.groups[key], name=told["name"])

    def section(self, key: int, told: dict[str, Any]) -> None:
        """`{"deleted": true}` takes a section out of Canvas, `{"course_id": N}` cross-lists it into a course."""
        if told.get("deleted"):
            self.world.delete_section(key)
        else:
            self.world.move_section(key, told["course_id"])


def _told(act: Callable[[Any, dict[str, Any]], None]) -> Callable[[Request], Any]:
    """Return a route that hands the body to an action; what the sandbox does not have is answered by 404."""

    async def route(request: Request) -> Response:
        try:
            act(request.path_params.get("key"), json.loads(await request.body()))
        except KeyError as error:
            return json_reply({"error": f"The sandbox does not have {error}."}, 404)
        return json_reply({})

    return route

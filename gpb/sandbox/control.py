"""The sandbox's own routes below `/_sandbox`: look from outside, set faults, act as somebody else in Canvas."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.faults import Faults
from gpb.sandbox.log import RequestLog
from gpb.sandbox.replies import json_reply
from gpb.sandbox.tokens import Keyring
from gpb.sandbox.world import World


class ControlRoutes:
    """Routes for tests and people; they need no token and appear in no log."""

    def __init__(self, world: World, keyring: Keyring, log: RequestLog, faults: Faults) -> None:
        """Show and change the parts of one sandbox."""
        self.world = world
        self.keyring = keyring
        self.log = log
        self.faults = faults
        self.routes = [
            Route("/state", self.state, methods=["GET"]),
            Route("/requests", self.requests, methods=["GET"]),
            Route("/requests", self.clear, methods=["DELETE"]),
            Route("/tokens", self.tokens, methods=["GET"]),
            Route("/faults", self.set_faults, methods=["POST"]),
            Route("/integration_data/{group}", self.write_integration_data, methods=["POST"]),
        ]

    async def state(self, _request: Request) -> Response:
        """Return what is stored: integration data and icon by group id, categories by uuid."""
        groups = list(self.world.groups.values())
        categories = {
            category.uuid: {
                "title": category.title,
                "active": category.active,
                "section_uuids": category.section_uuids,
                "deleted": category.deleted,
            }
            for category in list(self.world.categories.values())
        }
        return json_reply(
            {
                "groups": {str(group.id): group.integration_data for group in groups},
                "categories": categories,
                "icons": {str(group.id): group.icon for group in groups},
            }
        )

    async def requests(self, _request: Request) -> Response:
        """Return the request log."""
        return json_reply(self.log.as_list())

    async def clear(self, _request: Request) -> Response:
        """Empty the request log."""
        self.log.clear()
        return json_reply([])

    async def tokens(self, _request: Request) -> Response:
        """Return every key that the sandbox knows; they open nothing else in the world."""
        return json_reply(self.keyring.as_list())

    async def set_faults(self, request: Request) -> Response:
        """Change the rates of faults; those not named stay."""
        try:
            self.faults.change({str(name): float(rate) for name, rate in json.loads(await request.body()).items()})
        except (ValueError, TypeError, AttributeError) as error:
            return json_reply({"error": str(error)}, 400)
        return json_reply(self.faults.rates)

    async def write_integration_data(self, request: Request) -> Response:
        """Replace a group's integration data as somebody else in Canvas would have done."""
        group = self.world.groups.get(int(request.path_params["group"]))
        if group is None:
            return json_reply({"error": "No group has this id."}, 404)
        data = json.loads(await request.body())
        if not isinstance(data, dict):
            return json_reply({"error": "Integration data is one JSON object."}, 400)
        self.world.write_group(group, stored=json.dumps(data, ensure_ascii=False))
        return json_reply(group.integration_data)

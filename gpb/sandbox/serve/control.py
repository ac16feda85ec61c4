"""The sandbox's own routes below `/_sandbox`: look from outside, set faults, act as somebody else.

| route | does |
|---|---|
| `GET /state` | what is stored: integration data and icon by group id, categories by uuid |
| `GET`, `DELETE /requests` | the request log; empty it |
| `GET /tokens` | every key with its rights |
| `POST /faults` | set the rates of faults, `{name: rate}`; a name may be aimed: `stub@courses/1001` |
| `POST /integration_data/{group}` | replace a group's integration data by the body |
| `POST /sections` | `{"course_id": N}`: a section with a Focus class comes into that course mid-year |
| `POST /passback` | grade passback has its night; `{"term_id": N}` for another term than the current one |
| `GET /expected_findings` | what an audit of one pull of the current term should find |
| `GET /answers` | the right category of each row with usable categories; `?term_id=N` for one term alone |

Each expected finding has `finding`, `course_id`, `group_id`, `section_id`, `class_id` and `assignments`. Ids that are
not of its level are null; `class_id` is there for classes without a Canvas section alone, which have no other id.

Each answer has `group_id`, `section_id`, `category_id` and `title` (both null where no category is right) and `source`:
who decided so (`gpb.sandbox.serve.answers.Answer`). Hand-made courses have no answers.

A night answers with one line for each assignment in each section of its course: `assignment_id`, `group_id`,
`section_id`, `sis_section_id`, `category_id` (null where it is not passed back), `reason` (the words of
`gpb.sandbox.vendor.night.Reason`) and `line_item` (`created`, `reused` or null).
"""

from __future__ import annotations

import json
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.district.world import CURRENT_TERM, World
from gpb.sandbox.faults.scripts import Faults
from gpb.sandbox.log import RequestLog
from gpb.sandbox.replies import json_reply
from gpb.sandbox.serve.answers import answers
from gpb.sandbox.serve.expected import expected_findings
from gpb.sandbox.serve.midyear import add_section
from gpb.sandbox.tokens import Keyring
from gpb.sandbox.vendor.night import passback


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
            Route("/sections", self.add_section, methods=["POST"]),
            Route("/passback", self.passback, methods=["POST"]),
            Route("/expected_findings", self.expected_findings, methods=["GET"]),
            Route("/answers", self.answers, methods=["GET"]),
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
                "vendor_store": {str(group_id): kept for group_id, kept in self.world.vendor_store.items()},
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

    async def add_section(self, request: Request) -> Response:
        """Add a section with a Focus class to the course that the body names."""
        sent = json.loads(await request.body())
        course_id = sent.get("course_id") if isinstance(sent, dict) else None
        course = self.world.courses.get(course_id) if isinstance(course_id, int) else None
        if course is None or course.workflow_state == "deleted":
            return json_reply({"error": "No course has this id; send one as course_id."}, 404)
        section = add_section(self.world, course)
        return json_reply({"course_id": course.id, "section_id": section.id, "sis_section_id": section.sis_section_id})

    async def passback(self, request: Request) -> Response:
        """Let the vendor's tool pass the assignments of a term back to Focus."""
        told = json.loads(await request.body() or b"{}")
        term_id = told.get("term_id", CURRENT_TERM) if isinstance(told, dict) else None
        if not isinstance(term_id, int) or term_id not in self.world.terms:
            return json_reply({"error": "No term has this id; send one as term_id."}, 404)
        return json_reply([asdict(line) for line in passback(self.world, term_id)])

    async def expected_findings(self, _request: Request) -> Response:
        """Return what an audit of the current term should find."""
        return json_reply([asdict(one) for one in expected_findings(self.world)])

    async def answers(self, request: Request) -> Response:
        """Return the right category of each row, for measuring what a program proposes."""
        wish = request.query_params.get("term_id")
        if wish is not None and (not wish.isdecimal() or int(wish) not in self.world.terms):
            return json_reply({"error": "No term has this id."}, 404)
        return json_reply([asdict(one) for one in answers(self.world, int(wish) if wish else None)])

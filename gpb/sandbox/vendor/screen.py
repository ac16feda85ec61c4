"""The screen in which teachers associate: the page of the vendor's tool inside Canvas, one course at a time.

`GET /canvas/courses/:id/external_tools/sync_sis_categories` shows it; its button posts the form to the same address. A
field is named `GROUP.SECTION` (Canvas' ids) and holds a category's uuid, or nothing for *Unassociated*; fields that are
not sent change nothing. Only groups that change are saved. Nobody has to sign in: this is a sandbox.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gpb.sandbox.district.model import Category, Course, Group
from gpb.sandbox.district.world import World
from gpb.sandbox.numbers import whole
from gpb.sandbox.vendor.tool import Tool

PATH = "/courses/{course:int}/external_tools/sync_sis_categories"
PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
)
"""Compiles the page once, however many sandboxes there are."""


class ScreenRoutes:
    """The page and its button, below `/canvas`."""

    def __init__(self, world: World) -> None:
        """Show and change a world."""
        self.world = world
        self.routes = [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.save, methods=["POST"]),
        ]
        self._page = PAGES.get_template("screen.html")

    def _course(self, request: Request) -> Course | None:
        course = self.world.courses.get(request.path_params["course"])
        return None if course is None or course.workflow_state == "deleted" else course

    async def show(self, request: Request) -> Response:
        """Show all groups of a course; after saving, how many groups were synchronized."""
        course = self._course(request)
        if course is None:
            return HTMLResponse("Page Not Found", 404)
        tool = Tool(self.world)
        groups = [self._shown(tool, course, self.world.groups[group_id]) for group_id in course.group_ids]
        synced = whole(request.query_params.get("synced", ""))
        return HTMLResponse(self._page.render(course=course, groups=groups, synced=synced))

    def _shown(self, tool: Tool, course: Course, group: Group) -> dict[str, Any]:
        kept = tool.kept(group).categories
        sections = [
            {
                "field": f"{group.id}.{section.id}",
                "name": section.name,
                "sis_id": sis_id,
                "categories": tool.usable(sis_id),
                "chosen": kept.get(sis_id),
            }
            for section, sis_id in tool.sections(course)
        ]
        return {"name": group.name, "sections": sections, "unassociated": len(sections) - len(kept)}

    async def save(self, request: Request) -> Response:
        """Save what differs from what is kept; refuse the whole form where a field makes no sense."""
        course = self._course(request)
        if course is None:
            return HTMLResponse("Page Not Found", 404)
        tool = Tool(self.world)
        sent = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        changes: dict[int, dict[str, Category | None]] = {}
        for name, value in sent:
            found = self._change(tool, course, name, value)
            if found is None:
                return HTMLResponse("This form does not belong to the course as it is now. Load the page again.", 400)
            group, sis_id, category = found
            if tool.kept(group).categories.get(sis_id) is not category:
                changes.setdefault(group.id, {})[sis_id] = category
        for group_id, wanted in changes.items():
            tool.save(self.world.groups[group_id], wanted)
        return RedirectResponse(f"{request.url.path}?synced={len(changes)}", 303)

    def _change(self, tool: Tool, course: Course, name: str, value: str) -> tuple[Group, str, Category | None] | None:
        """Return what one field asks for, or None where it names what is not there or not valid."""
        group_text, _, section_text = name.partition(".")
        group_id, section_id = whole(group_text), whole(section_text)
        sis_id = next((key for section, key in tool.sections(course) if section.id == section_id), None)
        if group_id not in course.group_ids or sis_id is None:
            return None
        category = next((one for one in tool.usable(sis_id) if one.uuid == value), None)
        return None if value and category is None else (self.world.groups[group_id], sis_id, category)

"""Plain pages behind the deep links into Canvas and Focus, so that a link leads to what it promises."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gpb.sandbox.district.model import Course, Group
from gpb.sandbox.district.world import World

ICON_TEXTS = {"aligned": "🔗 Grading category aligned with SIS", "imported": "Imported from Focus", None: ""}


def _page(title: str, rows: list[str]) -> HTMLResponse:
    items = "".join(f"<li>{row}</li>" for row in rows)
    return HTMLResponse(
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title></head>"
        f"<body><h1>{escape(title)}</h1><ul>{items}</ul></body></html>"
    )


class PageRoutes:
    """The pages of both systems that people are sent to."""

    def __init__(self, world: World) -> None:
        """Show a world."""
        self.world = world
        self.canvas = [
            Route("/courses/{course:int}", self.course, methods=["GET"]),
            Route("/", self.front, methods=["GET"]),
            Route("/courses/{course:int}/assignments", self.course, methods=["GET"]),
            Route("/courses/{course:int}/assignments/{assignment:int}", self.course, methods=["GET"]),
        ]
        self.focus = [Route("/Modules.php", self.module, methods=["GET"])]

    async def front(self, _request: Request) -> Response:
        """Say where one is."""
        return _page("Canvas", ["Choose a course in the dashboard: its links lead to the course's assignments."])

    async def course(self, request: Request) -> Response:
        """Show a course's groups, each with the icon that Canvas would show."""
        course = self.world.courses.get(request.path_params["course"])
        if course is None:
            return HTMLResponse("Page Not Found", 404)
        tool = f"<a href='/canvas/courses/{course.id}/external_tools/sync_sis_categories'>Sync SIS Categories</a>"
        return _page(f"{course.name} – Assignments", [*(self._row(group) for group in self._groups(course)), tool])

    def _groups(self, course: Course) -> list[Group]:
        return [self.world.groups[group_id] for group_id in course.group_ids]

    def _row(self, group: Group) -> str:
        return f"<b>{escape(group.name)}</b> ({group.assignments} assignments) {ICON_TEXTS[group.icon]}"

    async def module(self, request: Request) -> Response:
        """Show the categories of the Focus section that `section_uuid` names."""
        section = self.world.sis_sections.get(request.query_params.get("section_uuid", ""))
        if section is None:
            return _page("Focus", ["Choose a section."])
        rows = [
            escape(category.title) + ("" if category.active else " (inactive)")
            for category in self.world.valid_categories(section.uuid)
        ]
        return _page(f"{section.title} – Gradebook Categories", rows)

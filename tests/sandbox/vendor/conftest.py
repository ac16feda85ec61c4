"""Districts of each shape, and what tests do in them as people would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gpb.sandbox import Running, SandboxConfig, running
from gpb.sandbox.district.model import Course, Group
from tests.sandbox.conftest import TODAY


@pytest.fixture(params=["sistemic", "flat", "flag-only"])
def drawn(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A small district of each shape, whose details the seed decides: with titles, and the flag on associations."""
    with running(
        SandboxConfig(port=0, schools=2, courses=9, shape=request.param, drawn_layout=True, seed=6, today=TODAY)
    ) as box:
        yield box


def course_named(box: Running, name: str) -> Course:
    """The course with this name."""
    return next(one for one in box.world.courses.values() if one.name == name)


def group_named(box: Running, course: str, name: str) -> Group:
    """The group with this name in the course with that one."""
    groups = (box.world.groups[group_id] for group_id in course_named(box, course).group_ids)
    return next(one for one in groups if one.name == name)


def screen_of(box: Running, course_id: int) -> str:
    """The address of the screen for a course."""
    return f"{box.canvas_url}/courses/{course_id}/external_tools/sync_sis_categories"


def save(box: Running, course_id: int, fields: dict[str, str]) -> httpx.Response:
    """Press the screen's button; what comes after it."""
    return httpx.post(screen_of(box, course_id), data=fields, follow_redirects=True)


def night(box: Running, **told: Any) -> list[dict[str, Any]]:
    """Let the night happen; its lines."""
    lines: list[dict[str, Any]] = httpx.post(f"{box.base_url}/_sandbox/passback", json=told).json()
    return lines


def state(box: Running, name: str) -> dict[str, Any]:
    """One part of what the sandbox holds."""
    found: dict[str, Any] = httpx.get(f"{box.base_url}/_sandbox/state").json()[name]
    return found

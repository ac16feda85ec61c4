"""A district of a few recorded replies, and the command line on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gpb.cli import main
from tests.api.conftest import Canned, ScriptedServer

API, SIS = "/canvas/api/v1", "/focus/api/1.0"
STATES = "".join(f"&state%5B%5D={state}" for state in ("created", "claimed", "available", "completed"))
COURSE = {
    "course_code": "C", "workflow_state": "available", "apply_assignment_group_weights": False, "teachers": [],
}  # fmt: skip
GROUP = {"name": "HW", "position": 1, "group_weight": 0, "sis_source_id": None, "assignments": []}


def day(number: float) -> str:
    """So many days from now, as Canvas writes it."""
    return f"{datetime.now(UTC) + timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}"


def term(identifier: int, name: str, start: int | None, end: int | None) -> dict[str, Any]:
    """A term that begins and ends so many days from now."""
    days = {"start_at": None if start is None else day(start), "end_at": None if end is None else day(end)}
    return {"id": identifier, "name": name, "sis_term_id": name, "workflow_state": "active", **days}


@dataclass
class District:
    """A district of one server. Each course has one group and one section, all with the number of the course.

    ``accounts`` are those below account 1, ``account_of`` the account of a course (else 1), ``sis_ids`` and
    ``integration_ids`` those of sections, ``stored`` the ``integration_data`` of groups, ``classes`` and ``categories``
    what the SIS has.
    """

    server: ScriptedServer
    accounts: list[dict[str, Any]] = field(default_factory=list)
    account_of: dict[int, int] = field(default_factory=dict)
    sis_ids: dict[int, str] = field(default_factory=dict)
    stored: dict[int, Any] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    categories: list[dict[str, Any]] = field(default_factory=list)

    def has(self, terms: list[dict[str, Any]], courses: dict[int, list[int]]) -> None:
        """Answer so from now on; ``courses`` by term."""
        self._canvas("accounts/self", {"id": 1, "name": "District", "parent_account_id": None})
        self._canvas("accounts/1/sub_accounts", self.accounts)
        self._canvas("accounts/self/terms", {"enrollment_terms": terms})
        for one in terms:
            listed = [self._course(course, one["id"]) for course in courses.get(one["id"], [])]
            query = f"enrollment_term_id={one['id']}&include%5B%5D=teachers{STATES}&per_page=100"
            self._canvas(f"accounts/1/courses?{query}", listed)
        for course in (course for listed in courses.values() for course in listed):
            sis_id = self.sis_ids.get(course, f"s{course}")
            section = {"id": course, "name": "P1", "course_id": course, "nonxlist_course_id": None}
            self._canvas(f"courses/{course}/sections", [section | {"sis_section_id": sis_id, "integration_id": None}])
            stored = {"id": course, "integration_data": self.stored.get(course, {})}
            self._canvas(f"courses/{course}/assignment_groups", [GROUP | stored])
        classes = [{"uuid": one, "title": one, "active": True} for one in self.classes]
        token = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}
        self.server.on(f"POST {SIS}/token", Canned(body=token))
        for name, rows in (("sections", classes), ("assignment_categories", self.categories)):
            self.server.on(f"GET {SIS}/{name}", Canned(body={"total": len(rows), "data": rows}))

    def _canvas(self, call: str, body: Any) -> None:
        headers = {"Link": f'<{self.server.url}/>; rel="first"'}
        self.server.on(f"GET {API}/{call}", Canned(body=body, headers=headers))

    def _course(self, course: int, of_term: int) -> dict[str, Any]:
        place = {"account_id": self.account_of.get(course, 1), "enrollment_term_id": of_term}
        return {**COURSE, "id": course, "name": f"C{course}", **place}


def lead_there(server: ScriptedServer, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """The environment leads to this server, names no term, and keeps its data in ``folder``."""
    settings = {
        **{"CANVAS_URL": f"{server.url}/canvas", "SIS_URL": server.url + SIS, "DATA_DIR": str(folder / "data")},
        **{"CANVAS_TOKEN": "t", "SIS_CLIENT_ID": "i", "SIS_CLIENT_SECRET": "s"},
    }
    for name, value in settings.items():
        patch.setenv(f"GPB_{name}", value)
    patch.chdir(folder)


def gpb(*arguments: str) -> Result:
    """One command in this process."""
    return CliRunner().invoke(main, arguments)

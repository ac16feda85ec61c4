"""Which term is meant where several are current, where one is over, and where none says when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gpb.cli import main
from tests.api.conftest import Canned, ScriptedServer

API, SIS = "/canvas/api/v1", "/focus/api/1.0"
YEAR, MINI, DEFAULT = 2, 7, 1


def day(number: float) -> str:
    """So many days from now, as Canvas writes it."""
    return f"{datetime.now(UTC) + timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}"


def term(identifier: int, name: str, start: int | None, end: int | None) -> dict[str, Any]:
    """A term that begins and ends so many days from now."""
    days = {"start_at": None if start is None else day(start), "end_at": None if end is None else day(end)}
    return {"id": identifier, "name": name, "sis_term_id": name, "workflow_state": "active", **days}


class District:
    """A district of one server; ``courses`` are the ids of those of each term."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        server.on(f"GET {API}/accounts/self", Canned(body={"id": 1, "name": "D", "parent_account_id": None}))
        self._on(f"{API}/accounts/1/sub_accounts", [])
        server.on(f"POST {SIS}/token", Canned(body={"access_token": "t", "token_type": "Bearer", "expires_in": 3600}))
        server.on(f"GET {SIS}/sections", Canned(body={"total": 0, "data": []}))
        server.on(f"GET {SIS}/assignment_categories", Canned(body={"total": 0, "data": []}))

    def has(self, terms: list[dict[str, Any]], courses: dict[int, list[int]]) -> None:
        """Answer so from now on; each course has one group and one section that the SIS does not know."""
        self.server.on(
            f"GET {API}/accounts/self/terms", Canned(body={"enrollment_terms": terms}, headers=self._first())
        )
        states = "".join(f"&state%5B%5D={state}" for state in ("created", "claimed", "available", "completed"))
        for one in terms:
            listed = [self._course(course, one["id"]) for course in courses.get(one["id"], [])]
            query = f"enrollment_term_id={one['id']}&include%5B%5D=teachers{states}&per_page=100"
            self._on(f"{API}/accounts/1/courses?{query}", listed)
        for course in (course for listed in courses.values() for course in listed):
            section = {
                "id": course,
                "name": "P1",
                "course_id": course,
                "nonxlist_course_id": None,
                "sis_section_id": "s",
            }
            group = {"id": course, "name": "HW", "position": 1, "group_weight": 0, "sis_source_id": None}
            self._on(f"{API}/courses/{course}/sections", [section | {"sis_section_id": f"s{course}"}])
            self._on(f"{API}/courses/{course}/assignment_groups", [group | {"integration_data": {}, "assignments": []}])

    def _first(self) -> dict[str, str]:
        return {"Link": f'<{self.server.url}/>; rel="first"'}

    def _on(self, call: str, body: Any) -> None:
        self.server.on(f"GET {call}", Canned(body=body, headers=self._first()))

    @staticmethod
    def _course(course: int, of_term: int) -> dict[str, Any]:
        return {
            "id": course, "name": f"C{course}", "course_code": "C", "account_id": 1, "enrollment_term_id": of_term,
            "workflow_state": "available", "apply_assignment_group_weights": False, "teachers": [],
        }  # fmt: skip


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server without any reply yet."""
    running = ScriptedServer()
    yield running
    running.close()


@pytest.fixture
def district(server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> District:
    """The environment leads to it, and names no term."""
    settings = {
        **{"CANVAS_URL": f"{server.url}/canvas", "SIS_URL": server.url + SIS, "DATA_DIR": str(tmp_path / "data")},
        **{"CANVAS_TOKEN": "t", "SIS_CLIENT_ID": "i", "SIS_CLIENT_SECRET": "s"},
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"GPB_{name}", value)
    monkeypatch.chdir(tmp_path)
    return District(server)


def gpb(*arguments: str) -> Result:
    """One command in this process."""
    return CliRunner().invoke(main, arguments)


def audit() -> Result:
    """What cron does at night."""
    return gpb("audit", "--pull", "--fail-on", "No SIS class")


YEAR_TERM, MINI_TERM = term(YEAR, "2026 Year", -100, 200), term(MINI, "Mini", -1, 60)
WITHOUT_DATES = term(DEFAULT, "Default Term", None, None)


def test_a_term_that_begins_inside_another_does_not_take_its_place(district: District) -> None:
    """With or without courses: what was audited is audited, and both are told."""
    district.has([WITHOUT_DATES, YEAR_TERM], {YEAR: [21, 22], DEFAULT: [11]})
    assert audit().exit_code == 2
    for courses in ([], [71, 72, 73]):
        district.has([WITHOUT_DATES, YEAR_TERM, MINI_TERM], {YEAR: [21, 22], MINI: courses})
        found = audit()
        assert found.exit_code == 2
        number = f"{len(courses)} course{'s' if len(courses) > 1 else ''}" if courses else "no courses"
        told = f"2 terms are current: 2026 Year (id 2, 2 courses) and Mini (id 7, {number})."
        assert f"{told} 2026 Year is used, because it was used before." in found.stderr


def test_the_first_reading_takes_the_term_with_most_courses(district: District) -> None:
    """One that goes on without an end is current, one without courses is not preferred; the doctor says why."""
    district.has([term(YEAR, "2026 Year", -100, None), MINI_TERM, WITHOUT_DATES], {YEAR: [21], DEFAULT: [11, 12]})
    checks = gpb("doctor").stdout
    assert (
        "2026 Year has 1 course. 2 terms are current: 2026 Year (id 2, 1 course) and Mini (id 7, no courses)" in checks
    )
    pulled = gpb("pull")
    assert '"term": "2026 Year"' in pulled.stdout
    assert "2026 Year is used, because it has the most courses." in pulled.stderr
    assert gpb("doctor").stdout.count("because it has the most courses") == 1


def test_a_term_that_is_over_is_an_error_until_a_person_chooses(district: District) -> None:
    """Never another set of rows without a word; the choice is remembered."""
    district.has([YEAR_TERM], {YEAR: [21]})
    assert audit().exit_code == 2
    over = {**YEAR_TERM, "end_at": day(-0.001)}
    district.has([over, MINI_TERM], {YEAR: [21], MINI: [71]})
    found = audit()
    assert (found.exit_code, found.stdout) == (1, "")
    assert "The term 2026 Year, which was used until now, ended on" in found.stderr
    assert "Current now: Mini (id 7, 1 course). Choose one in the dashboard's sidebar" in found.stderr
    assert "FAILED  Term" in gpb("doctor").stdout
    assert '"term": "Mini"' in gpb("pull", "--use-term", "7").stdout
    assert audit().exit_code == 2


def test_a_term_that_has_lost_its_courses_or_is_gone_is_an_error(district: District) -> None:
    """An empty term would be a green audit."""
    district.has([YEAR_TERM], {YEAR: [21]})
    assert audit().exit_code == 2
    for terms, told in (([YEAR_TERM, MINI_TERM], "has no courses"), ([MINI_TERM], "is gone")):
        district.has(terms, {MINI: [71]})
        found = audit()
        assert found.exit_code == 1
        assert told in found.stderr
        assert "Current now: Mini (id 7, 1 course)" in found.stderr


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ([term(YEAR, "2025 Year", -400, -30), WITHOUT_DATES], "Canvas has no current term"),
        ([MINI_TERM, WITHOUT_DATES], "Canvas has no courses in any current term"),
        ([term(YEAR, "2027 Year", 30, 300)], "Canvas has no current term"),
    ],
)
def test_without_a_current_term_with_courses_nothing_is_read(
    district: District, terms: list[dict[str, Any]], told: str
) -> None:
    """Courses without a term's dates are no sign that the year goes on; all terms are named."""
    district.has(terms, {YEAR: [21], DEFAULT: [11]})
    found = audit()
    assert found.exit_code == 1
    assert told in found.stderr
    assert f"{terms[0]['name']} ({terms[0]['id']})" in found.stderr


def test_where_no_term_has_dates_the_one_with_most_courses_is_taken(district: District) -> None:
    """Some districts never set them."""
    district.has([WITHOUT_DATES, term(YEAR, "2026 Year", None, None)], {YEAR: [21, 22], DEFAULT: [11]})
    assert '"term": "2026 Year"' in gpb("pull").stdout


@pytest.mark.parametrize("wanted", ["7", "sis_term_id:Mini"])
def test_a_setting_names_the_term(district: District, monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    """Also an empty one; and it cannot be overruled by an option."""
    district.has([YEAR_TERM, MINI_TERM], {YEAR: [21]})
    monkeypatch.setenv("GPB_TERM", wanted)
    assert '"term": "Mini"' in gpb("pull").stdout
    assert "GPB_TERM" in gpb("pull", "--use-term", "2").stderr
    monkeypatch.setenv("GPB_TERM", "9")
    assert "Set GPB_TERM to one of: 2026 Year (2), Mini (7)" in gpb("pull").stderr

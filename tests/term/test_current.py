"""Which term is meant where several are current, where one is over, and where none says when it ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result

from gpb.term.current import ended
from tests.api.conftest import ScriptedServer
from tests.scripted import District, day, gpb, lead_there, term

YEAR, MINI, DEFAULT = 2, 7, 1


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[District]:
    """The environment leads to it, and names no term."""
    server = ScriptedServer()
    lead_there(server, tmp_path, monkeypatch)
    yield District(server)
    server.close()


def audit() -> Result:
    """What cron does at night."""
    return gpb("audit", "--pull", "--fail-on", "No SIS class")


YEAR_TERM, MINI_TERM = term(YEAR, "2026 Year", -100, 200), term(MINI, "Mini", -1, 60)
WITHOUT_DATES = term(DEFAULT, "Default Term", None, None)


@pytest.mark.slow
def test_a_term_that_begins_inside_another_does_not_take_its_place(district: District) -> None:
    """With or without courses: what was audited is audited, and both are told."""
    district.has([WITHOUT_DATES, YEAR_TERM], {YEAR: [21, 22], DEFAULT: [11]})
    assert audit().exit_code == 2
    with sqlite3.connect("data/gpb.sqlite") as store:
        store.execute("DELETE FROM term_choices")  # older releases kept none: what was read last counts
    store.close()
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


@pytest.mark.slow
def test_a_term_that_is_over_in_the_holidays_names_what_comes_and_both_ways(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No term is current: the next one can be named, the old one read on with the setting, and never by mistake."""
    district.has([YEAR_TERM], {YEAR: [21]})
    assert audit().exit_code == 2
    district.has([{**YEAR_TERM, "end_at": day(-0.001)}, term(9, "2027 Year", 30, 300)], {YEAR: [21], 9: [91]})
    found = audit()
    assert (found.exit_code, found.stdout) == (1, "")
    assert "No other term is current. To come: 2027 Year (id 9, from " in found.stderr
    assert "--use-term ID`, or with GPB_TERM. To read 2026 Year all the same, set GPB_TERM=2." in found.stderr
    again = gpb("pull", "--use-term", "2")
    assert (again.exit_code, "so it was not chosen" in again.stderr) == (1, True)
    assert '"term": "2027 Year"' in gpb("pull", "--use-term", "9").stdout
    monkeypatch.setenv("GPB_TERM", "2")
    assert '"term": "2026 Year"' in gpb("pull").stdout


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
    assert (
        "Set GPB_TERM to one of: 2026 Year (2 or sis_term_id:2026 Year), Mini (7 or sis_term_id:Mini)"
        in gpb("pull").stderr
    )


def test_the_last_day_of_a_term_is_that_of_the_district() -> None:
    """Canvas tells the moment in UTC, where it is the next day already."""
    over = {**YEAR_TERM, "end_at": "2027-01-01T05:59:59Z"}
    assert ended(over, ZoneInfo("America/Chicago")) == "ended on 31 Dec 2026"  # type: ignore[arg-type]  # a plain dict, as Canvas sends it

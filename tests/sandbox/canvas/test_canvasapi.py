"""canvasapi, the client that Canvas administrators use, finds a Canvas here."""

from __future__ import annotations

import pytest
from canvasapi import Canvas
from canvasapi.exceptions import BadRequest, Forbidden, InvalidAccessToken, RateLimitExceeded, ResourceDoesNotExist

from gpb.sandbox import Running
from tests.sandbox.conftest import token_without

pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly")  # loopback needs no HTTPS


def administrator(sandbox: Running, token: str | None = None) -> Canvas:
    """Return canvasapi's entry point, at the address that the settings name."""
    return Canvas(sandbox.settings["GPB_CANVAS_URL"], token or sandbox.settings["GPB_CANVAS_TOKEN"])


def test_accounts_and_schools_are_listed(district: Running) -> None:
    """The root account and its twelve schools."""
    accounts = list(administrator(district).get_accounts())
    schools = list(accounts[0].get_subaccounts(recursive=True))
    assert ([account.id for account in accounts], len(schools)) == ([1], 12)
    assert schools[0].parent_account_id == 1


def test_terms_and_courses_are_listed_page_by_page(district: Running) -> None:
    """The courses of the current term, in pages of 40."""
    account = administrator(district).get_account(1)
    term = next(term for term in account.get_enrollment_terms() if term.name == "Fall 2020")
    courses = list(account.get_courses(enrollment_term_id=term.id, per_page=40, include=["term", "teachers"]))
    assert (len(courses), len({course.id for course in courses})) == (250, 250)
    assert courses[0].term["name"] == "Fall 2020"


def test_sections_and_groups_are_listed_page_by_page(district: Running) -> None:
    """Sections with their SIS ids; groups in pages of 2, with their integration data."""
    course = administrator(district).get_course(1001)
    sections = list(course.get_sections())
    groups = list(course.get_assignment_groups(per_page=2, include=["assignments"]))
    assert [section.sis_section_id in district.world.sis_sections for section in sections] == [True, True]
    assert [group.name for group in groups] == ["Homework", "HW", "Home work", "Homework ", "Labs", "Tests"]
    assert len(groups[0].assignments) == 6


def test_group_is_edited(small: Running) -> None:
    """canvasapi edits with a form; the new key joins those that were there."""
    group = administrator(small).get_course(1001).get_assignment_group(3001)
    before = small.world.groups[3001].integration_data
    group.edit(name="Home practice", integration_data={"tool": {"key": "value"}})
    assert small.world.groups[3001].integration_data == before | {"tool": {"key": "value"}}
    assert small.world.groups[3001].name == "Home practice"


def test_errors_are_recognized(small: Running) -> None:
    """A bad token, a missing right, an unknown id, a refused value and a throttle are canvasapi's own exceptions."""
    with pytest.raises(InvalidAccessToken):
        administrator(small, "wrong").get_account(1)
    with pytest.raises(ResourceDoesNotExist):
        administrator(small).get_course(77)
    with pytest.raises(BadRequest):
        administrator(small).get_course(1001).get_assignment_group(3001).edit(name="x" * 256)
    with pytest.raises(Forbidden):
        administrator(small, token_without(small, "manage_assignments")).get_course(1001).get_assignment_group(
            3001
        ).edit(name="x")
    small.faults.change({"throttle": 1.0})
    with pytest.raises((RateLimitExceeded, Forbidden), match="Rate Limit Exceeded"):
        administrator(small).get_course(1001)

"""GraphQL tells the structure of courses, as Canvas does: a hundred a request, errors with status 200."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gpb.sandbox import Running

COURSES = "query Some($ids: [ID!]!) { courses(ids: $ids) { _id %s } }"
GROUPS = "assignmentGroupsConnection(first: 2) { nodes { number: _id name updatedAt } pageInfo { hasNextPage } }"


def asked(district: Running, query: str, token: str = "", **variables: Any) -> dict[str, Any]:
    """The body of the reply, whose status is 200."""
    headers = {"authorization": f"Bearer {token or district.keyring.admin.token}"}
    body = {"query": query, "variables": variables}
    reply = httpx.post(f"{district.canvas_url}/api/graphql", json=body, headers=headers)
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    return found


def test_structure_of_courses(district: Running) -> None:
    """Courses that are there, in connections of the length that was asked for, with names of one's own."""
    course = next(one for one in district.world.courses.values() if len(one.group_ids) > 2)
    found = asked(district, COURSES % GROUPS, ids=[str(course.id), "999999"])["data"]["courses"]
    assert [one["_id"] for one in found] == [str(course.id)]
    groups = found[0]["assignmentGroupsConnection"]
    assert (len(groups["nodes"]), groups["pageInfo"]) == (2, {"hasNextPage": True})
    assert groups["nodes"][0]["number"] == str(course.group_ids[0])


@pytest.mark.parametrize(
    ("query", "ids", "told"),
    [
        (COURSES % "assignmentGroupsConnection { nodes { integrationData } }", 1, "'integrationData' doesn't exist"),
        (COURSES % "", 101, "at most 100 ids"),
        ("{ courses(ids: [1]) { _id ", 0, "Unexpected end of document"),
        (COURSES % " ".join(f"n{number}: name" for number in range(21)), 1, "more than 20 aliases"),
    ],
)
def test_errors_come_with_status_200(district: Running, query: str, ids: int, told: str) -> None:
    """And without data."""
    found = asked(district, query, ids=[str(number) for number in range(1001, 1001 + ids)])
    assert told in found["errors"][0]["message"]
    assert "data" not in found


def test_save_of_a_group_moves_its_time_and_a_section_moves_none(district: Running) -> None:
    """With the fault `silent-save` it does not, and with `old-graphql` nothing is told for an hour."""
    course = next(one for one in district.world.courses.values() if one.group_ids and one.section_ids)
    group = district.world.groups[course.group_ids[0]]

    def moment() -> str:
        told = asked(district, COURSES % GROUPS, ids=[str(course.id)])["data"]["courses"][0]
        return str(told["assignmentGroupsConnection"]["nodes"][0]["updatedAt"])

    before = moment()
    district.world.sections[course.section_ids[0]].name = "Another"
    assert moment() == before == "2020-07-20T08:00:00Z"
    for fault in ("silent-save", "old-graphql"):
        district.faults.change({fault: 1})
        district.world.write_group(group, stored=f'{{"by": "{fault}"}}')
        assert moment() == before
        district.faults.change({fault: 0})
    assert moment() > before


def test_sections_come_by_name(district: Running) -> None:
    """As in the list of REST, however they came into the course."""
    course = next(one for one in district.world.courses.values() if len(one.section_ids) > 1)
    district.world.sections[course.section_ids[-1]].name = "A"
    told = asked(district, COURSES % "sectionsConnection { nodes { _id name } }", ids=[str(course.id)])
    found = told["data"]["courses"][0]["sectionsConnection"]["nodes"]
    headers = {"authorization": f"Bearer {district.keyring.admin.token}"}
    listed = httpx.get(f"{district.canvas_url}/api/v1/courses/{course.id}/sections", headers=headers).json()
    assert found[0]["name"] == "A"
    assert [one["_id"] for one in found] == [str(one["id"]) for one in listed]

"""GraphQL: the structure of many courses, within Canvas' limits."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from gpb.sandbox import Running
from tests.sandbox.conftest import canvas, token_without

STRUCTURE = """
query Structure($ids: [ID!]) { courses(ids: $ids) { _id name sisId state
  sectionsConnection { nodes { _id name sisId } pageInfo { hasNextPage } }
  assignmentGroupsConnection(first: 2) {
    nodes { _id name position groupWeight state sisId updatedAt } pageInfo { hasNextPage endCursor } } } }
"""
PAGE = """
query Page($after: String) { term(id: "3") {
  coursesConnection(%s after: $after) { nodes { _id } pageInfo { hasNextPage endCursor } } } }
"""


def ask(sandbox: Running, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
    """Return the body of a query's reply, whose status is always 200."""
    client = canvas(sandbox, token)
    reply = client.post(f"{sandbox.canvas_url}/api/graphql", json={"query": query, "variables": variables})
    assert reply.status_code == 200
    body: dict[str, Any] = reply.json()
    return body


def test_structure_of_courses_is_told(district: Running) -> None:
    """`courses(ids:)` gives sections and groups of several courses at once."""
    first, second = ask(district, STRUCTURE, ids=["1001", "1002"])["data"]["courses"]
    assert (first["_id"], first["state"], len(first["sectionsConnection"]["nodes"])) == ("1001", "available", 2)
    assert [node["_id"] for node in first["assignmentGroupsConnection"]["nodes"]] == ["3001", "3002"]
    assert first["assignmentGroupsConnection"]["pageInfo"]["hasNextPage"]
    assert second["name"] == "Math 9 Honors / Math 9"


def test_integration_data_is_nowhere(district: Running) -> None:
    """No type has `integrationData`, and there is no mutation: both are errors with HTTP 200."""
    query = '{ course(id: "1001") { assignmentGroupsConnection { nodes { integrationData } } } }'
    assert "integrationData" in ask(district, query)["errors"][0]["message"]
    assert ask(district, "mutation { updateAssignmentGroup { id } }")["errors"]


@pytest.mark.parametrize(("first", "length"), [("", 20), ("first: 7", 7), ("first: 5000", 100)])
def test_page_is_twenty_unless_told_and_a_hundred_at_most(district: Running, first: str, length: int) -> None:
    """The page default is 20, the most is 100."""
    page = ask(district, PAGE % first)["data"]["term"]["coursesConnection"]
    assert len(page["nodes"]) == length


def test_cursors_walk_over_all_courses_of_a_term(district: Running) -> None:
    """Following `endCursor` gives each course of the term once."""
    ids: list[str] = []
    after = None
    while True:
        page = ask(district, PAGE % "first: 100", after=after)["data"]["term"]["coursesConnection"]
        ids += [node["_id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (len(ids), len(set(ids))) == (250, 250)


def test_more_than_twenty_aliases_are_refused(district: Running) -> None:
    """20 aliases pass, 21 do not."""
    answers = [
        ask(district, "{" + " ".join(f'a{number}: term(id: "3") {{ name }}' for number in range(count)) + "}")
        for count in (20, 21)
    ]
    assert ["errors" in answer for answer in answers] == [False, True]


def test_more_than_a_hundred_courses_are_refused(district: Running) -> None:
    """`courses(ids:)` takes up to 100 ids."""
    answers = [ask(district, STRUCTURE, ids=[str(1000 + number) for number in range(count)]) for count in (100, 101)]
    assert ["errors" in answer for answer in answers] == [False, True]


def test_depth_is_limited_also_through_fragments(district: Running) -> None:
    """A query deeper than 15 levels is refused, wherever its depth comes from."""
    deep = "fragment deep on Course { term { coursesConnection(first: 1) { nodes { ...deeper } } } } "
    deeper = "fragment deeper on Course { term { coursesConnection(first: 1) { nodes { ...deepest } } } } "
    deepest = "fragment deepest on Course { term { coursesConnection(first: 1) { nodes { %s } } } } "
    shallow_end, deep_end = "name", "term { coursesConnection(first: 1) { nodes { term { name } } } }"
    start = '{ course(id: "1001") { term { coursesConnection(first: 1) { nodes { ...deep } } } } } '
    answers = [ask(district, start + deep + deeper + deepest % end) for end in (shallow_end, deep_end)]
    assert ["errors" in answer for answer in answers] == [False, True]
    assert "depth" in answers[1]["errors"][0]["message"]


def test_sis_ids_are_null_without_the_right(district: Running) -> None:
    """What a token may not see is null."""
    answer = ask(district, STRUCTURE, token=token_without(district, "read_sis"), ids=["1001"])["data"]["courses"][0]
    assert (answer["sisId"], answer["sectionsConnection"]["nodes"][0]["sisId"]) == (None, None)


def test_change_moves_the_date_of_the_group(small: Running) -> None:
    """A write of `integration_data` moves `updatedAt`."""
    query = '{ course(id: "1001") { assignmentGroupsConnection { nodes { _id updatedAt } } } }'
    before = ask(small, query)["data"]["course"]["assignmentGroupsConnection"]["nodes"]
    canvas(small).put("courses/1001/assignment_groups/3002", json={"integration_data": {"a": 1}})
    after = ask(small, query)["data"]["course"]["assignmentGroupsConnection"]["nodes"]
    assert [one["_id"] for one, two in zip(before, after, strict=True) if one != two] == ["3002"]


def test_syntax_error_and_ambiguous_ids_are_errors_with_200(district: Running) -> None:
    """Errors come with HTTP 200 and `errors`."""
    queries = ["{ course(", "", "{ course { name } }", '{ courses(ids: ["1"], sisIds: ["x"]) { name } }']
    assert all(ask(district, query)["errors"] for query in queries)


def test_account_term_and_course_are_found_by_sis_id(district: Running) -> None:
    """`sisId` leads to the same nodes as `id`."""
    query = """{ account(sisId: "DISTRICT") { _id coursesConnection(first: 1) { edges { cursor node { _id } } } }
      term(sisId: "2020-S1") { _id startAt } course(sisId: "C001001") { _id account { name } term { name } }
      courses(sisIds: ["C001001"]) { _id } }"""
    data = ask(district, query)["data"]
    assert (data["account"]["_id"], data["term"]["_id"], data["course"]["_id"]) == ("1", "3", "1001")
    assert (data["courses"], data["course"]["term"]["name"]) == ([{"_id": "1001"}], "Fall 2020")


def test_form_body_and_bad_token(district: Running) -> None:
    """A query may come as a form with its variables as text; a bad token is 401 as everywhere."""
    client = canvas(district)
    form = {"query": STRUCTURE, "variables": json.dumps({"ids": ["1001"]})}
    assert client.post(f"{district.canvas_url}/api/graphql", data=form).json()["data"]["courses"][0]["_id"] == "1001"
    headers = {"authorization": "Bearer wrong"}
    assert httpx.post(f"{district.canvas_url}/api/graphql", json={}, headers=headers).status_code == 401

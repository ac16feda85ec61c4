"""Assignment groups: what is shown, and the one write, line by line of the contract."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpb.sandbox import Running
from tests.sandbox.conftest import canvas, flat, token_without, walk

GROUP = "courses/1001/assignment_groups/3001"
PLAIN = st.none() | st.booleans() | st.integers() | st.text()
TEXT_KEYS = st.dictionaries(st.text(max_size=5), PLAIN | st.dictionaries(st.text(max_size=5), PLAIN), max_size=4)


def stored(sandbox: Running, group_id: int = 3001) -> dict[str, Any]:
    """What the sandbox holds for a group."""
    return sandbox.world.groups[group_id].integration_data


def test_group_always_shows_its_integration_data_and_never_a_date(district: Running) -> None:
    """`sis_source_id` and `integration_data` are always there, `updated_at` and `course_id` never."""
    groups = flat(walk(canvas(district, token_without(district, "read_sis")), "courses/1001/assignment_groups"))
    keys = {"id", "name", "position", "group_weight", "sis_source_id", "integration_data", "rules"}
    assert {frozenset(group) for group in groups} == {frozenset(keys)}
    assert {} in [group["integration_data"] for group in groups]


def test_assignments_come_inside_the_group_when_asked_for(district: Running) -> None:
    """`include[]=assignments` adds all of them, unpaged, and `exclude_response_fields[]` cuts fields away."""
    client = canvas(district)
    query = "include[]=assignments&exclude_response_fields[]=description,rubric"
    group = client.get(f"courses/1001/assignment_groups?per_page=1&{query}").json()[0]
    assert len(group["assignments"]) == district.world.groups[group["id"]].assignments == 6
    assert "description" not in group["assignments"][0]
    assert {"published", "post_to_sis", "due_at", "points_possible", "max_name_length"} <= group["assignments"][
        0
    ].keys()


def test_assignments_cost_more_than_the_bare_groups(district: Running) -> None:
    """Including the assignments is the expensive part, and `x-request-cost` says so."""
    client = canvas(district)
    plain = client.get("courses/1001/assignment_groups")
    full = client.get("courses/1001/assignment_groups?include[]=assignments")
    assert float(full.headers["x-request-cost"]) > 2 * float(plain.headers["x-request-cost"])


def test_assignment_shows_sis_fields_only_with_the_right(district: Running) -> None:
    """`sis_assignment_id`, `integration_id` and `integration_data` of an assignment need SIS rights."""
    keys = {"sis_assignment_id", "integration_id", "integration_data"}
    shown = [
        canvas(district, token).get("courses/1001/assignments").json()[0].keys() & keys
        for token in (None, token_without(district, "read_sis"))
    ]
    assert shown == [keys, set()]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(before=TEXT_KEYS, sent=TEXT_KEYS)
def test_write_merges_shallowly(small: Running, before: dict[str, Any], sent: dict[str, Any]) -> None:
    """The server stores `stored.merge(sent)`: top-level keys sent replace whole values, all others stay."""
    small.world.groups[3001].integration_data = before
    reply = canvas(small).put(GROUP, json={"integration_data": sent})
    assert reply.json()["integration_data"] == {**before, **sent} == stored(small)


def test_nested_value_is_replaced_whole(small: Running) -> None:
    """Sending one section under `sistemic` wipes all the others, and null overwrites without removing the key."""
    client = canvas(small)
    client.put(GROUP, json={"integration_data": {"sistemic": {"categoryMapping": {"one": {}}}, "localNotes": None}})
    assert stored(small)["sistemic"] == {"categoryMapping": {"one": {}}}
    assert "localNotes" in stored(small)
    assert stored(small)["localNotes"] is None


@pytest.mark.parametrize("body", [{}, {"integration_data": {}}, {"integration_data": None}])
def test_empty_write_changes_nothing(small: Running, body: dict[str, Any]) -> None:
    """`{}`, null or an absent field is 200, and nothing changed."""
    before = small.world.groups[3001].stored
    reply = canvas(small).put(GROUP, json=body)
    assert (reply.status_code, small.world.groups[3001].stored) == (200, before)


@pytest.mark.parametrize("value", ["text", 5, True, False, ["a"], ""])
def test_integration_data_that_is_no_object_is_refused_in_bare_text(small: Running, value: object) -> None:
    """400 with the bare text `Invalid integration data` under a JSON type; nothing else of the body is stored."""
    reply = canvas(small).put(GROUP, json={"name": "Renamed", "integration_data": value})
    assert (reply.status_code, reply.text) == (400, "Invalid integration data")
    assert reply.headers["content-type"].startswith("application/json")
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert small.world.groups[3001].name == "Homework"


def test_form_with_bare_integration_data_is_refused(small: Running) -> None:
    """`integration_data=` of a form is an empty text, hence no object: 400 in bare text."""
    reply = canvas(small).put(GROUP, data={"integration_data": "", "name": "Renamed"})
    assert (reply.status_code, reply.text) == (400, "Invalid integration data")
    assert small.world.groups[3001].name == "Homework"


def test_nulls_inside_arrays_are_dropped_and_all_else_stays(small: Running) -> None:
    """Null items of arrays go at any depth; null values of keys, empty arrays and empty objects are stored."""
    sent: dict[str, Any] = {"a": [None, 1, [None, {"b": None, "c": [None]}]], "d": None, "e": [], "f": {}}
    small.world.groups[3001].integration_data = {}
    canvas(small).put(GROUP, json={"integration_data": sent})
    assert stored(small) == {"a": [1, [{"b": None, "c": []}]], "d": None, "e": [], "f": {}}


@pytest.mark.parametrize(("sent", "kept"), [(1234, "1234"), ("", ""), (None, None), ("S1", "S1")])
def test_sis_source_id_is_stored_as_text(small: Running, sent: object, kept: str | None) -> None:
    """A number becomes text, an empty text stays one and shows no icon."""
    body = canvas(small).put(GROUP, json={"sis_source_id": sent, "integration_data": {}}).json()
    assert (body["sis_source_id"], small.world.groups[3001].sis_source_id) == (kept, kept)


def test_name_of_more_than_255_characters_is_too_long(small: Running) -> None:
    """The validation error names attribute and type; 255 characters are still right."""
    client = canvas(small)
    reply = client.put(GROUP, json={"name": "x" * 256})
    detail = {"attribute": "name", "type": "too_long", "message": "too_long"}
    assert (reply.status_code, reply.json()) == (400, {"errors": {"name": [detail]}})
    assert client.put(GROUP, json={"name": "x" * 255}).json()["name"] == "x" * 255


def test_a_blank_name_becomes_canvas_own(small: Running) -> None:
    """It is not refused."""
    assert canvas(small).put(GROUP, json={"name": " "}).json()["name"] == "Assignments"


def test_other_fields_are_changed_too(small: Running) -> None:
    """Position, weight and, with the right, SIS id can be written; a weight that is no number is refused."""
    client = canvas(small)
    body = client.put(GROUP, json={"position": 9, "group_weight": "12.5", "sis_source_id": "S1"}).json()
    assert (body["position"], body["group_weight"], body["sis_source_id"]) == (9, 12.5, "S1")
    assert [group["id"] for group in client.get("courses/1001/assignment_groups").json()][-1] == 3001
    assert client.put(GROUP, json={"group_weight": "much"}).status_code == 400
    without = canvas(small, token_without(small, "read_sis"))
    assert without.put(GROUP, json={"sis_source_id": "S2"}).json()["sis_source_id"] == "S1"


def test_write_needs_the_right_to_edit_assignments(small: Running) -> None:
    """Without it the answer is 403 JSON with `status: unauthorized`, and nothing is stored."""
    before = small.world.groups[3001].stored
    reply = canvas(small, token_without(small, "manage_assignments")).put(GROUP, json={"integration_data": {"a": 1}})
    assert (reply.status_code, reply.json()["status"]) == (403, "unauthorized")
    assert small.world.groups[3001].stored == before


def test_write_needs_no_sis_right(small: Running) -> None:
    """`integration_data` can be written by whoever may edit assignments."""
    reply = canvas(small, token_without(small, "read_sis")).put(GROUP, json={"integration_data": {"a": 1}})
    assert reply.json()["integration_data"]["a"] == 1


def test_group_of_another_course_or_a_deleted_one_is_not_found(small: Running) -> None:
    """A group is found by its number, in its own course, as long as it exists."""
    client = canvas(small)
    small.world.delete_group(3002)
    paths = ["courses/1002/assignment_groups/3001", "courses/1001/assignment_groups/3002", "courses/1001/x/3001"]
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]


def test_equal_writes_are_idempotent(small: Running) -> None:
    """Sending the same again changes nothing more, so a retry after a time-out is safe."""
    client = canvas(small)
    replies = [client.put(GROUP, json={"integration_data": {"a": {"b": 1}}}).json() for _ in range(2)]
    assert replies[0] == replies[1]


def test_form_parameters_nest_by_brackets(small: Running) -> None:
    """Canvas takes forms as well: `integration_data[a][b]=c` is an object in an object."""
    canvas(small).put(GROUP, data={"integration_data[a][b]": "c", "integration_data[a][d][]": "e", "name": "New"})
    assert (stored(small)["a"], small.world.groups[3001].name) == ({"b": "c", "d": ["e"]}, "New")


@pytest.mark.parametrize(
    ("data", "sis_source_id", "icon"),
    [
        ({"sistemic": {"categoryMapping": {"x": {}}}}, None, "aligned"),
        ({"sistemic": {"categoryMapping": {}}}, None, "aligned"),
        ({"sistemic": {}}, None, None),
        ({"syncedWithSisCategory": True}, "S1", "aligned"),
        ({"syncedWithSisCategory": False}, None, "aligned"),
        ({"sistemic": None}, "S1", "imported"),
        ({"other": 1}, "", None),
    ],
)
def test_icon_follows_the_rules_of_the_front_end(
    small: Running, data: dict[str, Any], sis_source_id: str | None, icon: str | None
) -> None:
    """Aligned: the key of the mapping or of the flag is there; imported: a non-empty `sis_source_id`."""
    group = small.world.groups[3001]
    group.integration_data = data
    group.sis_source_id = sis_source_id
    assert group.icon == icon

"""Every route of Focus' public documentation that concerns categories, from a table of our own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpb.sandbox import Running, SandboxConfig, running
from tests.sandbox.conftest import TODAY, focus

Row = dict[str, Any]
SCHOOL = "uuid state_id title address city state zipcode updated_at phone organization"
COURSE = (
    "uuid school_uuid year_uuid title description code master_course_code master_course_title master_course_description"
    " year updated_at school_id organization subjects subject_codes marking_period_title"
)
SECTION = (
    "uuid school_uuid course_uuid course_code marking_period_uuid teacher_uuid title code period room group_code year"
    " created_at updated_at marking_period_title school_id credits period_name marking_period_code active graded"
    " enrollment_code link homeroom"
)
USER = "uuid local_id district_id state_id role first_name last_name school_uuids updated_at active"
PERIOD = (
    "uuid id parent_uuid school_uuid type title short_name sort_order start_date end_date post_start_date post_end_date"
    " year school_days updated_at active school_id order name"
)
CATEGORY = "uuid section_uuids title updated_at active"
ASSIGNMENT = (
    "uuid school_uuid marking_period_uuid section_uuid section_uuids assignment_category_uuid title description points"
    " exclude_from_average assigned_date due_date created_at updated_at publish_date due_time"
)
OF_SECTION = {
    "school_uuids": "school_uuid",
    "course_uuids": "course_uuid",
    "marking_period_uuids": "marking_period_uuid",
    "teacher_uuids": "teacher_uuid",
    "user_uuids": "teacher_uuid",
    "year": "year",
    "uuids": "uuid",
}
OF_COURSE = {"school_uuids": "school_uuid", "year": "year", "uuids": "uuid"}
OF_PERIOD = OF_COURSE | {"types": "type"}
OF_USER = {"school_uuids": "school_uuids", "roles": "role", "uuids": "uuid"}
OF_CATEGORY = {"section_uuids": "section_uuids", "class_uuid": "section_uuids", "uuids": "uuid"}
OF_ASSIGNMENT = {"section_uuids": "section_uuids", "category_uuids": "assignment_category_uuid", "uuids": "uuid"}
READS: list[tuple[str, str, dict[str, str]]] = [
    ("schools", SCHOOL, {"uuids": "uuid"}),
    ("schools/{school}", SCHOOL, {}),
    ("schools/{school}/courses", COURSE, OF_COURSE),
    ("schools/{school}/sections", SECTION, OF_SECTION),
    ("schools/{school}/sections/{section}/assignment_categories", CATEGORY, OF_CATEGORY),
    ("schools/{school}/teachers", USER, OF_USER),
    ("teachers", USER, OF_USER),
    ("teachers/{teacher}", USER, {}),
    ("courses", COURSE, OF_COURSE),
    ("courses/{course}", COURSE, {}),
    ("marking_periods_oneroster", PERIOD, OF_PERIOD),
    ("marking_periods_oneroster/{period}", PERIOD, {}),
    ("sections", SECTION, OF_SECTION),
    ("sections/{section}", SECTION, {}),
    ("sections/{section}/assignment_categories", CATEGORY, OF_CATEGORY),
    ("sections/{section}/assignment_categories/{category}", CATEGORY, {}),
    ("sections/{section}/assignments", ASSIGNMENT, OF_ASSIGNMENT),
    ("sections/{section}/assignments/{assignment}", ASSIGNMENT, {}),
    ("assignment_categories", CATEGORY, OF_CATEGORY),
    ("assignment_categories/{category}", CATEGORY, {}),
    ("assignment_categories/{category}/assignments", ASSIGNMENT, OF_ASSIGNMENT),
    ("assignments", ASSIGNMENT, OF_ASSIGNMENT),
    ("assignments/{assignment}", ASSIGNMENT, {}),
]
"""Path, columns of an object, and by which column each parameter narrows the list."""
WRITES: list[tuple[str, str, Row, int]] = [
    ("PUT", "assignment_categories", {"title": "New", "section_uuids": ["{section}"]}, 1),
    ("PUT", "assignment_categories/{category}", {"title": "Renamed"}, 1),
    ("DELETE", "assignment_categories/{category}", {}, 0),
    ("POST", "assignments", {"title": "Essay", "section_uuid": "{section}"}, 1),
    ("PUT", "assignments", {"title": "Essay", "section_uuids": ["{section}"]}, 1),
    ("POST", "assignments/{assignment}", {"points": 5}, 1),
    ("PUT", "assignments/{assignment}", {"title": "Essay 2"}, 1),
    ("DELETE", "assignments/{assignment}", {}, 0),
    ("POST", "sections/{section}/assignments", {"title": "Essay"}, 1),
    ("PUT", "sections/{section}/assignments", {"title": "Essay"}, 1),
    ("POST", "sections/{section}/assignments/{assignment}", {"points": 5}, 1),
    ("PUT", "sections/{section}/assignments/{assignment}", {"points": 5}, 1),
    ("DELETE", "sections/{section}/assignments/{assignment}", {}, 0),
]
"""Method, path, body, and how many objects come back."""
ROUTES = len(READS) + len(WRITES)


def a_place(sandbox: Running) -> dict[str, str]:
    """Uuids that belong together: a section, what is in it and above it."""
    world = sandbox.world
    section = next(one for one in world.sis_sections.values() if world.valid_categories(one.uuid))
    category = world.valid_categories(section.uuid)[0].uuid
    fields = {"title": "Essay 1", "section_uuid": section.uuid, "assignment_category_uuid": category, "points": 10}
    world.write_sis_assignment("essay-1", fields)
    return {
        "school": section.school.uuid,
        "section": section.uuid,
        "teacher": section.teacher.uuid,
        "course": section.course_uuid,
        "period": section.school.marking_periods[section.term_id],
        "category": category,
        "assignment": "essay-1",
    }


@pytest.fixture(scope="module")
def box() -> Iterator[Running]:
    """A small district with one assignment, which no test of this module changes."""
    with running(SandboxConfig(port=0, schools=2, courses=9, today=TODAY)) as sandbox:
        a_place(sandbox)
        yield sandbox


@pytest.fixture(scope="module")
def reader(box: Running) -> Iterator[httpx.Client]:
    """A client of the native API that may only read."""
    with focus(box, client_id="alden-reports") as client:
        yield client


@pytest.fixture(scope="module")
def standard(box: Running) -> Iterator[httpx.Client]:
    """A client of the OneRoster dialect that may only read."""
    with focus(box, box.oneroster_url, "alden-reports") as client:
        yield client


def rows(client: httpx.Client, path: str, **query: Any) -> list[Row]:
    """All rows of a list, in pages of 1,000."""
    found: list[Row] = []
    while True:
        body = client.get(path, params={"limit": 1000, "offset": len(found), **query}).json()
        found += body["data"]
        if body["pagination"]["next"] is None:
            return found


def values(row: Row, column: str) -> set[str]:
    """What a row has in a column, as texts."""
    found = row[column]
    return {str(one) for one in (found if isinstance(found, list) else [found])}


@pytest.mark.parametrize(("path", "columns", "parameters"), READS, ids=[path for path, _, _ in READS])
def test_every_documented_route_is_a_collection(
    box: Running, reader: httpx.Client, path: str, columns: str, parameters: dict[str, str]
) -> None:
    """An envelope with all documented columns; each parameter leaves exactly the rows that have its value."""
    address = path.format(**a_place(box))
    every = rows(reader, address)
    assert every
    assert {frozenset(row) for row in every} == {frozenset(columns.split())}
    assert path.count("}") == 0 or path.endswith("s") or len(every) == 1
    for name, column in parameters.items():
        for value in sorted({one for row in every for one in values(row, column)})[:2]:
            sent = name if name in ("year", "class_uuid") else f"{name}[]"
            narrowed = rows(reader, address, **{sent: value})
            assert narrowed == [row for row in every if value in values(row, column)], (name, value)
    other = "/".join("unknown" if "{" in part else part for part in path.split("/"))
    assert other == path or reader.get(other).json()["data"] == []


def test_categories_are_narrowed_by_school_year_and_day(box: Running, reader: httpx.Client) -> None:
    """A category is of the schools, years and marking periods of its sections."""
    sections = {row["uuid"]: row for row in rows(reader, "sections")}
    periods = {row["uuid"]: row for row in rows(reader, "marking_periods_oneroster")}
    every = rows(reader, "assignment_categories")
    school, day = next(iter(box.world.schools)), TODAY.isoformat()

    def running_then(row: Row) -> bool:
        period = periods[row["marking_period_uuid"]]
        return bool(period["start_date"] <= day <= period["end_date"])

    for query, holds in (
        ({"school_uuids[]": school}, lambda row: row["school_uuid"] == school),
        ({"year": "2019"}, lambda row: row["year"] == 2019),
        ({"date": day}, running_then),
    ):
        expected = [row for row in every if any(holds(sections[one]) for one in row["section_uuids"])]
        assert rows(reader, "assignment_categories", **query) == expected
        assert 0 < len(expected) < len(every)
    assert reader.get("assignment_categories?date=soon").status_code == 400
    assert reader.get("assignment_categories?year=soon").status_code == 400


@pytest.mark.parametrize("path", ["students", "sections/{section}/students", "sections?student_uuids[]=x", "users/x",
                                  "assignments/{assignment}/scores"])  # fmt: skip
def test_nothing_of_students_is_shown(box: Running, reader: httpx.Client, path: str) -> None:
    """Routes and parameters of students are not permitted; what is unknown is 404, and both say why."""
    reply = reader.get(path.format(**a_place(box)))
    assert (reply.status_code, "students" in reply.json()["error"]) == (403, True)
    assert (reader.get("weights").status_code, reader.get("weights").json()["error"]) == (
        404,
        "There is no such route.",
    )


@pytest.mark.parametrize(("method", "path", "body", "count"), WRITES, ids=[f"{one[0]} {one[1]}" for one in WRITES])
def test_every_documented_write_is_carried_out_for_writers_alone(
    small: Running, method: str, path: str, body: Row, count: int
) -> None:
    """What was stored comes back in the envelope and is read so afterwards; a reader is refused and changes nothing."""
    place = a_place(small)
    filled = {
        name: [one.format(**place) for one in value] if isinstance(value, list) else str(value).format(**place)
        if isinstance(value, str) else value
        for name, value in body.items()
    }  # fmt: skip
    client, kind = focus(small), "assignment_categories" if "assignment_categories" in path else "assignments"
    before = rows(client, kind)
    refused = focus(small, client_id="alden-reports").request(method, path.format(**place), json=filled)
    assert (refused.status_code, rows(client, kind)) == (403, before)
    reply = client.request(method, path.format(**place), json=filled)
    assert (reply.status_code, reply.json()["count"]) == (200, count)
    for stored in reply.json()["data"]:
        assert stored | filled == stored
        assert client.get(f"{kind}/{stored['uuid']}").json()["data"] == [stored]
    assert len(rows(client, kind)) == len(before) + {"DELETE": -1}.get(
        method, "uuid" not in path and not path.endswith("}")
    )


def test_assignment_of_several_sections_leaves_one_after_the_other(small: Running) -> None:
    """A section in path or query is one that the assignment leaves; without any section left it is gone."""
    client = focus(small)
    first, second, third = list(small.world.sis_sections)[:3]
    made = client.post("assignments", json={"title": "Quiz", "section_uuids": [first, second]}).json()["data"][0]
    path = f"assignments/{made['uuid']}"
    joined = client.put(f"sections/{third}/{path}", json={"points": 3}).json()["data"][0]
    assert (joined["section_uuid"], joined["section_uuids"]) == (first, [first, second, third])
    assert client.delete(f"sections/{first}/{path}").status_code == 200
    assert client.delete(f"sections/{first}/{path}").status_code == 404
    assert client.get(path).json()["data"][0]["section_uuids"] == [second, third]
    assert client.delete(f"{path}?section_uuids[]={second}").status_code == 200
    assert client.get(f"sections/{third}/assignments").json()["total"] == 1
    assert client.delete(path).status_code == 200
    assert client.get(path).json()["total"] == 0


COLUMNS = st.sampled_from(["title", "title DESC", "period, title DESC", "year DESC, code", "homeroom, room", "nothing"])
FILTERS: list[tuple[str, Any]] = [
    ("", lambda _row: True),
    ("year = 2020", lambda row: row["year"] == 2020),
    ("homeroom = false AND period > '3'", lambda row: not row["homeroom"] and row["period"] > "3"),
    ('period = "2" OR credits IS NOT NULL OR active = 0', lambda row: row["period"] == "2" or not row["active"]),
    ("title ~ 'PERIOD 1' AND credits IS NULL", lambda row: "period 1" in row["title"].lower()),
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(7, 5000),
    chosen=st.sampled_from(FILTERS),
    sort=COLUMNS,
    direction=st.sampled_from(["asc", "DESC"]),
)
def test_pages_of_a_filtered_and_sorted_list_hold_every_row_once(
    reader: httpx.Client, limit: int, chosen: tuple[str, Any], sort: str, direction: str
) -> None:
    """Whatever limit, filter and order: following `next` gives every row that passes once, and totals agree."""
    text, passes = chosen
    query: dict[str, str | int] = {"filter": text, "sort": sort, "direction": direction, "limit": limit}
    expected = [row for row in rows(reader, "sections") if passes(row)]
    found: list[Row] = []
    body = reader.get("sections", params=query).json()
    while True:
        assert (body["total"], body["offset"], body["count"]) == (len(expected), len(found), len(body["data"]))
        assert (body["limit"], body["count"] <= min(limit, 1000)) == (min(limit, 1000), True)
        found += body["data"]
        if body["pagination"]["next"] is None:
            break
        assert urlsplit(body["pagination"]["next"]).netloc == reader.base_url.netloc.decode()
        body = reader.get(body["pagination"]["next"]).json()
    by_uuid = {row["uuid"]: row for row in expected}
    assert {row["uuid"]: row for row in found} == by_uuid
    assert len(found) == len(expected)
    first = sort.split(",", maxsplit=1)[0].split()
    keys = [row[first[0]] for row in found] if first[0] in SECTION.split() else []
    assert keys == sorted(keys, reverse="DESC" in (first[-1], direction.upper() if len(first) == 1 else ""))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(0, 1500).map(lambda number: number if number < 1 else max(number, 7)),
    order=st.sampled_from(["asc", "desc"]),
    text=st.sampled_from(["", "title~'o'", "classType='homeroom' OR location>'150'"]),
)
def test_pages_of_a_list_of_oneroster_hold_every_row_once(
    box: Running, standard: httpx.Client, limit: int, order: str, text: str
) -> None:
    """The same law in the other dialect, by its Link header; a limit of 0 means 1, one over 1,000 means 1,000."""
    passes: dict[str, Any] = {
        "": lambda _one: True,
        "title~'o'": lambda one: "o" in one.title.lower(),
        "classType='homeroom' OR location>'150'": lambda one: one.homeroom or one.room > "150",
    }
    query: dict[str, str | int] = {"limit": limit, "filter": text, "sort": "title", "orderBy": order}
    wanted = {one.uuid for one in box.world.sis_sections.values() if passes[text](one)}
    found: list[Row] = []
    reply = standard.get("classes", params=query)
    while True:
        page = reply.json()["classes"]
        assert (len(page) <= max(1, min(limit, 1000)), reply.headers["x-total-count"]) == (True, str(len(wanted)))
        found += page
        if "next" not in reply.links:
            break
        reply = standard.get(reply.links["next"]["url"])
    assert {row["sourcedId"] for row in found} == wanted
    titles = [row["title"] for row in found]
    assert (len(found), titles) == (len(wanted), sorted(titles, reverse=order == "desc"))


def test_the_table_has_every_route_of_the_documentation() -> None:
    """36 routes concern categories; a row lost from the table would go untested."""
    assert (
        ROUTES,
        len({(path, "GET") for path, _, _ in READS} | {(path, method) for method, path, _, _ in WRITES}),
    ) == (
        36,
        36,
    )

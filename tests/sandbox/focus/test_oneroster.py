"""Focus' OneRoster dialect, and that it tells of the same district as the native one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gpb.sandbox import Running
from tests.sandbox.conftest import focus
from tests.sandbox.focus.test_native import everything

Valid = dict[str, tuple[str, bool, frozenset[str] | None]]


def oneroster(sandbox: Running, client_id: str | None = None) -> httpx.Client:
    """Return a signed-in client of the dialect."""
    return focus(sandbox, sandbox.oneroster_url, client_id)


def pages(client: httpx.Client, path: str) -> Iterator[httpx.Response]:
    """Return all pages of a list, following the Link header."""
    address: str | None = path
    while address:
        reply = client.get(address)
        yield reply
        address = reply.links.get("next", {}).get("url")


def rows_of(client: httpx.Client, name: str) -> list[dict[str, Any]]:
    """Return all rows of a list."""
    return [row for reply in pages(client, f"{name}?limit=1000") for row in reply.json()[name]]


def valid_in(rows: list[dict[str, Any]]) -> Valid:
    """Return title, state and classes of each category; None stands for every class."""
    found: Valid = {}
    for row in rows:
        classes = row["metadata"].get("classId")
        these = None if classes is None else frozenset([classes] if isinstance(classes, str) else classes)
        _, _, others = found.get(row["sourcedId"], ("", False, frozenset[str]()))
        merged = None if these is None or others is None else these | others
        found[row["sourcedId"]] = (row["title"], row["status"] == "active", merged)
    return found


def test_both_dialects_describe_the_same_district(district: Running) -> None:
    """Categories, their titles, states and sections are equal; so are the sections and the schools."""
    client, native = oneroster(district), focus(district)
    expected = {
        row["uuid"]: (row["title"], row["active"], frozenset(row["section_uuids"]))
        for row in everything(native, "assignment_categories?limit=1000")
    }
    assert valid_in(rows_of(client, "categories")) == expected
    classes = rows_of(client, "classes")
    sections = everything(native, "sections?limit=1000")
    assert {(row["sourcedId"], row["title"], row["school"]["sourcedId"]) for row in classes} == {
        (row["uuid"], row["title"], row["school_uuid"]) for row in sections
    }
    schools = client.get("schools").json()["orgs"]
    assert [row["name"] for row in schools] == [row["title"] for row in native.get("schools").json()["data"]]


def test_every_class_tells_its_term_and_kind_in_both_dialects(district: Running) -> None:
    """Marking period, homeroom, graded and active, for all classes of all three terms; each period is listed itself."""
    client, native = oneroster(district), focus(district)
    sections = {row["uuid"]: row for row in everything(native, "sections?limit=1000")}
    classes = {row["sourcedId"]: row for row in rows_of(client, "classes")}
    expected = {
        one.uuid: (one.school.marking_periods[one.term_id], one.homeroom, one.active)
        for one in district.world.sis_sections.values()
    }
    seen = {key: (row["marking_period_uuid"], row["homeroom"], row["active"]) for key, row in sections.items()}
    assert seen == expected
    assert {key for key, row in sections.items() if row["graded"] == row["homeroom"]} == set()
    kinds = {"homeroom": True, "scheduled": False}
    assert {
        key: (*(term["sourcedId"] for term in row["terms"]), kinds[row["classType"]], row["status"] == "active")
        for key, row in classes.items()
    } == expected
    assert len({one.term_id for one in district.world.sis_sections.values()}) == 3
    assert {(homeroom, active) for _, homeroom, active in expected.values()} == {
        (False, True),
        (True, True),
        (False, False),
    }
    periods = {period for period, _, _ in expected.values()}
    assert periods <= {row["uuid"] for row in everything(native, "marking_periods_oneroster?limit=1000")}
    assert periods <= {row["sourcedId"] for row in rows_of(client, "academicSessions")}


def test_class_of_a_category_comes_as_text_list_or_repeated_rows(district: Running) -> None:
    """The vendor's `metadata.classId` has all three forms in one district; categories have no class field."""
    rows = rows_of(oneroster(district), "categories")
    forms = {type(row["metadata"]["classId"]) for row in rows}
    assert (forms, len(rows) > len({row["sourcedId"] for row in rows})) == ({str, list}, True)
    assert {frozenset(row) for row in rows} == {
        frozenset({"sourcedId", "status", "dateLastModified", "title", "metadata"})
    }


def test_category_without_a_class_is_global_in_both_dialects(small: Running) -> None:
    """A category for everywhere has no `classId` here, and every section in the native dialect."""
    category = next(one for one in small.world.categories.values() if not one.deleted)
    category.everywhere = True
    assert valid_in(rows_of(oneroster(small), "categories"))[category.uuid][2] is None
    native = focus(small).get(f"assignment_categories/{category.uuid}").json()["data"][0]
    assert set(native["section_uuids"]) == small.world.sis_sections.keys()


def test_three_ways_lead_to_the_next_page(district: Running) -> None:
    """The Link header, `X-Total-Count` and the body's `pagination.next` agree; `limit` is 100 unless told."""
    reply = oneroster(district).get("classes")
    assert len(reply.json()["classes"]) == 100
    assert reply.headers["x-total-count"] == str(len(district.world.sis_sections))
    assert reply.links["next"]["url"] == reply.json()["pagination"]["next"]
    last = list(pages(oneroster(district), "classes?limit=1000"))[-1]
    assert (last.json()["pagination"]["next"], "next" in last.links) == (None, False)


def test_periods_of_a_class_may_be_a_text(district: Running) -> None:
    """The standard wants a list; some servers, and this one for some classes, give a text."""
    assert {type(row["periods"]) for row in rows_of(oneroster(district), "classes")} == {str, list}


def test_errors_have_both_shapes(small: Running) -> None:
    """1.1 answers with `statusInfoSet`, 1.2 with `imsx_CodeMinor`; this server uses the latter for unknown objects."""
    client = oneroster(small)
    old = client.get("categories?limit=many")
    new = client.get("classes/unknown")
    assert (old.status_code, old.json()["statusInfoSet"][0]["imsx_codeMinor"]) == (400, "invalid_data")
    field = new.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]
    assert (new.status_code, field["imsx_codeMinorFieldValue"]) == (404, "unknownobject")


def test_warning_comes_with_200(small: Running) -> None:
    """An unknown filter column is a warning without data, an unknown sort column a warning beside the data."""
    client = oneroster(small)
    alone = client.get("categories", params={"filter": "nope='x'"})
    beside = client.get("categories?sort=nope")
    assert (alone.status_code, list(alone.json())) == (200, ["statusInfoSet"])
    assert alone.json()["statusInfoSet"][0]["imsx_severity"] == "warning"
    assert (beside.status_code, len(beside.json()["categories"])) == (200, 100)
    assert beside.json()["statusInfoSet"][0]["imsx_codeMinor"] == "invalid_sort_field"


def test_lists_are_filtered_sorted_and_cut(small: Running) -> None:
    """`filter` with OR, `sort` with `orderBy`, and `fields`."""
    query = {"filter": "title='Labs' OR title='Homework'", "sort": "title", "orderBy": "desc", "fields": "title"}
    rows = oneroster(small).get("categories", params=query).json()["categories"]
    assert rows == sorted(rows, key=lambda row: str(row["title"]), reverse=True)
    assert {row["title"] for row in rows} == {"Labs", "Homework"}


def test_filter_takes_dotted_paths_and_one_connective(small: Running) -> None:
    """`metadata.classId` finds every form of it, `class.sourcedId` line items; two connectives are not understood."""
    client = oneroster(small)
    uuid = next(one for one in small.world.sis_sections if len(small.world.valid_categories(one)) > 1)
    named = {one.uuid: one.title for one in small.world.valid_categories(uuid)}
    title = next(iter(named.values()))
    query: dict[str, str | int] = {"limit": 1000, "filter": f"metadata.classId='{uuid}'"}
    assert {
        row["sourcedId"]: row["title"] for row in client.get("categories", params=query).json()["categories"]
    } == named
    both = query | {"filter": f"metadata.classId='{uuid}' AND title='{title}'"}
    assert {row["title"] for row in client.get("categories", params=both).json()["categories"]} == {title}
    for number, section in enumerate(list(small.world.sis_sections)[:2]):
        small.world.write_sis_assignment(f"item-{number}", {"title": "Quiz", "section_uuid": section})
    one = client.get("lineItems", params={"filter": f"class.sourcedId='{section}'", "sort": "class.sourcedId"}).json()
    assert [row["sourcedId"] for row in one["lineItems"]] == ["item-1"]
    for text in ("title='a' AND title='b' OR title='c'", "metadata.classId=", "where.is='x'"):
        assert list(client.get("categories", params={"filter": text}).json()) == ["statusInfoSet"]


def test_categories_of_a_class_belong_to_the_next_version(small: Running) -> None:
    """`/classes/{id}/categories` is 1.2: a 404 here, which clients must take as normal."""
    uuid = next(iter(small.world.sis_sections))
    assert oneroster(small).get(f"classes/{uuid}/categories").status_code == 404


def test_category_is_replaced_and_deleted(small: Running) -> None:
    """PUT creates (201) or changes title, status and classes (200); DELETE is 204; the native dialect sees it."""
    client = oneroster(small)
    assert client.put("categories/new", json={"category": {"metadata": {}}}).status_code == 400
    assert client.put("categories/new", json={"category": {"title": "Fresh"}}).status_code == 201
    uuid = next(one.uuid for one in small.world.categories.values() if one.active and not one.deleted)
    section = next(iter(small.world.sis_sections))
    body = {"category": {"title": "New", "status": "tobedeleted", "metadata": {"classId": section}}}
    assert client.put(f"categories/{uuid}", json=body).json()["category"]["title"] == "New"
    native = focus(small).get(f"assignment_categories/{uuid}").json()["data"][0]
    assert (native["title"], native["active"], native["section_uuids"]) == ("New", False, [section])
    assert client.delete(f"categories/{uuid}").status_code == 204
    assert client.get(f"categories/{uuid}").status_code == 404
    assert client.put(f"categories/{uuid}", json={"title": "bare"}).status_code == 400


def test_line_items_are_the_assignments_of_the_gradebook(small: Running) -> None:
    """PUT creates with 201 and changes with 200; the class lists it; the native dialect shows it; DELETE is 204."""
    client = oneroster(small)
    section = next(iter(small.world.sis_sections))
    category = small.world.valid_categories(section)[0].uuid
    item = {
        "title": "Quiz 1",
        "class": {"sourcedId": section},
        "category": {"sourcedId": category},
        "resultValueMax": 5,
    }
    statuses = [client.put("lineItems/item-1", json={"lineItem": item}).status_code for _ in range(2)]
    assert statuses == [201, 200]
    assert [row["title"] for row in client.get(f"classes/{section}/lineItems").json()["lineItems"]] == ["Quiz 1"]
    assert client.get("lineItems/item-1").json()["lineItem"]["category"]["sourcedId"] == category
    assert focus(small).get("assignments").json()["data"][0]["assignment_category_uuid"] == category
    assert client.put("lineItems/item-2", json={"lineItem": {"title": "No class"}}).status_code == 400
    assert client.get("lineItems/item-2").status_code == 404
    gone = [client.delete("lineItems/item-1").status_code for _ in range(2)]
    assert (gone, client.get("lineItems").json()["lineItems"]) == ([204, 404], [])


def test_rights_and_tokens_are_checked(small: Running) -> None:
    """No token is 401, no right to write 403, both in the shape of 1.1."""
    anonymous = httpx.get(f"{small.oneroster_url}/categories")
    uuid = next(iter(small.world.categories))
    reader = oneroster(small, "alden-reports").delete(f"categories/{uuid}")
    minors = [reply.json()["statusInfoSet"][0]["imsx_codeMinor"] for reply in (anonymous, reader)]
    assert (anonymous.status_code, reader.status_code, minors) == (401, 403, ["unauthorized", "forbidden"])


@pytest.mark.parametrize("name", ["orgs", "academicSessions"])
def test_organisations_and_sessions_are_listed(district: Running, name: str) -> None:
    """12 schools, and a session for each school and each term with dates."""
    expected = {"orgs": 12, "academicSessions": 36}
    assert len(rows_of(oneroster(district), name)) == expected[name]


def test_one_class_and_one_category_are_shown_alone(district: Running) -> None:
    """A single object stands under its singular name; a category then lists all its classes."""
    client = oneroster(district)
    category = next(one for one in district.world.categories.values() if len(one.section_uuids) > 1 and not one.deleted)
    assert client.get(f"categories/{category.uuid}").json()["category"]["metadata"]["classId"] == category.section_uuids
    section = category.section_uuids[0]
    assert client.get(f"classes/{section}").json()["class"]["sourcedId"] == section

"""Odd objects in good replies, and faults that are aimed at one object."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from gpb.sandbox import Running
from gpb.sandbox.config import ODDITIES, checked_faults
from gpb.sandbox.faults.odd import CHANGES
from tests.sandbox.conftest import canvas, flat, focus, walk

COURSES = "accounts/self/courses?per_page=4&include[]=teachers"
Row = dict[str, Any]


def by_id(sandbox: Running, path: str = COURSES) -> dict[int, Row]:
    """All objects of a Canvas list by id."""
    return {row["id"]: row for row in flat(walk(canvas(sandbox), path))}


@pytest.mark.parametrize(
    ("fault", "path", "expected"),
    [
        ("stub@courses/1001", COURSES, {"id": 1001, "access_restricted_by_date": True}),
        ("nickname@courses/1001", COURSES, {"name": "My Biology I", "original_name": "Biology I"}),
        ("null-name@courses/1001", COURSES, {"name": None}),
        ("bad-date@courses/1001", COURSES, {"start_at": "2026-02-31T25:00:00Z", "end_at": "2026-02-31T25:00:00Z"}),
        ("flag-number@courses/1001", COURSES, {"blueprint": 0}),
        ("flag-digit@courses/1001", COURSES, {"blueprint": "0"}),
        ("flag-letter@courses/1001", COURSES, {"blueprint": "N"}),
        ("php-empty@assignment_groups/3001", "courses/1001/assignment_groups", {"rules": []}),
        ("php-lost@assignment_groups/3001", "courses/1001/assignment_groups", {"integration_data": []}),
    ],
)
def test_one_object_is_odd_and_all_others_are_as_ever(small: Running, fault: str, path: str, expected: Row) -> None:
    """Wherever it is shown, every time; nothing else of the list differs."""
    before = by_id(small, path)
    odd = int(fault.rpartition("/")[2])
    small.faults.change({fault: 1.0})
    for _ in range(2):
        after = by_id(small, path)
        assert json.dumps(after[odd] | expected) == json.dumps(after[odd]) != json.dumps(before[odd])
        assert {key: row for key, row in after.items() if key != odd} == {
            key: row for key, row in before.items() if key != odd
        }
    assert (fault.partition("@")[0] == "stub") == (after[odd].keys() == expected.keys())
    small.faults.change({fault: 0.0})
    assert by_id(small, path) == before


def test_objects_of_focus_and_inside_of_others_are_odd_too(small: Running) -> None:
    """A section of the native dialect, a global category and a class of OneRoster, an assignment inside its group."""
    uuid, section = next(iter(small.world.categories)), next(iter(small.world.sis_sections))
    small.world.categories[uuid].everywhere = True
    inside = canvas(small).get("courses/1001/assignment_groups?include[]=assignments").json()[0]["assignments"][0]["id"]
    small.faults.change(
        {
            f"null-name@sections/{section}": 1,
            f"flag-letter@sections/{section}": 1,
            f"php-empty@categories/{uuid}": 1,
            f"php-lost@classes/{section}": 1,
            f"bad-date@assignments/{inside}": 1,
        }
    )
    standard = focus(small, small.oneroster_url)
    shown = focus(small).get(f"sections/{section}").json()["data"][0]
    assert (shown["title"], shown["active"], shown["homeroom"]) == (None, "Y", "N")
    assert standard.get(f"categories/{uuid}").json()["category"]["metadata"] == []
    assert standard.get(f"classes/{section}").json()["class"]["school"] == []
    groups = canvas(small).get("courses/1001/assignment_groups?include[]=assignments").json()
    due = [one["due_at"] for group in groups for one in group["assignments"]]
    assert [place for place, moment in enumerate(due) if moment == "2026-02-31T25:00:00Z"] == [0]


def test_a_share_of_objects_is_odd_and_always_the_same_ones(small: Running) -> None:
    """A rate without an object is a share of all objects, drawn by their ids; data of others inside stays untouched."""
    client = canvas(small)
    stored = {"tool": {"id": 5, "name": "Homework"}}
    small.world.groups[3001].integration_data = stored
    small.faults.change({"null-name": 0.3})
    nameless = [{key for key, row in by_id(small).items() if row["name"] is None} for _ in range(2)]
    assert nameless[0] == nameless[1]
    assert 0 < len(nameless[0]) < len(by_id(small))
    small.faults.change({"null-name": 1.0})
    assert client.get("courses/1001/assignment_groups/3001").json()["integration_data"] == stored


@pytest.mark.parametrize(
    ("fault", "status", "kind", "header"),
    [
        ("500", 500, "application/json", None),
        ("504", 504, "text/html", None),
        ("forbidden", 403, "application/json", None),
        ("firewall", 403, "text/html", None),
        ("filter-401", 401, "text/html", "www-authenticate"),
        ("filter-407", 407, "text/html", "proxy-authenticate"),
    ],
)
def test_a_fault_is_aimed_at_what_is_below_one_object(
    small: Running, fault: str, status: int, kind: str, header: str | None
) -> None:
    """This course always answers so; lists that name it, and other courses, do as ever."""
    client = canvas(small)
    small.faults.change({f"{fault}@courses/1001": 1.0})
    struck = client.get("courses/1001/assignment_groups")
    assert (struck.status_code, struck.headers["content-type"].split(";")[0]) == (status, kind)
    assert header is None or struck.headers[header] == 'Basic realm="filter"'
    assert [client.get(path).status_code for path in (COURSES, "courses/1002/sections")] == [200, 200]


def test_an_object_stands_once_more_at_the_end_of_its_list(small: Running) -> None:
    """Equal rows on two pages, in Canvas and in both dialects of Focus; totals count both."""
    uuid = next(iter(small.world.categories))
    faults = ("equal-row@courses/1001", f"equal-row@assignment_categories/{uuid}", f"equal-row@categories/{uuid}")
    small.faults.change(dict.fromkeys(faults, 1.0))
    courses = flat(walk(canvas(small), COURSES))
    assert [row for row in courses if row["id"] == 1001] == [courses[0], courses[-1]]
    native = focus(small).get("assignment_categories?limit=1000").json()
    assert [place for place, row in enumerate(native["data"]) if row["uuid"] == uuid] == [0, native["total"] - 1]
    standard = focus(small, small.oneroster_url).get("categories?limit=1000")
    found = [row for row in standard.json()["categories"] if row["sourcedId"] == uuid]
    assert found[-1] in found[:-1]
    assert int(standard.headers["x-total-count"]) == len(standard.json()["categories"])


@pytest.mark.parametrize(("fault", "told", "goes_on"), [("short-total", 5, False), ("long-total", None, True)])
def test_totals_of_focus_are_wrong(small: Running, fault: str, told: int | None, goes_on: bool) -> None:
    """Every page says that it is the last, or seven more rows are promised; pages that are asked for come as ever."""
    client, standard = focus(small), focus(small, small.oneroster_url)
    true_total = client.get("sections").json()["total"]
    small.faults.change({fault: 1.0})
    first = client.get("sections?limit=5").json()
    other = standard.get("classes?limit=5")
    assert {first["total"], int(other.headers["x-total-count"])} == {told or true_total + 7}
    assert {first["pagination"]["next"] is not None, "next" in other.links} == {goes_on}
    assert client.get(f"sections?offset={true_total - 2}").json()["count"] == 2
    assert client.get(f"sections?offset={true_total}").json()["data"] == []


@pytest.mark.parametrize(("fault", "origin"), [("other-scheme", "https://127.0.0.1:{port}/"),
                                               ("inner-host", "http://roster.internal:8080/")])  # fmt: skip
def test_next_links_lead_elsewhere(small: Running, fault: str, origin: str) -> None:
    """Only the origin differs; path and query are those of the next page, in headers and bodies."""
    client, sis = canvas(small), focus(small)
    right = (client.get(COURSES).links["next"]["url"], sis.get("sections?limit=2").json()["pagination"]["next"])
    small.faults.change({fault: 1.0})
    wrong = (client.get(COURSES).links["next"]["url"], sis.get("sections?limit=2").json()["pagination"]["next"])
    own, other = f"http://127.0.0.1:{small.port}/", origin.format(port=small.port)
    assert wrong == tuple(address.replace(own, other) for address in right)


def test_names_and_aims_are_checked(small: Running) -> None:
    """An unknown fault or an aim at nothing is refused, and a script takes no fault of objects."""
    assert set(CHANGES) | {"equal-row"} == set(ODDITIES)
    for name in ("flood@courses/1", "stub@", "stub@courses", "@courses/1"):
        with pytest.raises(ValueError, match=r"sandbox knows no fault|aimed at nothing"):
            checked_faults({name: 1.0})
    script = [{"fault": "null-name", "path": "/courses/"}]
    assert httpx.post(f"{small.base_url}/_sandbox/script", json=script).status_code == 400
    aimed = httpx.post(f"{small.base_url}/_sandbox/faults", json={"stub@courses/1001": 1})
    assert (aimed.status_code, set(by_id(small)[1001])) == (200, {"id", "access_restricted_by_date"})

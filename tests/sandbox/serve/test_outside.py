"""What others do in Canvas and Focus, scripted faults, and replies that arrive changed."""

from __future__ import annotations

import json

import httpx
import pytest

from gpb.sandbox import Running
from tests.sandbox.conftest import canvas, flat, focus, walk

COURSES = "accounts/self/courses?per_page=4"
GROUP = "courses/1001/assignment_groups/3001"


def tell(sandbox: Running, route: str, content: object) -> httpx.Response:
    """Send JSON to one of the sandbox's own routes."""
    return httpx.post(f"{sandbox.base_url}/_sandbox/{route}", json=content)


def test_a_script_strikes_the_requests_it_names(small: Running) -> None:
    """The second and third write, and nothing else."""
    tell(small, "script", [{"fault": "forbidden", "method": "PUT", "path": "3001", "after": 1, "times": 2}])
    client = canvas(small)
    assert client.get(GROUP).status_code == 200
    assert [client.put(GROUP, json={}).status_code for _ in range(4)] == [200, 403, 403, 200]
    assert tell(small, "script", [{"fault": "flood"}]).status_code == 400


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ("502", 502, "Bad Gateway"),
        ("504", 504, "Gateway Time-out"),
        ("no-agent", 403, '"error":"Forbidden"'),
        ("scope", 401, "Insufficient scopes on access token."),
        ("bare-400", 400, "Invalid integration data"),
        ("not-json", 200, '{"data": [}'),
        ("empty-list", 200, "[]"),
    ],
)
def test_a_fault_answers_in_its_own_words(small: Running, fault: str, status: int, text: str) -> None:
    """Status and text of each."""
    small.faults.change({fault: 1.0})
    reply = canvas(small).get(COURSES)
    assert (reply.status_code, text in reply.text) == (status, True)


def test_an_emptied_focus_says_so_everywhere(small: Running) -> None:
    """Rows, totals and links agree."""
    sis = focus(small)
    small.faults.change({"empty-list": 1.0})
    body = sis.get("sections").json()
    assert (body["data"], body["total"], body["pagination"]) == ([], 0, {"next": None})


def test_links_are_lost_or_lead_to_another_name(small: Running) -> None:
    """A page without any link, and one whose next page has another origin."""
    client = canvas(small)
    small.faults.change({"cut-walk": 1.0})
    assert "link" not in client.get(COURSES).headers
    small.faults.rates = {"other-host": 1.0}
    assert httpx.URL(client.get(COURSES).links["next"]["url"]).host == "localhost"


def test_a_shifted_page_begins_one_item_early(small: Running) -> None:
    """As when something was added before it."""
    client = canvas(small)
    whole = flat(walk(client, COURSES))
    small.faults.change({"shift-page": 1.0})
    again = client.get(client.get(COURSES).links["next"]["url"]).json()
    assert again[0] == whole[3]


def test_a_page_skips_an_item(small: Running) -> None:
    """As when something before it was deleted; the first page is whole."""
    client = canvas(small)
    whole = flat(walk(client, COURSES))
    small.faults.change({"skip-item": 1.0})
    first = client.get(COURSES)
    assert first.json()[0] == whole[0]
    assert client.get(first.links["next"]["url"]).json()[0] == whole[5]


def test_ids_come_as_text(small: Running) -> None:
    """Nothing else of the object differs."""
    client = canvas(small)
    plain = client.get(GROUP).json()
    small.faults.change({"string-ids": 1.0})
    assert client.get(GROUP).json() == plain | {"id": "3001"}


def test_a_token_loses_its_rights_and_its_life(small: Running) -> None:
    """403, then 401."""
    token, client = small.keyring.admin.token, canvas(small)
    tell(small, "tokens", {"token": token, "rights": ["read_sis"]})
    assert client.get(COURSES).status_code == 403
    tell(small, "tokens", {"token": token, "expired": True})
    assert client.get(COURSES).status_code == 401
    assert tell(small, "tokens", {"token": "unknown"}).status_code == 404


def test_records_change_as_by_other_people(small: Running) -> None:
    """A category moves, a group goes, a section is cross-listed."""
    key, category = next(iter(small.world.categories.items()))
    tell(small, f"categories/{key}", {"title": "New", "section_uuids": []})
    assert (category.title, category.section_uuids) == ("New", [])
    tell(small, "groups/3001", {"deleted": True})
    assert canvas(small).get(GROUP).status_code == 404
    tell(small, "sections/2001", {"course_id": 1002})
    sections = {section["id"]: section for section in canvas(small).get("courses/1002/sections").json()}
    assert (sections[2001]["course_id"], sections[2001]["nonxlist_course_id"]) == (1002, 1001)


def test_writes_that_were_carried_out_are_counted(small: Running) -> None:
    """A lost reply counts, a refused write does not."""
    client = canvas(small)
    client.put(GROUP, json={"integration_data": {"a": 1}})
    client.put(GROUP, json={"integration_data": "text"})
    small.faults.change({"lost-reply": 1.0})
    with pytest.raises(httpx.ReadError):
        client.put(GROUP, json={"integration_data": {"a": 1}})
    assert json.loads(httpx.get(f"{small.base_url}/_sandbox/writes").text) == [3001, 3001]

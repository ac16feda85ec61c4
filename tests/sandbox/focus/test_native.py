"""Focus' native dialect, line by line of the contract."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gpb.sandbox import Running
from tests.sandbox.conftest import focus


def everything(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """Return all rows of a list, following `pagination.next`."""
    rows: list[dict[str, Any]] = []
    address: str | None = path
    while address:
        body = client.get(address).json()
        rows += body["data"]
        address = body["pagination"]["next"]
    return rows


def form(sandbox: Running) -> dict[str, str]:
    """Return the form that asks for a token."""
    client = sandbox.keyring.client
    return {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "scope": "read",
    }


def test_token_is_given_for_a_form_or_a_basic_header(small: Running) -> None:
    """Both ways give the same token, with its type, end and scope."""
    fields = form(small)
    first = httpx.post(f"{small.sis_url}/token", data=fields).json()
    pair = (fields["client_id"], fields["client_secret"])
    second = httpx.post(f"{small.sis_url}/token", data={"grant_type": "client_credentials"}, auth=pair).json()
    assert first.keys() == {"access_token", "token_type", "expiration", "expires_in", "scope"}
    assert first["access_token"] == second["access_token"]


def test_token_is_given_for_json_and_query_too(small: Running) -> None:
    """The documentation lists the fields as query and as body; a header that is no Basic one counts for nothing."""
    token = small.keyring.give(small.keyring.client)[0].token
    address = f"{small.sis_url}/token"
    assert httpx.post(address, json=form(small)).json()["access_token"] == token
    assert httpx.post(address, params=form(small)).json()["access_token"] == token
    headers = {"authorization": "Basic !!!", "content-type": "application/json"}
    assert httpx.post(address, content=b"{", headers=headers, params=form(small)).json()["access_token"] == token


def test_token_tells_its_remaining_life(small: Running) -> None:
    """`expires_in` is what is left, for a token is shared between requests; a dead one is replaced."""
    small.keyring.focus_token_life = 100.0
    given, left = small.keyring.give(small.keyring.client)
    given.ends -= 60
    body = httpx.post(f"{small.sis_url}/token", data=form(small)).json()
    assert (left, body["access_token"]) == (100.0, given.token)
    assert 30 < body["expires_in"] <= 40
    given.ends -= 60
    assert httpx.post(f"{small.sis_url}/token", data=form(small)).json()["access_token"] != given.token


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_wrong_credentials_get_no_token(small: Running, change: dict[str, str], status: int, error: str) -> None:
    """A refusal says why, as OAuth prescribes."""
    reply = httpx.post(f"{small.sis_url}/token", data=form(small) | change)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_dead_or_missing_token_is_refused(small: Running) -> None:
    """401, with the reason in `error`."""
    client = focus(small)
    assert client.get("schools").status_code == 200
    small.keyring.expire_focus_tokens()
    replies = [client.get("schools"), httpx.get(f"{small.sis_url}/schools")]
    assert [(reply.status_code, bool(reply.json()["error"])) for reply in replies] == [(401, True), (401, True)]


def test_list_comes_in_an_envelope(district: Running) -> None:
    """Counts, paging and data around every list; the next page is an address, and null on the last one."""
    client = focus(district)
    body = client.get("schools?limit=5&offset=5").json()
    assert body.keys() == {
        "request_id", "status", "total", "count", "limit", "offset", "pagination", "error", "data",
    }  # fmt: skip
    assert (body["total"], body["count"], body["limit"], body["offset"]) == (12, 5, 5, 5)
    last = client.get(body["pagination"]["next"]).json()
    assert (last["count"], last["pagination"]["next"]) == (2, None)


def test_page_walk_gives_every_category_once(district: Running) -> None:
    """Following `pagination.next` gives each category that is not deleted once, with all its sections and no weight."""
    rows = everything(focus(district), "assignment_categories?limit=1000")
    wanted = {one.uuid: one.section_uuids for one in district.world.categories.values() if not one.deleted}
    assert {row["uuid"]: row["section_uuids"] for row in rows} == wanted
    assert len(rows) == len(wanted)
    assert {frozenset(row) for row in rows} == {frozenset({"uuid", "section_uuids", "title", "updated_at", "active"})}
    assert {row["active"] for row in rows} == {True, False}


def test_sections_name_their_school_and_marking_period(district: Running) -> None:
    """Every section of every term, each with the columns of the documentation."""
    rows = everything(focus(district), "sections?limit=1000")
    periods = {row["uuid"] for row in everything(focus(district), "marking_periods_oneroster?limit=1000")}
    assert {row["uuid"] for row in rows} == district.world.sis_sections.keys()
    assert {row["marking_period_uuid"] for row in rows} == periods
    assert {"course_uuid", "teacher_uuid", "title", "code", "period", "room", "year", "homeroom"} <= rows[0].keys()


def test_categories_of_a_section(district: Running) -> None:
    """The route of a section, `section_uuids[]` and `class_uuid` list the same; an unknown section has none."""
    client = focus(district)
    uuid = district.world.sections[2001].sis_section_id
    wanted = [one.uuid for one in district.world.valid_categories(uuid or "")]
    for path in (f"sections/{uuid}/assignment_categories?", f"assignment_categories?section_uuids[]={uuid}&",
                 f"assignment_categories?class_uuid={uuid}&"):  # fmt: skip
        assert [row["uuid"] for row in client.get(f"{path}limit=1000").json()["data"]] == wanted
    assert client.get("sections/unknown/assignment_categories").json()["total"] == 0


def test_rows_are_filtered_sorted_and_cut(small: Running) -> None:
    """`filter`, `sort`, `uuids[]` and `fields` work together."""
    client = focus(small)
    query = {"filter": 'title = "Homework" OR title = "Labs"', "sort": "title DESC", "fields": "title", "limit": "1000"}
    titles = [row["title"] for row in client.get("assignment_categories", params=query).json()["data"]]
    assert set(titles) == {"Homework", "Labs"}
    assert titles == sorted(titles, reverse=True)
    school = next(iter(small.world.schools))
    assert client.get(f"schools?uuids[]={school}").json()["total"] == 1
    assert client.get("schools", params={"filter": "what?"}).status_code == 400


def test_category_is_created_changed_and_deleted(small: Running) -> None:
    """PUT creates without a uuid and changes with one; DELETE takes it out of every list."""
    client = focus(small)
    uuid = small.world.sections[2001].sis_section_id
    made = client.put("assignment_categories", json={"title": "Portfolio", "section_uuids": [uuid]}).json()["data"][0]
    path = f"assignment_categories/{made['uuid']}"
    changed = client.put(path, json={"active": False, "title": "Portfolios"}).json()["data"][0]
    assert (changed["title"], changed["active"], changed["section_uuids"]) == ("Portfolios", False, [uuid])
    assert client.get(path).json()["data"] == [changed]
    assert client.delete(path).status_code == 200
    assert (client.get(path).json()["data"], client.delete(path).status_code) == ([], 404)
    assert made["uuid"] not in {row["uuid"] for row in everything(client, "assignment_categories?limit=1000")}


@pytest.mark.parametrize(
    "body",
    [{"title": ""}, {"title": 5}, {"title": "A", "section_uuids": ["unknown"]}, {"title": "A", "active": "no"}, []],
)
def test_category_with_wrong_fields_is_refused(small: Running, body: object) -> None:
    """400, and nothing is stored."""
    before = len(small.world.categories)
    assert focus(small).put("assignment_categories", json=body).status_code == 400
    assert len(small.world.categories) == before


def test_reader_cannot_write(small: Running) -> None:
    """A client without the right to write gets 403."""
    client = focus(small, client_id="alden-reports")
    uuid = next(iter(small.world.categories))
    assert client.get("schools").status_code == 200
    assert client.delete(f"assignment_categories/{uuid}").status_code == 403


def test_assignments_of_the_gradebook(small: Running) -> None:
    """POST creates, PUT changes what is sent, the section lists its own, DELETE takes away."""
    client = focus(small)
    uuid = small.world.sections[2001].sis_section_id
    made = client.post("assignments", json={"title": "Essay 1", "section_uuid": uuid, "points": 10}).json()["data"][0]
    client.put(f"assignments/{made['uuid']}", json={"points": 20})
    assert [row["points"] for row in client.get(f"sections/{uuid}/assignments").json()["data"]] == [20]
    assert client.post("assignments", json={"title": "No section"}).status_code == 400
    assert client.delete(f"assignments/{made['uuid']}").status_code == 200
    assert client.delete(f"assignments/{made['uuid']}").status_code == 404
    assert client.get("assignments").json()["data"] == []


@pytest.mark.parametrize("query", ["limit=x", "offset=-1"])
def test_limit_and_offset_must_be_numbers(small: Running, query: str) -> None:
    """400 with the name of the parameter."""
    reply = focus(small).get(f"schools?{query}")
    assert (reply.status_code, query.split("=", maxsplit=1)[0] in reply.json()["error"]) == (400, True)

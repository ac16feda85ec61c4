"""Serving: settings, start, stop, state file, latency, and the sandbox's own routes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gpb.sandbox import Running, SandboxConfig, running
from tests.processes import PATIENCE
from tests.sandbox.conftest import canvas, focus

GROUP = "courses/1001/assignment_groups/3001"
PROGRAM = "from gpb.sandbox import SandboxConfig, serve; serve(SandboxConfig(port=0, schools=1, courses=2), {})"
NAMES = [
    "GPB_CANVAS_URL",
    "GPB_CANVAS_TOKEN",
    "GPB_CANVAS_ACCOUNT",
    "GPB_SIS_DIALECT",
    "GPB_SIS_URL",
    "GPB_SIS_CLIENT_ID",
    "GPB_SIS_CLIENT_SECRET",
    "GPB_FOCUS_SECTION_LINK",
    "GPB_CODEC",
]


def started(stop_with_parent: bool) -> tuple[subprocess.Popen[str], list[str]]:
    """Start a sandbox in a process of its own; return it and its lines up to `ready`."""
    command = [sys.executable, "-c", PROGRAM.format(stop_with_parent)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    lines: list[str] = []
    while not lines or lines[-1] not in ("ready", ""):
        lines.append(process.stdout.readline().strip())
    return process, lines


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_settings_are_printed_and_a_signal_ends_it_cleanly(number: int) -> None:
    """One `NAME=value` a line, then `ready`; the address answers; SIGTERM and SIGINT end with code 0 and no noise."""
    process, lines = started(stop_with_parent=False)
    printed = dict(line.split("=", 1) for line in lines[:-1])
    assert (list(printed), lines[-1], printed["GPB_CODEC"]) == (NAMES, "ready", "sistemic")
    headers = {"authorization": f"Bearer {printed['GPB_CANVAS_TOKEN']}"}
    assert httpx.get(f"{printed['GPB_CANVAS_URL']}/api/v1/accounts", headers=headers).status_code == 200
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")


def test_end_of_the_parent_ends_it() -> None:
    """With `stop_with_parent` the sandbox ends when its standard input closes."""
    process, _ = started(stop_with_parent=True)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")


def test_taken_port_is_told_in_a_sentence(small: Running) -> None:
    """The sentence names the port and the way out."""
    with pytest.raises(OSError, match=f"Port {small.port} of this computer is taken; choose another"):
        running(SandboxConfig(port=small.port, schools=1, courses=1))


def test_state_survives_a_restart(tmp_path: Path) -> None:
    """Changes made through the APIs are there again after a restart with the same state file."""
    config = SandboxConfig(port=0, schools=1, courses=9, state_file=tmp_path / "deep" / "state.jsonl")
    with running(config) as sandbox:
        client = canvas(sandbox)
        client.put(
            "courses/1001/assignment_groups/3001", json={"integration_data": {"a": "\u2028é"}, "name": "Renamed"}
        )
        uuid = next(iter(sandbox.world.categories))
        focus(sandbox).delete(f"assignment_categories/{uuid}")
        section = next(iter(sandbox.world.sis_sections))
        focus(sandbox).put("assignment_categories", json={"uuid": "new", "title": "New", "section_uuids": [section]})
        focus(sandbox).post("assignments", json={"uuid": "item", "title": "Item", "section_uuid": section})
        before = httpx.get(f"{sandbox.base_url}/_sandbox/state").json()
    for _ in range(2):
        with running(config) as sandbox:
            assert httpx.get(f"{sandbox.base_url}/_sandbox/state").json() == before
            assert sandbox.world.groups[3001].name == "Renamed"
            assert sandbox.world.categories[uuid].deleted
            assert (sandbox.world.categories["new"].title, list(sandbox.world.sis_assignments)) == ("New", ["item"])


def test_section_of_mid_year_survives_a_restart(tmp_path: Path) -> None:
    """With its ids and what was stored for it since; the state file's other sections are not disturbed."""
    config = SandboxConfig(port=0, schools=1, courses=9, state_file=tmp_path / "state.jsonl")
    with running(config) as sandbox:
        added = [httpx.post(f"{sandbox.base_url}/_sandbox/sections", json={"course_id": 1001}).json() for _ in range(2)]
        canvas(sandbox).put(GROUP, json={"integration_data": {added[1]["sis_section_id"]: "x"}})
        before = httpx.get(f"{sandbox.base_url}/_sandbox/state").json()
    with running(config) as sandbox:
        assert httpx.get(f"{sandbox.base_url}/_sandbox/state").json() == before
        for one in added:
            assert sandbox.world.sections[one["section_id"]].sis_section_id == one["sis_section_id"]
            assert one["sis_section_id"] in sandbox.world.sis_sections


def test_half_written_last_line_is_passed_over(tmp_path: Path) -> None:
    """A killed sandbox may leave half a line; everything before it counts, and later changes are kept too."""
    config = SandboxConfig(port=0, schools=1, courses=9, state_file=tmp_path / "state.jsonl")
    for value in (1, 2):
        with running(config) as sandbox:
            canvas(sandbox).put(GROUP, json={"integration_data": {f"key{value}": value}})
        with (tmp_path / "state.jsonl").open("a") as file:
            file.write('["group", 3001, {"sto')
    with running(config) as sandbox:
        assert {"key1", "key2"} <= sandbox.world.groups[3001].integration_data.keys()


def test_state_file_of_another_district_is_refused(tmp_path: Path) -> None:
    """Ids mean nothing in another district, so the file is refused with a sentence."""
    path = tmp_path / "state.jsonl"
    with running(SandboxConfig(port=0, schools=1, courses=2, state_file=path)):
        pass
    mine = SandboxConfig(port=0, schools=1, courses=2, state_file=path)
    for other in (replace(mine, seed=2), replace(mine, drawn_layout=True), replace(mine, unassociated=True)):
        with pytest.raises(ValueError, match="belongs to another district"):
            running(other)


def test_state_of_an_earlier_release_s_district_is_laid_aside(tmp_path: Path) -> None:
    """Its ids mean other things in today's: the district begins anew, and nothing of the file is lost."""
    path = tmp_path / "state.jsonl"
    config = SandboxConfig(port=0, schools=1, courses=9, state_file=path)
    before = '["group", 3001, {"name": "Of an earlier release"}]'
    district = {"seed": 1, "schools": 1, "courses": 9, "shape": "sistemic"}
    path.write_text(f"{json.dumps(district)}\n{before}\n")
    with running(config) as sandbox:
        assert sandbox.world.groups[3001].name != "Of an earlier release"
        canvas(sandbox).put(GROUP, json={"name": "Of today"})
    assert before in (tmp_path / "state.jsonl.earlier").read_text()
    with running(config) as sandbox:
        assert sandbox.world.groups[3001].name == "Of today"


def test_latency_is_added_to_every_api_request() -> None:
    """Each API request of either system takes at least the latency; the sandbox's own routes do not."""
    with running(SandboxConfig(port=0, schools=1, courses=1, latency_ms=150)) as sandbox:
        client = canvas(sandbox)
        began = time.monotonic()
        client.get("accounts")
        client.get(f"{sandbox.sis_url}/schools")
        middle = time.monotonic()
        assert middle - began >= 0.3
        for _ in range(20):  # a busy machine may be slow once
            began = time.monotonic()
            client.get(f"{sandbox.base_url}/_sandbox/requests")
            if time.monotonic() - began < 0.15:
                return
    raise AssertionError("its own routes take as long")


def test_state_shows_groups_categories_and_icons(small: Running) -> None:
    """What is stored, by id, as text keys of JSON."""
    state = httpx.get(f"{small.base_url}/_sandbox/state").json()
    world = small.world
    assert state["groups"] == {str(one.id): one.integration_data for one in world.groups.values()}
    assert state["icons"] == {str(one.id): one.icon for one in world.groups.values()}
    assert {"aligned", "imported", None} == set(state["icons"].values())
    uuid, category = next(iter(world.categories.items()))
    assert state["categories"][uuid] == {
        "title": category.title,
        "active": category.active,
        "section_uuids": category.section_uuids,
        "deleted": category.deleted,
    }


def test_request_log_is_in_order_and_holds_no_token(small: Running) -> None:
    """Method, path with query, and status; secrets are blotted out; own routes do not appear; DELETE empties it."""
    address = f"{small.base_url}/_sandbox/requests"
    client = canvas(small)
    client.get("accounts?per_page=5")
    client.get(f"courses/77?access_token={small.keyring.admin.token}")
    client.put(GROUP, json={})
    client.post(f"{small.sis_url}/token?client_id=x&client_secret=very-secret&grant_type=client_credentials")
    log = httpx.get(address).json()
    assert [(entry["method"], entry["path"], entry["status"]) for entry in log] == [
        ("GET", "/canvas/api/v1/accounts?per_page=5", 200),
        ("GET", "/canvas/api/v1/courses/77?access_token=***", 404),
        ("PUT", "/canvas/api/v1/courses/1001/assignment_groups/3001", 200),
        ("POST", "/focus/api/1.0/token?client_id=x&client_secret=***&grant_type=client_credentials", 401),
    ]
    httpx.delete(address)
    assert httpx.get(address).json() == []


def test_tokens_are_listed_with_their_rights(small: Running) -> None:
    """A full one, one without each right, an expired one, and the clients of Focus."""
    tokens = httpx.get(f"{small.base_url}/_sandbox/tokens").json()
    canvas_rights = [set(token["rights"]) for token in tokens if token["system"] == "canvas" and not token["expired"]]
    everything = {"read_courses", "read_sis", "manage_assignments"}
    assert [everything - rights for rights in canvas_rights][:3] == [set(), {"read_sis"}, {"manage_assignments"}]
    assert [token["expired"] for token in tokens].count(True) == 1
    assert [token["client_id"] for token in tokens if token["system"] == "focus"] == ["alden-gpb", "alden-reports"]


def test_somebody_else_writes_in_canvas(small: Running) -> None:
    """The route replaces a group's integration data whole; unknown groups and other values are refused."""
    address = f"{small.base_url}/_sandbox/integration_data"
    assert httpx.post(f"{address}/3001", json={"only": 1}).json() == {"only": 1}
    assert small.world.groups[3001].integration_data == {"only": 1}
    assert httpx.post(f"{address}/77", json={}).status_code == 404
    assert httpx.post(f"{address}/3001", json=[1]).status_code == 400


def test_pages_behind_the_deep_links(small: Running) -> None:
    """Canvas' page shows the groups with their icons, Focus' page the categories of a section; names are escaped."""
    page = httpx.get(f"{small.canvas_url}/courses/1001/assignments").text
    assert "Grading category aligned with SIS" in page
    awkward = httpx.get(f"{small.canvas_url}/courses/1003/assignments").text
    assert "&lt;script&gt;" in awkward
    assert "<script>" not in awkward
    assert httpx.get(f"{small.canvas_url}/courses/77/assignments").status_code == 404
    section = small.world.sections[2001].sis_section_id
    shown = httpx.get(f"{small.base_url}/focus/Modules.php?section_uuid={section}").text
    assert "Labs (old) (inactive)" in shown
    assert "Choose a section" in httpx.get(f"{small.base_url}/focus/Modules.php").text

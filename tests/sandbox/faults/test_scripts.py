"""Every fault, seen by a plain client."""

from __future__ import annotations

import json
import threading
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.sandbox import Running, SandboxConfig, running
from gpb.sandbox.config import KNOWN_FAULTS
from gpb.sandbox.faults.scripts import Faults
from tests.sandbox.conftest import canvas, focus

COURSES = "accounts/self/courses?per_page=4"
GROUP = "courses/1001/assignment_groups/3001"


def strike(sandbox: Running, **rates: float) -> None:
    """Set these faults and no others; underscores stand for hyphens."""
    sandbox.faults.rates = {name.replace("_", "-"): rate for name, rate in rates.items()}


def test_throttle_is_told_in_both_ways(small: Running) -> None:
    """429 as hosted, 403 as self-hosted Canvas; always plain text, never a Retry-After."""
    client = canvas(small)
    strike(small, throttle=1)
    replies = [client.get(COURSES) for _ in range(30)]
    assert {(reply.status_code, reply.text) for reply in replies} == {
        (429, "429 Too Many Requests (Rate Limit Exceeded)"),
        (403, "403 Forbidden (Rate Limit Exceeded)"),
    }
    assert not any("retry-after" in reply.headers or "x-request-cost" in reply.headers for reply in replies)
    assert float(replies[0].headers["x-rate-limit-remaining"]) > 0


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [("500", 500, "application/json"), ("503", 503, "text/html"), ("html200", 200, "text/html")],
)
def test_server_in_trouble_answers_otherwise(small: Running, fault: str, status: int, kind: str) -> None:
    """500 as JSON, 503 as a balancer's page, and a maintenance page that claims success."""
    client, sis = canvas(small), focus(small)
    small.faults.change({fault: 1.0})
    for reply in (client.get(COURSES), sis.get("schools")):
        assert (reply.status_code, reply.headers["content-type"].split(";")[0]) == (status, kind)


def test_reset_drops_the_connection(small: Running) -> None:
    """No reply at all, nothing stored, and the log says that none went out."""
    client = canvas(small)
    before = small.world.groups[3001].stored
    strike(small, reset=1)
    with pytest.raises(httpx.ReadError):
        client.put(GROUP, json={"integration_data": {"a": 1}})
    assert small.world.groups[3001].stored == before
    last = small.log.as_list()[-1]
    assert (last["method"], last["path"], last["status"], last["in_flight"]) == ("PUT", f"/canvas/api/v1/{GROUP}", 0, 1)


def test_lost_reply_comes_after_the_write(small: Running) -> None:
    """The write is applied, then the connection breaks; reads are not struck."""
    client = canvas(small)
    strike(small, lost_reply=1)
    with pytest.raises(httpx.ReadError):
        client.put(GROUP, json={"integration_data": {"a": 1}})
    assert client.get(GROUP).json()["integration_data"]["a"] == 1


def test_cut_body_is_shorter_than_promised(small: Running) -> None:
    """The Content-Length promises more than comes."""
    client = canvas(small)
    strike(small, cut=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        client.get(COURSES)


def test_timeout_holds_until_the_client_leaves(small: Running) -> None:
    """Nothing comes within the client's patience, and the sandbox goes on serving."""
    client = canvas(small)
    strike(small, timeout=1)
    with pytest.raises(httpx.ReadTimeout):
        client.get(COURSES, timeout=0.3)
    strike(small)
    assert client.get(COURSES).status_code == 200


def test_held_request_does_not_keep_the_sandbox_from_ending() -> None:
    """A request that a fault holds is dropped when the sandbox stops."""
    failures: list[str] = []

    def wait(address: str) -> None:
        try:
            httpx.get(address, timeout=60)
        except httpx.TransportError as error:
            failures.append(type(error).__name__)

    with running(SandboxConfig(port=0, schools=1, courses=1, faults={"timeout": 1.0})) as sandbox:
        waiting = threading.Thread(target=wait, args=(f"{sandbox.canvas_url}/api/v1/accounts",))
        waiting.start()
        while not sandbox.log.as_list():
            time.sleep(0.01)
        began = time.monotonic()
    waiting.join()
    assert (failures, time.monotonic() - began < 30) == (["ReadError"], True)


def test_expired_token_is_refused_by_both_systems(small: Running) -> None:
    """401 in each system's words, but the token route still answers."""
    client, sis = canvas(small), focus(small)
    strike(small, expired_token=1)
    assert [client.get(COURSES).status_code, sis.get("schools").status_code] == [401, 401]
    assert focus(small).headers["authorization"].startswith("Bearer ")


def test_repeated_page_is_the_one_before(small: Running) -> None:
    """The second page is served as the first one again, in Canvas and in both dialects of Focus."""
    client, sis, standard = canvas(small), focus(small), focus(small, small.oneroster_url)
    first = client.get(COURSES)
    schools = sis.get("sections?limit=3").json()["data"]
    classes = standard.get("classes?limit=3").json()["classes"]
    strike(small, repeat_page=1)
    second = client.get(first.links["next"]["url"])
    assert second.json() == first.json()
    assert second.links["next"] == first.links["next"]
    assert sis.get("sections?limit=3&offset=3").json()["data"] == schools
    assert standard.get("classes?limit=3&offset=3").json()["classes"] == classes


def test_faults_change_at_run_time(small: Running) -> None:
    """`POST /_sandbox/faults` sets rates; an unknown name is refused with the known ones."""
    address = f"{small.base_url}/_sandbox/faults"
    assert httpx.post(address, json={"500": 1.0}).json() == {"500": 1.0}
    assert canvas(small).get(COURSES).status_code == 500
    assert httpx.post(address, json={"500": 0.0}).status_code == 200
    assert canvas(small).get(COURSES).status_code == 200
    refused = httpx.post(address, json={"flood": 1})
    assert (refused.status_code, all(name in refused.json()["error"] for name in KNOWN_FAULTS)) == (400, True)


def test_own_routes_and_pages_meet_no_fault(small: Running) -> None:
    """The sandbox's own routes and the plain pages always answer."""
    strike(small, **{"500": 1.0})
    addresses = (f"{small.base_url}/_sandbox/state", f"{small.canvas_url}/courses/1001")
    assert [httpx.get(address).status_code for address in addresses] == [200, 200]


@given(st.integers(), st.dictionaries(st.sampled_from(KNOWN_FAULTS), st.floats(0, 1)))
def test_faults_are_drawn_from_the_seed(seed: int, rates: dict[str, float]) -> None:
    """Equal seeds and requests meet equal faults, and only faults with a rate."""
    draws = []
    for _ in range(2):
        faults = Faults(seed, rates)
        draws.append([faults.draw("PUT", "/canvas/api/v1/x") for _ in range(20)])
    assert draws[0] == draws[1]
    assert {name for name in draws[0] if name} <= {name for name, rate in rates.items() if rate > 0}


def test_rate_is_kept(small: Running) -> None:
    """A rate of a quarter strikes about a quarter of the requests."""
    faults = Faults(7, {"503": 0.25})
    struck = sum(faults.draw("GET", "/canvas/api/v1/x") == "503" for _ in range(4000))
    assert 900 < struck < 1100


def test_focus_throttle_is_server_busy(small: Running) -> None:
    """OneRoster says `server_busy` with 429."""
    client = focus(small, small.oneroster_url)
    strike(small, throttle=1)
    reply = client.get("classes")
    assert (reply.status_code, json.loads(reply.text)["statusInfoSet"][0]["imsx_codeMinor"]) == (429, "server_busy")

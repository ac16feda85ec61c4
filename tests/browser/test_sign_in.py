"""Sign-in through a real OpenID provider, in a real browser, and what is closed to whoever has not passed it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from gpb.sandbox import Running, SandboxConfig
from tests.browser.driver import Dashboard, browsing, tab
from tests.browser.openid import ANN, BOB, SECRET, Provider, provider, sign_in, sign_out, signing_in, to_the_provider
from tests.lent import lent

pytestmark = pytest.mark.browser
USER = "_streamlit_user"


@pytest.fixture(scope="module")
def district() -> Iterator[Running]:
    """A small one."""
    with lent(SandboxConfig(port=0, schools=1, courses=2)) as box:
        yield box


@pytest.fixture(scope="module")
def openid() -> Iterator[Provider]:
    """The provider."""
    with provider() as made:
        yield made


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory, district: Running, openid: Provider) -> Iterator[Dashboard]:
    """To which Ann is admitted."""
    with signing_in(tmp_path_factory.mktemp("signin") / "data", district, openid) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests; each has a tab of another person."""
    with browsing() as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty one, without cookies."""
    page = tab(browser)
    yield page
    page.close()


def at_the_door(page: Page) -> None:
    """Nothing of the district is on the page, its sidebar and its frames included."""
    expect(page.get_by_role("heading", name="Grade passback associations")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.get_by_test_id("stMetric").count() == page.get_by_test_id("stDataFrame").count() == 0
    assert page.get_by_role("button", name="Refresh").count() == page.get_by_role("combobox").count() == 0


def sees_rows(page: Page) -> None:
    """The grid of Associate, or a table, is there."""
    expect(page.locator(".st-key-grid .ag-row, [data-testid=stDataFrame]").first).to_be_visible()


@pytest.mark.slow
def test_a_person_on_the_list_signs_in_where_they_were_works_with_files_and_signs_out(
    page: Page, dashboard: Dashboard, district: Running
) -> None:
    """A link that somebody sent them shows the same rows after sign-in; what they download is for the admitted."""
    link = f"{dashboard.address}/associate?figure=to_do"
    names = {group.name for group in district.world.groups.values()}
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: sent.append(str(data))))
    page.goto(link)
    at_the_door(page)
    assert sent
    assert not any(name in frame for frame in sent for name in names), "the server has sent it, shown or not"
    sign_in(page, ANN)
    sees_rows(page)
    assert any(name in frame for frame in sent for name in names)
    assert page.url.startswith(link)
    expect(page.get_by_role("button", name="Refresh")).to_be_visible()
    page.get_by_text("Spreadsheet", exact=False).first.click()
    a_download_is_for_the_admitted(page, dashboard)
    a_file_is_taken(page)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("dialog").wait_for(state="detached")
    sign_out(page)
    at_the_door(page)
    page.goto(link)
    at_the_door(page)


@pytest.mark.slow
def test_a_person_who_is_not_on_the_list_reads_so(page: Page, dashboard: Dashboard) -> None:
    """And can take another account."""
    page.goto(dashboard.address)
    sign_in(page, BOB)
    expect(page.get_by_text("has no access to this dashboard")).to_be_visible()
    assert page.get_by_test_id("stMetric").count() == page.get_by_role("combobox").count() == 0
    sign_out(page)
    at_the_door(page)


@pytest.mark.slow
def test_a_person_who_declines_reads_so(page: Page, dashboard: Dashboard) -> None:
    """On the page where they were, and signs in from there after all."""
    page.goto(f"{dashboard.address}/audit")
    to_the_provider(page)
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("because the sign-in was declined")).to_be_visible()
    at_the_door(page)
    assert urlsplit(page.url).path == "/audit"
    sign_in(page, ANN)
    sees_rows(page)
    assert urlsplit(page.url).path == "/audit"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"client_secret": "another"}, "the provider's response could not be used"),
        ({"server_metadata_url": "http://localhost:9/x"}, "the provider cannot be reached"),
    ],
)
def test_a_provider_that_does_not_answer_as_it_should_is_told(
    page: Page, tmp_path: Path, district: Running, openid: Provider, wrong: dict[str, str], reason: str
) -> None:
    """In a sentence, where the person was; nothing of the district is shown."""
    with signing_in(tmp_path / "data", district, openid, **wrong) as dashboard:
        page.goto(f"{dashboard.address}/audit?finding=x")
        if "client_secret" in wrong:
            sign_in(page, ANN)
        else:
            page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text(reason)).to_be_visible()
        at_the_door(page)
        assert page.url.startswith(f"{dashboard.address}/audit?finding=x")


def asked(dashboard: Dashboard, path: str, method: str = "GET", **headers: str) -> tuple[int, str, list[str], bytes]:
    """Status, Location, Set-Cookie lines and body of the answer to a request as any program can send it."""
    connection = http.client.HTTPConnection(urlsplit(dashboard.address).netloc, timeout=20)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return answer.status, answer.getheader("Location") or "", cookies, answer.read()


def cookie(dashboard: Dashboard, who: str, secret: str = SECRET, **changes: object) -> str:
    """What Streamlit gives to somebody who has signed in."""
    claims = {"email": who, "email_verified": True, "sub": who, "is_logged_in": True, "origin": dashboard.address}
    return f"{USER}={create_signed_value(secret, USER, json.dumps({**claims, **changes})).decode()}"


def altered(given: str) -> str:
    """A cookie with another signature. Not by its last character: base64 leaves bits of that one without a meaning."""
    before, _, signature = given.rpartition(".")
    return f"{before}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def strangers(dashboard: Dashboard) -> dict[str, str]:
    """Cookies of people who are not admitted, by what is the matter with them."""
    own = cookie(dashboard, ANN)
    return {
        "none": "",
        "forged": cookie(dashboard, ANN, secret="b" * 40),
        "altered": altered(own),
        "plain": f"{USER}={json.dumps({'email': ANN, 'email_verified': True, 'is_logged_in': True})}",
        "of another cookie": own.replace(USER, f"{USER}_tokens"),
        "not admitted": cookie(dashboard, BOB),
        "not verified": cookie(dashboard, ANN, email_verified=False),
        "of another dashboard": cookie(dashboard, ANN, origin="https://elsewhere.example"),
    }


def a_download_is_for_the_admitted(page: Page, dashboard: Dashboard) -> None:
    """Its address, which a browser keeps in its history, tells a stranger nothing."""
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download CSV").click()
    path = urlsplit(caught.value.url).path
    assert path.startswith("/media/")
    content = Path(caught.value.path()).read_bytes()
    assert b"sis_section_id" in content
    assert asked(dashboard, path, Cookie=cookie(dashboard, ANN))[3] == content
    for method in ("GET", "HEAD", "POST"):
        for what, given in strangers(dashboard).items():
            status, _, _, body = asked(dashboard, path, method, Cookie=given)
            assert (status, b"sis_section_id" in body) == (403, False), (method, what)


@pytest.mark.parametrize("path", ["/_stcore/upload_file/session/file", "/_stcore/agent/interact", "/_stcore/metrics"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "GET", "OPTIONS"])
@pytest.mark.slow
def test_streamlit_s_own_addresses_are_for_the_admitted(dashboard: Dashboard, path: str, method: str) -> None:
    """Uploads, and whatever else there is or comes with a later release."""
    for what, given in strangers(dashboard).items():
        status, _, _, body = asked(dashboard, path, method, Cookie=given)
        assert (status, body.startswith(b"You need to be signed in")) == (403, True), what
    assert not asked(dashboard, path, method, Cookie=cookie(dashboard, ANN))[3].startswith(b"This is for")


def a_file_is_taken(page: Page) -> None:
    """The browser sends the cookie along."""
    file: FilePayload = {"name": "edits.csv", "mimeType": "text/csv", "buffer": b"group_id,section_id,category\n"}
    page.locator("input[type=file]").set_input_files([file])
    expect(page.get_by_text("Nothing to import")).to_be_visible()


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\r\nSet-Cookie: a=b",
    " //evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/" + "a" * 3_000,
]


@pytest.mark.parametrize("place", ELSEWHERE)
def test_the_way_back_leads_nowhere_else(dashboard: Dashboard, place: str) -> None:
    """Whatever somebody has put into the cookie."""
    for answer in ("error=access_denied", "code=x&state=y"):
        given = f"gpb_way_back={quote(place, safe='')}"
        status, location, _, _ = asked(dashboard, f"/oauth2callback?{answer}", Cookie=given)
        assert (status, location) == (302, "/")


def noted(dashboard: Dashboard, referer: str) -> str:
    """The cookie for the way back that somebody gets who leaves from this page."""
    (line,) = [line for line in asked(dashboard, "/auth/login", Referer=referer)[2] if "gpb_way_back" in line]
    return line


def test_only_a_page_of_its_own_is_noted(dashboard: Dashboard) -> None:
    """By what the browser tells; no script reads it, and no other website's request brings it along."""
    page, host = "/associate?figure=broken", urlsplit(dashboard.address).netloc
    own = noted(dashboard, dashboard.address + page)
    assert own.startswith(f"gpb_way_back={quote(page, safe='')};")
    assert {"httponly", "samesite=lax"} <= {part.strip().lower() for part in own.split(";")}
    assert asked(dashboard, "/oauth2callback?error=access_denied", Cookie=own.partition(";")[0])[1] == page
    for referer in (
        "https://evil.example/associate",
        f"http://{host}.evil.example/x",
        f"http://evil.example/{host}/x",
        f"http://{host}@evil.example/x",
        f"http://{host}//evil.example",
        f"http://{host}/\\evil.example",
    ):
        assert noted(dashboard, referer).startswith('gpb_way_back="";'), referer


@pytest.mark.slow
def test_another_machine_gets_nothing_while_nobody_signs_in(tmp_path: Path) -> None:
    """Also through a proxy on this machine that says for whom it asks, and whatever name the request gives."""
    with Dashboard({"GPB_DATA_DIR": str(tmp_path)}) as dashboard:
        assert asked(dashboard, "/")[0] == 200
        for who in ("10.0.0.7", "2001:db8::7", "192.168.1.7, 127.0.0.1"):
            status, _, _, body = asked(dashboard, "/", **{"X-Forwarded-For": who})
            assert (status, b"GPB_SIGN_IN=required" in body) == (403, True), who

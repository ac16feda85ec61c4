"""Another website, open in the same browser, can neither read the dashboard nor have a person click in it unawares."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import Dashboard

pytestmark = pytest.mark.browser
ASK_FOR_SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "streamlit",
}
DOOR = "Connections"
PATHS = ["/", "/associate?term=1", "/media/x.csv", "/_stcore/host-config", "/nowhere/deep"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard that people open by the name gpb.district.example, or on its own machine; it shows its door."""
    folder = tmp_path_factory.mktemp("data")
    settings = {"GPB_DASHBOARD_URL": "https://gpb.district.example", "GPB_DATA_DIR": str(folder)}
    with Dashboard(settings) as dashboard:
        yield dashboard.address


def asked(address: str, path: str, **headers: str) -> http.client.HTTPResponse:
    """The answer to a request with these headers, as any program can send them."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.putrequest("GET", path, skip_host="host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


def socket_asked(address: str, **headers: str) -> int:
    """The status with which the request for a websocket is answered: 101 where it is opened."""
    return asked(address, "/_stcore/stream", **ASK_FOR_SOCKET, **headers).status


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.slow
def test_a_foreign_host_name_gets_nothing(address: str, path: str) -> None:
    """A name of the attacker's that leads to this machine: the browser takes both for one website."""
    for name in ("evil.example", "evil.example:8501", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::1"):
        answer = asked(address, path, host=name)
        assert (answer.status, b"GPB_DASHBOARD_URL" in answer.read()) == (403, True), name


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8501", "127.0.0.1.evil.example", "localhost@evil.example"]
)
def test_a_foreign_host_name_gets_no_websocket(address: str, host: str) -> None:
    """Through it every row would go."""
    assert socket_asked(address, host=host, Origin=f"http://{host}") == 403
    assert socket_asked(address, host=host) == 403


def test_a_foreign_website_gets_no_websocket(address: str) -> None:
    """Also not one that another program on this machine serves; browsers tell from where they ask."""
    host = urlsplit(address).netloc
    for origin in ("https://evil.example", "http://127.0.0.1:1", "http://localhost:1", "null", f"http://{host}.evil"):
        assert socket_asked(address, Origin=origin) == 403, origin
        assert asked(address, "/media/x.csv", Origin=origin).status == 403, origin


def test_its_own_names_are_answered(address: str) -> None:
    """Those of the loopback, and the one of GPB_DASHBOARD_URL, behind a proxy or not."""
    port = urlsplit(address).port
    for host in (
        f"localhost:{port}",
        f"127.0.0.1:{port}",
        f"[::1]:{port}",
        "gpb.district.example",
        "GPB.district.example",
    ):
        assert asked(address, "/", host=host).status == 200, host
        assert socket_asked(address, host=host, Origin=f"http://{host}") == 101, host
    assert asked(address, "/_stcore/health", host="10.0.0.7:8501").status == 200, "what a load balancer asks"


@pytest.mark.parametrize("path", [*PATHS, "/_stcore/health"])
def test_every_answer_forbids_foreign_frames(address: str, path: str) -> None:
    """In the present words and in those of old browsers."""
    for headers in ({}, {"host": "evil.example"}):
        answer = asked(address, path, **headers)
        assert answer.getheader("Content-Security-Policy") == "frame-ancestors 'self'"
        assert answer.getheader("X-Frame-Options") == "SAMEORIGIN"


@contextmanager
def foreign_page(content: str) -> Iterator[str]:
    """Address of a website of somebody else, on another port."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer with the page."""
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
def test_in_a_foreign_frame_the_dashboard_stays_blank(page: Page, address: str) -> None:
    """A person who believes to click on a game would click on Sync."""
    frame = f'<p>Win a prize</p><iframe width="1200" height="800" src="{address}/connections"></iframe>'
    with foreign_page(frame) as site:
        page.goto(address + "/connections")
        expect(page.get_by_role("heading", name=DOOR)).to_be_visible()
        page.goto(site)
        expect(page.get_by_text("Win a prize")).to_be_visible()
        inside = page.frames[1]
        inside.wait_for_load_state()
        for _ in range(300):
            if inside.url.startswith("chrome-error:"):
                break
            page.wait_for_timeout(100)
        assert inside.url.startswith("chrome-error:")
        assert inside.get_by_role("heading", name=DOOR).count() == 0

"""The way to a server: proxies and certificates of the environment, told in a sentence where they cannot be used."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from gpb.api.http.credentials import BearerToken
from gpb.api.http.network import certificates, proxy_for
from gpb.api.http.replies import canvas_reply
from gpb.api.http.transport import Transport
from gpb.errors import SettingsError, Unreachable

FAR = "https://canvas.district.example"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's own network."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("HTTPS_PROXY", "http://proxy.example:8080", "http://proxy.example:8080"),
        ("https_proxy", "proxy.example:8080", "http://proxy.example:8080"),
        ("ALL_PROXY", " http://user:word@proxy.example:8080 ", "http://user:word@proxy.example:8080"),
        ("HTTP_PROXY", "http://proxy.example:8080", None),
        ("HTTPS_PROXY", " ", None),
        ("NO_PROXY", "localhost,127.0.0.1,fd00::/8", None),
        ("NO_PROXY", "localhost,::1,[::1]", None),
    ],
)
def test_the_proxy_of_the_environment_is_taken(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str | None
) -> None:
    """Written as schools write it, with blanks, without a scheme, with ranges."""
    monkeypatch.setenv(variable, value)
    assert proxy_for(FAR) == expected


def test_a_server_that_no_proxy_names_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the end of its name; loopback always."""
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:8080")
    monkeypatch.setenv("NO_PROXY", "localhost,fd00::/8,.district.example")
    assert (proxy_for(FAR), proxy_for("http://127.0.0.1:8790/canvas")) == (None, None)
    assert proxy_for("https://canvas.other.example") == "http://proxy.example:8080"


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1080", "ALL_PROXY names a SOCKS proxy"),
        ("HTTPS_PROXY", "proxy.invalid:8080:x", "HTTPS_PROXY is not a usable proxy address"),
        ("HTTPS_PROXY", "http://[::1", "HTTPS_PROXY is not a usable proxy address"),
        ("HTTPS_PROXY", "ftp://proxy.example", "HTTPS_PROXY is not a usable proxy address"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, reason: str
) -> None:
    """With the variable's name."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=reason):
        Transport("Canvas", FAR, canvas_reply, BearerToken(SecretStr("t")))


@pytest.mark.parametrize(
    ("variable", "place"), [("SSL_CERT_FILE", "no.pem"), ("SSL_CERT_DIR", "no"), ("SSL_CERT_FILE", "empty")]
)
def test_certificates_that_cannot_be_used_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, place: str
) -> None:
    """A file that is missing, a folder that is missing, a file of something else."""
    (tmp_path / "empty").write_text("nothing", encoding="utf-8")
    monkeypatch.setenv(variable, str(tmp_path / place))
    with pytest.raises(SettingsError, match=variable):
        certificates()


class Server:
    """Answers over TLS, with a certificate of an authority that nobody knows, and counts connections."""

    def __init__(self, authority: trustme.CA) -> None:
        self.handshakes = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b'{"id": 1}')

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        class Counting(ThreadingHTTPServer):
            def get_request(self) -> tuple[socket.socket, object]:
                outer.handshakes += 1
                return super().get_request()

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that turns away is what is tested."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self._server = Counting(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def authority() -> trustme.CA:
    """A district's own certificate authority."""
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Server]:
    """A server whose certificate it has signed."""
    made = Server(authority)
    yield made
    made.close()


async def read(url: str) -> object:
    """One request."""
    transport = Transport("Canvas", url, canvas_reply, BearerToken(SecretStr("t")))
    try:
        return (await transport.get("/x", about="the account")).data
    finally:
        await transport.aclose()


async def test_an_untrusted_certificate_is_told_at_once(server: Server) -> None:
    """One attempt: trying again would meet the same certificate. The sentence says what a network team can do."""
    with pytest.raises(Unreachable, match=r"This machine does not trust the certificate .* the variable SSL_CERT_FILE"):
        await read(server.url)
    assert server.handshakes == 1


async def test_a_districts_own_authority_is_trusted_by_its_file(
    server: Server, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As the sentence has advised."""
    authority.cert_pem.write_to_path(str(tmp_path / "district.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "district.pem"))
    assert await read(server.url) == {"id": 1}

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
from gpb.api.http.network import Proxy, certificates, proxy_for
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


NONE, PROXY = None, "http://proxy.example:8080"
PROXIES = [
    ("HTTPS_PROXY", PROXY, PROXY),
    ("https_proxy", "proxy.example:8080", PROXY),
    ("HTTPS_PROXY", "HTTP://proxy.example:8080/", f"{PROXY}/"),
    ("HTTPS_PROXY", f'\u200b"{PROXY}"\u00a0\r\n', PROXY),
    ("ALL_PROXY", " http://user:word@proxy.example:8080 ", "http://user:word@proxy.example:8080"),
    ("all_proxy", "[fd00::1]:8080", "http://[fd00::1]:8080"),
    ("HTTP_PROXY", PROXY, NONE),
    ("HTTPS_PROXY", " \u00a0", NONE),
    ("NO_PROXY", "localhost,127.0.0.1,fd00::/8", NONE),
    ("NO_PROXY", "localhost,::1,[::1]", NONE),
]


@pytest.mark.parametrize(("variable", "value", "expected"), PROXIES)
def test_the_proxy_of_the_environment_is_taken(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str | None
) -> None:
    """Written as schools write it, with blanks, without a scheme, with ranges; named as it is written."""
    monkeypatch.setenv(variable, value)
    assert proxy_for(FAR) == (Proxy(variable, expected) if expected else None)
    assert "word" not in repr(proxy_for(FAR))


EXCEPTIONS = [
    ("*", True),
    (" * ", True),
    ("localhost, .district.example", True),
    ("*.district.example", True),
    ("localhost  district.example", True),
    ("x;CANVAS.District.Example.", True),
    ("canvas.district.example:443", True),
    ("canvas.district.example:8443", False),
    ("https://canvas.district.example/", True),
    ("anvas.district.example", False),
    ("fd00::/8,[::1],[::1]:80,[,],/,:,*x,%,10.0.0.0/99,,", False),
]


@pytest.mark.parametrize(("value", "is_direct"), EXCEPTIONS)
def test_a_server_that_no_proxy_names_is_reached_directly(
    monkeypatch: pytest.MonkeyPatch, value: str, is_direct: bool
) -> None:
    """By its name, the end of it, or everything; what makes no sense there names nobody. Loopback always."""
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", value)
    assert (proxy_for(FAR) is None) == is_direct
    assert proxy_for("http://127.0.0.1:8790/canvas") is None


@pytest.mark.parametrize(
    ("value", "server", "is_direct"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3/8", "10.9.9.9", True),
        ("fd00::/8", "[fd12::7]", True),
        ("[fd12::7]", "[fd12::7]", True),
        ("[fd12:0::7]:443", "[fd12::7]", True),
        ("[fd12::7]:80", "[fd12::7]", False),
    ],
)
def test_no_proxy_may_name_addresses_and_ranges_of_them(
    monkeypatch: pytest.MonkeyPatch, value: str, server: str, is_direct: bool
) -> None:
    """IPv4 and IPv6, in brackets or not, with a port or not."""
    monkeypatch.setenv("https_proxy", PROXY)
    monkeypatch.setenv("no_proxy", value)
    assert (proxy_for(f"https://{server}/focus") is None) == is_direct


UNUSABLE = [
    *("proxy.invalid:8080:x", "http://[::1", "ftp://proxy.example", "http://", "://", "http://proxy.example:99999"),
    *("http://proxy.example:0", "http://pro xy.example", "PROXY proxy.example:8080", "http//proxy.example:8080"),
    *("http:/proxy.example", "http://proxy.example/proxy.pac", "http://u:a/b@proxy.example", f"{PROXY},{PROXY}"),
    *(
        "http=proxy.example:80;https=proxy.example:80",
        "http://fd00::1:8080",
        "http://é..x:80",
        "http://999.1.1.1",
        "http://proxy.example:x",
    ),
]


@pytest.mark.parametrize("value", UNUSABLE)
def test_a_proxy_that_cannot_be_used_is_a_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """With the variable's name as it is written, and an example of a right one."""
    monkeypatch.setenv("https_proxy", value)
    with pytest.raises(SettingsError, match=r"https_proxy is not a usable proxy address\. Write it like http://proxy"):
        Transport("Canvas", FAR, canvas_reply, BearerToken(SecretStr("t")))


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1080", "SOCKS5H://u:p@x", "socks4://x", "socks://x:1"])
def test_a_socks_proxy_is_a_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The library would ask for a part of it that is not installed."""
    monkeypatch.setenv("ALL_PROXY", value)
    with pytest.raises(SettingsError, match="ALL_PROXY names a SOCKS proxy"):
        Transport("Canvas", FAR, canvas_reply, BearerToken(SecretStr("t")))


async def test_a_proxy_that_nobody_reaches_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the server behind it alone, whose address may be right; without the password."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hush@127.0.0.1:1")
    with pytest.raises(
        Unreachable, match=r"through the proxy 127\.0\.0\.1:1, which HTTPS_PROXY names: nothing"
    ) as caught:
        await read(FAR)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        *(("SSL_CERT_FILE", "no.pem"), ("SSL_CERT_FILE", "folder"), ("SSL_CERT_FILE", "text"), ("SSL_CERT_FILE", "")),
        *(("SSL_CERT_DIR", "no"), ("SSL_CERT_DIR", "text"), ("SSL_CERT_FILE", "binary"), ("SSL_CERT_FILE", "x" * 999)),
    ],
)
def test_certificates_that_cannot_be_used_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, place: str
) -> None:
    """A file that is missing, a folder in its place, a file of something else."""
    (tmp_path / "text").write_text("nothing", encoding="utf-8")
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv(variable, str(tmp_path / place))
    with pytest.raises(SettingsError, match=f"{variable} names .* set SSL_CERT_FILE to a file with certificates"):
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
    monkeypatch.setenv("SSL_CERT_FILE", f" {tmp_path / 'district.pem'}\n")
    assert await read(server.url) == {"id": 1}
    assert len(certificates().get_ca_certs()) > 100  # the other system may have a usual certificate


async def test_an_authority_that_is_not_the_servers_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Advice that was followed already is not given again."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    with pytest.raises(Unreachable, match=r"SSL_CERT_FILE \(.*other.pem\) names do not fit it"):
        await read(server.url)
    assert server.handshakes == 1

"""A server on the loopback that answers exactly as a test says, faults of the connection included."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stamina

from tests.processes import PATIENCE


@dataclass(frozen=True)
class Canned:
    """One reply; ``body`` is sent as JSON unless it is bytes or text already."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    """So many bytes of the announced body are never sent."""
    reset: bool = False
    """The connection is reset in the place of a reply."""
    delay: float = 0.0
    until_in_flight: int = 0
    """The reply waits until so many requests were in flight at one moment."""

    @property
    def payload(self) -> bytes:
        """The bytes of the body."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Seen:
    """One request that arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class QuietServer(ThreadingHTTPServer):
    """A client that gives up before its reply is nothing to print."""

    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of broken connections, but of everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class ScriptedServer:
    """Answers each method and path with its replies in turn; the last of them stays."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.most_in_flight = 0
        self._in_flight = 0
        self._replies: dict[str, list[Canned]] = defaultdict(list)
        self._lock = threading.Condition()
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def on(self, call: str, *replies: Canned) -> None:
        """Script ``"GET /path"``, with its query where it must be that one."""
        self._replies[call] = list(replies)

    def replies(self, call: str) -> list[Canned]:
        """What is scripted for ``"GET /path"``, and was not sent yet."""
        return list(self._replies[call])

    def calls(self, call: str) -> list[Seen]:
        """The requests to ``"GET /path"``."""
        return [one for one in self.seen if f"{one.method} {one.path}" == call]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, seen: Seen) -> Canned:
        with self._lock:
            self.seen.append(seen)
            for call in (f"{seen.method} {seen.target}", f"{seen.method} {seen.path}"):
                if left := self._replies.get(call):
                    return left.pop(0) if len(left) > 1 else left[0]
        return Canned(404, "no such page")

    def _entered(self, step: int) -> None:
        with self._lock:
            self._in_flight += step
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            self._lock.notify_all()

    def _crowd(self, size: int) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self.most_in_flight >= size, timeout=PATIENCE)

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server._entered(1)
                try:
                    reply = server._next(Seen(self.command, self.path, headers, body))
                    time.sleep(reply.delay)
                    server._crowd(reply.until_in_flight)
                    self._send(reply)
                finally:
                    server._entered(-1)

            do_GET = do_PUT = do_POST = _answer

            def _send(self, reply: Canned) -> None:
                if reply.reset:
                    linger = struct.pack("ii", 1, 0)  # closing now sends RST
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.payload)))
                self.end_headers()
                self.wfile.write(reply.payload[: len(reply.payload) - reply.cut])
                self.close_connection = reply.cut > 0

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server without any reply yet."""
    running = ScriptedServer()
    yield running
    running.close()


@pytest.fixture
def other_server() -> Iterator[ScriptedServer]:
    """A second server: another origin."""
    running = ScriptedServer()
    yield running
    running.close()


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries follow each other at once; their number stays as it is."""
    with stamina.set_testing(True, attempts=1000, cap=True):
        yield

"""Which faults strike which request, and how a connection is broken."""

from __future__ import annotations

import random
import socket
import struct
from asyncio import Transport
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from gpb.sandbox.config import KNOWN_FAULTS, checked_faults

READS = ("GET", "HEAD")
ONLY_WRITES = ("lost-reply",)
ONLY_READS = ("repeat-page", "shift-page", "skip-item", "cut-walk", "other-host", "empty-list", "string-ids")
NEVER_TOKENS = ("expired-token", "lost-reply")  # asking for a token neither needs one nor stores anything
TRANSPORT = "sandbox.transport"


@dataclass(slots=True)
class Script:
    """A fault that strikes certain requests: of this method (empty: any), with this text in their path.

    The first `after` of them pass, the next `times` are struck (None: all that follow).
    """

    fault: str
    method: str = ""
    path: str = ""
    after: int = 0
    times: int | None = None
    met: int = 0

    def __post_init__(self) -> None:
        """Refuse a fault that nobody knows."""
        checked_faults({self.fault: 1.0})

    def strikes(self, method: str, path: str) -> bool:
        """Count a request, and tell whether it is struck."""
        if self.method not in ("", method) or self.path not in path:
            return False
        self.met += 1
        return self.met > self.after and (self.times is None or self.met <= self.after + self.times)


class Faults:
    """Draws faults at the given rates, from one seeded source for the whole life of a sandbox."""

    def __init__(self, seed: int, rates: dict[str, float]) -> None:
        """Take rates by fault name; raise ValueError for an unknown name."""
        self._random = random.Random(f"{seed}/faults")
        self.rates = checked_faults(rates)
        self.scripts: list[Script] = []

    def change(self, rates: dict[str, float]) -> None:
        """Set the rates named and keep the others; raise ValueError for an unknown name."""
        self.rates |= checked_faults(rates)

    def draw(self, method: str, path: str) -> str | None:
        """Return the fault that strikes this request, or None.

        Scripts come first; then every rate is drawn for itself, and the first fault that fits wins.
        """
        scripted = [script.fault for script in self.scripts if script.strikes(method, path)]
        if scripted:
            return scripted[0]
        struck = [name for name in KNOWN_FAULTS if self._random.random() < self.rates.get(name, 0.0)]
        for name in struck:
            if method in READS and name in ONLY_WRITES:
                continue
            if method not in READS and name in ONLY_READS:
                continue
            if path.endswith("/token") and name in NEVER_TOKENS:
                continue
            return name
        return None

    def throttled_status(self) -> int:
        """Return the status of a throttled reply: hosted Canvas says 429, a self-hosted one still 403."""
        return self._random.choice((429, 403))


class OpenProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which also hands its connection to the application, so that a fault can break it."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # uvicorn names asyncio's narrower type
        """Put the connection where every request of it finds it."""
        self.app_state = {**self.app_state, TRANSPORT: transport}
        super().connection_made(transport)


def transport_of(scope: Any) -> Transport:
    """Return the connection that a request came in on."""
    transport: Transport = scope["state"][TRANSPORT]
    return transport


def reset(transport: Transport) -> None:
    """Drop a connection so that the client sees a reset, not an orderly end."""
    if not transport.is_closing():
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()

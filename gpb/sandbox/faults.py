"""Which faults strike which request, and how a connection is broken."""

from __future__ import annotations

import random
import socket
import struct
from asyncio import Transport
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from gpb.sandbox.config import KNOWN_FAULTS, checked_faults

READS = ("GET", "HEAD")
ONLY_WRITES = ("lost-reply",)
ONLY_READS = ("repeat-page",)
NEVER_TOKENS = ("expired-token", "lost-reply")  # asking for a token neither needs one nor stores anything
TRANSPORT = "sandbox.transport"


class Faults:
    """Draws faults at the given rates, from one seeded source for the whole life of a sandbox."""

    def __init__(self, seed: int, rates: dict[str, float]) -> None:
        """Take rates by fault name; raise ValueError for an unknown name."""
        self._random = random.Random(f"{seed}/faults")
        self.rates = checked_faults(rates)

    def change(self, rates: dict[str, float]) -> None:
        """Set the rates named and keep the others; raise ValueError for an unknown name."""
        self.rates |= checked_faults(rates)

    def draw(self, method: str, path: str) -> str | None:
        """Return the fault that strikes this request, or None; every rate is drawn for itself, the first one wins."""
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

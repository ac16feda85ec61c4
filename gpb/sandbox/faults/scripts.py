"""Which faults strike which request, and how a connection is broken."""

from __future__ import annotations

import random
import socket
import struct
from asyncio import Transport
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from gpb.sandbox.config import FAULTS, ODDITIES, checked_faults
from gpb.sandbox.faults.odd import Oddity, aims_at

READS = ("GET", "HEAD")
ONLY_WRITES = ("lost-reply",)
ONLY_READS = (
    "repeat-page",
    "shift-page",
    "skip-item",
    "cut-walk",
    "other-host",
    "empty-list",
    "string-ids",
    "short-total",
    "long-total",
    "other-scheme",
    "inner-host",
)
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
        """Refuse a fault that nobody knows, and one of objects, which are odd at every request."""
        checked_faults({self.fault: 1.0})
        if self.fault not in FAULTS:
            raise ValueError(
                f"{self.fault!r} is a fault of objects; set its rate instead, like null-name@courses/1001."
            )

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
        self._seed = seed
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
        struck = [name for name in self.rates if self._random.random() < self.rates[name]]
        for name in sorted(struck, key=_place):
            fault, _, target = name.partition("@")
            if fault not in FAULTS or (target and not aims_at(target, path)):
                continue
            if method in READS and fault in ONLY_WRITES:
                continue
            if method not in READS and fault in ONLY_READS:
                continue
            if path.endswith("/token") and fault in NEVER_TOKENS:
                continue
            return fault
        return None

    def oddities(self) -> list[Oddity]:
        """Return what is odd about objects now."""
        found = [(name.partition("@"), rate) for name, rate in self.rates.items() if rate > 0]
        return [Oddity(fault, target, rate, self._seed) for (fault, _, target), rate in found if fault in ODDITIES]

    def throttled_status(self) -> int:
        """Return the status of a throttled reply: hosted Canvas says 429, a self-hosted one still 403."""
        return self._random.choice((429, 403))


def _place(name: str) -> int:
    """The place of a fault among all: those of the network come before those of the content."""
    return list(FAULTS).index(name.partition("@")[0]) if name.partition("@")[0] in FAULTS else len(FAULTS)


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

"""The request log: what arrived, in order, and how it was answered; never a token."""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 100_000
SECRET_PARAMETER = re.compile(r"\b(access_token|client_secret|token)=[^&]*")


@dataclass(slots=True)
class Entry:
    """One request.

    `status` is 0 as long as no reply went out, hence for ever when the connection was dropped; `in_flight` is how many
    API requests were being served when it arrived, itself included; `at` is when, in seconds of a monotonic clock.
    """

    method: str
    path: str
    status: int = 0
    in_flight: int = 1
    at: float = field(default_factory=time.monotonic)


class RequestLog:
    """The newest 100,000 requests."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def arrived(self, method: str, path: str, query: str, in_flight: int) -> Entry:
        """Add a request, its secrets blotted out, and return the entry so that the status can follow."""
        shown = SECRET_PARAMETER.sub(r"\1=***", query)
        entry = Entry(method, f"{path}?{shown}" if shown else path, in_flight=in_flight)
        self._entries.append(entry)
        return entry

    def __len__(self) -> int:
        """Return how many requests it holds."""
        return len(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """Return `method`, `path`, `status`, `in_flight` and `at` of each request, oldest first."""
        return [asdict(entry) for entry in list(self._entries)]

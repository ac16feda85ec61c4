"""Replies in the forms that both systems share, and the exception that carries one out of the depth of a handler."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
JSON_TYPE = "application/json; charset=utf-8"
VISIT = "sandbox.visit"


class Records(Protocol):
    """What a list needs of its records: how many there are, and the ones of a page."""

    def __len__(self) -> int:
        """Return the number of records."""

    def __getitem__(self, window: slice, /) -> Sequence[Any]:
        """Return the records of a window."""


@dataclass(slots=True)
class Visit:
    """What the gate and a handler tell each other about one request.

    `cost` is in the CPU and database seconds that Canvas would have spent; `fault` is the one that struck it;
    `repeats` tells of an id whether this list holds its object twice.
    """

    cost: float = 0.02
    fault: str | None = None
    repeats: Callable[[str], bool] | None = None

    def start(self, wanted: int, length: int) -> int:
        """Return where a page starts: where it was wanted, unless a fault serves another one.

        `repeat-page` serves the page before; `shift-page` starts one item early, as when something was added to the
        part that was read already, and `skip-item` one late, as when something there was deleted.
        """
        moved = {"repeat-page": -length, "shift-page": -1, "skip-item": 1}.get(self.fault or "", 0)
        return max(0, wanted + moved) if wanted else 0

    def told_total(self, total: int, end: int) -> int:
        """Return the length that a list tells on the page that ends at `end`.

        With `short-total` every page says that it is the last one, with `long-total` seven more are promised.
        """
        return {"short-total": min(total, end), "long-total": total + 7}.get(self.fault or "", total)

    def with_repeats(self, records: Records, id_of: Callable[[Any], Any]) -> Records:
        """Return the records of a list, at its end those once more that a fault repeats."""
        repeats = self.repeats
        if repeats is None:
            return records
        every = [*records[:]]
        return [*every, *(one for one in every if repeats(str(id_of(one))))]


class Refused(Exception):
    """The request ends here, with this reply."""

    def __init__(self, response: Response) -> None:
        """Carry the reply."""
        super().__init__(response.status_code)
        self.response = response


def visit_of(request: Request) -> Visit:
    """Return the visit that the gate opened for this request."""
    visit: Visit = request.scope[VISIT]
    return visit


def charge(request: Request, seconds: float) -> None:
    """Make the request cost more, in seconds of CPU and database."""
    visit_of(request).cost += seconds


def encode(content: Any) -> bytes:
    """Return compact JSON in UTF-8."""
    return TO_JSON.encode(content).encode()


def json_reply(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON reply."""
    return Response(encode(content), status, headers, JSON_TYPE)


def origin_of(request: Request) -> str:
    """Return the address that the client used, without a path; links must stay on it."""
    return f"http://{request.headers.get('host', '127.0.0.1')}"


def bearer_of(request: Request) -> str | None:
    """Return the token of the request's Authorization header, if any."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None

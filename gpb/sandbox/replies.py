"""Replies in the forms that both systems share, and the exception that carries one out of the depth of a handler."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
JSON_TYPE = "application/json; charset=utf-8"
VISIT = "sandbox.visit"


@dataclass(slots=True)
class Visit:
    """What the gate and a handler tell each other about one request.

    `cost` is in the CPU and database seconds that Canvas would have spent; `fault` is the one that struck it.
    """

    cost: float = 0.02
    fault: str | None = None

    def start(self, wanted: int, length: int) -> int:
        """Return where a page starts: where it was wanted, unless a fault serves another one.

        `repeat-page` serves the page before; `shift-page` starts one item early, as when something was added to the
        part that was read already, and `skip-item` one late, as when something there was deleted.
        """
        moved = {"repeat-page": -length, "shift-page": -1, "skip-item": 1}.get(self.fault or "", 0)
        return max(0, wanted + moved) if wanted else 0


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

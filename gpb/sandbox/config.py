"""What a sandbox is asked to be: size, seed, shape of the stored associations, latency and faults."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from gpb.sandbox.layout import SHAPES

FAULTS = {
    "throttle": "the rate limit turns the request away: 429, or 403 with a text",
    "500": "the server fails, in JSON",
    "503": "a load balancer's page",
    "timeout": "no reply comes",
    "reset": "the connection is dropped before anything is done",
    "cut": "half of the reply comes",
    "html200": "a maintenance page that claims success",
    "lost-reply": "a write is carried out, then the connection is dropped",
    "expired-token": "401, the token has expired",
    "repeat-page": "a page of a list comes twice",
    "502": "a load balancer's page",
    "504": "a load balancer's page",
    "forbidden": "403, not permitted",
    "no-agent": "403 of Canvas' edge for a request without a User-Agent",
    "scope": "401, the token's scopes do not name the route",
    "bare-400": "Canvas' bare text under a JSON type",
    "not-json": "JSON that does not parse",
    "shift-page": "an item was added to a page that was read already",
    "skip-item": "an item was deleted from a page that was read already",
    "cut-walk": "a list loses its Link header",
    "other-host": "a next link leads to the same server by another name",
    "empty-list": "a list has lost everything",
    "string-ids": "Canvas' ids as text",
    "slow": "the reply takes 2 seconds",
    "firewall": "403 with the web page of a firewall",
    "filter-401": "401 of a web filter, which wants a password of its own",
    "filter-407": "407 of a proxy",
    "short-total": "a list of Focus says on every page that it is the last one",
    "long-total": "a list of Focus promises seven rows more than it has",
    "other-scheme": "a next link with https in place of http",
    "inner-host": "a next link to a name inside the server's network",
}
"""Faults of single requests, and what the client meets; the rate is the share of requests that are struck."""
ODDITIES = {
    "stub": "a course is cut down to its id and access_restricted_by_date",
    "nickname": "a course shows a nickname; its own name is in original_name",
    "null-name": "name or title is null",
    "bad-date": "all dates are a 31st of February",
    "php-empty": "empty objects come as an empty list, as PHP writes them",
    "php-lost": "objects have lost what is in them, and come as an empty list",
    "flag-number": "true and false come as 1 and 0",
    "flag-digit": 'true and false come as "1" and "0"',
    "flag-letter": 'true and false come as "Y" and "N"',
    "equal-row": "the object stands once more at the end of its list",
}
"""Faults of single objects, the same ones at every request; the rate is the share of objects that are odd."""
OF_GRAPHQL = {
    "old-graphql": "what GraphQL has told of a course stays as it is for an hour",
    "silent-save": "the save of an assignment group does not move its updatedAt",
}
"""Faults of GraphQL; any rate above 0 switches one on."""
KNOWN_FAULTS = (*FAULTS, *ODDITIES, *OF_GRAPHQL)
TARGET = re.compile(r"[\w-]+/[\w.:-]+")


def checked_faults(faults: dict[str, float]) -> dict[str, float]:
    """Return the faults as a new dict of name to rate (0 to 1); raise ValueError for an unknown name or rate.

    A name may be aimed at one object, as addresses name it: `500@courses/1001` or `null-name@terms/3`.
    """
    for name, rate in faults.items():
        fault, at, target = name.partition("@")
        if fault not in KNOWN_FAULTS:
            raise ValueError(f"The sandbox knows no fault named {fault!r}; choose among {', '.join(KNOWN_FAULTS)}.")
        if at and not TARGET.fullmatch(target):
            raise ValueError(f"The fault {name!r} is aimed at nothing; write it like {fault}@courses/1001.")
        if not 0 <= rate <= 1:
            raise ValueError(f"The rate of the fault {name!r} is {rate}; give a share between 0 and 1.")
    return dict(faults)


@dataclass(frozen=True)
class SandboxConfig:
    """The wishes for one district; equal `seed`, `schools` and `courses` give equal ids.

    `port` 0 means any free one; `courses` counts those of each term; `latency_ms` is added to every API
    request; `today` (default: the real one) decides which term is the current one. Raises ValueError when a
    value makes no sense.

    `shape` is how the vendor's tool keeps associations: `sistemic`, `flat` or `flag-only`; `drawn_layout` lets the seed
    decide its field names and details (`gpb.sandbox.layout`). `unassociated`: nothing is associated in any term.
    """

    port: int = 8790
    schools: int = 12
    courses: int = 250
    seed: int = 1
    shape: str = "sistemic"
    drawn_layout: bool = False
    unassociated: bool = False
    latency_ms: int = 0
    faults: dict[str, float] = field(default_factory=dict)
    state_file: Path | None = None
    today: date | None = None

    def __post_init__(self) -> None:
        """Refuse what no district can be."""
        if self.shape not in SHAPES:
            raise ValueError(f"The shape {self.shape!r} is unknown; choose among {', '.join(SHAPES)}.")
        if self.schools < 1 or self.courses < 1:
            raise ValueError("A district needs at least one school and one course; give numbers from 1 up.")
        if self.latency_ms < 0:
            raise ValueError("The latency cannot be negative; give milliseconds from 0 up.")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"There is no port {self.port}; give a number from 0 (any free one) to 65535.")
        checked_faults(self.faults)

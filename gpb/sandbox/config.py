"""What a sandbox is asked to be: size, seed, shape of the stored associations, latency and faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from gpb.sandbox.layout import SHAPES

KNOWN_FAULTS = (
    "throttle",
    "500",
    "503",
    "timeout",
    "reset",
    "cut",
    "html200",
    "lost-reply",
    "expired-token",
    "repeat-page",
    "502",
    "504",
    "forbidden",
    "no-agent",
    "scope",
    "bare-400",
    "not-json",
    "shift-page",
    "skip-item",
    "cut-walk",
    "other-host",
    "empty-list",
    "string-ids",
    "slow",
)


def checked_faults(faults: dict[str, float]) -> dict[str, float]:
    """Return the faults as a new dict of name to rate (0 to 1); raise ValueError for an unknown name or rate."""
    for name, rate in faults.items():
        if name not in KNOWN_FAULTS:
            raise ValueError(f"The sandbox knows no fault named {name!r}; choose among {', '.join(KNOWN_FAULTS)}.")
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

"""Where and when a snapshot was taken, and how its associations were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from gpb.frames.codec import Layout
from gpb.frames.shape import OLD_READING, Shape

FIRST_CONTACT = "first contact"
"""In the place of a run: some groups were read again in a first contact."""


@dataclass(frozen=True)
class SnapshotFacts:
    """Where and when a snapshot was taken.

    ``scope`` names Canvas, account and term by their ids, ``source`` and ``term_setting`` as the settings did;
    ``taken_at`` is the end of the pull in UTC, ``rows`` the size of the association frame, ``choices`` the number of
    the categories and of the classes that they name, ``seconds`` the duration of the pull, ``after_run`` the run whose
    writes were added to it, or ``FIRST_CONTACT``, ``unread`` the number of objects that could not be read.
    ``assignments`` is the number of those flagged for passback, None where Canvas showed none, or an older release did
    not keep them. ``whole_at`` is the begin of the last reading of all courses, None where nobody noted it, and
    ``anew`` how many courses were read because they may have changed, None where all were; ``told`` is whether sections
    are those that Canvas told of many courses at once (``gpb.term.changed.sections``). ``shape`` is how its
    associations were read. ``counts`` is kept for the line over time: school → status → number of rows, and assignments
    for passback behind them. ``section_link`` is GPB_FOCUS_SECTION_LINK as it is set when somebody looks; it is not
    kept.
    """

    scope: str
    source: str
    term_setting: str
    term_id: int
    sis_term_id: str | None
    term: str
    taken_at: datetime
    canvas_url: str
    sis_url: str
    sis_dialect: str
    shape: Shape
    rows: int = 0
    choices: int = 0
    requests: int = 0
    seconds: float = 0.0
    after_run: str | None = None
    assignments: int | None = None
    unread: int = 0
    whole_at: datetime | None = None
    anew: int | None = None
    told: bool = False
    counts: Mapping[str, Mapping[str, tuple[int, int | None]]] = field(default_factory=dict)
    section_link: str = ""

    @property
    def lacking(self) -> frozenset[str]:
        """Tables that a snapshot of an older release does not have; nothing is in them."""
        found = {"assignments": self.assignments is None, "unread": self.unread == 0}
        found["course_reads"] = self.whole_at is None
        return frozenset(name for name, is_lacking in found.items() if is_lacking)

    def answers(self, source: str, term: str) -> bool:
        """Whether this is a snapshot of what the settings ask for (GPB_TERM in any of its forms)."""
        names = (self.term_setting, str(self.term_id), f"sis_term_id:{self.sis_term_id}")
        return self.source == source and term in names

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        kept = {name: value for name, value in asdict(self).items() if name != "section_link"}
        whole_at = None if self.whole_at is None else self.whole_at.isoformat()
        return {**kept, "taken_at": self.taken_at.isoformat(), "whole_at": whole_at}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> SnapshotFacts:
        """The inverse of ``to_json``."""
        rest = {name: value for name, value in facts.items() if name not in ("codec", "layout")}
        shape = Shape.from_json(facts["shape"]) if "shape" in facts else _old_shape(facts)
        moments = {name: datetime.fromisoformat(facts[name]) for name in ("taken_at", "whole_at") if facts.get(name)}
        return cls(**{**rest, **moments, "shape": shape})


def _old_shape(facts: Mapping[str, Any]) -> Shape:
    """Up to release 0.3.1 the fields were learned from one reading, or guessed."""
    return Shape(facts["codec"], Layout(**facts["layout"]), unknown=OLD_READING)

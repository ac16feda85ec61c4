"""One check, and the sample of courses that several look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from gpb.api.types import AssignmentGroup, Section
from gpb.frames.unread import Unread


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; ``sentence`` says what was found, and what to do where it is not ok."""

    name: str
    ok: bool
    sentence: str


@dataclass
class Sample:
    """Some courses of the term; ``classes`` are the ids of all classes of the SIS, once they were read."""

    sections: list[Section]
    groups: dict[int, list[AssignmentGroup]]
    classes: set[str] = field(default_factory=set)

    def take(
        self, course_id: int, sections: list[Section], groups: list[AssignmentGroup], _unread: list[Unread]
    ) -> None:
        """Add a course that was read."""
        self.sections += sections
        self.groups[course_id] = groups

    @property
    def size(self) -> int:
        """The number of its groups."""
        return sum(map(len, self.groups.values()))

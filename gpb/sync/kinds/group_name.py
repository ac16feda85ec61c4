"""Names of assignment groups in Canvas: where there is no association, grade passback goes by the name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gpb.api.canvas import CanvasClient, group_name
from gpb.api.http.transport import BeforeSend
from gpb.frames.codec import Json
from gpb.frames.validity import Validity
from gpb.sync.kinds.adapter import WantedCategories
from gpb.sync.kinds.association import CourseSections, moved, not_valid
from gpb.sync.kinds.change import Change
from gpb.sync.kinds.naming import same_name, taken


class CourseGroups:
    """The names of each course's groups as Canvas has them now; each course is asked once."""

    def __init__(self, canvas: CanvasClient) -> None:
        self._canvas = canvas
        self._asked: dict[int, asyncio.Future[dict[int, str]]] = {}

    async def of(self, course_id: int) -> dict[int, str]:
        """Those of one course, group id → name; raises what asking raised."""
        if course_id not in self._asked:
            self._asked[course_id] = asyncio.ensure_future(self._canvas.group_names(course_id))
        return await self._asked[course_id]


@dataclass(frozen=True)
class GroupNames:
    """Renames groups; an ``Adapter``.

    ``titles`` are those of the categories when the plan was made, by id, and ``known`` the ids of all sections then.
    """

    canvas: CanvasClient
    wanted: WantedCategories
    titles: Mapping[str, str]
    known: frozenset[int]
    sections: CourseSections
    groups: CourseGroups
    system: str = "Canvas"
    is_whole: bool = True
    unverified: str = "Canvas responded without showing the new name."

    def about(self, changes: Sequence[Change]) -> str:
        """The group."""
        return group_name(changes[0].course_id, changes[0].group_id)

    def may_repeat_write(self) -> bool:
        """See ``CanvasClient.may_repeat_write``."""
        return self.canvas.may_repeat_write()

    def expect(self, changes: Sequence[Change]) -> None:
        """The sections of the course; the names of its groups are asked for in their turn."""
        self.sections.expect(changes[0].course_id)

    async def read(self, changes: Sequence[Change], leaves: Callable[[], None]) -> NamedGroup:
        """The group's name, those of its course's other groups, and the course's sections."""
        one = changes[0]
        sections, names, validity = await asyncio.gather(
            self.sections.of(one.course_id), self.groups.of(one.course_id), self.wanted.of(changes)
        )
        group = await self.canvas.assignment_group(one.course_id, one.group_id, leaves)
        others = [name for group_id, name in names.items() if group_id != one.group_id]
        return NamedGroup(self, group["name"], sections, others, validity)

    async def send(self, changes: Sequence[Change], payload: Json, before_send: BeforeSend) -> Json:
        """One PUT of the name, and of nothing else."""
        one = changes[0]
        echo = await self.canvas.rename_group(one.course_id, one.group_id, payload["name"], before_send)
        return {"name": echo["name"]}


@dataclass(frozen=True)
class NamedGroup:
    """What Canvas has for one group; a ``Present``. ``sections`` are those of its course, SIS id → section id."""

    kind: GroupNames
    name: str
    sections: Mapping[str, int]
    others: Sequence[str]
    validity: Validity

    @property
    def stored(self) -> Json:
        """The name."""
        return {"name": self.name}

    def is_there(self, change: Change) -> bool:
        """Whether the group is called so."""
        return self.name == change.after_title

    def moved(self, change: Change) -> str | None:
        """Whether the section that asks for the name is still the course's; taking a name back asks for none."""
        return None if change.after_id is None else moved(change, self.sections)

    def conflict(self, change: Change) -> str | None:
        """What the group is called instead of what the plan was made from."""
        if self.name == change.before:
            return None
        return (
            f"Someone renamed this group in Canvas: it was “{change.before}” when you reviewed and is “{self.name}” "
            f"now; you wanted “{change.after_title}”. Refresh, then decide."
        )

    def refusal(self, change: Change) -> str | None:
        """Whether the category is valid here, no section has come since that nobody asked, and the name is free."""
        if change.after_id is not None and not self.kind.known.issuperset(self.sections.values()):
            return "A section has come into this course since the plan was made: Refresh, then decide."
        if any(same_name(name) == same_name(str(change.after_title)) for name in self.others):
            return f"Not renamed: {taken(str(change.after_title))}."
        return not_valid(change, self.validity, self.kind.titles)

    def payload(self, wanted: Sequence[Change]) -> Json:
        """The new name."""
        return {"name": wanted[0].after_title}

    def shows(self, echo: Json, wanted: Sequence[Change], payload: Json) -> bool:
        """Whether Canvas answers with it."""
        return bool(wanted) and bool(echo == payload)

"""Associations in Canvas: entries of a group's ``integration_data``, one for each section."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpb.api.canvas import CanvasClient, group_name
from gpb.api.http.transport import BeforeSend
from gpb.api.records import Odd
from gpb.api.types import Section
from gpb.frames.codec import Codec, Json, Stored, Target, read_sections, section_keys
from gpb.frames.validity import Validity
from gpb.matching.labels import UNASSOCIATED, shown_title, title_label
from gpb.matching.section_key import same_spelling
from gpb.sync.kinds.adapter import WantedCategories, ahead
from gpb.sync.kinds.change import Change


class CourseSections:
    """The sections of each course as Canvas has them now; each course is asked once."""

    def __init__(self, canvas: CanvasClient) -> None:
        self._canvas = canvas
        self._asked: dict[int, asyncio.Future[list[Section]]] = {}

    def expect(self, course_id: int) -> None:
        """They will be asked for."""
        if course_id not in self._asked:
            odd: list[Odd] = []  # no rows of theirs are planned; the others are as good as ever
            self._asked[course_id] = ahead(self._canvas.sections(course_id, odd))

    async def of(self, course_id: int) -> dict[str, int]:
        """Those of one course, SIS id → section id; raises what asking raised."""
        self.expect(course_id)
        found = ((section.get("sis_section_id"), section["id"]) for section in await self._asked[course_id])
        return {key: section_id for key, section_id in found if key is not None}


@dataclass(frozen=True)
class Associations:
    """Writes them; an ``Adapter``. ``titles`` are those of the categories when the plan was made, by id."""

    canvas: CanvasClient
    codec: Codec
    wanted: WantedCategories
    titles: Mapping[str, str]
    sections: CourseSections
    system: str = "Canvas"
    is_whole: bool = False
    unverified: str = "Canvas responded without showing the new association."

    def about(self, changes: Sequence[Change]) -> str:
        """The group."""
        return group_name(changes[0].course_id, changes[0].group_id)

    def may_repeat_write(self) -> bool:
        """See ``CanvasClient.may_repeat_write``."""
        return self.canvas.may_repeat_write()

    def expect(self, changes: Sequence[Change]) -> None:
        """The sections of the course."""
        self.sections.expect(changes[0].course_id)

    async def read(self, changes: Sequence[Change], leaves: Callable[[], None]) -> StoredGroup:
        """The group's ``integration_data``, and the sections of its course."""
        one = changes[0]
        sections, validity = await asyncio.gather(self.sections.of(one.course_id), self.wanted.of(changes))
        group = await self.canvas.assignment_group(one.course_id, one.group_id, leaves)
        stored = group["integration_data"]
        return StoredGroup(self, stored, read_sections(self.codec, stored, sections), sections, validity)

    async def send(self, changes: Sequence[Change], payload: Json, before_send: BeforeSend) -> Json:
        """One PUT of ``integration_data``."""
        one = changes[0]
        echo = await self.canvas.write_integration_data(one.course_id, one.group_id, payload, before_send)
        return echo["integration_data"]


@dataclass(frozen=True)
class StoredGroup:
    """What Canvas stores for one group; a ``Present``.

    ``entries`` are its associations by section SIS id, ``sections`` those of its course, SIS id → section id.
    """

    kind: Associations
    stored: Json
    entries: Mapping[str, Stored | None]
    sections: Mapping[str, int]
    validity: Validity

    def is_there(self, change: Change) -> bool:
        """Whether the section has the wanted category, or none where none is wanted."""
        return _is(self.entries.get(change.sis_section_id), change)

    def moved(self, change: Change) -> str | None:
        """Canvas keeps associations by SIS ID: whether that is still the section's."""
        return moved(change, self.sections)

    def conflict(self, change: Change) -> str | None:
        """What is stored instead of what the plan was made from."""
        there = self.entries.get(change.sis_section_id)
        if (there.reference if there else None) == change.before:
            return None
        title = _title(there, self.kind.titles)
        return (
            f"Someone changed this in Canvas: it was {shown_title(change.before_title)} when you reviewed and is "
            f"{title} now; you wanted {shown_title(change.after_title)}. Refresh, then decide."
        )

    def refusal(self, change: Change) -> str | None:
        """Whether the category is valid here, under the title that was planned."""
        return not_valid(change, self.validity, self.kind.titles)

    def payload(self, wanted: Sequence[Change]) -> Json:
        """The whole top-level values with these entries in them, since Canvas merges at the top level only."""
        known = section_keys(self.kind.codec.keys(self.stored), self.sections)
        spelled = [(change, known.get(change.sis_section_id, [change.sis_section_id])) for change in wanted]
        return self.kind.codec.write(self.stored, {key: _target(one) for one, keys in spelled for key in keys})

    def shows(self, echo: Json, wanted: Sequence[Change], payload: Json) -> bool:
        """Whether the echo bears every wanted association, and every other key of ours as it was."""
        present = read_sections(self.kind.codec, echo, self.sections)
        kept = all(echo.get(key) == value for key, value in {**self.stored, **payload}.items())
        return kept and all(_is(present.get(change.sis_section_id), change) for change in wanted)


def _title(stored: Stored | None, titles: Mapping[str, str]) -> str:
    if stored is None:
        return UNASSOCIATED
    return title_label(titles.get(stored.reference, stored.title or stored.reference))


def moved(change: Change, sections: Mapping[str, int]) -> str | None:
    """Why the section of a change is another one by now; ``sections`` are those of its course, SIS id → section id."""
    if change.section_id not in sections.values():
        return f"The section {change.section} is no longer in this course: Refresh, then decide."
    if sections.get(change.sis_section_id) != change.section_id:
        return f"The section {change.section} now has another SIS ID in Canvas: Refresh, then decide."
    return None


def not_valid(change: Change, validity: Validity, titles: Mapping[str, str]) -> str | None:
    """Why the wanted category cannot be used in its section any more; ``titles`` are those of the plan, by id."""
    if change.after_id is None:
        return None
    title = validity.options(change.class_id).get(change.after_id)
    if title is None:
        return f"“{change.after_title}” is no longer valid for this section: choose another category."
    planned = titles.get(change.after_id, title)
    if title != planned:
        return f"“{planned}” is now called “{title}”: Refresh, and sync again if that is what you want."
    return None


def _target(change: Change) -> Target | None:
    if change.after_id is None:
        return None
    entry: Any = None if change.entry is None else json.loads(change.entry)
    return Target(change.after_id, change.after_title or "", entry)


def _is(stored: Stored | None, change: Change) -> bool:
    if stored is None or change.after_id is None:
        return stored is None and change.after_id is None
    return same_spelling(stored.reference) in (same_spelling(change.after_id), change.after_title)

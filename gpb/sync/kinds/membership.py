"""Which sections a grading category of Focus has: a section is added, or taken out again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gpb.api.focus import FocusClient
from gpb.api.http.transport import BeforeSend
from gpb.api.types import SisCategory
from gpb.frames.codec import Json
from gpb.matching.section_key import same_spelling
from gpb.sync.kinds.change import Change
from gpb.sync.kinds.joining import is_ours

ABSENT = "absent"
"""The only key of what is kept of a category that is not there, with its id."""


@dataclass(frozen=True)
class Memberships:
    """Changes categories; an ``Adapter``. ``titles`` are those of the categories when the plan was made, by id."""

    focus: FocusClient
    titles: Mapping[str, str]
    system: str = "Focus"
    is_whole: bool = False
    unverified: str = "Focus responded without showing the change."

    def about(self, changes: Sequence[Change]) -> str:
        """The category."""
        return f"the grading category “{changes[0].title}”"

    def may_repeat_write(self) -> bool:
        """See ``CanvasClient.may_repeat_write``."""
        return self.focus.may_repeat_write()

    def expect(self, changes: Sequence[Change]) -> None:
        """Nothing: categories share nothing."""

    async def read(self, changes: Sequence[Change], leaves: Callable[[], None]) -> StoredCategory:
        """The category, and which of the sections that leave it have assignments under it."""
        leaving = {str(change.class_id) for change in changes if change.after_id is None}
        used = {class_id: await self.focus.used_categories(class_id) for class_id in leaving}
        identifier = changes[0].target.id
        spelled = same_spelling(identifier)
        in_use = {class_id for class_id, found in used.items() if spelled in map(same_spelling, found)}
        return StoredCategory(self, identifier, await self.focus.category(identifier, leaves), frozenset(in_use))

    async def send(self, changes: Sequence[Change], payload: Json, before_send: BeforeSend) -> Json:
        """One PUT of the whole category, or its DELETE."""
        identifier = changes[0].target.id
        if ABSENT in payload:
            await self.focus.delete_category(identifier, before_send)
            return dict(payload)
        wanted = SisCategory(identifier, payload["title"], payload["active"], tuple(payload["section_uuids"]))
        echo = await self.focus.write_category(wanted, is_new=payload.get("is_new", False), before_send=before_send)
        return _as_json(echo)


@dataclass(frozen=True)
class StoredCategory:
    """What Focus has of one category; a ``Present``. ``in_use`` are sections with assignments under it."""

    kind: Memberships
    identifier: str
    category: SisCategory | None
    in_use: frozenset[str]

    @property
    def stored(self) -> Json:
        """The category, or that there is none."""
        return {ABSENT: self.identifier} if self.category is None else _as_json(self.category)

    def is_there(self, change: Change) -> bool:
        """Whether the section is in it, or out of it, as is wanted."""
        return self._has(change) == (change.after_id is not None)

    def moved(self, change: Change) -> str | None:  # noqa: ARG002  # as other kinds have it
        """A section of Focus is named by its own id, which no move in Canvas changes."""
        return None

    def conflict(self, change: Change) -> str | None:
        """Another title than the plan was made with; the sections of others stay as they are."""
        planned = self.kind.titles.get(change.target.id, str(change.title))
        if self.category is None or self.category.title == planned:
            return None
        return (
            f"Someone renamed this category in Focus: it was “{planned}” when you reviewed and is "
            f"“{self.category.title}” now. Refresh, then decide."
        )

    def refusal(self, change: Change) -> str | None:
        """Whether it is still the category that was planned with."""
        if change.after_id is None:
            return self._not_taken_out(change)
        if self.category is None:
            is_new = is_ours(change.after_id, change.course_id, change.after_title)
            gone = f"The category “{change.after_title}” is no longer in Focus: choose another one."
            return None if is_new and change.after_id not in self.kind.titles else gone
        if not self.category.active:
            return f"“{self.category.title}” is switched off in Focus: choose another category."
        return None

    def _not_taken_out(self, change: Change) -> str | None:
        if change.class_id in self.in_use:
            return (
                f"Focus has assignments of {change.section} under “{change.title}”: move or delete them in Focus first."
            )
        return None

    def payload(self, wanted: Sequence[Change]) -> Json:
        """The whole category with these sections in it or out of it; it goes where we made it and none is left."""
        first, ids = wanted[0], {same_spelling(str(change.class_id)): str(change.class_id) for change in wanted}
        if self.category is None:
            new = SisCategory(first.target.id, str(first.after_title), True, tuple(ids.values()))
            return {**_as_json(new), "is_new": True}
        present = {same_spelling(one): one for one in self.category.class_ids or ()}
        if first.after_id is not None:
            return {**self.stored, "section_uuids": list((ids | present).values())}
        left = [one for spelled, one in present.items() if spelled not in ids]
        ours = any(is_ours(self.category.id, change.course_id, self.category.title) for change in wanted)
        return {ABSENT: self.category.id} if ours and not left else {**self.stored, "section_uuids": left}

    def shows(self, echo: Json, wanted: Sequence[Change], payload: Json) -> bool:
        """Whether the reply has all sections that were sent, and none of those that leave."""
        if ABSENT in payload:
            return echo == payload
        sections = set(map(same_spelling, echo["section_uuids"]))
        kept = sections.issuperset(map(same_spelling, payload["section_uuids"])) and echo["title"] == payload["title"]
        leaving = {same_spelling(str(change.class_id)) for change in wanted if change.after_id is None}
        return kept and bool(echo["active"] == payload["active"]) and not leaving & sections

    def _has(self, change: Change) -> bool:
        sections = self.category.class_ids or () if self.category is not None else ()
        return same_spelling(str(change.class_id)) in map(same_spelling, sections)


def _as_json(category: SisCategory) -> Json:
    return {
        "uuid": category.id,
        "title": category.title,
        "active": category.active,
        "section_uuids": list(category.class_ids or ()),
    }

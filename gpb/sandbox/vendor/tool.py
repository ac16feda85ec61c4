"""What the vendor's tool knows of associations: which categories a section has, what it reads, how it saves."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from gpb.sandbox.district.model import Category, Course, Group, Section
from gpb.sandbox.district.world import World
from gpb.sandbox.layout import FLAG, FLAG_ONLY


@dataclass(frozen=True, slots=True)
class Kept:
    """What the tool keeps about a group: category by section SIS id, and whether Canvas holds it or the tool alone."""

    categories: Mapping[str, Category]
    in_canvas: bool


class Tool:
    """The tool's look at both systems at one moment: later changes of categories are not seen."""

    def __init__(self, world: World) -> None:
        """Read all categories and match them to sections (public guides to grade passback, first step)."""
        self.world = world
        self._by_class: dict[str, list[Category]] = defaultdict(list)
        for category in world.categories.values():
            if category.active and not category.deleted:
                for uuid in world.sis_sections if category.everywhere else category.section_uuids:
                    self._by_class[uuid].append(category)

    def usable(self, sis_id: str) -> list[Category]:
        """Return the categories of a section in Focus' order; a section that Focus does not know has none."""
        return self._by_class.get(sis_id, []) if sis_id in self.world.sis_sections else []

    def sections(self, course: Course) -> list[tuple[Section, str]]:
        """Return the sections of a course that came from the SIS, each with its SIS id."""
        found = (self.world.sections[section_id] for section_id in course.section_ids)
        return [(one, one.sis_section_id) for one in found if one.sis_section_id]

    def kept(self, group: Group) -> Kept:
        """Return a group's associations, without those whose category is not valid for their section.

        What stands in Canvas counts first. The tool's own store is asked where it says nothing and the flag is set
        (likely: the flag without a mapping means that the vendor keeps the association itself).
        """
        data = group.integration_data
        found = self._valid(group, self.world.layout.read(data))
        if found or FLAG not in data:
            return Kept(found, in_canvas=True)
        return Kept(self._valid(group, self.world.vendor_store.get(group.id, {})), in_canvas=False)

    def _valid(self, group: Group, read: Mapping[str, str]) -> dict[str, Category]:
        found = {}
        small = {
            key.lower(): uuid for key, uuid in read.items()
        }  # ids of Focus are UUIDs: letter case is of no account
        for _, sis_id in self.sections(self.world.courses[group.course_id]):
            uuid = read.get(sis_id, small.get(sis_id.lower()))
            category = next((one for one in self.usable(sis_id) if one.uuid == uuid), None)
            if category:
                found[sis_id] = category
        return found

    def save(self, group: Group, changes: Mapping[str, Category | None]) -> None:
        """Save a group with these changes (section SIS id to category, None: unassociate), as the tool itself writes.

        Its whole top-level value is made anew: what others put below it is lost, and what they put beside it stays
        (Canvas' source: `integration_data` is merged shallowly).
        """
        wanted = {key: category for key, category in {**self.kept(group).categories, **changes}.items() if category}
        before = group.integration_data
        own = {key.lower() for _, key in self.sections(self.world.courses[group.course_id])}
        gone = [key for key in before if key.lower() in own and key not in wanted]
        pairs = {key: (category.uuid, category.title) for key, category in wanted.items()}
        in_store = {key: uuid for key, (uuid, _) in pairs.items()} if self.world.layout.shape == FLAG_ONLY else {}
        if in_store != self.world.vendor_store.get(group.id, {}):
            self.world.write_vendor_store(group.id, in_store)
        after = before | self.world.layout.sent(group.name, pairs, gone)
        if after != before:
            self.world.write_group(group, stored=json.dumps(after, ensure_ascii=False))

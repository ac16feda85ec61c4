"""The live state of a sandbox: both systems' records, changed by the APIs and, in tests, by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from gpb.sandbox.config import SandboxConfig
from gpb.sandbox.district.model import (
    Account,
    Category,
    Course,
    GivenAssignment,
    Group,
    School,
    Section,
    SisAssignment,
    SisSection,
    Teacher,
    Term,
)
from gpb.sandbox.layout import layout_of

ROOT_ACCOUNT = 1
LONG_AGO = datetime(2020, 7, 20, 8, tzinfo=UTC)
DEFAULT_TERM, LAST_TERM, CURRENT_TERM, NEXT_TERM = 1, 2, 3, 4


class Memory(Protocol):
    """What keeps changes from one start of a sandbox to the next."""

    def append(self, kind: str, key: Any, changes: dict[str, Any]) -> None:
        """Keep one change."""


class World:
    """Every record by its id.

    Tests may change the dicts and the records freely; the methods below are what the APIs use, and only they are
    remembered in the state file.
    """

    def __init__(self, config: SandboxConfig) -> None:
        """Start empty; `gpb.sandbox.district.generate` fills it."""
        self.config = config
        self.accounts: dict[int, Account] = {}
        self.terms: dict[int, Term] = {}
        self.schools: dict[str, School] = {}
        self.teachers: dict[str, Teacher] = {}
        self.courses: dict[int, Course] = {}
        self.sections: dict[int, Section] = {}
        self.groups: dict[int, Group] = {}
        self.given_assignments: dict[int, tuple[GivenAssignment, ...]] = {}
        """By group id, for hand-made groups alone: all other groups' assignments are made up when asked for."""
        self.sis_sections: dict[str, SisSection] = {}
        self.categories: dict[str, Category] = {}
        self.sis_assignments: dict[str, SisAssignment] = {}
        self.layout = layout_of(config.shape, config.seed, config.drawn_layout)
        self.vendor_store: dict[int, dict[str, str]] = {}
        """What the vendor's tool keeps for itself, and no API shows: category uuid by group id and section SIS id."""
        self.sis_export_enabled = True
        """Whether the district has switched on what Canvas' bulk read for the SIS needs."""
        self.updated_groups: dict[int, datetime] = {}
        """When a group was last changed; groups that were not are older than the sandbox."""
        self._saved: dict[int, Any] = {}
        """Groups as they were when somebody last asked when they were saved."""
        self.writes: list[int] = []
        """Ids of the groups whose integration data the API has written, one for each write that was carried out."""
        self.named_by_api: dict[int, str] = {}
        """The name that the API last gave to a group, by group id: whoever renames it otherwise is a person."""
        self.added_by_api: set[tuple[str, str]] = set()
        """Class and category uuids, where the API added the class to the category: whoever takes it out is a person."""
        self.memory: Memory | None = None

    def write_group(self, group: Group, **changes: Any) -> None:
        """Set fields of a Canvas group (`name`, `position`, `group_weight`, `sis_source_id`, `stored`)."""
        for name, value in changes.items():
            setattr(group, name, value)
        self.updated_groups[group.id] = datetime.now(UTC)
        self._saved[group.id] = self._record(group)
        self.remember("group", group.id, changes)

    def saved_at(self, group: Group) -> datetime:
        """Return when a group was last saved; what a test changed by hand was saved now.

        Rails moves it with each changed column, and the save of an assignment moves it, too (Canvas source:
        `serialize :integration_data` in `assignment_group.rb`, `touch_assignment_group` in `assignment.rb`).
        """
        record = self._record(group)
        if self._saved.setdefault(group.id, record) != record:
            self._saved[group.id] = record
            self.updated_groups[group.id] = datetime.now(UTC)
        return self.updated_groups.get(group.id, LONG_AGO)

    def _record(self, group: Group) -> tuple[Group, tuple[GivenAssignment, ...] | None]:
        return replace(group), self.given_assignments.get(group.id)

    def merge_integration_data(self, group: Group, sent: dict[str, Any]) -> None:
        """Merge as Canvas does: top-level keys sent replace, all others stay; an empty object changes nothing."""
        if sent:
            merged = group.integration_data | sent
            self.writes.append(group.id)
            self.write_group(group, stored=json.dumps(merged, ensure_ascii=False))

    def write_vendor_store(self, group_id: int, kept: dict[str, str]) -> None:
        """Replace what the vendor's tool keeps for itself about a group: category uuid by section SIS id."""
        self.vendor_store[group_id] = kept
        self.remember("vendor", group_id, {"kept": kept})

    def write_category(self, category: Category, **changes: Any) -> None:
        """Set fields of a Focus category, adding the category when it is new."""
        self.categories[category.uuid] = category
        for name, value in changes.items():
            setattr(category, name, value)
        self.remember("category", category.uuid, changes)

    def delete_category(self, uuid: str) -> None:
        """Take a category out of Focus; associations that point to it stay in Canvas."""
        self.write_category(self.categories[uuid], deleted=True)

    def delete_group(self, group_id: int) -> None:
        """Take a group out of Canvas."""
        group = self.groups.pop(group_id)
        self.courses[group.course_id].group_ids.remove(group_id)

    def delete_section(self, section_id: int) -> None:
        """Take a section out of Canvas; Focus keeps its own."""
        section = self.sections.pop(section_id)
        self.courses[section.course_id].section_ids.remove(section_id)

    def move_section(self, section_id: int, course_id: int) -> None:
        """Cross-list a section into another course of Canvas; Focus keeps its own."""
        section, target = self.sections[section_id], self.courses[course_id]
        self.courses[section.course_id].section_ids.remove(section_id)
        section.nonxlist_course_id = section.nonxlist_course_id or section.course_id
        section.course_id = course_id
        target.section_ids.append(section_id)

    def write_sis_assignment(self, uuid: str, fields: dict[str, Any] | None) -> None:
        """Store the fields of a Focus assignment, or take it away when they are None."""
        if fields is None:
            self.sis_assignments.pop(uuid, None)
        else:
            self.sis_assignments[uuid] = SisAssignment(uuid, fields)
        self.remember("sis_assignment", uuid, {"fields": fields})

    def replay(self, kind: str, key: Any, changes: dict[str, Any]) -> None:
        """Apply one remembered change; one whose record is gone is passed over."""
        if kind == "group" and key in self.groups:
            self.write_group(self.groups[key], **changes)
        elif kind == "category":
            self.write_category(self.categories.get(key) or Category(key, "", []), **changes)
        elif kind == "sis_assignment":
            self.write_sis_assignment(key, changes["fields"])
        elif kind == "vendor":
            self.write_vendor_store(key, changes["kept"])

    def valid_categories(self, section_uuid: str) -> list[Category]:
        """Return the categories that Focus lists for a section, switched-off ones included."""
        return [
            category
            for category in self.categories.values()
            if not category.deleted and (category.everywhere or section_uuid in category.section_uuids)
        ]

    def remember(self, kind: str, key: Any, changes: dict[str, Any]) -> None:
        """Hand a change to the memory, where there is one."""
        if self.memory is not None:
            self.memory.append(kind, key, changes)

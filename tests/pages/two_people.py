"""Who saw and wished what, as the judge of two people at two tabs knows it: from the district's own records.

Nothing here asks the program, except for what its pages show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from gpb.keys import Key
from gpb.sandbox.district.world import CURRENT_TERM, World
from tests.pages.tabs import Tab

UNASSOCIATED = "Unassociated"


@dataclass(frozen=True)
class Row:
    """A row as the district has it: the class of its section, what Canvas stores, and labels with category ids."""

    class_id: str
    stored: str | None
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Draft:
    """A draft without its person: a category id (None: away) and its baseline."""

    wish: str | None
    baseline: str | None


def drafts_of(frame: pd.DataFrame) -> dict[Key, Draft]:
    """What the store holds."""
    columns = frame[["group_id", "section_id", "category_id", "baseline"]].astype(object)
    rows = columns.where(columns.notna(), None).itertuples(index=False)
    return {(int(group), int(section)): Draft(wish, baseline) for group, section, wish, baseline in rows}


def rows_of(world: World) -> dict[Key, Row]:
    """What a pull at this moment reads."""
    found: dict[Key, Row] = {}
    for course in world.courses.values():
        if course.term_id != CURRENT_TERM or course.workflow_state == "deleted":
            continue
        for section_id in course.section_ids:
            class_id = world.sections[section_id].sis_section_id
            if class_id is None:
                continue
            for group_id in course.group_ids:
                found[group_id, section_id] = Row(
                    class_id, _stored(world, group_id, class_id), _labels(world, class_id)
                )
    return found


def _stored(world: World, group_id: int, class_id: str) -> str | None:
    vendor = world.groups[group_id].integration_data.get("sistemic")
    mapping = vendor.get("categoryMapping") if isinstance(vendor, dict) else None
    entry = mapping.get(class_id) if isinstance(mapping, dict) else None
    return entry.get("categoryId") if isinstance(entry, dict) else None


def _labels(world: World, class_id: str) -> dict[str, str]:
    """Category ids by title, where a title stands once; a title that stands twice is nobody's choice here."""
    valid = [one for one in world.valid_categories(class_id) if one.active]
    titles = [one.title for one in valid]
    return {one.title: one.uuid for one in valid if titles.count(one.title) == 1}


@dataclass
class Person:
    """Somebody at a tab: what was read when it was drawn last, the drafts it showed, and the rows they edited."""

    tab: Tab
    seen: Mapping[Key, Row] = field(default_factory=dict)
    drafts: Mapping[Key, Draft] = field(default_factory=dict)
    touched: set[Key] = field(default_factory=set)
    page: str = "associate"

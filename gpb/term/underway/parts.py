"""The parts of a reading, course by course, and the tables that are made of them in the end, some courses at a time.

Whether a reading was cut short and went on or not, its tables are made of the same texts in the same way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from itertools import islice
from types import TracebackType
from typing import Any, Self

import pandas as pd

from gpb.api.types import AssignmentCounts, AssignmentGroup, FlaggedAssignment, Section
from gpb.errors import BrokenReply, NotPermitted, TooMuchUnread
from gpb.frames import schemas, tables
from gpb.frames.unread import Kind, Unread
from gpb.settings import Settings
from gpb.term.underway.collected import Collected
from gpb.term.underway.spool import Spool, compact
from gpb.version import __version__

AT_ONCE = 500
"""Courses whose objects are in memory together while tables are made of them."""
ALL, TOLD, SOME = "all", "told", "some"
"""Kinds of readings: all lists of all courses; sections only where Canvas does not tell them; courses that changed."""
READ_ANEW = (NotPermitted, TooMuchUnread, BrokenReply)
"""After these nobody goes on with what was read: something has to change first, and that shall be seen."""


class Parts:
    """What is kept of one reading while it goes on; nothing is stored before ``open``.

    ``began`` is the number of the store's order when its first request left. They stay for the next reading unless they
    are discarded, or the error that ends the reading is one of ``READ_ANEW``.
    """

    def __init__(self, settings: Settings, began: int) -> None:
        self.began = began
        self._settings = settings
        self._spool: Spool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, READ_ANEW):
            self.discard()
        if self._spool is not None:
            self._spool.close()

    def open(self, account_id: int, term_id: int, kind: str) -> set[int]:
        """Which courses of a term an earlier reading of the same ``kind`` has read, one that was cut short a while ago.

        It asked the same Canvas with the same tokens; raises StoreError when the disk refuses.
        """
        if self._spool is not None:
            self._spool.close()
        settings = self._settings
        asked = [settings.source, settings.canvas_url, settings.canvas_token.get_secret_value(), account_id, term_id]
        name = hashlib.sha256(compact([__version__, *asked, kind]).encode()).hexdigest()[:16]
        self._spool = Spool(settings.data_dir / "readings" / f"{name}.sqlite", self.began)
        self.began = self._spool.began
        return self._spool.courses()

    def keep_only(self, courses: Iterable[int]) -> None:
        """Forget the others: they are no longer in the term, or need not be read."""
        self.spool.keep_only(courses)

    @property
    def spool(self) -> Spool:
        """Where they are kept; only after ``open``."""
        assert self._spool is not None
        return self._spool

    def add(self, course_id: int, sections: list[Section], groups: list[AssignmentGroup], unread: list[Unread]) -> None:
        """Keep a course that was read; raises StoreError when the disk refuses."""
        bare = [
            {
                **group,
                "counts": group["counts"] and astuple(group["counts"]),
                **({"flagged": [astuple(one) for one in group["flagged"]]} if "flagged" in group else {}),
            }
            for group in groups
        ]
        self.spool.add(course_id, compact([sections, bare]), is_odd=bool(unread))

    def discard(self) -> None:
        """Delete them: all is in a snapshot, or shall be read anew."""
        if self._spool is not None:
            self._spool.discard()
            self._spool = None

    def tables(
        self, courses: Sequence[int], collected: Collected, kept: Mapping[str, pd.DataFrame] | None = None
    ) -> tuple[dict[str, pd.DataFrame], bool]:
        """Sections, groups and, where Canvas showed any, assignments; their order is that of ``courses``.

        Beside what was read stands what is ``kept`` of other courses; of an object in both what was read counts.
        Also whether Canvas shows SIS ids, which it leaves out where the token's user may not see them.
        """
        made = _Made(self._settings.section_key, collected, kept or {})
        for texts in _batches(self.spool.texts()):
            made.add(texts)
        return made.tables(courses), made.shows_sis_ids or not made.has_sections


class _Made:
    """Tables of some courses after the other; their objects are not kept."""

    def __init__(self, section_key: str, collected: Collected, kept: Mapping[str, pd.DataFrame]) -> None:
        self.has_sections = self.shows_sis_ids = False
        self._has_groups = self._shows_assignments = False
        self._section_key = section_key
        self._collected = collected
        self._courses_of_groups: dict[int, int] = {}
        self._sections = [kept["sections"]] if kept else []
        self._groups = [kept["groups"]] if kept else []
        self._assignments = [kept["assignments"]] if kept else []

    def add(self, texts: list[tuple[int, str]]) -> None:
        """Courses as they were kept."""
        sections: dict[int, Section] = {}  # one that moved meanwhile is in two courses, and belongs to the later
        groups: dict[int, list[AssignmentGroup]] = {}
        for course_id, text in texts:
            found, bare = json.loads(text)
            sections |= {section["id"]: section for section in found}
            groups[course_id] = list(self._each_once(course_id, map(_group, bare)))
            self._has_groups = self._has_groups or bool(bare)
            self._shows_assignments = self._shows_assignments or any("flagged" in one for one in bare)
        self.has_sections = self.has_sections or bool(sections)
        self.shows_sis_ids = self.shows_sis_ids or any("sis_section_id" in one for one in sections.values())
        self._sections.append(tables.sections_frame(sections.values(), self._section_key))
        self._groups.append(tables.groups_frame(groups))
        self._assignments.append(tables.assignments_frame(groups))

    def tables(self, courses: Sequence[int]) -> dict[str, pd.DataFrame]:
        """See ``Parts.tables``."""
        made = {
            "sections": _joined("sections", self._sections, "course_id", courses),
            "groups": _joined("groups", self._groups, "course_id", courses),
        }
        if self._shows_assignments or not self._has_groups:
            order = made["groups"]["group_id"].tolist()
            made["assignments"] = _joined("assignments", self._assignments, "group_id", order)
        return made

    def _each_once(self, course_id: int, groups: Iterable[AssignmentGroup]) -> Iterator[AssignmentGroup]:
        """Each group in one course: where a second one lists it, too, nobody knows where it belongs."""
        for group in groups:
            other = self._courses_of_groups.setdefault(group["id"], course_id)
            if other == course_id:
                yield group
                continue
            reason = f"Assignment group {group['id']} is in the lists of two courses, {other} and {course_id}."
            for identity, place in ((str(group["id"]), other), ("", other), ("", course_id)):
                self._collected.found.append(Unread(Kind.GROUP, identity, place, group["name"], reason))


def _batches(texts: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    while batch := list(islice(texts, AT_ONCE)):
        yield batch


def _group(bare: dict[str, Any]) -> AssignmentGroup:
    whole = {**bare, "counts": bare["counts"] and AssignmentCounts(*bare["counts"])}
    if "flagged" in bare:
        whole["flagged"] = tuple(FlaggedAssignment(*one) for one in bare["flagged"])
    group: AssignmentGroup = whole  # type: ignore[assignment]  # it was one when it was kept
    return group


def _joined(name: str, parts: list[pd.DataFrame], column: str, order: Sequence[int]) -> pd.DataFrame:
    """The parts as one table, in the order of a column; of two rows with one key, its first, the later counts."""
    schema, place = schemas.TABLES[name], {one: place for place, one in enumerate(order)}
    key = next(iter(schema.columns))
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(schema.columns))
    parts.clear()  # else they are in memory twice
    once = whole.drop_duplicates(key, keep="last")
    return schema.validate(once.sort_values(column, key=lambda ids: ids.map(place), kind="stable", ignore_index=True))

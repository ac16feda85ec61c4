"""The association frame: one row per (assignment group × SIS section), with its status.

It is computed with places (``rows.coded``) in the tables, and has its texts at the end.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gpb.frames import schemas
from gpb.frames.codec import Codec, is_aligned, read_sections
from gpb.frames.facts import SnapshotFacts
from gpb.frames.passback import row_reasons, with_passback
from gpb.frames.rows.by_title import Mask
from gpb.frames.rows.coded import Places, places, spelled, taken
from gpb.frames.rows.parts import AT_ONCE
from gpb.frames.schemas import Status
from gpb.frames.unread import Kind, identities, is_not_read, unread_of
from gpb.frames.validity import Validity
from gpb.matching.section_key import same_spelling
from gpb.matching.section_link import section_links

Tables = Mapping[str, pd.DataFrame]
NOTHING = "{}"
"""What Canvas keeps of a group that nothing was ever stored for."""
OF_COURSE = ["school", "course_id", "course", "course_state", "teacher"]
OF_GROUP = ["group_id", "group", "position", "weight", "assignments"]
OF_SECTION = ["section_id", "section", "sis_section_id", "class_id", "origin_course_id"]
"""Columns of the rows."""
_STATUSES = pd.Series(schemas.STATUSES, dtype="str")


@dataclass(frozen=True, slots=True)
class _Rows:
    """The lines of the rows in these tables, in their order: ``course``, ``group`` and ``section`` are places in them.

    ``label`` is the class of each row among the classes that have categories, ``-1`` where it is none of these.
    """

    courses: pd.DataFrame
    groups: pd.DataFrame
    sections: pd.DataFrame
    course: Places
    group: Places
    section: Places
    label: Places


@dataclass(frozen=True, slots=True)
class _Found:
    """What is stored for each row: the place of its line, of its reference, and of the category that this means."""

    line: Places
    has_reference: Mask
    category: Places
    identifier: pd.Series[str]
    title: pd.Series[str]


def stored_frame(tables: Tables, codec: Codec) -> pd.DataFrame:
    """What the codec reads in the groups of these tables, by group id, see ``schemas.STORED``."""
    sections = tables["sections"].dropna(subset="sis_section_id")
    sis_ids = sections.groupby("course_id")["sis_section_id"].agg(set).to_dict()
    groups = tables["groups"].sort_values("group_id")
    starts = range(0, max(1, len(groups)), AT_ONCE)  # as objects of Python they take many times as much memory
    parts = [_stored(groups.iloc[start : start + AT_ONCE], sis_ids, codec) for start in starts]
    return schemas.STORED.validate(pd.concat(parts, ignore_index=True))


def _stored(groups: pd.DataFrame, sis_ids: Mapping[Hashable, set[str]], codec: Codec) -> pd.DataFrame:
    columns = [groups[name].tolist() for name in ("group_id", "course_id", "integration_data")]
    found: list[tuple[object, ...]] = []
    for group_id, course_id, text in zip(*columns, strict=True):
        if text == NOTHING:
            continue
        data, here = json.loads(text), sis_ids.get(course_id, set())
        aligned = is_aligned(data)
        entries = {key: one for key, one in read_sections(codec, data, here).items() if key in here}
        for key, one in entries.items():
            reference, title = (one.reference, one.title) if one else (None, None)
            is_exact = one is None or key in text or same_spelling(key) in map(same_spelling, codec.keys(data))
            found.append((group_id, aligned, key, reference, title, is_exact))
        if aligned and not entries:
            found.append((group_id, aligned, None, None, None, True))
    frame = pd.DataFrame(found, columns=list(schemas.STORED.columns))
    return frame.astype({name: column.dtype.type for name, column in schemas.STORED.columns.items()})


def association_frame(tables: Tables, facts: SnapshotFacts, validity: Validity, stored: pd.DataFrame) -> pd.DataFrame:
    """All rows of a snapshot's tables, see ``schemas.ASSOCIATIONS``; sections without a SIS ID have none.

    ``stored`` is what the codec reads in them (``schemas.STORED``). ``status`` is one of ``schemas.STATUSES``.
    ``name_match`` is the category that grade passback would take for want of an association: the first of the section
    whose title equals the group's name.
    """
    rows = _rows(tables, validity)
    found = _found(rows, stored, validity)
    unread = unread_of(tables)
    status = _status(rows, found, stored, tables["classes"], validity, unread)
    titles = validity.by_title.titles
    names = places(rows.groups["group"], titles)
    by_name = validity.by_title.first(rows.label, names[rows.group])
    frame = _texts(rows, found, stored)
    frame["status"] = taken(_STATUSES, status)
    may_match = ~found.has_reference & (status != _place(Status.NO_SIS_CLASS))
    match = np.where(may_match, by_name, -1)
    frame["name_match_id"] = taken(validity.categories["category_id"], match)
    frame["name_match"] = taken(validity.categories["category"], match)
    frame["not_read"] = is_not_read(frame, unread, validity.categories["category_id"])
    listed = tables["assignments"] if facts.assignments is not None else None
    decides = np.where(status == _place(Status.BROKEN), by_name, match)
    has_categories = validity.by_title.has_any(rows.label)
    reasons = row_reasons(frame, has_categories, taken(validity.categories["category_id"], decides))
    frame = with_passback(frame, listed, reasons)
    frame["term"] = facts.term
    return schemas.ASSOCIATIONS.validate(frame[list(schemas.ASSOCIATIONS.columns)])


def with_links(rows: pd.DataFrame, facts: SnapshotFacts) -> pd.DataFrame:
    """Rows with ``canvas_link`` and ``focus_link`` (str): addresses of their course in Canvas and section in the SIS.

    They depend on the settings of whoever looks, and are long: they are made for what is shown, and not kept. Without
    GPB_FOCUS_SECTION_LINK a ``focus_link`` is empty.
    """
    section, sections = pd.factorize(rows["section_id"])
    first = np.zeros(len(sections), dtype="int64")
    first[section[::-1]] = np.arange(len(rows))[::-1]
    one_each = rows[["class_id", "sis_section_id"]].iloc[first]
    of_sections = section_links(facts.section_link, one_each["class_id"], one_each["sis_section_id"])
    return rows.assign(
        canvas_link=course_links(rows["course_id"], facts),
        focus_link=taken(of_sections.reset_index(drop=True), section, rows.index),
    )


def course_links(course_ids: pd.Series[int], facts: SnapshotFacts) -> pd.Series[str]:
    """The address in Canvas of the assignments of each course; missing where no course is."""
    course, courses = pd.factorize(course_ids)
    links = f"{facts.canvas_url}/courses/" + pd.Series(courses).astype("str") + "/assignments"
    return taken(links, course, course_ids.index)


def _rows(tables: Tables, validity: Validity) -> _Rows:
    """Each group with each SIS section of its course, in the order of the frame."""
    courses = tables["courses"].sort_values(["school", "course", "course_id"], ignore_index=True)
    groups = _in_order(tables["groups"][[*OF_GROUP, "course_id", "sis_source_id"]], courses, ["position", "group_id"])
    sections = _in_order(tables["sections"].dropna(subset="sis_section_id"), courses, ["section", "section_id"])
    number = np.bincount(sections["place"], minlength=len(courses))
    start, each = np.cumsum(number) - number, number[groups["place"]]
    group = np.repeat(np.arange(len(groups)), each)
    within = np.arange(len(group)) - np.repeat(np.cumsum(each) - each, each)
    course = groups["place"].to_numpy()[group]
    section = start[course] + within
    label = places(sections["class_id"], validity.by_title.classes)[section]
    return _Rows(courses, groups, sections, course, group, section, label)


def _in_order(table: pd.DataFrame, courses: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """The lines of a table whose course is there; ``place`` is that of the course."""
    place = pd.Index(courses["course_id"]).get_indexer(table["course_id"])
    found: pd.DataFrame = table.assign(place=place).loc[place >= 0]
    return found.sort_values(["place", *order], ignore_index=True)


def _found(rows: _Rows, stored: pd.DataFrame, validity: Validity) -> _Found:
    """Resolve what is stored, an id or (in some districts) only a title, to a category."""
    line = _lines(rows, stored)
    reference, references = pd.factorize(stored["stored_reference"])
    known = pd.Series(references, dtype="str")
    by_id = np.append(spelled(known, validity.categories["category_id"]), -1)
    title = np.append(places(known, validity.by_title.titles), -1)
    of_row = np.append(reference, -1)[line]
    category = by_id[of_row]
    by_title = validity.by_title.first(rows.label, title[of_row])
    category = np.where(category < 0, by_title, category)
    ids, titles = validity.categories["category_id"], validity.categories["category"]
    has_reference, is_known = of_row >= 0, category >= 0
    own_titles = stored["stored_title"].fillna(stored["stored_reference"])
    identifier = np.where(is_known, category, np.where(has_reference, len(ids) + of_row, -1))
    named = np.where(is_known, category, np.where(has_reference, len(ids) + line, -1))
    return _Found(
        line,
        has_reference,
        category,
        taken(pd.concat([ids, known], ignore_index=True), identifier),
        taken(pd.concat([titles, own_titles], ignore_index=True), named),
    )


def _lines(rows: _Rows, stored: pd.DataFrame) -> Places:
    """The line of ``stored`` for each row, -1 where there is none."""
    keys, number = pd.factorize(rows.sections["sis_section_id"])
    known = pd.Series(number, dtype="str")
    section, group = places(stored["sis_section_id"], known), pd.Index(rows.groups["group_id"])
    wanted = group.get_indexer(stored["group_id"]) * len(known) + section
    wanted[section < 0] = -1
    is_there = np.flatnonzero(wanted >= 0)
    found = pd.Index(wanted[is_there]).get_indexer(rows.group * len(known) + keys[rows.section])
    return np.where(found < 0, -1, np.append(is_there, -1)[found])


def _status(
    rows: _Rows, found: _Found, stored: pd.DataFrame, classes: pd.DataFrame, validity: Validity, unread: pd.DataFrame
) -> Places:
    """The place in STATUSES; what is there and could not be read counts neither as gone nor as not valid."""
    is_everywhere = (validity.categories["active"] & validity.categories["is_global"]).to_numpy()
    valid = validity.by_title.is_own(rows.label, found.category)
    valid |= np.append(is_everywhere, False)[found.category]
    if lost := identities(unread, Kind.CATEGORY):
        valid |= found.identifier.isin(lost).to_numpy() & (found.category < 0)
    kept_here = np.bincount(rows.group, weights=found.line >= 0, minlength=len(rows.groups)) > 0
    is_aligned = rows.groups["group_id"].isin(stored.loc[stored["is_aligned"], "group_id"]).to_numpy()
    own = rows.sections["class_id"]
    is_known = (places(own, classes["class_id"]) >= 0) | own.isin(identities(unread, Kind.CLASS)).to_numpy()
    conditions = {
        Status.NO_SIS_CLASS: ~is_known[rows.section],
        Status.SYNCHRONIZED: found.has_reference & valid,
        Status.BROKEN: found.has_reference,
        Status.ELSEWHERE: (is_aligned & ~kept_here)[rows.group],
        Status.NO_CATEGORIES: ~validity.by_title.has_any(rows.label),
    }
    return np.select(list(conditions.values()), [_place(one) for one in conditions], _place(Status.UNASSOCIATED))


def _place(status: Status) -> int:
    return schemas.STATUSES.index(status)


def _texts(rows: _Rows, found: _Found, stored: pd.DataFrame) -> pd.DataFrame:
    """The columns that a row has from its course, its group, its section, and what is stored for it."""
    groups = rows.groups.assign(canvas_icon=_icons(rows.groups, stored))
    parts = [
        rows.courses[OF_COURSE].take(rows.course).reset_index(drop=True),
        groups[[*OF_GROUP, "canvas_icon"]].take(rows.group).reset_index(drop=True),
        rows.sections[OF_SECTION].take(rows.section).reset_index(drop=True),
    ]
    return pd.concat(parts, axis="columns").assign(
        stored_reference=taken(stored["stored_reference"], found.line),
        stored_category_id=found.identifier,
        stored_category=found.title,
    )


def _icons(groups: pd.DataFrame, stored: pd.DataFrame) -> pd.Series[str]:
    """What Canvas shows beside the name of a group."""
    is_aligned = groups["group_id"].isin(stored.loc[stored["is_aligned"], "group_id"])
    is_imported = groups["sis_source_id"].fillna("").ne("")
    icons = pd.Series(["", "Imported", "Aligned", "Aligned, Imported"], dtype="str")
    at = np.array(2 * is_aligned + is_imported, dtype="int64")
    return taken(icons, at, groups.index)


def first_by_title(rows: pd.DataFrame, column: str, validity: Validity) -> pd.Series[str]:
    """The first category of each row's class whose title equals ``column``, in the SIS' order; NaN where none does."""
    by_title = validity.by_title
    found = by_title.first(places(rows["class_id"], by_title.classes), places(rows[column], by_title.titles))
    return taken(validity.categories["category_id"], found, rows.index)


def name_decides(rows: pd.DataFrame, validity: Validity) -> pd.Series[str]:
    """The category that a row's scores go to for the group's name, for want of a valid association; else missing."""
    return rows["name_match_id"].where(rows["status"].ne(Status.BROKEN), first_by_title(rows, "group", validity))

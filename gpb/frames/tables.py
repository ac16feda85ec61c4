"""API objects → typed frames, one function per table of a snapshot (columns and dtypes: ``schemas.py``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields

import numpy as np
import pandas as pd

from gpb.api.types import Account, AssignmentCounts, AssignmentGroup, Course, Section, SisCategory, SisClass, Term
from gpb.frames import schemas
from gpb.frames.rows.coded import spelled, taken
from gpb.matching.schools import Place, Schools, find_schools
from gpb.matching.section_key import section_rule

COUNTS = len(fields(AssignmentCounts))


def terms_frame(terms: Iterable[Term]) -> pd.DataFrame:
    """Terms of the root account, see ``schemas.TERMS``."""
    rows = [(t["id"], t["name"], t.get("sis_term_id"), t["start_at"], t["end_at"]) for t in terms]
    frame = pd.DataFrame(rows, columns=list(schemas.TERMS.columns))
    for column in ("start_at", "end_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
    return schemas.TERMS.validate(frame)


def courses_frame(
    courses: Sequence[Course], accounts: Iterable[Account], root_id: int, school_level: str = ""
) -> pd.DataFrame:
    """Courses with the name of their school and their teachers, see ``schemas.COURSES``.

    ``school_level`` (GPB_SCHOOL_LEVEL) says which accounts are schools; raises SettingsError where it names none.
    """
    schools = schools_of(courses, accounts, root_id, school_level)
    rows = [
        (
            course["id"],
            course["name"],
            schools.of(course["account_id"]),
            course["enrollment_term_id"],
            course["workflow_state"],
            course["apply_assignment_group_weights"],
            ", ".join(teacher["display_name"] for teacher in course.get("teachers", [])),
        )
        for course in courses
    ]
    return _frame(rows, schemas.COURSES)


def schools_of(courses: Iterable[Course], accounts: Iterable[Account], root_id: int, school_level: str) -> Schools:
    """Which accounts are schools, see ``matching.schools``."""
    places = [
        Place(one["id"], one["name"] or f"Account {one['id']}", one["parent_account_id"], one.get("sis_account_id"))
        for one in accounts
    ]
    return find_schools(places, root_id, school_level, [course["account_id"] for course in courses])


def sections_frame(sections: Iterable[Section], section_key: str) -> pd.DataFrame:
    """Sections with the id of the SIS class that the rule ``section_key`` (GPB_SECTION_KEY) gives them.

    Whether there is such a class is for ``with_classes`` to see. Raises SettingsError where the rule's table is wrong.
    """
    rows = [
        (
            section["id"],
            section["course_id"],
            section["name"],
            section.get("nonxlist_course_id"),
            "nonxlist_course_id" in section,
            section.get("sis_section_id") or None,
            section.get("integration_id") or None,
        )
        for section in sections
    ]
    columns = [*list(schemas.SECTIONS.columns)[:-1], "integration_id"]
    frame = pd.DataFrame(rows, columns=columns, dtype="object")  # None beside an id would make floats of all ids
    frame["class_id"] = class_ids(frame, section_key)
    return schemas.SECTIONS.validate(frame.drop(columns="integration_id"))


def class_ids(sections: pd.DataFrame, section_key: str) -> pd.Series[str]:
    """What the rule makes of each section's id, to be looked for among the classes."""
    rule = section_rule(section_key)
    ids = sections[rule.field].astype(object)
    return pd.Series(rule.keys(ids.where(ids.notna(), None)), index=sections.index, dtype="str")


def with_classes(sections: pd.DataFrame, known: Iterable[str], section_key: str) -> pd.DataFrame:
    """Sections of ``sections_frame`` with the class that they mean among the ids ``known``, as the SIS spells it."""
    keys = sections["class_id"].astype(object)
    found = section_rule(section_key).classes(keys.where(keys.notna(), None), known)
    return schemas.SECTIONS.validate(sections.assign(class_id=pd.Series(found, index=sections.index, dtype="str")))


def groups_frame(groups: Mapping[int, Iterable[AssignmentGroup]]) -> pd.DataFrame:
    """Assignment groups by course id, with ``integration_data`` as JSON text, see ``schemas.GROUPS``."""
    rows = [
        (
            group["id"],
            course_id,
            group["name"],
            group["position"],
            group["group_weight"],
            group["sis_source_id"],
            json.dumps(group["integration_data"], ensure_ascii=False),
            *(astuple(group["counts"]) if group["counts"] is not None else (None,) * COUNTS),
        )
        for course_id, of_course in groups.items()
        for group in of_course
    ]
    return _frame(rows, schemas.GROUPS)


def assignments_frame(groups: Mapping[int, Iterable[AssignmentGroup]]) -> pd.DataFrame:
    """The assignments that are flagged for passback, see ``schemas.ASSIGNMENTS``.

    One that moved to another group during the pull is in both lists, and belongs to the later one.
    """
    rows = [
        (one.id, group["id"], one.name, one.published, one.no_due_date, one.name_too_long, one.differentiated,
         one.has_overrides, one.due_at)
        for of_course in groups.values()
        for group in of_course
        for one in group.get("flagged", ())
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(schemas.ASSIGNMENTS.columns))
    due = pd.to_datetime(frame["due_at"], utc=True, format="ISO8601", errors="coerce")  # no date is as good as none
    frame = frame.assign(due_at=due.astype("datetime64[us, UTC]"))
    return schemas.ASSIGNMENTS.validate(frame.drop_duplicates("assignment_id", keep="last"))


def classes_frame(classes: Iterable[SisClass]) -> pd.DataFrame:
    """SIS classes, see ``schemas.CLASSES``."""
    rows = [(c.id, c.title, c.active, c.school_id, c.homeroom, ",".join(c.terms)) for c in classes]
    return _frame(rows, schemas.CLASSES)


def categories_frame(categories: Iterable[SisCategory]) -> pd.DataFrame:
    """Grading categories in the order in which the SIS lists them, see ``schemas.CATEGORIES``."""
    return _frame([(c.id, c.title, c.active, c.class_ids is None) for c in categories], schemas.CATEGORIES)


def category_sections_frame(categories: Iterable[SisCategory], classes: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per (category, class) in which it is valid; global categories have none.

    With ``classes`` their ids are spelled as there.
    """
    every = [category for category in categories if category.class_ids]
    of_each = [len(category.class_ids or ()) for category in every]
    ids = pd.Series([category.id for category in every], dtype="str")
    class_ids = pd.Series([one for category in every for one in category.class_ids or ()], dtype="str")
    if classes is not None:
        known = taken(classes["class_id"], spelled(class_ids, classes["class_id"]))
        class_ids = known.where(known.notna(), class_ids)
    category_ids = taken(ids, np.repeat(np.arange(len(every)), of_each))
    frame = pd.DataFrame({"category_id": category_ids, "class_id": class_ids})
    return schemas.CATEGORY_SECTIONS.validate(frame.drop_duplicates(ignore_index=True))


def _frame(rows: Sequence[tuple[object, ...]], schema: schemas.Schema) -> pd.DataFrame:
    return schema.validate(pd.DataFrame(rows, columns=list(schema.columns), dtype="object"))

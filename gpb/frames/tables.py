"""API objects → typed frames, one function per table of a snapshot (columns and dtypes: ``schemas.py``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields

import pandas as pd
from pandera.pandas import DataFrameSchema

from gpb.api.types import Account, AssignmentCounts, AssignmentGroup, Course, Section, SisCategory, SisClass, Term
from gpb.frames import schemas

COUNTS = len(fields(AssignmentCounts))


def terms_frame(terms: Iterable[Term]) -> pd.DataFrame:
    """Terms of the root account, see ``schemas.TERMS``."""
    rows = [(t["id"], t["name"], t.get("sis_term_id"), t["start_at"], t["end_at"]) for t in terms]
    frame = pd.DataFrame(rows, columns=list(schemas.TERMS.columns))
    for column in ("start_at", "end_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
    return schemas.TERMS.validate(frame)


def courses_frame(courses: Iterable[Course], accounts: Iterable[Account], root_id: int) -> pd.DataFrame:
    """Courses with the name of their school and their teachers, see ``schemas.COURSES``.

    The school is the sub-account directly below the root, however deep the course's own account lies.
    """
    schools = school_names(accounts, root_id)
    rows = [
        (
            course["id"],
            course["name"],
            schools.get(course["account_id"], schemas.DISTRICT),
            course["enrollment_term_id"],
            course["workflow_state"],
            course["apply_assignment_group_weights"],
            ", ".join(teacher["display_name"] for teacher in course.get("teachers", [])),
        )
        for course in courses
    ]
    return _frame(rows, schemas.COURSES)


def school_names(accounts: Iterable[Account], root_id: int) -> dict[int, str]:
    """Name of the school by account id, for every sub-account."""
    by_id = {account["id"]: account for account in accounts}
    names = {}
    for account_id, account in by_id.items():
        top, seen = account, {account_id}
        while (parent := top["parent_account_id"]) in by_id and parent != root_id and parent not in seen:
            seen.add(parent)
            top = by_id[parent]
        names[account_id] = top["name"] or f"Account {top['id']}"
    return names


def sections_frame(sections: Iterable[Section], section_key: str) -> pd.DataFrame:
    """Sections with the id of the SIS class that the rule ``section_key`` (GPB_SECTION_KEY) gives them."""
    rows = [
        (
            section["id"],
            section["course_id"],
            section["name"],
            section["nonxlist_course_id"],
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
    """The id of each section's SIS class: a column as it is, or the one group of a regular expression."""
    if section_key.startswith("regex:"):
        return sections["sis_section_id"].astype("str").str.extract(section_key.removeprefix("regex:"), expand=False)
    return sections[section_key]


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
         one.has_overrides)
        for of_course in groups.values()
        for group in of_course
        for one in group.get("flagged", ())
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(schemas.ASSIGNMENTS.columns))
    return schemas.ASSIGNMENTS.validate(frame.drop_duplicates("assignment_id", keep="last"))


def classes_frame(classes: Iterable[SisClass]) -> pd.DataFrame:
    """SIS classes, see ``schemas.CLASSES``."""
    rows = [(c.id, c.title, c.active, c.school_id, c.homeroom, ",".join(c.terms)) for c in classes]
    return _frame(rows, schemas.CLASSES)


def categories_frame(categories: Iterable[SisCategory]) -> pd.DataFrame:
    """Grading categories in the order in which the SIS lists them, see ``schemas.CATEGORIES``."""
    return _frame([(c.id, c.title, c.active, c.class_ids is None) for c in categories], schemas.CATEGORIES)


def category_sections_frame(categories: Iterable[SisCategory]) -> pd.DataFrame:
    """One row per (category, class) in which it is valid; global categories have none."""
    rows = [(category.id, class_id) for category in categories for class_id in category.class_ids or ()]
    return _frame(rows, schemas.CATEGORY_SECTIONS)


def _frame(rows: Sequence[tuple[object, ...]], schema: DataFrameSchema) -> pd.DataFrame:
    return schema.validate(pd.DataFrame(rows, columns=list(schema.columns), dtype="object"))

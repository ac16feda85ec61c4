"""What could not be read keeps the rows of the last reading: nothing of it is gone, and all of it is marked.

An object that does not even show its id may be any of those of its list that are missing now: all of these are kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from gpb.frames import schemas
from gpb.frames.unread import Kind, Unread, identities, numbers, unread_frame

MAYBE = "It is missing from its list, in which one object has no usable id and may be it."
Tables = Mapping[str, pd.DataFrame]


def with_kept(read: Tables, before: Tables) -> dict[str, pd.DataFrame]:
    """The tables of a reading with the rows of the one ``before`` for what it could not read (``unread``)."""
    made, unread = dict(read), read["unread"]
    maybe: list[Unread] = []
    courses = numbers(unread, Kind.COURSE)
    if "" in identities(unread, Kind.COURSE):
        missing = _missing(before["courses"], made["courses"], "course_id")
        maybe += [_guess(Kind.COURSE, one["course_id"], one["course_id"], one["course"]) for one in _lines(missing)]
        courses |= set(missing["course_id"])
    old = before["courses"]
    made["courses"] = _join("courses", made["courses"], old.loc[old["course_id"].isin(courses)], "course_id")
    for kind, name, key, title in (
        (Kind.SECTION, "sections", "section_id", "section"),
        (Kind.GROUP, "groups", "group_id", "group"),
    ):
        old, lists = before[name], unread.loc[unread["kind"].eq(kind) & unread["id"].eq(""), "course_id"]
        missing = _missing(old.loc[old["course_id"].isin(lists)], made[name], key)
        maybe += [_guess(kind, one[key], one["course_id"], one[title]) for one in _lines(missing)]
        odd = numbers(unread, kind)
        wanted = old["course_id"].isin(courses) | old[key].isin({*odd, *missing[key]})
        in_doubt = (
            odd & set(old[key]) if kind == Kind.GROUP else set()
        )  # in two courses; a section itself names its own
        well = made[name].loc[~made[name][key].isin(in_doubt)]
        made[name] = _join(name, well, old.loc[wanted], key)
        kept = set(made[name][key]) - set(well[key])
    if "assignments" in made:  # else Canvas did not show any; ``kept`` are groups
        own = made["assignments"].loc[~made["assignments"]["group_id"].isin(kept)]
        old = before["assignments"].loc[before["assignments"]["group_id"].isin(kept)]
        made["assignments"] = _join("assignments", own, old, "assignment_id")
    terms = before["terms"].loc[before["terms"]["term_id"].isin(numbers(unread, Kind.TERM))]
    made["terms"] = _join("terms", made["terms"], terms, "term_id")
    maybe += _of_the_sis(made, before, unread)
    made["courses"] = _with_schools(made["courses"], before["courses"], unread)
    made["unread"] = schemas.UNREAD.validate(pd.concat([unread, unread_frame(maybe)], ignore_index=True))
    return made


def _of_the_sis(made: dict[str, pd.DataFrame], before: Tables, unread: pd.DataFrame) -> list[Unread]:
    """Keep classes, and categories with the classes that they are valid in."""
    maybe = []
    for kind, name, key, title in (
        (Kind.CLASS, "classes", "class_id", "class"),
        (Kind.CATEGORY, "categories", "category_id", "category"),
    ):
        wanted = identities(unread, kind)
        if "" in wanted:
            missing = _missing(before[name], made[name], key)
            maybe += [_guess(kind, one[key], None, one[title]) for one in _lines(missing)]
            wanted |= set(missing[key])
        made[name] = _join(name, made[name], before[name].loc[before[name][key].isin(wanted)], key)
        if kind == Kind.CATEGORY:
            pairs = before["category_sections"]
            both = pd.concat([made["category_sections"], pairs.loc[pairs["category_id"].isin(wanted)]])
            made["category_sections"] = schemas.CATEGORY_SECTIONS.validate(both.drop_duplicates(ignore_index=True))
    return maybe


def _missing(before: pd.DataFrame, now: pd.DataFrame, key: str) -> pd.DataFrame:
    return before.loc[~before[key].isin(now[key])]


def _join(name: str, read: pd.DataFrame, old: pd.DataFrame, key: str) -> pd.DataFrame:
    """What was read, and of the old rows those that were not: what is there under its id is newer."""
    kept = _missing(old, read, key)
    return schemas.TABLES[name].validate(pd.concat([read, kept], ignore_index=True)) if len(kept) else read


def _lines(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return frame.to_dict("records")


def _guess(kind: str, identity: object, course_id: int | None, name: str) -> Unread:
    return Unread(kind, str(identity), course_id, name, MAYBE)


def _with_schools(courses: pd.DataFrame, before: pd.DataFrame, unread: pd.DataFrame) -> pd.DataFrame:
    """Where a sub-account could not be read, a course that lies in none that was keeps the school that it had."""
    if not unread["kind"].eq(Kind.ACCOUNT).any():
        return courses
    known = courses["course_id"].map(before.set_index("course_id")["school"])
    is_lost = courses["school"].eq(schemas.DISTRICT) & known.notna()
    return schemas.COURSES.validate(courses.assign(school=courses["school"].mask(is_lost, known)))

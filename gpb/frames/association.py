"""The association frame: one row per (assignment group × SIS section), with its status."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from gpb.frames import schemas
from gpb.frames.codec import Codec, is_aligned, read_sections
from gpb.frames.facts import SnapshotFacts
from gpb.frames.passback import row_reasons, with_passback
from gpb.frames.schemas import Status
from gpb.frames.unread import Kind, identities, is_not_read, unread_of
from gpb.frames.validity import Validity
from gpb.matching.section_key import same_spelling
from gpb.matching.section_link import section_links

AT_ONCE = 4000
"""Courses whose rows are made together."""


def association_frame(tables: Mapping[str, pd.DataFrame], facts: SnapshotFacts, validity: Validity) -> pd.DataFrame:
    """All rows of a snapshot's tables, see ``schemas.ASSOCIATIONS``; sections without a SIS ID have none.

    ``status`` is one of ``schemas.STATUSES``. ``name_match`` is the category that grade passback would take for want of
    an association: the first of the section whose title equals the group's name.
    """
    parts = [*association_parts(tables, facts, validity, AT_ONCE)]
    return parts[0] if len(parts) == 1 else schemas.ASSOCIATIONS.validate(pd.concat(parts, ignore_index=True))


def association_parts(
    tables: Mapping[str, pd.DataFrame], facts: SnapshotFacts, validity: Validity, at_once: int
) -> Iterator[pd.DataFrame]:
    """The same in its order, so many courses at a time: what it is made of takes many times the memory of the frame."""
    courses = tables["courses"].sort_values(["school", "course", "course_id"])
    if len(courses) <= at_once:
        yield _part(tables, facts, validity)
        return
    for start in range(0, len(courses), at_once):
        some = courses.iloc[start : start + at_once]
        own = {name: _among(tables[name], "course_id", some["course_id"]) for name in ("sections", "groups")}
        class_ids = own["sections"]["class_id"]
        own |= {"courses": some, "classes": _among(tables["classes"], "class_id", class_ids)}
        yield _part({**tables, **own}, facts, validity.within(class_ids))


def _among(table: pd.DataFrame, column: str, wanted: pd.Series[Any]) -> pd.DataFrame:
    return table.loc[table[column].isin(wanted)]


def _part(tables: Mapping[str, pd.DataFrame], facts: SnapshotFacts, validity: Validity) -> pd.DataFrame:
    rows = _rows(tables)
    stored, by_group = _stored(tables, facts.shape.coder)
    rows = rows.merge(stored, on=["group_id", "sis_section_id"], how="left").merge(by_group, on="group_id")
    rows = _identify(rows, validity)
    unread = unread_of(tables)
    rows["status"] = _status(rows, tables["classes"], validity, unread)
    rows["not_read"] = is_not_read(rows, unread, validity.titles)
    rows = _name_matches(rows, validity)
    listed = tables["assignments"] if facts.assignments is not None else None
    rows = with_passback(rows, listed, row_reasons(rows, validity, name_decides(rows, validity)))
    rows["term"] = facts.term
    rows["canvas_link"] = f"{facts.canvas_url}/courses/" + rows["course_id"].astype("str") + "/assignments"
    places = rows.drop_duplicates("section_id").set_index("section_id")
    links = section_links(facts.section_link, places["class_id"], places["sis_section_id"])
    rows["focus_link"] = rows["section_id"].map(links)
    rows = rows.sort_values(["school", "course", "course_id", "position", "group_id", "section", "section_id"])
    return schemas.ASSOCIATIONS.validate(rows[list(schemas.ASSOCIATIONS.columns)].reset_index(drop=True))


def _rows(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    sections = tables["sections"].dropna(subset="sis_section_id")
    return tables["groups"].merge(sections, on="course_id").merge(tables["courses"], on="course_id")


def _stored(tables: Mapping[str, pd.DataFrame], codec: Codec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the codec reads: one frame by (group, section SIS id), one with the icon that Canvas shows by group.

    The first has a row without ``stored_reference`` for a section whose association was taken away here.
    """
    stored: list[tuple[object, ...]] = []
    by_group = []
    sections = tables["sections"].dropna(subset="sis_section_id")
    sis_ids = sections.groupby("course_id")["sis_section_id"].agg(set).to_dict()
    columns = tables["groups"][["group_id", "course_id", "integration_data", "sis_source_id"]]
    for group_id, course_id, text, sis_source_id in columns.itertuples(index=False):
        data = json.loads(text)
        for key, found in read_sections(codec, data, sis_ids.get(course_id, ())).items():
            stored.append((group_id, key, *((found.reference, found.title) if found else (None, None))))
        is_imported = isinstance(sis_source_id, str) and sis_source_id != ""
        icons = (["Aligned"] if is_aligned(data) else []) + (["Imported"] if is_imported else [])
        by_group.append((group_id, ", ".join(icons), is_aligned(data)))
    return (
        pd.DataFrame(stored, columns=["group_id", "sis_section_id", "stored_reference", "stored_title"])
        .astype({"group_id": "int64", "sis_section_id": "str", "stored_reference": "str", "stored_title": "str"})
        .assign(is_here=True),
        pd.DataFrame(by_group, columns=["group_id", "canvas_icon", "is_aligned"]).astype(
            {"group_id": "int64", "canvas_icon": "str", "is_aligned": "bool"}
        ),
    )


def _identify(rows: pd.DataFrame, validity: Validity) -> pd.DataFrame:
    """Resolve what is stored, an id or (in some districts) only a title, to a category id and its title."""
    spelled = {one: validity.spelled.get(same_spelling(one)) for one in rows["stored_reference"].dropna().unique()}
    by_id = rows["stored_reference"].map(spelled).astype("str")
    by_title = first_by_title(rows, "stored_reference", validity)
    rows["stored_category_id"] = by_id.fillna(by_title).fillna(rows["stored_reference"])
    title = rows["stored_category_id"].map(validity.titles).astype("str")
    rows["stored_category"] = title.fillna(rows["stored_title"]).fillna(rows["stored_reference"])
    return rows


def first_by_title(rows: pd.DataFrame, column: str, validity: Validity) -> pd.Series[str]:
    """The first category of each row's class whose title equals ``column``, in the SIS' order; NaN where none does."""
    local = validity.pairs.drop_duplicates(["class_id", "category"]).rename(columns={"category_id": "local_id"})
    everywhere = validity.global_categories.drop_duplicates("category")
    left = rows[["class_id", column]].rename(columns={column: "category"})
    found = left.merge(local, on=["class_id", "category"], how="left")["local_id"]
    fallback = left["category"].map(dict(zip(everywhere["category"], everywhere["category_id"], strict=True)))
    fallback = fallback.reset_index(drop=True)
    places = {identifier: place for place, identifier in enumerate(validity.titles)}
    is_earlier = fallback.map(places) < found.map(places)
    result = found.mask(found.isna() | is_earlier, fallback).astype("str")
    result.index = rows.index
    return result


def _status(rows: pd.DataFrame, classes: pd.DataFrame, validity: Validity, unread: pd.DataFrame) -> pd.Series[str]:
    """What is there and could not be read counts neither as gone nor as not valid."""
    pairs = pd.MultiIndex.from_frame(validity.pairs[["category_id", "class_id"]])
    everywhere = set(validity.global_categories["category_id"])
    associated = rows["stored_reference"].notna()
    paired = pd.MultiIndex.from_frame(rows[["stored_category_id", "class_id"]]).isin(pairs)
    never_read = identities(unread, Kind.CATEGORY) - validity.titles.keys()
    valid = pd.Series(paired, index=rows.index) | rows["stored_category_id"].isin(everywhere | never_read)
    without = ~rows["class_id"].isin(validity.pairs["class_id"]) if not everywhere else pd.Series(False, rows.index)
    kept_here = rows["is_here"].notna().groupby(rows["group_id"]).transform("any")

    status = pd.Series(Status.UNASSOCIATED, index=rows.index, dtype="str")
    status = status.mask(without, Status.NO_CATEGORIES)
    status = status.mask(rows["is_aligned"] & ~kept_here, Status.ELSEWHERE)
    status = status.mask(associated, Status.BROKEN).mask(associated & valid, Status.SYNCHRONIZED)
    known = {*classes["class_id"], *identities(unread, Kind.CLASS)}
    return status.mask(~rows["class_id"].isin(known), Status.NO_SIS_CLASS)


def name_decides(rows: pd.DataFrame, validity: Validity) -> pd.Series[str]:
    """The category that a row's scores go to for the group's name, for want of a valid association; else missing."""
    return rows["name_match_id"].where(rows["status"].ne(Status.BROKEN), first_by_title(rows, "group", validity))


def _name_matches(rows: pd.DataFrame, validity: Validity) -> pd.DataFrame:
    may_match = rows["stored_reference"].isna() & rows["status"].ne(Status.NO_SIS_CLASS)
    rows["name_match_id"] = first_by_title(rows, "group", validity).where(may_match)
    rows["name_match"] = rows["name_match_id"].map(validity.titles).astype("str")
    return rows

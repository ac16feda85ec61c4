"""Tonight: what the next passback does with every flagged assignment in every section, and why.

The rules are those of the public guides to grade passback (https://community.canvaslms.com): an association decides the
category; without one the first category whose name equals the group's, in the order of the SIS; else nothing arrives.
What keeps an assignment from all sections is asked before that. Where nothing public says what happens, the outcome is
*not certain*: that is told, never guessed; so is what the last reading could not read. What a switch in the vendor's
own tool keeps back cannot be seen from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gpb.audit.tonight.people import COORDINATOR, SIS_ADMINISTRATOR, TEACHER
from gpb.errors import InputError
from gpb.frames.association import name_decides
from gpb.frames.passback import DECISIONS, Outcome, Reason, row_reasons
from gpb.frames.rows.coded import places
from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.frames.unread import Kind, numbers


@dataclass(frozen=True, slots=True)
class Told:
    """A reason for people: a title, a sentence that says what to do where there is something, and who can do it."""

    title: str
    sentence: str
    who: str = COORDINATOR


TOLD = {
    Reason.NOT_READ: Told(
        "Could not be read",
        "Something here could not be read in the last Refresh, so what is known may be out of date. Press Refresh; the "
        "audit says what it was.",
    ),
    Reason.COURSE_UNPUBLISHED: Told(
        "Course not published",
        "The course is not published. Publish it in Canvas.",
        TEACHER,
    ),
    Reason.UNPUBLISHED: Told(
        "Assignment not published",
        "The assignment is not published. Publish it in Canvas, or turn off its sync.",
        TEACHER,
    ),
    Reason.NO_DUE_DATE: Told(
        "No due date",
        "The assignment has no due date for everyone, which Focus requires. Where it is not certain, this section may "
        "have a due date of its own.",
        TEACHER,
    ),
    Reason.NAME_TOO_LONG: Told(
        "Name too long",
        "Focus does not take a name of this length. Shorten it in Canvas.",
        TEACHER,
    ),
    Reason.DIFFERENTIATED: Told(
        "Not assigned to everyone",
        "Only some students or sections have this assignment. Check in Focus whether it arrived for this section.",
        TEACHER,
    ),
    Reason.NO_SIS_ID: Told(
        "No SIS ID",
        "The section was not created by the SIS: it has no SIS ID in Canvas.",
        SIS_ADMINISTRATOR,
    ),
    Reason.NO_SIS_CLASS: Told(
        "No SIS class",
        "Focus does not know the SIS ID of the section.",
        SIS_ADMINISTRATOR,
    ),
    Reason.NO_CATEGORIES: Told(
        "No categories",
        "The section has no categories in Focus. Set them up there.",
        SIS_ADMINISTRATOR,
    ),
    Reason.ASSOCIATION: Told(
        "By association",
        "The group is associated with this category. Where it is not certain, Canvas stores the section's SIS ID in "
        "another letter case.",
    ),
    Reason.ELSEWHERE: Told(
        "Stored elsewhere",
        "Canvas says that the group is aligned, not with what: the vendor keeps that in a store of its own.",
    ),
    Reason.NAME: Told(
        "By name",
        "Nobody chose: this is the first category with the name of the group. Where it is not certain, the group is "
        "associated with a category that is gone or not valid here.",
    ),
    Reason.NO_CATEGORY: Told(
        "No category fits",
        "The group is not associated with a valid category, and no category has its name. What Focus does then is not "
        "published; expect that nothing arrives.",
    ),
}
COLUMNS: dict[str, Any] = {
    "outcome": pd.CategoricalDtype(
        [one.value for one in (Outcome.NOT_PASSED, Outcome.UNCERTAIN, Outcome.PASSED)], True
    ),
    "reason": pd.CategoricalDtype([one.value for one in Reason], True),
    "category_id": "str",
    "course_id": "int64",
    "group_id": "int64",
    "assignment_id": "int64",
    "section_id": "int64",
}
UNCERTAIN = (Reason.NOT_READ, Reason.DIFFERENTIATED, Reason.ELSEWHERE)
"""Reasons of which nobody can say what becomes of an assignment."""
NOTHING_WAITING = "nothing waiting"
"""Stands for what is not passed back without anything being lost, see ``as_told``."""
NO_ASSIGNMENTS = (
    "The newest snapshot does not list assignments: an earlier release took it, or Canvas did not show them. Press "
    "Refresh, or run `pull`; if that does not help, the doctor says which permission is missing."
)


def tonight(snapshot: Snapshot) -> pd.DataFrame:
    """One line for each flagged assignment in each section of its course, by assignment and section.

    Columns and dtypes: COLUMNS; ``category_id`` is missing where nothing arrives, or where it is not known in which
    category. Drafts count for nothing: only what Canvas stores does. Raises InputError where the snapshot does not know
    of assignments.
    """
    if snapshot.facts.assignments is None:
        raise InputError(NO_ASSIGNMENTS)
    lines = snapshot.tables["assignments"].merge(_places(snapshot), on="group_id")
    courses = snapshot.tables["courses"]
    unpublished = set(courses.loc[courses["course_state"].eq("unpublished"), "course_id"])
    blockers = {
        Reason.NOT_READ: lines["reason"].eq(Reason.NOT_READ),
        Reason.COURSE_UNPUBLISHED: lines["course_id"].isin(unpublished),
        Reason.UNPUBLISHED: ~lines["published"],
        Reason.NO_DUE_DATE: lines["no_due_date"],
        Reason.NAME_TOO_LONG: lines["name_too_long"],
        Reason.DIFFERENTIATED: lines["differentiated"],
    }
    names = [*Reason]
    own = pd.Categorical(lines["reason"], [one.value for one in names]).codes
    place = np.select([*blockers.values()], [names.index(one) for one in blockers], own)  # the first that holds
    arrives = np.isin(place, [names.index(one) for one in DECISIONS])
    apart = lines["differentiated"] | lines["has_overrides"]
    doubtful = (place == names.index(Reason.NO_DUE_DATE)) & apart
    doubtful |= np.isin(place, [names.index(one) for one in UNCERTAIN])
    doubtful |= arrives & lines["is_doubtful"]
    outcome = np.select([doubtful, arrives], [1, 2], 0)  # in the order of its categories
    lines["reason"] = pd.Categorical.from_codes(place, dtype=COLUMNS["reason"])
    lines["outcome"] = pd.Categorical.from_codes(outcome, dtype=COLUMNS["outcome"])
    lines["category_id"] = lines["category_id"].where(arrives)
    found = lines[list(COLUMNS)].astype(COLUMNS)
    return found.sort_values(["course_id", "group_id", "assignment_id", "section_id"], ignore_index=True)


def _places(snapshot: Snapshot) -> pd.DataFrame:
    """What holds for all assignments of a group in a section.

    Columns: ``course_id, group_id, section_id`` int64, ``category_id`` str or missing, ``reason`` str, ``is_doubtful``
    bool.
    """
    rows, validity = snapshot.associations(), snapshot.validity
    status, by_name, by_title = rows["status"], name_decides(rows, validity), validity.by_title
    known = rows[["course_id", "group_id", "section_id"]].assign(
        category_id=rows["stored_category_id"].where(status.eq(Status.SYNCHRONIZED), by_name),
        reason=row_reasons(rows, by_title.has_any(places(rows["class_id"], by_title.classes)), by_name),
        is_doubtful=status.eq(Status.BROKEN) | _is_spelled_otherwise(snapshot, rows),
    )
    others = _without_sis_id(snapshot)
    return pd.concat([known, others.assign(category_id=None, is_doubtful=False)]).astype(
        {"category_id": "str", "reason": "str", "is_doubtful": "bool"}
    )


def _without_sis_id(snapshot: Snapshot) -> pd.DataFrame:
    """Each group with the sections of its course that no SIS made.

    Columns: ``course_id, group_id, section_id`` int64, ``reason`` str.
    """
    sections, unread = snapshot.tables["sections"], snapshot.unread
    bare = sections.loc[sections["sis_section_id"].isna(), ["section_id", "course_id"]]
    places = snapshot.tables["groups"][["course_id", "group_id"]].merge(bare, on="course_id")
    kinds = {"course_id": Kind.COURSE, "group_id": Kind.GROUP, "section_id": Kind.SECTION}
    is_unread = np.any([places[column].isin(numbers(unread, kind)) for column, kind in kinds.items()], axis=0)
    return places.assign(reason=np.where(is_unread, Reason.NOT_READ.value, Reason.NO_SIS_ID.value))


def _is_spelled_otherwise(snapshot: Snapshot, rows: pd.DataFrame) -> pd.Series[bool]:
    """Whether a row's association stands under a key that is no UUID and differs from the SIS ID in letter case.

    It is that section's for want of any other; whether the vendor's tool takes it so is not known.
    """
    stored = snapshot.entries
    others = pd.MultiIndex.from_frame(stored.loc[~stored["is_exact"], ["group_id", "sis_section_id"]])
    if others.empty:
        return pd.Series(False, index=rows.index)
    is_other = pd.MultiIndex.from_frame(rows[["group_id", "sis_section_id"]]).isin(others)
    return rows["stored_reference"].notna() & is_other


def as_told(lines: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """The same lines with NOTHING_WAITING apart: what is not passed back, and no number of the desk counts as lost.

    It is not published yet, or in a section that no SIS made. ``outcome`` has the order of people: what is not passed
    back first.
    """
    published = snapshot.tables["assignments"]
    published = published.loc[published["published"], "assignment_id"]
    sections = snapshot.tables["sections"].dropna(subset="sis_section_id")["section_id"]
    counts = lines["assignment_id"].isin(published) & lines["section_id"].isin(sections)
    outcome = lines["outcome"].cat.add_categories(NOTHING_WAITING)
    return lines.assign(outcome=outcome.mask(outcome.eq(Outcome.NOT_PASSED) & ~counts, NOTHING_WAITING))


def by_reason(lines: pd.DataFrame) -> pd.DataFrame:
    """How many lines, assignments and sections have an outcome for a reason, what is not passed back first.

    Columns: ``outcome, reason`` as in ``lines``; ``title`` str; ``lines, assignments, sections`` int64.
    """
    groups = lines.groupby(["outcome", "reason"], observed=True)
    counts = groups.agg(
        lines=("section_id", "size"), assignments=("assignment_id", "nunique"), sections=("section_id", "nunique")
    ).reset_index()
    counts.insert(2, "title", titles(counts["reason"]))
    return counts.sort_values(["outcome", "lines"], ascending=[True, False], kind="stable", ignore_index=True)


def titles(reasons: pd.Series) -> pd.Series[str]:
    """The title of each reason."""
    return reasons.astype("str").map({reason.value: told.title for reason, told in TOLD.items()}).astype("str")


def with_names(lines: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """Lines with what people know of them, in their order.

    Beside COLUMNS: ``title, sentence`` (of the reason), ``assignment, school, course, teacher, group, section, term,
    canvas_link`` str, ``sis_section_id, category`` str or missing.
    """
    tables = snapshot.tables
    sections = tables["sections"][["section_id", "section", "sis_section_id"]]
    named = (
        lines.merge(tables["courses"][["course_id", "course", "school", "teacher"]], on="course_id", how="left")
        .merge(tables["groups"][["group_id", "group"]], on="group_id", how="left")
        .merge(tables["assignments"][["assignment_id", "assignment"]], on="assignment_id", how="left")
        .merge(sections, on="section_id", how="left")
    )
    sentences = {reason.value: told.sentence for reason, told in TOLD.items()}
    named["title"] = titles(named["reason"])
    named["sentence"] = named["reason"].astype("str").map(sentences).astype("str")
    named["category"] = named["category_id"].map(snapshot.validity.titles).astype("str")
    named["term"] = snapshot.facts.term
    course, assignment = named["course_id"].astype("str"), named["assignment_id"].astype("str")
    named["canvas_link"] = f"{snapshot.facts.canvas_url}/courses/" + course + "/assignments/" + assignment
    return named

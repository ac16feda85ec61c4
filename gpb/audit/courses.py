"""Findings about courses and their assignment groups as a whole."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.kinds import AT_RISK, COURSE, GROUP, NOTE, OBJECT, finding, number_of
from gpb.audit.tonight.people import COORDINATOR, TEACHER
from gpb.frames.rows.coded import joined
from gpb.frames.schemas import DISTRICT, Status
from gpb.frames.unread import Kind as UnreadKind

ROUNDING = 0.1
"""Percent by which weights may miss 100: three times 33.3 is 99.9."""


@finding(
    "Inconsistent across sections",
    severity=NOTE,
    who=COORDINATOR,
    remedy="Check whether the difference is intended. If not, copy the category from another section on the Associate "
    "page.",
    level=GROUP,
)
def unequal(evidence: Evidence) -> pd.DataFrame:
    """The group is associated differently in the sections of its course, or only in some of them."""
    rows = evidence.rows
    is_chosen = rows["status"].eq(Status.SYNCHRONIZED)
    some = np.flatnonzero(is_chosen | rows["status"].eq(Status.UNASSOCIATED))
    # Unassociated alone is a single outcome: of two, one at least is a category.
    outcome = np.where(is_chosen, pd.factorize(rows["stored_category"])[0], -1)[some]
    group, groups = pd.factorize(rows["group_id"].to_numpy()[some])
    lowest, highest = np.full(len(groups), len(rows)), np.full(len(groups), -1)
    np.minimum.at(lowest, group, outcome)
    np.maximum.at(highest, group, outcome)
    is_unequal = (lowest != highest)[group]
    first = some[is_unequal & ~pd.Series(group).duplicated()]
    cases = rows[["group_id", "stored_category", "status"]].take(some[is_unequal])
    chosen = "“" + cases["stored_category"] + "”"
    cases = cases.assign(outcome=chosen.where(cases["status"].eq(Status.SYNCHRONIZED), Status.UNASSOCIATED))
    parts = cases.groupby(["group_id", "outcome"]).size().reset_index(name="sections")
    parts = parts.sort_values(["sections", "outcome"], ascending=[False, True])
    parts["text"] = parts["outcome"] + " in " + number_of(parts["sections"], "section")
    texts = joined(parts["text"], parts["group_id"])
    cases = rows.take(first)
    sentence = (
        "“"
        + cases["group"]
        + "” is associated differently across sections: "
        + cases["group_id"].map(texts).astype("str")
        + "."
    )
    return cases.assign(sentence=sentence, assignments=0)


@finding(
    "Group weights don't add up to 100%",
    severity=NOTE,
    who=TEACHER,
    remedy="Correct the weights on the course's Assignments page in Canvas.",
    level=COURSE,
)
def weights(evidence: Evidence) -> pd.DataFrame:
    """The course weights its groups, and the weights do not add up to 100 percent."""
    tables = evidence.snapshot.tables
    sums = tables["groups"].groupby("course_id", as_index=False)["weight"].sum()
    courses = tables["courses"].merge(sums.round(2), on="course_id")
    unread = evidence.snapshot.unread
    in_part = unread.loc[unread["kind"].eq(UnreadKind.GROUP), "course_id"]  # a weight may be missing in the sum
    is_off = courses["weighted"] & (courses["weight"] - 100).abs().gt(ROUNDING)
    found = courses.loc[is_off & ~courses["course_id"].isin(in_part)]
    text = found["weight"].map("The weights of the assignment groups add up to {:g}%, not 100%.".format)
    return found.assign(sentence=text, assignments=0)


@finding(
    "Course unpublished",
    severity=AT_RISK,
    who=TEACHER,
    remedy="Publish the course in Canvas.",
    level=COURSE,
)
def course_unpublished(evidence: Evidence) -> pd.DataFrame:
    """The course is not published, so nothing in it is passed back."""
    courses = evidence.courses
    found = courses.loc[courses["course_state"].eq("unpublished")]
    weight = found["assignments"] + found["unpublished"]
    text = "The course is not published, so nothing in it reaches Focus: " + number_of(weight)
    return found.assign(sentence=text + " flagged for passback.", assignments=weight)


@finding(
    "Empty assignment group",
    severity=NOTE,
    who=TEACHER,
    remedy="Delete the group in Canvas, or keep it for later.",
    level=GROUP,
)
def empty_group(evidence: Evidence) -> pd.DataFrame:
    """A group in a published course has no assignments at all."""
    groups = evidence.groups
    is_empty = groups["assignments_in_all"].eq(0).fillna(False)
    found = groups.loc[is_empty & groups["course_state"].ne("unpublished")]
    return found.assign(sentence="“" + found["group"] + "” has no assignment.")


@finding(
    "Could not be read",
    severity=AT_RISK,
    who=COORDINATOR,
    remedy="Press Refresh. If it stays, show this sentence to an administrator of Canvas or Focus.",
    level=OBJECT,
)
def could_not_be_read(evidence: Evidence) -> pd.DataFrame:
    """Something in Canvas or Focus could not be read in the last Refresh, so nothing is synced there."""
    snapshot, unread = evidence.snapshot, evidence.snapshot.unread
    groups = snapshot.tables["groups"]
    places = unread.merge(snapshot.tables["courses"][["course_id", "course", "school", "teacher"]], "left", "course_id")
    number = pd.to_numeric(places["id"].where(places["id"].str.fullmatch(r"\d{1,18}")), errors="coerce").astype("Int64")
    kind, behind = places["kind"], groups.groupby("course_id")["assignments"].sum()
    is_kept = kind.ne(UnreadKind.COURSE) | places["course_id"].isin(groups["course_id"])
    shown = pd.Series(" Nothing is synced there; what is shown of it is from the last Refresh that could read it.",
                      index=places.index, dtype="str").mask(~is_kept, " Nothing of it is shown.")  # fmt: skip
    nth = places.groupby(["kind", "id", "course_id"], dropna=False).cumcount().astype("str")
    return pd.DataFrame(
        {
            "object": kind + "/" + places["course_id"].astype("str").fillna("") + "/" + places["id"] + "/" + nth,
            "sentence": places["reason"] + shown,
            "assignments": places["course_id"].map(behind).where(kind.eq(UnreadKind.COURSE)).fillna(0),
            "school": places["school"].fillna(DISTRICT),
            "course_id": places["course_id"],
            "course": places["course"].fillna(places["name"].where(kind.eq(UnreadKind.COURSE))),
            "teacher": places["teacher"],
            "group_id": number.where(kind.eq(UnreadKind.GROUP)),
            "group": places["name"].where(kind.eq(UnreadKind.GROUP)),
            "section_id": number.where(kind.eq(UnreadKind.SECTION)),
            "section": places["name"].where(kind.isin([UnreadKind.SECTION, UnreadKind.CLASS])),
            "class_id": places["id"].where(kind.eq(UnreadKind.CLASS)),
            "category": places["name"].where(kind.eq(UnreadKind.CATEGORY)),
            "canvas_link": snapshot.facts.canvas_url,
        }
    )

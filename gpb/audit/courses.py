"""Findings about courses and their assignment groups as a whole."""

from __future__ import annotations

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.kinds import AT_RISK, COORDINATOR, COURSE, GROUP, NOTE, TEACHER, finding, number_of
from gpb.frames.schemas import Status

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
    rows = rows.loc[rows["status"].isin([Status.SYNCHRONIZED, Status.UNASSOCIATED])]
    chosen = "“" + rows["stored_category"] + "”"
    rows = rows.assign(outcome=chosen.where(rows["status"].eq(Status.SYNCHRONIZED), Status.UNASSOCIATED))
    # Unassociated alone is a single outcome: of two, one at least is a category.
    cases = rows.loc[rows.groupby("group_id")["outcome"].transform("nunique").gt(1)]
    parts = cases.groupby(["group_id", "outcome"]).size().reset_index(name="sections")
    parts = parts.sort_values(["sections", "outcome"], ascending=[False, True])
    parts["text"] = parts["outcome"] + " in " + number_of(parts["sections"], "section")
    texts = parts.groupby("group_id")["text"].agg(", ".join)
    cases = cases.drop_duplicates("group_id")
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
    found = courses.loc[courses["weighted"] & (courses["weight"] - 100).abs().gt(ROUNDING)]
    text = found["weight"].map("The weights of the assignment groups add up to {:g}%, not 100%.".format)
    link = f"{evidence.snapshot.facts.canvas_url}/courses/" + found["course_id"].astype("str") + "/assignments"
    return found.assign(sentence=text, assignments=0, canvas_link=link)


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
    found = groups.loc[groups["assignments_in_all"].eq(0) & groups["course_state"].ne("unpublished")]
    return found.assign(sentence="“" + found["group"] + "” has no assignment.")

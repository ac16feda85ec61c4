"""Findings about assignments that would not be passed back even with every association in place: counts only.

Rules: passback takes assignments that are published, flagged (``post_to_sis``), and that the SIS can name and date
(https://community.canvaslms.com, guides on grade passback).
"""

from __future__ import annotations

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.kinds import AT_RISK, GROUP, LOST, NOTE, finding, number_of
from gpb.audit.tonight.people import TEACHER
from gpb.frames.schemas import Status


def _counted(groups: pd.DataFrame, count: str, what: str) -> pd.DataFrame:
    """The groups in which a count is not 0, that count as their weight."""
    found = groups.loc[groups[count] > 0]
    sentence = "“" + found["group"] + "” has " + number_of(found[count]) + f" {what}."
    return found.assign(sentence=sentence, assignments=found[count])


@finding(
    "Flagged but unpublished",
    severity=AT_RISK,
    who=TEACHER,
    remedy="Publish the assignments in Canvas, or turn off their sync to the SIS.",
    level=GROUP,
)
def unpublished(evidence: Evidence) -> pd.DataFrame:
    """Assignments of a published course are flagged for passback but not published."""
    found = _counted(evidence.groups, "unpublished", "flagged for passback but not published")
    return found.loc[found["course_state"].ne("unpublished")]


@finding(
    "Published but not flagged",
    severity=NOTE,
    who=TEACHER,
    remedy="Turn on the sync to the SIS, in Canvas, for the assignments that count.",
    level=GROUP,
)
def not_flagged(evidence: Evidence) -> pd.DataFrame:
    """Assignments are published but not flagged for passback."""
    return _counted(evidence.groups, "not_flagged", "published but not flagged for passback")


@finding(
    "No due date",
    severity=LOST,
    who=TEACHER,
    remedy="Give the assignments a due date in Canvas.",
    level=GROUP,
)
def no_due_date(evidence: Evidence) -> pd.DataFrame:
    """Assignments for passback lack the due date that the SIS requires."""
    return _counted(evidence.groups, "no_due_date", "without the due date that Focus requires")


@finding(
    "Name too long",
    severity=LOST,
    who=TEACHER,
    remedy="Shorten the names of the assignments in Canvas.",
    level=GROUP,
)
def name_too_long(evidence: Evidence) -> pd.DataFrame:
    """Assignments for passback have a name longer than the SIS accepts."""
    return _counted(evidence.groups, "name_too_long", "with a name that is too long for Focus")


@finding(
    "Not assigned to everyone",
    severity=AT_RISK,
    who=TEACHER,
    remedy="Check in Focus that the scores of these assignments arrived for every section.",
    level=GROUP,
)
def differentiated(evidence: Evidence) -> pd.DataFrame:
    """Assignments for passback are assigned only to some students or sections."""
    return _counted(evidence.groups, "differentiated", "assigned only to some students")


@finding(
    "Only assignment in its group",
    severity=NOTE,
    who=TEACHER,
    remedy="Move the assignment into one of the course's other groups.",
    level=GROUP,
)
def own_group(evidence: Evidence) -> pd.DataFrame:
    """A group that is not associated anywhere has a single assignment, and the course has other groups."""
    groups, rows = evidence.groups, evidence.rows
    served = rows.loc[rows["status"].eq(Status.SYNCHRONIZED) | rows["name_match_id"].notna(), "group_id"]
    alone = groups["assignments_in_all"].eq(1) & groups["assignments"].eq(1) & ~groups["group_id"].isin(served)
    others = groups.groupby("course_id")["group_id"].transform("size").gt(2)
    found = groups.loc[alone & others]
    text = "“" + found["group"] + "” has only one assignment and is not Synchronized in any section."
    return found.assign(sentence=text)

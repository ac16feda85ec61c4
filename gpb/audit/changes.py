"""Findings about what became different since the pull before."""

from __future__ import annotations

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.kinds import AT_RISK, COORDINATOR, NOTE, ROW, SECTION, finding, number_of
from gpb.frames.unread import Kind, numbers
from gpb.keys import keys

KEY = ["group_id", "section_id"]


@finding(
    "New section",
    severity=NOTE,
    who=COORDINATOR,
    remedy="Associate its groups on the Associate page, for example by copying from another section of the course.",
    level=SECTION,
)
def new_section(evidence: Evidence) -> pd.DataFrame:
    """The section was not in its course in the previous snapshot."""
    sections = evidence.sections
    if evidence.before is None:
        return sections.iloc[:0].assign(sentence="")
    tables = evidence.before.tables
    known = sections["section_id"].isin(tables["sections"]["section_id"])
    was_read = set(tables["courses"]["course_id"]) - numbers(evidence.before.unread, Kind.COURSE)
    found = sections.loc[~known & sections["course_id"].isin(was_read)]
    text = "The section is new in this course; its groups have " + number_of(found["assignments"]) + " in its groups."
    return found.assign(sentence=text)


@finding(
    "Changed outside this dashboard",
    severity=AT_RISK,
    who=COORDINATOR,
    remedy="Find out who changed it. If it is wrong, choose the category again on the Associate page.",
    level=ROW,
)
def changed_outside(evidence: Evidence) -> pd.DataFrame:
    """What Canvas stores has changed since the previous snapshot, and no run of this dashboard changed it."""
    rows = changed_rows(evidence)
    was, now = (("“" + rows[name] + "”").fillna("nothing") for name in ("was", "stored_category"))
    return rows.assign(
        sentence="Canvas had "
        + was
        + " in the previous snapshot and has "
        + now
        + " now; no run of this dashboard changed it."
    )


def changed_rows(evidence: Evidence) -> pd.DataFrame:
    """Rows whose stored value is neither that of the pull before nor ours, with ``was``: the title it had."""
    rows = evidence.rows
    if evidence.before is None:
        return rows.iloc[:0].assign(was=pd.Series(dtype="str"))
    earlier = evidence.before.associations()[[*KEY, "stored_reference", "stored_category"]]
    earlier = earlier.rename(columns={"stored_reference": "reference_before", "stored_category": "was"})
    both = rows.merge(earlier, on=KEY)
    moved = both["stored_reference"].fillna("").ne(both["reference_before"].fillna(""))
    moved_rows = both.loc[moved]
    references = moved_rows["stored_reference"].astype(object).where(moved_rows["stored_reference"].notna(), None)
    placed = zip(keys(moved_rows), references, strict=True)
    ours = [reference in evidence.written.get(key, ()) for key, reference in placed]
    return moved_rows.loc[[not own for own in ours]]

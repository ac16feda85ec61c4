"""Findings about single associations: nobody chose, a name decides, or the choice does not hold any more."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.kinds import AT_RISK, LOST, NOTE, ROW, by_weight, days, finding, number_of
from gpb.audit.tonight.people import COORDINATOR
from gpb.frames.schemas import Status
from gpb.suggest.decisions.covered import contradicting

STORED = ["status", "origin_course_id", "stored_reference", "stored_category_id", "stored_category", "name_match_id"]
"""Columns that say nothing more of rows of which Canvas stores nothing."""
CHOOSE = "Choose a category on the Associate page, then sync."


def _unassociated(evidence: Evidence, weighing: Callable[[pd.Series[int]], pd.Series[bool]]) -> pd.DataFrame:
    """Those that no name decides, as far as this is said of their assignments; to copy texts is most of the work."""
    rows = evidence.rows
    found = rows["status"].eq(Status.UNASSOCIATED) & rows["name_match_id"].isna() & weighing(rows["assignments"])
    return rows.drop(columns=[*STORED, "name_match"]).loc[found]


@finding("Unassociated", severity=LOST, who=COORDINATOR, remedy=CHOOSE, level=ROW)
def unassociated(evidence: Evidence) -> pd.DataFrame:
    """No category is chosen, none has the group's name, and assignments are waiting to be passed back.

    Where Canvas did not show assignments some may wait.
    """
    rows = _unassociated(evidence, lambda assignments: assignments.ne(0).fillna(True).astype("bool"))
    text = "“" + rows["group"] + "” has no category in this section: " + number_of(rows["assignments"])
    return rows.assign(sentence=text + " not passed back.", severity=by_weight(rows))


@finding("Unassociated, no assignments yet", severity=NOTE, who=COORDINATOR, remedy=CHOOSE, level=ROW)
def unassociated_idle(evidence: Evidence) -> pd.DataFrame:
    """No category is chosen, and no assignment of the group is published and flagged for passback yet."""
    rows = _unassociated(evidence, lambda assignments: assignments.eq(0).fillna(False).astype("bool"))
    return rows.assign(
        sentence="“" + rows["group"] + "” has no category in this section; no assignments depend on it yet."
    )


@finding(
    "Matched by name only",
    severity=AT_RISK,
    who=COORDINATOR,
    remedy="Confirm the proposed category on the Associate page, or choose another one, then sync.",
    level=ROW,
)
def name_match(evidence: Evidence) -> pd.DataFrame:
    """No category was chosen, so passback uses the one with the same name as the group."""
    matches = evidence.matching
    rows = evidence.rows.drop(columns=STORED).loc[matches.index[matches.le(1)]]
    text = "No category was chosen; passback uses “" + rows["name_match"] + "” because the group has the same name."
    return rows.assign(sentence=text)


@finding(
    "Matched by name only, ambiguous",
    severity=AT_RISK,
    who=COORDINATOR,
    remedy="Choose one of the categories of this name on the Associate page, then sync.",
    level=ROW,
)
def ambiguous_name_match(evidence: Evidence) -> pd.DataFrame:
    """No category was chosen, and several of the section have the group's name: passback uses the first."""
    several = evidence.matching.loc[lambda matches: matches.gt(1)]
    rows = evidence.rows.loc[several.index]
    text = "No category was chosen, and " + several.astype("str") + " categories of this section are named “"
    return rows.assign(sentence=text + rows["group"] + "”: passback uses the first.")


def _broken(evidence: Evidence, reason: str) -> pd.DataFrame:
    """The broken rows that are a case of this kind, with their severity."""
    broken = evidence.broken
    rows = broken.loc[broken["reason"].eq(reason)]
    return rows.assign(severity=by_weight(rows))


@finding("Category deleted", severity=LOST, who=COORDINATOR, remedy=CHOOSE, level=ROW)
def category_deleted(evidence: Evidence) -> pd.DataFrame:
    """The category that Canvas stores no longer exists in Focus."""
    rows = _broken(evidence, "category_deleted")
    return rows.assign(sentence="“" + rows["stored_category"] + "” no longer exists in Focus.")


@finding(
    "Category inactive",
    severity=LOST,
    who=COORDINATOR,
    remedy="Choose another category on the Associate page, or have this one reactivated in Focus.",
    level=ROW,
)
def category_inactive(evidence: Evidence) -> pd.DataFrame:
    """The category that Canvas stores is inactive in Focus."""
    rows = _broken(evidence, "category_inactive")
    return rows.assign(sentence="“" + rows["stored_category"] + "” is inactive in Focus.")


@finding("Category from the other course", severity=LOST, who=COORDINATOR, remedy=CHOOSE, level=ROW)
def category_of_other_course(evidence: Evidence) -> pd.DataFrame:
    """A cross-listed section is associated with a category of the course that it was cross-listed into."""
    rows = _broken(evidence, "category_of_other_course")
    text = "The section is cross-listed, and “" + rows["stored_category"] + "” belongs to other sections of the course."
    return rows.assign(sentence=text)


@finding("Category from another section", severity=LOST, who=COORDINATOR, remedy=CHOOSE, level=ROW)
def category_not_valid(evidence: Evidence) -> pd.DataFrame:
    """The category that Canvas stores is not valid for this section."""
    rows = _broken(evidence, "category_not_valid")
    return rows.assign(sentence="“" + rows["stored_category"] + "” is not valid for this section.")


@finding(
    "Stored elsewhere",
    severity=NOTE,
    who=COORDINATOR,
    remedy="Check it in the vendor's tool, or choose a category here, which then applies.",
    level=ROW,
)
def elsewhere(evidence: Evidence) -> pd.DataFrame:
    """Canvas says that the group is associated, but the association is stored in the vendor's own system."""
    rows = evidence.rows
    rows = rows.loc[rows["status"].eq(Status.ELSEWHERE)]
    return rows.assign(
        sentence="“" + rows["group"] + "” is associated in the vendor's own system, which this dashboard cannot see."
    )


@finding(
    "Differs from a decision",
    severity=NOTE,
    who=COORDINATOR,
    remedy="Choose the decided category on the Associate page, then sync. If this association is right, accept the "
    "finding; if the decision is wrong, turn it off (on the page Decide, or with the command decisions).",
    level=ROW,
)
def differs_from_decision(evidence: Evidence) -> pd.DataFrame:
    """The row is associated with another category than a decision or rule of the district says."""
    rows = evidence.rows if len(evidence.decided) else evidence.rows.iloc[:0]
    rows = contradicting(rows, evidence.snapshot.validity, evidence.decided)
    made = evidence.decided.set_index("decision_id").loc[rows["decision_id"]].set_axis(rows.index)
    wanted = ("“" + rows["wanted"] + "”").fillna("that it stays Unassociated")
    text = "“" + rows["group"] + "” is in “" + rows["stored_category"] + "”; the " + made["kind"] + " for "
    place = made["scope_value"].mask(made["scope"].eq("level"), made["scope_value"] + " schools")
    text += place.mask(made["scope"].eq("district"), "the whole district") + " says " + wanted + " ("
    return rows.assign(sentence=text + made["person"] + ", " + days(made["made_at"], evidence.zone) + ").")

"""Findings about what became different since the pull before, and since runs confirmed it."""

from __future__ import annotations

from datetime import tzinfo

import numpy as np
import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.kinds import AT_RISK, GROUP, LOST, NOTE, ROW, SECTION, TERM, days, finding, number_of
from gpb.audit.tonight.people import COORDINATOR
from gpb.frames.rows.coded import is_among, places, taken
from gpb.frames.schemas import Status
from gpb.frames.unread import Kind, numbers
from gpb.frames.validity import Validity
from gpb.term.backwards import went_back

KEY = ["group_id", "section_id"]
NOT_IN_CATEGORY = "(not in this section)"
NEARLY_ALL = 0.9
"""The share of what runs confirmed from which on it is said once."""
MANY, COURSES = 10, 3
"""Rows, and courses that they are in; fewer are told one by one, unless Canvas' numbers went back, too."""


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
    text = "The section is new in this course; its groups have " + number_of(found["assignments"]) + "."
    return found.assign(sentence=text)


@finding(
    "Changed outside",
    severity=AT_RISK,
    who=COORDINATOR,
    remedy="Find out who changed it. If it is wrong, draft it again (on the Audit page, or with the command "
    "draft-again), or choose a category on the Associate page, then sync. If it is right, accept the finding.",
    level=ROW,
)
def changed_outside(evidence: Evidence) -> pd.DataFrame:
    """Someone else changed what a sync had confirmed, or what Canvas had in the previous snapshot."""
    lost = no_longer_standing(evidence)
    if is_refreshed(evidence):
        return lost.iloc[:0].assign(sentence="")
    moved = moved_rows(evidence)
    was, now = (_quoted(moved[name]) for name in ("was", "stored_category"))
    text = "Canvas had " + was + " in the previous snapshot and has " + now + " now; no run of this dashboard changed "
    return pd.concat(
        [
            lost.assign(sentence=_told(lost, evidence.snapshot.validity, evidence.zone)),
            moved.assign(sentence=text + "it."),
        ]
    )


@finding(
    "Canvas was refreshed or restored",
    severity=LOST,
    who=COORDINATOR,
    remedy="Find out whether this Canvas is a test instance, or was restored from a copy. If it is the right one, "
    "draft everything again (on the Audit page, or with the command draft-again), then review and sync.",
    level=TERM,
)
def refreshed(evidence: Evidence) -> pd.DataFrame:
    """Nearly everything that syncs had confirmed is different now, as after a refresh or a restore of Canvas."""
    lost = no_longer_standing(evidence)
    if not is_refreshed(evidence):
        return lost.iloc[:0].assign(sentence="")
    total, gone = len(_sure(evidence)), _gone(evidence)
    text = f"{len(lost) + gone:,} of {total:,} associations that syncs had confirmed are not in Canvas any more"
    text += f" ({gone:,} of them in groups or sections that are gone). " if gone else ". "
    if _went_back(evidence):
        text += "The newest assignment groups are gone, too. "
    last = evidence.confirmed.sort_values("started")["run"].iloc[-1]
    told = text + "This looks like a Canvas that was refreshed or restored from an older copy."
    case = {"sentence": told, "assignments": int(lost["assignments"].sum()), "run": last}
    return pd.DataFrame([{**case, "canvas_link": evidence.snapshot.facts.canvas_url}])


@finding(
    "Renamed outside",
    severity=AT_RISK,
    who=COORDINATOR,
    remedy="Find out who renamed it. If the new name is wrong, draft it again (on the Audit page, or with the command "
    "draft-again), or choose the category again on the Associate page, then sync. If it is right, accept the finding.",
    level=GROUP,
)
def renamed_outside(evidence: Evidence) -> pd.DataFrame:
    """Someone else renamed a group after a sync had given it the name of its category."""
    words = evidence.confirmed_names.drop_duplicates(["group_id", "name", "is_sure"])
    lost = _renamed(evidence.groups.merge(words.drop(columns="section_id"), on="group_id"))
    text = (
        "Synced as “" + lost["name"] + "”, and called “" + lost["group"] + "” now, so passback does not find the "
        "category by this name. Run "
        + lost["run"]
        + " ("
        + lost["person"]
        + ", "
        + days(lost["started"], evidence.zone)
    )
    return lost.assign(sentence=text + ") had confirmed the name, and no run has changed it since.")


@finding(
    "Taken out of its category",
    severity=AT_RISK,
    who=COORDINATOR,
    remedy="Find out who changed it in Focus. If it is wrong, draft it again (on the Audit page, or with the command "
    "draft-again), then sync. If it is right, choose another category on the Associate page, or accept the finding.",
    level=ROW,
)
def taken_out_outside(evidence: Evidence) -> pd.DataFrame:
    """Someone else took the section out of a Focus category after a sync had added it."""
    lost = left_categories(evidence)
    text = "A sync had added this section to “" + lost["was"] + "” in Focus, and it is not in that category now. Run "
    text += lost["run"] + " (" + lost["person"] + ", " + days(lost["started"], evidence.zone)
    return lost.assign(sentence=text + ") had confirmed it, and no run has changed it since.")


def no_longer_standing(evidence: Evidence) -> pd.DataFrame:
    """Rows that have not what a run confirmed, with the columns of ``confirmed``, ``was``, its title then, and ``now``,
    that of today (missing: none).
    """
    held = evidence.held
    lost = held.loc[held["is_sure"] & ~held["stands"]]
    return lost.assign(was=lost["after_title"].fillna(lost["after_id"]), now=lost["stored_category"])


def lost_names(evidence: Evidence) -> pd.DataFrame:
    """The same of rows for which a run gave their group a name that it does not have; of these ``now`` is its name."""
    lost = _renamed(evidence.rows.merge(evidence.confirmed_names, on=KEY))
    return lost.loc[lost["after_id"].notna()].assign(was=lost["name"], after_title=lost["name"], now=lost["group"])


def left_categories(evidence: Evidence) -> pd.DataFrame:
    """The same of rows for which a run added the section to a category that it is not in, which their later words do
    not make up for: another category since, or none.
    """
    held = evidence.rows.merge(evidence.confirmed_memberships, on=KEY)
    pairs = evidence.snapshot.validity.category_sections
    pairs = pairs.loc[is_among(pairs["category_id"], held["after_id"])]
    there = pd.MultiIndex.from_frame(pairs[["category_id", "class_id"]])
    is_in = pd.Series(pd.MultiIndex.from_frame(held[["after_id", "class_id"]]).isin(there), index=held.index)
    stands = (is_in | held["after_id"].isna()).groupby([held[name] for name in KEY]).transform("any")
    lost = held.loc[held["is_sure"] & ~stands]
    for words in (evidence.confirmed, evidence.confirmed_names):
        said = words.loc[words["is_sure"], [*KEY, "after_id"]].rename(columns={"after_id": "said"})
        known = lost.merge(said.assign(is_said=True), on=KEY, how="left").set_axis(lost.index)
        lost = lost.loc[known["is_said"].isna() | known["said"].eq(known["after_id"])]
    return lost.assign(was=lost["after_title"], now=NOT_IN_CATEGORY)


def _renamed(named: pd.DataFrame) -> pd.DataFrame:
    """Of groups, or their rows, with the names that runs confirmed, those that are called otherwise."""
    stands = named["group"].eq(named["name"]).groupby(named["group_id"]).transform("any")
    return named.loc[named["is_sure"] & ~stands]


def changed_rows(evidence: Evidence) -> pd.DataFrame:
    """Rows that another hand changed; ``was`` is the title before, ``run, person`` those that confirmed it, if any."""
    return pd.concat([no_longer_standing(evidence), moved_rows(evidence)])


def moved_rows(evidence: Evidence) -> pd.DataFrame:
    """Rows with another value than in the pull before, of which no run has a word; ``was`` is the title then."""
    rows = evidence.rows
    if evidence.before is None:
        return rows.iloc[:0].assign(was=pd.Series(dtype="str"))
    earlier = evidence.before.associations()
    then = evidence.before.place_of(rows)
    there = np.flatnonzero(then >= 0)
    reference = rows["stored_reference"].fillna("").take(there)
    before = earlier["stored_reference"].fillna("").take(then[there])
    is_other = reference.to_numpy() != before.to_numpy()
    was = taken(earlier["stored_category"], then[there[is_other]])
    moved = rows.take(there[is_other]).reset_index(drop=True).assign(was=was)
    held = evidence.held
    told = held.loc[held["is_sure"] | held["stands"], KEY]
    return moved.loc[~pd.MultiIndex.from_frame(moved[KEY]).isin(pd.MultiIndex.from_frame(told))]


def is_refreshed(evidence: Evidence) -> bool:
    """Whether so much of what runs confirmed is different that nobody changed it row by row."""
    lost = no_longer_standing(evidence)
    changed = len(lost) + _gone(evidence)
    if changed < max(1, NEARLY_ALL * len(_sure(evidence))):
        return False
    return (changed >= MANY and lost["course_id"].nunique() >= COURSES) or _went_back(evidence)


def _sure(evidence: Evidence) -> pd.DataFrame:
    return evidence.confirmed.loc[evidence.confirmed["is_sure"]]


def _gone(evidence: Evidence) -> int:
    """How many confirmed rows are no rows any more."""
    sure = _sure(evidence)
    return len(sure) - len(evidence.rows[KEY].merge(sure[KEY], on=KEY))


def _went_back(evidence: Evidence) -> bool:
    return evidence.before is not None and went_back(evidence.before.tables, evidence.snapshot.tables)


def _told(lost: pd.DataFrame, validity: Validity, zone: tzinfo | None) -> pd.Series[str]:
    """Then and now, run and person; and whether it cannot be drafted again."""
    is_marked = lost["stored_reference"].isna() & lost["status"].eq(Status.ELSEWHERE)
    now = _quoted(lost["stored_category"]).mask(is_marked, "only the mark of the vendor's own system")
    text = (
        "Synced as "
        + _quoted(lost["was"], Status.UNASSOCIATED.value)
        + "; Canvas has "
        + now
        + " now. Run "
        + lost["run"]
        + " ("
    )
    text += lost["person"] + ", " + days(lost["started"], zone) + ") had confirmed it, and no run has changed it since."
    category = places(lost["after_id"], validity.categories["category_id"])
    is_valid = validity.by_title.is_own(places(lost["class_id"], validity.by_title.classes), category)
    is_valid |= lost["after_id"].isin(validity.global_categories["category_id"]).to_numpy()
    unusable = lost["after_id"].notna() & ~is_valid
    return text.mask(unusable, text + " “" + lost["was"] + "” is not valid for this section any more.")


def _quoted(titles: pd.Series[str], missing: str = "nothing") -> pd.Series[str]:
    return ("“" + titles + "”").fillna(missing)

"""Findings about whole sections and SIS classes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.kinds import AT_RISK, CLASS, LOST, SECTION, by_weight, finding, number_of
from gpb.audit.tonight.people import SIS_ADMINISTRATOR
from gpb.frames.rows.coded import is_among, places
from gpb.frames.unread import Kind, identities
from gpb.matching.section_link import section_links


@finding(
    "Section without categories",
    severity=LOST,
    who=SIS_ADMINISTRATOR,
    remedy="Set up grading categories for this section in Focus, then press Refresh.",
    level=SECTION,
)
def no_categories(evidence: Evidence) -> pd.DataFrame:
    """Focus knows the section, but has no usable category for it."""
    sections, by_title = evidence.sections, evidence.snapshot.validity.by_title
    found = sections.loc[evidence.has_class & ~by_title.has_any(places(sections["class_id"], by_title.classes))]
    text = "Focus has no category for this section: " + number_of(found["assignments"]) + " waiting."
    return found.assign(sentence=text, severity=by_weight(found))


@finding(
    "Section unknown to Focus",
    severity=LOST,
    who=SIS_ADMINISTRATOR,
    remedy="Correct the section's SIS ID in Canvas, or the rule GPB_SECTION_KEY, then press Refresh.",
    level=SECTION,
)
def no_sis_class(evidence: Evidence) -> pd.DataFrame:
    """The section's SIS ID matches no class in Focus."""
    sections = evidence.sections
    there = evidence.has_class | sections["class_id"].isin(identities(evidence.snapshot.unread, Kind.CLASS))
    found = sections.loc[~there]
    text = "Focus has no section “" + found["sis_section_id"] + "”: " + number_of(found["assignments"])
    return found.assign(sentence=text + " waiting.", severity=by_weight(found))


@finding(
    "Class without a Canvas section",
    severity=AT_RISK,
    who=SIS_ADMINISTRATOR,
    remedy="Have the section synced from the SIS to Canvas, or have its SIS ID corrected there.",
    level=CLASS,
)
def no_canvas_section(evidence: Evidence) -> pd.DataFrame:
    """A class of this term has no section in Canvas, so no scores can come from it.

    Focus' marking periods are not those of Canvas: a class belongs to the term when it shares one with a class that
    has its section there. Homerooms are graded nowhere.
    """
    classes = _by_term(evidence)
    is_missing = ~classes["is_matched"] & classes["active"] & ~classes["homeroom"]
    found = classes.loc[is_missing & classes["of_this_term"]]
    schools = _schools(evidence, classes)
    return pd.DataFrame(
        {
            "class_id": found["class_id"],
            "section": found["class"],
            "school": found["school_id"].map(schools).astype("str").fillna("District"),
            "assignments": 0,
            "sentence": "Focus has a class “" + found["class"] + "”, but Canvas has no section for it.",
            "focus_link": section_links(evidence.snapshot.facts.section_link, found["class_id"]),
        }
    )


def _by_term(evidence: Evidence) -> pd.DataFrame:
    """Classes with ``is_matched``, and ``of_this_term``: whether one of its terms is that of a class that is."""
    tables = evidence.snapshot.tables
    classes = tables["classes"].assign(
        is_matched=is_among(tables["classes"]["class_id"], tables["sections"]["class_id"].dropna())
    )
    several, known = pd.factorize(classes["terms"])
    apart = [set(text.split(",")) - {""} for text in known]
    ours = set().union(*(apart[place] for place in np.unique(several[classes["is_matched"]])))
    return classes.assign(of_this_term=np.array([not ours.isdisjoint(one) for one in apart], dtype="bool")[several])


def _schools(evidence: Evidence, classes: pd.DataFrame) -> dict[str, str]:
    """The name that Canvas has for a school of the SIS: that of most sections whose classes lie there."""
    tables = evidence.snapshot.tables
    sections = tables["sections"][["course_id", "class_id"]].merge(
        tables["courses"][["course_id", "school"]], on="course_id"
    )
    pairs = sections.merge(classes[["class_id", "school_id"]], on="class_id")[["school_id", "school"]]
    pairs = pairs.dropna().value_counts().reset_index()
    first = pairs.drop_duplicates("school_id")
    return dict(zip(first["school_id"], first["school"], strict=True))

"""Findings about whole sections and SIS classes."""

from __future__ import annotations

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.kinds import AT_RISK, CLASS, LOST, SECTION, by_weight, finding, number_of
from gpb.audit.tonight.people import SIS_ADMINISTRATOR
from gpb.frames.rows.coded import is_among
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
    sections, validity = evidence.sections, evidence.snapshot.validity
    known = is_among(sections["class_id"], evidence.snapshot.tables["classes"]["class_id"])
    if len(validity.global_categories):
        known &= False
    found = sections.loc[known & ~is_among(sections["class_id"], validity.pairs["class_id"])]
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
    there = is_among(sections["class_id"], evidence.snapshot.tables["classes"]["class_id"])
    there |= sections["class_id"].isin(identities(evidence.snapshot.unread, Kind.CLASS))
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
    classes, terms = _by_term(evidence)
    missing = classes.loc[~classes["is_matched"] & classes["active"] & ~classes["homeroom"]]
    found = missing.loc[is_among(missing["class_id"], terms.loc[terms["of_this_term"], "class_id"])]
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


def _by_term(evidence: Evidence) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Classes with ``is_matched``, and one line per class and term with ``of_this_term``."""
    tables = evidence.snapshot.tables
    classes = tables["classes"].assign(
        is_matched=is_among(tables["classes"]["class_id"], tables["sections"]["class_id"].dropna())
    )
    terms = classes.assign(term=classes["terms"].str.split(",")).explode("term")
    terms = terms.loc[terms["term"].ne("")]
    ours = set(terms.loc[terms["is_matched"], "term"])
    return classes, terms.assign(of_this_term=terms["term"].isin(ours))


def _schools(evidence: Evidence, classes: pd.DataFrame) -> dict[str, str]:
    """The name that Canvas has for a school of the SIS: that of most sections whose classes lie there."""
    tables = evidence.snapshot.tables
    sections = tables["sections"].merge(tables["courses"][["course_id", "school"]], on="course_id")
    pairs = sections.merge(classes, on="class_id")[["school_id", "school"]].dropna().value_counts().reset_index()
    first = pairs.drop_duplicates("school_id")
    return dict(zip(first["school_id"], first["school"], strict=True))

"""Why a section will not sync: what passback needs, step by step, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that passback needs of a section; ``findings`` are the lines that stand in its way."""

    title: str
    findings: pd.DataFrame

    @property
    def holds(self) -> bool:
        """Nothing stands in the way; notes do not."""
        return not self.findings["severity"].ne("note").any()


STEPS = {
    "The course is published": ("course_unpublished",),
    "Focus knows the section": ("no_sis_class",),
    "The section has categories in Focus": ("no_categories",),
    "Every group is associated with a valid category": (
        "unassociated", "unassociated_idle", "name_match", "ambiguous_name_match", "category_deleted",
        "category_inactive", "category_of_other_course", "category_not_valid", "elsewhere", "changed_outside",
        "renamed_outside", "taken_out_outside", "unequal", "new_section", "differs_from_decision",
    ),
    "The assignments can be passed back": (
        "unpublished", "not_flagged", "no_due_date", "name_too_long", "differentiated", "own_group", "empty_group",
    ),
}  # fmt: skip
"""In the order in which passback comes to them.

``weights, no_canvas_section, refreshed`` stop no single section; nor does ``could_not_be_read`` stop passback.
"""


def of_section(found: pd.DataFrame, section_id: int, course_id: int) -> pd.DataFrame:
    """The findings that concern a section: its own, and those of its course and groups as a whole."""
    own = found["section_id"].eq(section_id)
    whole = found["course_id"].eq(course_id) & found["section_id"].isna()
    return found.loc[own.fillna(False) | whole.fillna(False)]


def steps(found: pd.DataFrame, section_id: int, course_id: int) -> list[Step]:
    """What passback needs of a section (``found``: the findings of the term), in order."""
    concerned = of_section(found, section_id, course_id)
    return [Step(title, concerned.loc[concerned["finding"].isin(kinds)]) for title, kinds in STEPS.items()]

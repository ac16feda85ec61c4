"""Why a section will not sync: what passback needs, step by step, and where it ends; and what to fix first."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

WORST = 5


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
        "unequal", "new_section", "differs_from_decision",
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


def worst_sections(found: pd.DataFrame, number: int = WORST) -> pd.DataFrame:
    """The sections to fix first: those where most assignments are lost, then where most are at risk.

    Accepted findings and notes are left out. Columns: ``section_id, course_id`` Int64, ``school, course, teacher,
    section`` str, ``lost, at_risk`` int64 assignments, ``why`` and ``who`` str.
    """
    open_now = found["section_id"].notna() & found["finding"].ne("could_not_be_read")
    open_now &= found["severity"].ne("note") & found["accepted_until"].isna()
    lines = found.loc[open_now & found["assignments"].gt(0) & found["finding"].ne("changed_outside")]
    whole = lines["group_id"].isna()  # a section that is blocked as a whole: its single rows would count twice
    lines = lines.loc[whole | ~lines["section_id"].isin(lines.loc[whole, "section_id"])]
    weights = lines.pivot_table(
        index="section_id", columns=lines["severity"].astype("str"), values="assignments", aggfunc="sum", fill_value=0
    )
    weights = (
        weights.reindex(columns=["lost", "at risk"], fill_value=0)
        .rename(columns={"at risk": "at_risk"})
        .astype("int64")
    )
    worst = weights.sort_values(["lost", "at_risk"], ascending=False, kind="stable").head(number).reset_index()
    chosen = lines.loc[lines["section_id"].isin(worst["section_id"])]
    first = chosen.drop_duplicates("section_id")[["section_id", "course_id", "school", "course", "teacher", "section"]]
    reasons = [
        {"section_id": section_id, "why": _reasons(of_one), "who": ", ".join(dict.fromkeys(of_one["who"]))}
        for section_id, of_one in chosen.groupby("section_id")
    ]
    dtypes = {"section_id": "Int64", "why": "str", "who": "str"}
    texts = pd.DataFrame(reasons, columns=list(dtypes)).astype(dtypes)
    return worst.merge(first, on="section_id").merge(texts, on="section_id")


def _reasons(lines: pd.DataFrame) -> str:
    """``5 × Unassociated (22), 1 × Category deleted (3)``: findings and their assignments, the weightiest first."""
    sums = lines.groupby("title", sort=False)["assignments"].agg(["size", "sum"])
    sums = sums.sort_values("sum", ascending=False, kind="stable")
    return ", ".join(f"{size} × {title} ({weight})" for title, size, weight in sums.itertuples())

"""Sections that lose grades tonight: one line each, with the main reason and who can fix it."""

from __future__ import annotations

import pandas as pd

from gpb.audit.tonight.lines import TOLD, as_told, titles
from gpb.frames.passback import Outcome
from gpb.frames.rows.coded import joined
from gpb.frames.snapshot import Snapshot

FIRST = 5
DTYPES = {
    "section_id": "int64", "course_id": "int64", "school": "str", "course": "str", "teacher": "str", "section": "str",
    "sis_section_id": "str", "rows": "int64", "assignments": "int64", "reason": "str", "title": "str", "who": "str",
    "why": "str",
}  # fmt: skip


def losing_sections(lines: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """SIS sections with at least one published assignment that the next passback does not pass back, worst first.

    ``lines`` are those of ``tonight``. Columns: DTYPES; ``rows`` and ``assignments`` are those of
    ``figures.NOT_PASSED_BACK`` in the section; ``reason`` keeps most of them back, ``title`` and ``who`` can fix it are
    that reason's; ``why`` has all of them: ``No category fits (12), No due date (3)``.
    """
    told = as_told(lines, snapshot)
    lost = told.loc[told["outcome"].eq(Outcome.NOT_PASSED)]
    sections = snapshot.tables["sections"]
    by_section = lost.groupby("section_id")
    sums = by_section.agg(rows=("group_id", "nunique"), assignments=("assignment_id", "size"))
    reasons = lost.groupby(["section_id", "reason"], observed=True).size().rename("number").reset_index()
    reasons = reasons.sort_values(["section_id", "number"], ascending=[True, False], kind="stable")
    reasons["text"] = titles(reasons["reason"]) + " (" + reasons["number"].astype("str") + ")"
    main = reasons.drop_duplicates("section_id").set_index("section_id")["reason"].astype("str")
    found = sums.assign(reason=main, why=joined(reasons["text"], reasons["section_id"])).reset_index()
    found["title"] = titles(found["reason"])
    found["who"] = found["reason"].map({reason.value: told.who for reason, told in TOLD.items()})
    courses = snapshot.tables["courses"][["course_id", "course", "school", "teacher"]]
    named = found.merge(sections[["section_id", "course_id", "section", "sis_section_id"]], on="section_id")
    named = named.merge(courses, on="course_id")[list(DTYPES)].astype(DTYPES)
    order = ["assignments", "school", "course", "course_id", "section", "section_id"]
    return named.sort_values(order, ascending=[False, *[True] * 5], ignore_index=True)


def fix_first(losing: pd.DataFrame, found: pd.DataFrame, number: int = FIRST) -> pd.DataFrame:
    """Of ``losing`` the worst section of each of the worst courses, as far as a finding of ``found`` concerns it.

    Who has accepted all that is wrong with a section need not be told of it first; notes do not count.
    """
    serious = found["severity"].ne("note")  # the texts of so many findings are not copied for it
    sections = found.loc[serious, "section_id"]
    whole = found.loc[serious, "course_id"].loc[sections.isna()].dropna()
    is_told = losing["section_id"].isin(sections.dropna()) | losing["course_id"].isin(whole)
    return losing.loc[is_told].drop_duplicates("course_id").head(number).reset_index(drop=True)

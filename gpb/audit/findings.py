"""Findings: every row that grade passback would not serve, why, and who can fix it."""

from __future__ import annotations

import pandas as pd

SEVERITY = ("lost", "at risk", "note")

KINDS = {
    "Unassociated": ("No category: scores of this group are not passed back here.", "coordinator"),
    "Broken": ("The category is gone, switched off or not valid for this section.", "coordinator"),
    "No categories": ("The section has no categories: configure categories in Focus first.", "SIS administrator"),
    "No SIS class": ("Focus does not know this section.", "SIS administrator"),
    "Elsewhere": ("The association is kept in the vendor's own store and cannot be seen from here.", "coordinator"),
}
COLUMNS = (
    "finding", "severity", "sentence", "who", "assignments", "school", "course_id", "course", "teacher", "group_id",
    "group", "section_id", "section", "sis_section_id", "category", "canvas_link", "focus_link",
)  # fmt: skip


def findings(rows: pd.DataFrame) -> pd.DataFrame:
    """One line per row that is not Synchronized, the weightiest first (columns: COLUMNS, ``assignments`` int64).

    ``rows`` is the association frame with drafts. Severity: *lost* when published assignments that are flagged for
    passback hang on the row, *at risk* when none do yet, *note* for what is kept elsewhere.
    """
    found = rows.loc[rows["status"].ne("Synchronized")].copy()
    found["finding"] = found["status"]
    found["sentence"] = found["status"].map({kind: sentence for kind, (sentence, _) in KINDS.items()})
    found["who"] = found["status"].map({kind: who for kind, (_, who) in KINDS.items()})
    severity = pd.Series("at risk", index=found.index).mask(found["assignments"] > 0, "lost")
    severity = severity.mask(found["status"].eq("Elsewhere"), "note")
    found["severity"] = pd.Categorical(severity, categories=SEVERITY, ordered=True)
    found["category"] = found["stored_category"]
    order = ["severity", "assignments", "school", "course", "group_id", "section_id"]
    return found.sort_values(order, ascending=[True, False, True, True, True, True])[list(COLUMNS)]

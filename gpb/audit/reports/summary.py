"""The first sheet of a workbook: what it was made from, and the counts that a principal asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from gpb.audit.figures import WORDS, figures
from gpb.audit.reports.registry import SEVERITY_COLUMNS, Provenance
from gpb.audit.reports.tables import by_school
from gpb.audit.score import EXPLANATION

NUMBERS = ("label", "rows", "groups", "assignments", "meaning")
MEANINGS = {figure.value: words.meaning for figure, words in WORDS.items()}
SHOWN = (
    "school",
    "rows",
    "to_do",
    "not_passed_back",
    "assignments_not_passed_back",
    "broken",
    "associated_share",
    "score",
    "findings_lost",
    "findings_at_risk",
)

SEVERITY_MEANING = {
    "lost": "scores will not arrive",
    "at risk": "scores may not arrive, or arrive in a category that nobody chose",
    "note": "worth a look",
}


@dataclass(frozen=True)
class Summary:
    """What the first sheet shows.

    ``about`` names what the workbook covers. ``facts`` are labels with their values; ``numbers`` has
    NUMBERS (see ``figures.figures``), ``severities`` has ``severity, open, accepted`` (int64) and
    ``meaning``, ``schools`` the columns ``SHOWN`` of the report by school.
    """

    about: str
    facts: dict[str, str]
    numbers: pd.DataFrame
    severities: pd.DataFrame
    schools: pd.DataFrame
    score: str = EXPLANATION.replace("*", "")


def summarize(rows: pd.DataFrame, findings: pd.DataFrame, provenance: Provenance, about: str) -> Summary:
    """The summary of these rows and findings, which ``about`` names (a school, or all schools)."""
    return Summary(
        about=about,
        facts=_facts(provenance),
        numbers=_with_meaning(figures(rows), MEANINGS)[[*NUMBERS]],
        severities=_severities(findings),
        schools=by_school(rows, findings)[list(SHOWN)],
    )


def _facts(provenance: Provenance) -> dict[str, str]:
    facts = provenance.facts
    return {
        "Canvas": facts.canvas_url,
        "Account": facts.source.rpartition("#")[2],
        "Focus": facts.sis_url,
        "Term": facts.term + (f" ({facts.sis_term_id})" if facts.sis_term_id else ""),
        "Snapshot": provenance.snapshot,
        "As of (Canvas and Focus)": provenance.at(provenance.read_at),
        "Updated by run": facts.after_run or "–",
        "Report created": provenance.at(provenance.made_at),
    }


def _severities(findings: pd.DataFrame) -> pd.DataFrame:
    accepted = findings["accepted_until"].notna()
    severity = findings["severity"].astype("str")
    names = list(SEVERITY_COLUMNS.values())
    counts = {
        "open": severity[~accepted].value_counts().reindex(names, fill_value=0),
        "accepted": severity[accepted].value_counts().reindex(names, fill_value=0),
    }
    return _with_meaning(pd.DataFrame(counts).astype("int64").rename_axis("severity").reset_index(), SEVERITY_MEANING)


def _with_meaning(table: pd.DataFrame, meanings: Mapping[str, str]) -> pd.DataFrame:
    first: Iterable[str] = table.iloc[:, 0]
    return table.assign(meaning=[meanings[value] for value in first])

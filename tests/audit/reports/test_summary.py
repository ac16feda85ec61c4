"""The summary of a workbook."""

from __future__ import annotations

from gpb.audit.figures import WORDS, figures
from gpb.audit.reports.summary import SHOWN, summarize
from tests.audit.reports.builders import FINDINGS, PROVENANCE, ROWS

SUMMARY = summarize(ROWS, FINDINGS, PROVENANCE, "All schools")


def test_it_says_which_district_term_and_moment() -> None:
    """So that a file found months later explains itself."""
    assert SUMMARY.facts == {
        "Canvas": "https://canvas.example/canvas",
        "Account": "self",
        "Focus": "https://focus.example/focus/api/1.0",
        "Term": "Fall (F)",
        "Snapshot": "s1",
        "As of (Canvas and Focus)": "2026-09-01 00:00 UTC",
        "Updated by run": "run-1",
        "Report created": "2026-09-02 08:30 UTC",
    }
    assert SUMMARY.score.startswith("The score is the share of assignments")
    assert "*" not in SUMMARY.score


def test_it_counts_every_number_of_the_desk_and_every_severity() -> None:
    """Zeroes too, each with its meaning."""
    expected = figures(ROWS)
    assert SUMMARY.numbers["label"].tolist() == [words.label for words in WORDS.values()]
    assert SUMMARY.numbers[["rows", "groups", "assignments"]].equals(expected[["rows", "groups", "assignments"]])
    assert (SUMMARY.numbers["meaning"].str.len() > 10).all()
    severities = SUMMARY.severities.set_index("severity")
    assert list(severities.index) == ["lost", "at risk", "note"]
    assert int(severities["open"].sum()) == len(FINDINGS) - 1
    assert int(severities["accepted"].loc["lost"]) == 1
    assert list(SUMMARY.schools.columns) == list(SHOWN)


def test_a_school_without_rows_has_a_summary_too() -> None:
    """Nothing is counted there."""
    empty = summarize(ROWS.head(0), FINDINGS.head(0), PROVENANCE, "Annex")
    assert empty.numbers["rows"].sum() == 0
    assert len(empty.schools) == 0

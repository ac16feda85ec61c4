"""The summary of a workbook."""

from __future__ import annotations

from functools import cache

from gpb.audit.figures import WORDS, figures
from gpb.audit.reports.summary import SHOWN, Summary, summarize
from tests.audit.reports.builders import all_findings, all_rows, provenance


@cache
def summary() -> Summary:
    """Of all schools."""
    return summarize(all_rows(), all_findings(), provenance(), "All schools")


def test_it_says_which_district_term_and_moment() -> None:
    """So that a file found months later explains itself."""
    assert summary().facts == {
        "Canvas": "https://canvas.example/canvas",
        "Account": "self",
        "Focus": "https://focus.example/focus/api/1.0",
        "Term": "Fall (F)",
        "Snapshot": "s1",
        "As of (Canvas and Focus)": "2026-09-01 00:00 UTC",
        "Updated by run": "run-1",
        "Report created": "2026-09-02 08:30 UTC",
    }
    assert summary().score.startswith("The score is the share of assignments")
    assert "*" not in summary().score


def test_it_counts_every_number_of_the_desk_and_every_severity() -> None:
    """Zeroes too, each with its meaning."""
    expected = figures(all_rows())
    assert summary().numbers["label"].tolist() == [words.label for words in WORDS.values()]
    assert summary().numbers[["rows", "groups", "assignments"]].equals(expected[["rows", "groups", "assignments"]])
    assert (summary().numbers["meaning"].str.len() > 10).all()
    severities = summary().severities.set_index("severity")
    assert list(severities.index) == ["lost", "at risk", "note"]
    assert int(severities["open"].sum()) == len(all_findings()) - 1
    assert int(severities["accepted"].loc["lost"]) == 1
    assert list(summary().schools.columns) == list(SHOWN)


def test_a_school_without_rows_has_a_summary_too() -> None:
    """Nothing is counted there."""
    empty = summarize(all_rows().head(0), all_findings().head(0), provenance(), "Annex")
    assert empty.numbers["rows"].sum() == 0
    assert len(empty.schools) == 0

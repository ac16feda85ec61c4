"""The benchmarks measure the program as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import proposals
from benchmarks.figure import Figure, as_table
from benchmarks.reports import large
from gpb.audit.reports.summary import summarize
from gpb.audit.reports.tables import all_associations
from gpb.workspace import Workspace


def test_a_term_many_times_over_is_what_reports_read(pulled: Workspace) -> None:
    """A column that a report has needed since would end the measuring in a failure."""
    rows, found, provenance = large(pulled, 2)
    once = len(pulled.term.rows())
    assert len(all_associations(rows)) == 2 * once
    assert summarize(rows, found, provenance, "All").numbers["rows"].max() == 2 * once


def test_a_sure_name_that_is_wrong_ends_the_measuring(tmp_path: Path) -> None:
    """So does too little that is sure; a file without a mistake has its figures."""
    file = tmp_path / "judged.csv"
    lines = ["group,categories,answer", '"HOMEWORK","[""Homework"", ""Tests""]",Homework']
    file.write_text("\n".join(lines), encoding="utf-8")
    assert proposals.judged(file)["judged names, tier A"].startswith("1 right, 0 wrong")
    file.write_text("\n".join([*lines, '"tests","[""Homework"", ""Tests""]",Homework']), encoding="utf-8")
    with pytest.raises(proposals.Missed, match="1 sure names are wrong"):
        proposals.judged(file)
    file.write_text("\n".join([*lines, *['"Stuff","[""Homework""]",none/needs a person'] * 4]), encoding="utf-8")
    with pytest.raises(proposals.Missed, match=r"only 20\.0% of the names are sure"):
        proposals.judged(file)


def test_a_figure_says_how_far_it_is_from_its_aim() -> None:
    """At most or at least; what is missed is told in a word, what is only told has no aim."""
    figures = [
        Figure("findings", 1.8, "s", 1.5),
        Figure("apply, share of the floor", 96, "%", 80, at_least=True, told="694 groups"),
        Figure("the frame", 3.25, "s"),
    ]
    assert [figure.line for figure in figures] == [
        ("findings", "≤ 1.50 s", "1.80 s", "1.20", "missed"),
        ("apply, share of the floor", "≥ 80 %", "96 %", "1.20", "694 groups"),
        ("the frame", "", "3.25 s", "", ""),
    ]
    assert (
        as_table(figure.line for figure in figures).splitlines()[2]
        == "| findings | ≤ 1.50 s | 1.80 s | 1.20 | missed |"
    )

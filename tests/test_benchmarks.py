"""The benchmarks measure the program as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import proposals
from benchmarks.figure import Figure, as_table
from benchmarks.reports import large_rows
from gpb.audit.reports.tables import all_associations


def test_the_made_up_rows_are_what_reports_read() -> None:
    """A column that a report has needed since would end the measuring in a failure."""
    table = all_associations(large_rows(50))
    assert len(table) == 50
    assert table["exported_reference"].notna().any()


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

"""The benchmarks measure the program as it is."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from benchmarks import proposals
from benchmarks.figure import Figure, as_table
from benchmarks.reports import large
from benchmarks.sessions import dashboard
from benchmarks.sessions.person import NEWS, ROWS, Person, dialled
from gpb.audit.reports.summary import summarize
from gpb.audit.reports.tables import all_associations
from gpb.keys import Key
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import edit_now


def test_a_term_many_times_over_is_what_reports_read(pulled: Workspace) -> None:
    """A column that a report has needed since would end the measuring in a failure."""
    rows, found, provenance = large(pulled, 2)
    once = len(pulled.term.rows())
    assert len(all_associations(rows, provenance.facts)) == 2 * once
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


@pytest.mark.slow
def test_an_open_page_is_told_of_the_rows_that_it_shows(box: Running, pulled: Workspace) -> None:
    """By what it asks for alone: what others draft on other pages is nothing new there, and what they take back."""
    environment = {**os.environ, **box.settings, "GPB_DATA_DIR": str(pulled.settings.data_dir)}
    free = pulled.term.rows().query("status == 'Unassociated'")
    options = pulled.term.latest().validity.options
    rows = list(free[["group_id", "section_id", "class_id", "course_id"]].itertuples(index=False))
    choices: dict[Key, str | None] = {(group, section): next(iter(options(of))) for group, section, of, _ in rows}

    async def looks() -> None:
        async with dialled(port) as connection:
            person = Person(connection, "associate", f"figure=all&course={rows[0][3]}")
            listening = asyncio.create_task(person.listen())
            await person.drawn()
            shown = {row[0] for row in json.loads(person.shown[ROWS].json)["rows"]}
            here, *_ = (key for key in choices if f"{key[0]}:{key[1]}" in shown)
            elsewhere, *_ = (key for key in choices if f"{key[0]}:{key[1]}" not in shown)
            drafted: set[Key] = set()
            for choice, is_new in ((elsewhere, False), (here, True), (here, False), (elsewhere, False), (here, True)):
                now = choices[choice] if choice not in drafted else None
                drafted ^= {choice}
                edit_now(pulled, {choice: now})
                seen = person.looks
                await person.sees(lambda seen=seen: person.looks > seen + 4)  # type: ignore[misc]  # of bar and grid
                assert bool(json.loads(person.shown[NEWS].json)["newer"]) is is_new
            person.leave()
            listening.cancel()

    with dashboard(environment) as (port, _):
        asyncio.run(looks())

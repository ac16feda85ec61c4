"""The desk's numbers are the same wherever they are shown: pages, reports, mail, commands, notebook."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

import gpb
from gpb.audit.figures import WORDS, Figure, Number, counted
from gpb.sandbox import SandboxConfig
from gpb.settings import load_settings
from gpb.ui.text import count
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.lent import confirm, lent, settings_for
from tests.pages.conftest import ROOT, opened, words
from tests.test_cli import Shell

TOLD = (Figure.NOT_PASSED_BACK, Figure.NAME_ALONE, Figure.NOTHING_WAITING, Figure.TO_DO, Figure.DRAFTED, Figure.BROKEN,
        Figure.SYNCHRONIZED)  # fmt: skip


@dataclass
class Desk:
    """A pulled term with a draft, its numbers, and a shell that leads to it."""

    workspace: Workspace
    shell: Shell
    numbers: dict[Figure, Number]


@pytest.fixture(params=[1, 2, 3])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A district of some seed, in which somebody has drafted a row that loses grades."""
    with lent(SandboxConfig(port=0, schools=3, courses=40, seed=request.param)) as box:
        shell = Shell(box.settings, tmp_path)
        for name, value in shell.environment.items():
            monkeypatch.setenv(name, value)
        workspace = Workspace(settings_for(box, tmp_path / "data"))
        asyncio.run(workspace.term.pull())
        confirm(workspace)
        rows = workspace.term.rows()
        row = rows.loc[rows["status"].eq("Unassociated") & rows["not_passed_back"].gt(0)].iloc[0]
        options = workspace.term.latest().validity.options(row["class_id"])
        edit_now(workspace, {(int(row["group_id"]), int(row["section_id"])): next(iter(options))})
        yield Desk(workspace, shell, counted(workspace.term.rows()))
        workspace.close()


def whole(text: str) -> int:
    """``1,204`` as a number."""
    return int(text.replace(",", ""))


def stands_in(number: int, text: str) -> bool:
    """Whether a number stands in a text by itself."""
    return re.search(rf"(?<![\d,.]){number:,}(?![\d,.]\d)", text) is not None


@pytest.mark.slow
def test_every_place_tells_the_same_numbers(desk: Desk) -> None:
    """All pages, all reports, the mail, the commands and the functions of the notebook; none is 0 by accident."""
    numbers = desk.numbers
    assert [figure for figure in (*TOLD[:2], Figure.TO_DO, Figure.DRAFTED) if not numbers[figure].rows] == []
    for tell in (overview, audit, associate, decide, reports, mail, commands, notebook):
        tell(desk)


def overview(desk: Desk) -> None:
    """Tiles and links, the sentence with its button, the sidebar, the sum of the schools."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    shown = {metric.label: metric.value for metric in app.metric}
    said, links = words(app), [link.proto.label for link in app.get("page_link")]
    for figure in TOLD:
        number = desk.numbers[figure]
        assert whole(shown[WORDS[figure].label]) == number.rows, figure
        assert f"{count(number.rows, 'row').split(' ')[1]}, {count(number.assignments or 0, 'assignment')}" in said
        assert not number.rows or f"Show {count(number.rows, 'row')}" in links
    assert f"**{count(desk.numbers[Figure.TO_DO].rows, 'row')}**" in said
    assert f"{count(desk.numbers[Figure.DRAFTED].rows, 'draft')} waiting" in links
    (table,) = (one.value for one in app.dataframe if "assignments_not_passed_back" in one.value)
    for figure in (one for one in TOLD if one.value in table):
        assert table[figure.value].sum() == desk.numbers[figure].rows
    assert table["assignments_not_passed_back"].sum() == desk.numbers[Figure.NOT_PASSED_BACK].assignments


def audit(desk: Desk) -> None:
    """The sections that lose grades add up, and the view of tonight says the same."""
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60), "audit")
    lost = desk.numbers[Figure.NOT_PASSED_BACK]
    rows, assignments = count(lost.rows, "row"), count(lost.assignments or 0, "assignment")
    assert f"**{assignments}** in **{rows}** are not passed back" in words(app)
    app.segmented_control(key="audit_view").select("tonight").run()
    assert f"**{rows}** {'is' if lost.rows == 1 else 'are'} not passed back tonight, with **{assignments}**" in words(
        app
    )


def associate(desk: Desk) -> None:
    """The address of each number shows as many rows."""
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60), "associate")
    for figure in TOLD:
        app.query_params["figure"] = figure.value
        app.run()
        pills: list[Any] = [*app.button, *app.get("button_group"), *app.get("page_link")]
        said = "\n".join([words(app), *(str(one.proto) for one in pills)])
        assert stands_in(desk.numbers[figure].rows, said) or not desk.numbers[figure].rows, figure


def decide(desk: Desk) -> None:
    """What is to do, as the sentence above the list and as the desk itself tells it."""
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60), "decide")
    listed, _ = desk.workspace.desk.to_do()
    left = desk.numbers[Figure.TO_DO].rows - listed
    assert f"**{count(listed, 'row')}** in" in words(app)
    assert left == 0 or f"Not listed: {count(left, 'row')}" in words(app)


def reports(desk: Desk) -> None:
    """The workbook's summary, its sums by school and teacher, the workbooks of the schools together, the CSV."""
    folder = desk.shell.folder
    files = {kind: str(folder / f"audit.{kind}") for kind in ("xlsx", "zip")}
    assert desk.shell("audit", "--xlsx", files["xlsx"], "--zip", files["zip"]).exit_code == 0
    book = openpyxl.load_workbook(files["xlsx"])
    assert _summary(book) == {WORDS[figure].label: number for figure, number in desk.numbers.items()}
    sums = {name: _sums(book[sheet]) for name, sheet in (("school", "By school"), ("teacher", "By teacher"))}
    lost = desk.numbers[Figure.NOT_PASSED_BACK]
    for figure, table in ((figure, table) for figure in TOLD for table in sums.values() if figure.value in table):
        assert table[figure.value] == desk.numbers[figure].rows
    assert {table["assignments_not_passed_back"] for table in sums.values()} == {lost.assignments}
    with zipfile.ZipFile(files["zip"]) as bundle:
        books = [openpyxl.load_workbook(io.BytesIO(bundle.read(one))) for one in bundle.namelist() if "xlsx" in one]
    for figure in TOLD:
        parts = [_summary(one)[WORDS[figure].label] for one in books]
        assert sum(part.rows for part in parts) == desk.numbers[figure].rows
        assert sum(part.assignments or 0 for part in parts) == desk.numbers[figure].assignments


def _summary(book: Any) -> dict[str, Number]:
    """The numbers on the first sheet, by label."""
    lines = [[cell.value for cell in row] for row in book["Summary"].iter_rows()]
    start = next(place for place, line in enumerate(lines) if line[0] == "Numbers") + 2
    return {str(line[0]): Number(line[1], line[2], line[3]) for line in lines[start : start + len(Figure)]}


def _sums(sheet: Any) -> dict[str, int]:
    names, *lines = sheet.iter_rows(values_only=True)
    columns = dict(zip(names, zip(*lines, strict=True), strict=True))
    return {name: int(sum(cell for cell in cells if isinstance(cell, int))) for name, cells in columns.items()}


def mail(desk: Desk) -> None:
    """Both forms of the mail, and the text at the terminal."""
    files = [str(desk.shell.folder / name) for name in ("mail.html", "mail.md")]
    for file in files:
        assert desk.shell("audit", "--mail", file).exit_code == 0
    texts = [Path(file).read_text(encoding="utf-8") for file in files]
    for text in [*texts, desk.shell("audit").stdout]:
        for figure in TOLD:
            number = desk.numbers[figure]
            told = f"{count(number.rows, 'row')}, {count(number.assignments or 0, 'assignment')}"
            assert not number.rows or f"{WORDS[figure].label}: {told}" in text


def commands(desk: Desk) -> None:
    """The summary of ``tonight``, and its lines."""
    lost = desk.numbers[Figure.NOT_PASSED_BACK]
    told = f"Not passed back tonight: {count(lost.rows, 'row')}, {count(lost.assignments or 0, 'assignment')}"
    assert told in desk.shell("tonight").stdout
    content = desk.shell("tonight", "--csv", "-").stdout.removeprefix("\ufeff")
    lines = list(csv.DictReader(io.StringIO(content, newline="")))
    out = [one for one in lines if one["outcome"] == "not passed back" and one["sis_section_id"]]
    published = desk.workspace.term.latest().tables["assignments"].query("published")["assignment_id"]
    out = [one for one in out if int(one["assignment_id"]) in set(published)]
    assert len(out) == lost.assignments
    assert len({(one["group_id"], one["section_id"]) for one in out}) == lost.rows


def notebook(desk: Desk) -> None:
    """``gpb.figures``, ``gpb.sections``, ``gpb.scores`` and the end of ``gpb.trend``."""
    settings = load_settings()
    table = gpb.figures(settings)
    assert dict(zip(table["figure"], table["rows"], strict=True)) == {
        one.value: n.rows for one, n in desk.numbers.items()
    }
    lost, sections = desk.numbers[Figure.NOT_PASSED_BACK], gpb.sections(settings)
    assert (sections["rows"].sum(), sections["assignments"].sum()) == (lost.rows, lost.assignments)
    scores, newest = gpb.scores(gpb.latest(settings)), gpb.trend(settings).iloc[-1]
    for figure in (Figure.NOT_PASSED_BACK, Figure.NAME_ALONE):
        number = desk.numbers[figure]
        assert scores[figure.value].sum() == newest[figure.value] == number.rows
        assert scores[f"assignments_{figure}"].sum() == newest[f"assignments_{figure}"] == number.assignments

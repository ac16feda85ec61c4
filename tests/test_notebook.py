"""The audit notebook, executed over a small district."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from gpb.sandbox import SandboxConfig, running

FILE = Path(__file__).parent.parent / "notebooks" / "audit.ipynb"
FACTS = """
import json
print(json.dumps({
    "rows": len(frame), "unassociated": len(unassociated), "findings": len(findings), "snapshot": snapshot.id,
    "by_school": int(by_school["rows"].sum()), "schools": sorted(frame["school"].unique()), "file": str(file),
    "plot": chart.to_dict(),
}))
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook with its outputs, and with one more cell that prints what the others computed."""
    notebook: nbformat.NotebookNode = nbformat.read(FILE, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(FACTS))
    with running(SandboxConfig(port=0, schools=2, courses=8)) as box:
        environment = {**os.environ, **box.settings, "GPB_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
        client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FILE.parent)}})
        client.execute(env=environment)
    return notebook


@pytest.fixture(scope="module")
def facts(executed: nbformat.NotebookNode) -> dict[str, Any]:
    """What the cells computed."""
    return dict(json.loads(executed.cells[-1].outputs[0].text))


def shown(notebook: nbformat.NotebookNode, mark: str) -> list[str]:
    """Every output for the eye that holds this mark."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    return [output.data["text/html"] for output in outputs if mark in output.data.get("text/html", "")]


def test_it_is_kept_without_outputs() -> None:
    """The repository holds no district's data."""
    cells = [cell for cell in nbformat.read(FILE, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert [cell for cell in cells if cell.outputs or cell.execution_count] == []


@pytest.mark.slow
def test_the_file_holds_the_unassociated_rows(facts: dict[str, Any]) -> None:
    """As many as the frame has, each with its snapshot."""
    lines = list(csv.DictReader(Path(facts["file"]).read_text(encoding="utf-8-sig").splitlines()))
    assert len(lines) == facts["unassociated"] == facts["by_school"]
    assert 0 < len(lines) < facts["rows"]
    assert {line["status"] for line in lines} == {"Unassociated"}
    assert {line["snapshot"] for line in lines} == {facts["snapshot"]}


def test_the_plot_shows_every_school_twice(executed: nbformat.NotebookNode, facts: dict[str, Any]) -> None:
    """Assignments delivered, and missing."""
    (data,) = facts["plot"]["datasets"].values()
    assert sorted((bar["school"], bar["outcome"]) for bar in data) == [
        (school, outcome) for school in facts["schools"] for outcome in ("delivered", "missing")
    ]
    assert sum(bar["number"] for bar in data) > 0
    assert len(shown(executed, "vega-embed")) == 1


def test_the_tables_show_what_was_found(executed: nbformat.NotebookNode, facts: dict[str, Any]) -> None:
    """Every table has its rows, and there are findings of each severity."""
    tables = shown(executed, "<table")
    assert facts["findings"] > 0
    assert [table for table in tables if "<td>" not in table] == []
    assert any(all(f"<th>{severity}</th>" in table for severity in ("lost", "at risk", "note")) for table in tables)

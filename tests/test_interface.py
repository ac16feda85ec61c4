"""``import gpb``: what analysts build on."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import gpb
from gpb.sandbox import Running
from gpb.settings import Settings
from tests.conftest import look
from tests.lent import settings_for

ROOT = Path(__file__).parent.parent


@pytest.fixture
def settings(box: Running, tmp_path: Path) -> Settings:
    """Those of the small district."""
    return settings_for(box, tmp_path)


@pytest.mark.parametrize("statement", ["import gpb", "import gpb.sandbox", "from gpb import *; gpb = GpbError"])
def test_importing_is_cheap_until_a_name_is_used(statement: str) -> None:
    """Neither pandas nor anything that talks or stores is loaded, unless all names are asked for."""
    heavy = ["pandas", "httpx", "sqlalchemy", "gpb.workspace"]
    code = f"{statement}\nimport json, sys; print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == (heavy if "*" in statement else [])


def test_every_name_is_there_and_has_a_docstring() -> None:
    """And no other; completion in a notebook lists them."""
    assert [name for name in gpb.__all__ if not getattr(gpb, name).__doc__] == []
    assert set(gpb.__all__) <= set(dir(gpb))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = gpb.nonsense


def test_pull_gives_the_snapshot_that_latest_finds(settings: Settings, box: Running) -> None:
    """The second reads only what was kept."""
    snapshot = gpb.pull(settings)
    asked = len(look(box, "requests"))
    assert isinstance(snapshot, gpb.Snapshot)
    assert gpb.latest(settings).id == snapshot.id
    pd.testing.assert_frame_equal(gpb.latest(settings).associations(), snapshot.associations())
    assert len(snapshot.associations()) == snapshot.facts.rows > 0
    assert len(look(box, "requests")) == asked


def test_pull_works_where_an_event_loop_runs_already(settings: Settings) -> None:
    """As in a notebook."""

    async def cell() -> str:
        return gpb.pull(settings).id

    assert asyncio.run(cell()) == gpb.latest(settings).id


def test_findings_scores_and_trend_fit_the_snapshot(settings: Settings) -> None:
    """With the columns that the docstrings name."""
    snapshot = gpb.pull(settings)
    rows, found = snapshot.associations(), gpb.findings(settings)
    scores, trend = gpb.scores(snapshot), gpb.trend(settings)
    for table, function in ((found, gpb.findings), (scores, gpb.scores)):
        named = (function.__doc__ or "").replace("``", " ").replace(",", " ").replace(";", " ").split()
        assert [name for name in table.columns if name not in named and name not in set(rows["status"])] == []
    waiting = found.loc[found["finding"].str.startswith("unassociated")]
    assert len(waiting) == (rows["status"].eq("Unassociated") & rows["name_match_id"].isna()).sum() > 0
    assert int(scores["rows"].sum()) == len(rows) == trend["rows"].iloc[-1]
    assert int(scores["Synchronized"].sum()) == rows["status"].eq("Synchronized").sum()


def test_settings_come_from_the_environment(box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none are given."""
    for name, value in {**box.settings, "GPB_DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    assert gpb.pull().id == gpb.latest(gpb.load_settings()).id


def test_what_is_missing_is_an_error_of_the_program(settings: Settings, tmp_path: Path) -> None:
    """One class to catch: no pull yet, no Canvas, no such token."""
    with pytest.raises(gpb.GpbError, match="There is no data from Canvas yet"):
        gpb.latest(settings)
    with pytest.raises(gpb.GpbError, match="GPB_CANVAS_URL is not set"):
        gpb.pull(Settings(_env_file=None, canvas_url="", data_dir=tmp_path))  # type: ignore[call-arg]
    with pytest.raises(gpb.GpbError, match="GPB_TERM"):
        gpb.pull(settings.model_copy(update={"term": "99999"}))


def test_write_csv_keeps_ids_and_makes_no_formula(settings: Settings, tmp_path: Path) -> None:
    """Folders are made; the snapshot is in the last columns when it is given."""
    table = pd.DataFrame({"class_id": ["0012345678901"], "course": ["=1+1"]})
    plain = gpb.write_csv(table, tmp_path / "new" / "plain.csv")
    assert plain.read_bytes().decode("utf-8-sig") == 'class_id,course\r\n"\'0012345678901","\'=1+1"\r\n'
    snapshot = gpb.pull(settings)
    stamped = gpb.write_csv(table, str(tmp_path / "stamped.csv"), snapshot)
    assert f'"{snapshot.id}"' in stamped.read_text(encoding="utf-8-sig")

"""The runs of a store of release 0.4 have their history and can be undone and resumed after its upgrade."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import FromClause, MetaData, create_engine, insert

import gpb.store.migrations
from gpb.sandbox import Running
from gpb.store.database import Database
from gpb.workspace import Workspace
from tests.conftest import look, tell
from tests.sync.conftest import apply, choose_first, free_rows

VERSION = "5"


def as_before(present: Database, url: str) -> None:
    """Make a store of that release with all that this one keeps."""
    config = Config()
    config.set_main_option("script_location", str(Path(gpb.store.migrations.__file__).parent))
    old, new = MetaData(), MetaData()
    new.reflect(present.engine)
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, VERSION)
        old.reflect(connection)
        old.tables["alembic_version"].drop(connection)
        for table in old.sorted_tables:
            if table.name == "alembic_version":
                table.create(connection)
                connection.execute(insert(table).values(version_num=VERSION))
                continue
            kept: FromClause = new.tables[table.name]
            kept = kept.join(new.tables["run_contents"]) if table.name == "runs" else kept
            with present.read() as reading:
                rows = [_row(dict(one)) for one in reading.execute(kept.select()).mappings()]
            connection.execute(table.delete())
            if rows:
                connection.execute(
                    insert(table), [{column.name: row.get(column.name) for column in table.c} for row in rows]
                )
    engine.dispose()


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """All were associations of a group."""
    return {"group_id": int(row["target_id"]), "course_id": 0, **row} if "target_id" in row else row


@pytest.mark.slow
def test_runs_of_before_are_shown_undone_and_resumed(box: Running, pulled: Workspace, tmp_path: Path) -> None:
    """One that was carried out, and one that was cut off."""
    before = look(box, "state")["groups"]
    rows = free_rows(pulled, 4)
    choose_first(pulled, rows.head(2))
    done = apply(pulled)["run"]
    choose_first(pulled, rows.tail(2))
    tell(box, "faults", {"503": 1.0})
    cut = apply(pulled)["run"]
    tell(box, "faults", {"503": 0.0})
    history = pulled.runs.row_history(*(int(rows.iloc[0][name]) for name in ("group_id", "section_id")))
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    as_before(pulled._database, url)
    opened = Workspace(pulled.settings.model_copy(update={"store_url": url}))
    assert opened.runs.counts(done) == pulled.runs.counts(done)
    assert opened.runs.row_history(*(int(rows.iloc[0][n]) for n in ("group_id", "section_id"))).equals(history)
    assert [one.run_id for one in opened.runs.unfinished()] == [cut]
    assert asyncio.run(opened.runs.perform(asyncio.run(opened.door.resume(cut, (), "ann"))))["confirmed"] == 2
    for run_id in (cut, done):
        back = opened.runs.undo(run_id).plan
        assert len(back.changes) == 2
        asyncio.run(opened.runs.perform(asyncio.run(opened.door.begin(back, (), "ann"))))
    present = look(box, "state")["groups"]
    codec = opened.term.latest().codec
    assert {one: codec.read(data) for one, data in present.items()} == {
        one: codec.read(data) for one, data in before.items()
    }
    opened.close()

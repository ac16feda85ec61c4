"""What Focus received before is evidence where Canvas shows the flag alone: asked for once, to be confirmed."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gpb.sandbox import Running
from gpb.sandbox.district.world import CURRENT_TERM, NEXT_TERM
from gpb.sandbox.layout import FLAG_ONLY
from gpb.suggest.room.received import received, unreadable
from gpb.term.line_items import ITEMS
from gpb.workspace import Workspace
from tests.conftest import SMALL, look
from tests.lent import lent, settings_for

pytestmark = pytest.mark.slow


@pytest.fixture
def district(tmp_path: Path) -> Iterator[tuple[Running, Workspace]]:
    """The empty term of a district of the flag alone, after a term that was read and passed back."""
    with lent(replace(SMALL, courses=20, shape=FLAG_ONLY)) as box:
        content = json.dumps({"term_id": CURRENT_TERM}).encode()
        night = urllib.request.Request(f"{box.base_url}/_sandbox/passback", content, method="POST")
        urllib.request.urlopen(night, timeout=30).close()
        fall = Workspace(settings_for(box, tmp_path, term=str(CURRENT_TERM)))
        asyncio.run(fall.term.pull())
        made = Workspace(settings_for(box, tmp_path, term=str(NEXT_TERM)), fall._database)
        asyncio.run(made.term.pull())
        yield box, made
        made.close()


def asked(box: Running) -> list[str]:
    """The sections whose assignments Focus was asked for."""
    paths = [one["path"].partition("?")[0] for one in look(box, "requests") if "/sections/" in one["path"]]
    return [path.split("/")[-2] for path in paths if path.endswith("/assignments")]


def test_focus_is_asked_once_for_each_section_and_what_it_says_is_right(district: tuple[Running, Workspace]) -> None:
    """As many requests as were told; a reading that was cut short goes on; all of it is something to confirm."""
    box, workspace = district
    before = workspace.deciding.proposals()
    (about,) = workspace.received.unasked()
    assert asked(box) == []
    asyncio.run(workspace.received._items.read(about.snapshot_id, about.sections[:3]))
    (rest,) = workspace.received.unasked()
    assert rest.requests == about.requests - 3
    asyncio.run(workspace.received.ask(rest))
    assert sorted(asked(box)) == sorted(about.sections)
    assert workspace.received._items.frame(about.snapshot_id)["due"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert workspace.received._snapshot(about.snapshot_id).tables["assignments"]["due_at"].notna().any()
    assert workspace.received.unasked() == []

    found = workspace.deciding.proposals()
    mine = found.loc[found["source"].eq("passed back")]
    assert set(mine["tier"]) <= {"B", "C"}
    assert len(mine) > 20
    assert found["category"].notna().sum() >= before["category"].notna().sum() + 20
    with urllib.request.urlopen(f"{box.base_url}/_sandbox/answers?term_id={NEXT_TERM}", timeout=30) as reply:
        truth = pd.DataFrame(json.load(reply))[["group_id", "section_id", "title"]]
    held = mine.merge(truth, on=["group_id", "section_id"])
    assert held["category"].eq(held["title"]).mean() >= 0.99


def test_a_title_that_occurs_twice_and_a_group_in_two_categories_say_nothing(
    district: tuple[Running, Workspace],
) -> None:
    """An assignment in Focus does not say which group it came from."""
    _, workspace = district
    (one,) = workspace.earlier.listed()[:1]
    snapshot = workspace.received._snapshot(str(one.snapshot_id))
    rows, inside = unreadable(snapshot), snapshot.tables["assignments"]
    sizes = inside.groupby("group_id")["assignment"].agg(["size", "nunique"])
    row = rows.loc[rows["group_id"].isin(sizes.index[sizes["size"].gt(1) & sizes["size"].eq(sizes["nunique"])])].iloc[0]
    first, second = inside.loc[inside["group_id"].eq(row["group_id"]), "assignment"].head(2)
    one_id, other_id = list(snapshot.validity.options(row["class_id"]))[:2]

    def told(*items: tuple[str, str]) -> int:
        lines = [(row["class_id"], *item, "") for item in items]
        return int(received(snapshot, pd.DataFrame(lines, columns=list(ITEMS), dtype="str"))["rows"].sum())

    assert told((first, one_id), (second, one_id)) <= 1
    assert told((first, one_id), (first, one_id)) == 0
    assert told((first, one_id), (second, other_id)) <= told((first, one_id), (second, one_id))

"""What is predicted for tonight is what arrives: the vendor's tool, which shares no code, has its night."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gpb.api.connect import connect
from gpb.frames.passback import Outcome, Reason
from gpb.frames.schemas import Status
from gpb.keys import keys
from gpb.sandbox import Running, SandboxConfig
from gpb.sandbox.district.assignments import assignments_of
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.lent import lent, settings_for

Place = tuple[int, int]
Line = tuple[str, str | None]
SAME_TO_THE_VENDOR = {Reason.NO_CATEGORIES: Reason.NO_CATEGORY}
"""Why no category fits makes no difference to its tool."""


def passback(box: Running) -> list[dict[str, Any]]:
    """Let the night happen; what became of each assignment in each section."""
    request = urllib.request.Request(f"{box.base_url}/_sandbox/passback", b"{}", method="POST")
    with urllib.request.urlopen(request, timeout=30) as reply:
        lines: list[dict[str, Any]] = json.load(reply)
    return lines


def arrived(box: Running) -> dict[Place, Line]:
    """Reason and category by assignment and section, of the flagged assignments."""
    world = box.world
    listed = [one for group in world.groups.values() for one in assignments_of(world, group)]
    flagged = {one.id for one in listed if one.post_to_sis}
    return {
        (line["assignment_id"], line["section_id"]): (line["reason"], line["category_id"])
        for line in passback(box)
        if line["assignment_id"] in flagged
    }


def predicted(lines: pd.DataFrame) -> dict[Place, Line]:
    """The same of the prediction, in the words of the vendor's tool."""
    found = {}
    for line in lines.itertuples():
        reason = Reason(str(line.reason))
        category = line.category_id if isinstance(line.category_id, str) else None
        found[int(str(line.assignment_id)), int(str(line.section_id))] = (
            str(SAME_TO_THE_VENDOR.get(reason, reason)),
            category,
        )
    return found


def agree(foretold: dict[Place, Line], found: dict[Place, Line]) -> set[Place]:
    """Assert that every line arrived as predicted; returns those of which nothing is claimed: the vendor hides them."""
    hidden = {key for key, (reason, _) in foretold.items() if reason == Reason.ELSEWHERE}
    known = foretold.keys() - hidden
    assert foretold.keys() == found.keys()
    assert {key: foretold[key] for key in known} == {key: found[key] for key in known}
    return hidden


def just_pulled(box: Running, folder: Path, dialect: str = "focus") -> Workspace:
    """A workspace on this district that has pulled."""
    tail = "/ims/oneroster/v1p1" if dialect == "oneroster" else ""
    made = Workspace(settings_for(box, folder, sis_dialect=dialect, sis_url=box.settings["GPB_SIS_URL"] + tail))
    asyncio.run(made.term.pull())
    return made


COURSES = 30
"""Enough for some that no hand has made."""
QUICK = [("sistemic", False, "focus", 1), ("flag-only", True, "oneroster", 2)]
DISTRICTS = [
    pytest.param(*district, marks=[] if district in QUICK else pytest.mark.slow)
    for district in [
        (shape, drawn, dialect, seed)
        for shape in ("sistemic", "flat", "flag-only")
        for drawn in (False, True)
        for dialect in ("focus", "oneroster")
        for seed in (1, 2, 3)
    ]
]


@pytest.mark.parametrize(("shape", "drawn", "dialect", "seed"), DISTRICTS)
def test_the_night_delivers_what_was_predicted(
    tmp_path: Path, shape: str, drawn: bool, dialect: str, seed: int
) -> None:
    """Every line; of what the vendor keeps in a store of its own nothing is claimed but that it cannot be known."""
    with lent(SandboxConfig(port=0, schools=2, courses=COURSES, seed=seed, shape=shape, drawn_layout=drawn)) as box:
        workspace = just_pulled(box, tmp_path, dialect)
        lines = workspace.audit.tonight()
        foretold, found = predicted(lines), arrived(box)
        workspace.close()
    hidden = agree(foretold, found)
    assert {found[key][0] for key in hidden} <= {"vendor_store", "name", "no_category"}
    assert (len(hidden) > len(foretold) / 3) == (shape == "flag-only")
    assert len({reason for reason, _ in foretold.values()}) >= 9
    assert lines["outcome"].ne(Outcome.UNCERTAIN).mean() > 1 / 3


def test_after_a_sync_the_night_delivers_what_was_promised(box: Running, pulled: Workspace) -> None:
    """Every draft arrives in Focus under the category that was chosen, read back through Focus' own API."""
    before = pulled.audit.tonight()
    rows = pulled.term.rows()
    open_rows = rows.loc[rows["status"].eq(Status.UNASSOCIATED)]
    options = pulled.term.latest().validity.options
    wanted = {
        key: next(reversed(options(class_id)))
        for key, class_id in zip(keys(open_rows), open_rows["class_id"], strict=True)
    }
    edit_now(pulled, wanted)
    run = asyncio.run(pulled.door.begin(pulled.plan(), {"already_passed_back", "too_many_changes"}, "ann"))
    asyncio.run(pulled.runs.perform(run))

    lines = pulled.audit.tonight()
    agree(predicted(lines), arrived(box))
    promised = lines.loc[lines["outcome"].eq(Outcome.PASSED)]
    assert len(promised) > before["outcome"].eq(Outcome.PASSED).sum()
    mine = promised.loc[[key in wanted for key in keys(promised)]]
    assert len(mine) > 40
    assert [wanted[key] for key in keys(mine)] == mine["category_id"].tolist()
    classes = rows.drop_duplicates("section_id").set_index("section_id")["class_id"].to_dict()
    in_focus = asyncio.run(used(pulled, [classes[section_id] for section_id in mine["section_id"].unique()]))
    assert {(classes[line.section_id], line.category_id) for line in mine.itertuples()} <= in_focus


async def used(workspace: Workspace, class_ids: list[str]) -> set[tuple[str, str]]:
    """Classes with the categories under which Focus shows assignments of them."""
    async with connect(workspace.settings) as connections:
        found = await asyncio.gather(*map(connections.sis.used_categories, class_ids))
    return {(class_id, category) for class_id, own in zip(class_ids, found, strict=True) for category in own}

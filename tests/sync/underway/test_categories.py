"""A run asks for the categories of its plan alone."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gpb.api.types import SisCategory
from gpb.errors import FatalError, ServerFault
from gpb.sandbox import Running
from gpb.sync.kinds.change import Change
from gpb.sync.underway.categories import AT_ONCE, PlanCategories
from gpb.workspace import Workspace
from tests.conftest import look
from tests.lent import confirm, settings_for
from tests.sync.conftest import apply, choose_first, free_rows
from tests.variants import first_quick

CHANGE = Change(1, 1, 1, "s", "k0", None, None, "c0", "Essays", "North", "Math", "Essays", "1")


class Sis:
    """Knows one category in each class; ``is_open`` says that it cannot tell of some alone."""

    def __init__(self, number: int, *, is_open: bool = False) -> None:
        self.every = [SisCategory(f"c{n}", f"Title {n}", True, (f"k{n}",)) for n in range(number)]
        self.is_open = is_open
        self.asked: list[int] = []

    async def some_categories(self, wanted: Mapping[str, Collection[str]]) -> list[SisCategory] | None:
        """Those of the ids."""
        self.asked.append(len(wanted))
        return None if self.is_open else [one for one in self.every if one.id in wanted]

    async def categories(self, odd: Any) -> list[SisCategory]:
        """All."""
        assert odd == []
        self.asked.append(0)
        return self.every


@pytest.mark.parametrize("is_open", [False, True])
async def test_they_are_asked_for_in_parts_when_they_are_needed(*, is_open: bool) -> None:
    """And the part after that; the whole list once, where the SIS cannot tell of some alone."""
    sis = Sis(3 * AT_ONCE, is_open=is_open)
    changes = [replace(CHANGE, class_id=f"k{n}", after_id=f"c{n}") for n in range(3 * AT_ONCE)]
    wanted = PlanCategories(sis, changes)  # type: ignore[arg-type]  # what else a SIS can do is not asked for
    assert (await wanted.of(changes[:1])).options("k0") == {"c0": "Title 0"}
    await asyncio.sleep(0)
    assert sorted(sis.asked) == [0] * is_open + [AT_ONCE] * 2
    ends = await wanted.of([changes[0], changes[-1], replace(CHANGE, after_id=None)])
    assert [ends.options(class_id) for class_id in ("k0", f"k{3 * AT_ONCE - 1}")] == [
        {"c0": "Title 0"}, {f"c{3 * AT_ONCE - 1}": f"Title {3 * AT_ONCE - 1}"},
    ]  # fmt: skip
    assert sorted(sis.asked) == [0] * is_open + [AT_ONCE] * 3


async def test_a_sis_that_does_not_answer_ends_the_run() -> None:
    """No other operation would learn more."""
    sis = Sis(1)

    async def fail(_: object) -> None:
        raise ServerFault("Focus failed.", system="Focus")

    sis.some_categories = fail  # type: ignore[assignment]
    with pytest.raises(FatalError, match="It kept failing"):
        await PlanCategories(sis, [CHANGE]).of([CHANGE])  # type: ignore[arg-type]


@pytest.mark.parametrize("dialect", first_quick(["focus", "oneroster"]))
def test_a_run_of_a_few_rows_reads_no_list_of_all_categories(box: Running, tmp_path: Path, dialect: str) -> None:
    """In a large district that would be thousands of requests before the first write."""
    base = box.settings["GPB_SIS_URL"].removesuffix("/ims/oneroster/v1p1")
    url = base + ("/ims/oneroster/v1p1" if dialect == "oneroster" else "")
    workspace = Workspace(settings_for(box, tmp_path, sis_dialect=dialect, sis_url=url))
    asyncio.run(workspace.term.pull())
    confirm(workspace)
    rows = free_rows(workspace, 3)
    choose_first(workspace, rows)
    before = len(look(box, "requests"))
    assert apply(workspace)["confirmed"] == 3
    asked = [one["path"] for one in look(box, "requests")[before:] if "categories" in one["path"]]
    assert len(asked) == (1 if dialect == "focus" else rows["class_id"].nunique())
    workspace._database.close()

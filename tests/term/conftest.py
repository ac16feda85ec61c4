"""Two workspaces on one store and one data directory, as a nightly pull and a dashboard are, and what comes between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from gpb.api.http import concurrency
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import SMALL, look, tell
from tests.lent import lent, put_data, settings_for
from tests.sync.conftest import apply, choose_first, free_rows

Key = tuple[int, int]


@dataclass
class District:
    """A dashboard (``app``), a cron job (``cron``), and the Canvas that both read; ``wishes`` are what ann drafted."""

    box: Running
    app: Workspace
    cron: Workspace
    wishes: dict[Key, str] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)

    def draft(self, rows: int) -> None:
        """Ann associates so many unassociated rows, each of another group."""
        self.wishes = choose_first(self.app, free_rows(self.app, rows))

    def sync(self) -> None:
        """Ann syncs, in a thread of her own, from the beginning to the end."""

        in_thread(lambda: self.summary.update(apply(self.app)))
        assert self.summary["planned"] == len(self.wishes)

    def pull(self, when: Callable[[int, int], bool], then: Callable[[], None]) -> None:
        """Cron reads the term, and once in the middle of it something happens, from its beginning to its end."""
        is_over = False

        def progress(done: int, total: int, _text: str) -> None:
            nonlocal is_over
            if not is_over and when(done, total):
                is_over = True
                then()

        asyncio.run(self.cron.term.pull(progress))
        assert is_over

    def teacher(self, key: Key, category: str | None) -> None:
        """A teacher has Canvas store this category for a row, or nothing for its whole group."""
        rows = self.app.term.latest().associations().set_index(["group_id", "section_id"])
        entry = {} if category is None else {rows.loc[key, "sis_section_id"]: {"categoryId": category}}
        tell(self.box, f"integration_data/{key[0]}", {"sistemic": {"categoryMapping": entry}} if entry else {})

    def other_category(self, key: Key) -> str:
        """A category that is valid for the row, and not the one that ann wishes."""
        rows = self.app.term.latest().associations().set_index(["group_id", "section_id"])
        options = self.app.term.latest().validity.options(rows.loc[key, "class_id"])
        return next(one for one in options if one != self.wishes.get(key))

    def held(self) -> dict[Key, str | None]:
        """What Canvas holds for ann's rows, seen from outside."""
        stored = look(self.box, "state")["groups"]
        rows = self.app.term.latest().associations().set_index(["group_id", "section_id"])
        found: dict[Key, str | None] = {}
        for key in self.wishes:
            mapping = stored[str(key[0])].get("sistemic", {}).get("categoryMapping", {})
            entry = mapping.get(rows.loc[key, "sis_section_id"])
            found[key] = entry["categoryId"] if entry else None
        return found

    def shown(self, workspace: Workspace | None = None) -> dict[Key, str | None]:
        """What the screen shows as stored for ann's rows."""
        rows = (workspace or self.app).term.rows().set_index(["group_id", "section_id"])["stored_reference"]
        found = rows.loc[list(self.wishes)].astype(object)
        return dict(zip(found.index.tolist(), found.where(found.notna(), None).tolist(), strict=True))


def in_thread(work: Callable[[], object]) -> None:
    """Do it in a thread of its own, where another event loop may run, from the beginning to the end.

    As in a process of its own it has a limiter of its own: the loop that stands still here holds places of the other.
    """
    concurrency._SHARED.clear()
    thread = Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture
def district(tmp_path: Path) -> Iterator[District]:
    """A district that has been read once, whose servers take their time; ann has drafted twelve rows."""
    with lent(replace(SMALL, latency_ms=20)) as box:
        put_data(box, tmp_path, pulled=True)
        made = District(box, Workspace(settings_for(box, tmp_path)), Workspace(settings_for(box, tmp_path)))
        made.draft(12)
        yield made
        made.app._database.close()
        made.cron._database.close()


def at_the_start(done: int, _total: int) -> bool:
    """Before the first course is read."""
    return done == 0


def in_the_middle(done: int, total: int) -> bool:
    """When half of the courses are read, and others are under way."""
    return 2 * done >= total > 0


def at_the_end(done: int, total: int) -> bool:
    """When all courses are read, and nothing is kept yet."""
    return done == total > 0


WHENEVER = [at_the_start, in_the_middle, at_the_end]

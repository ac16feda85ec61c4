"""Kilobytes that a page sends over its websocket: opened for the first time, drawn again, and after an edit.

A message that the browser has already is counted as what travels then, its hash.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure
from benchmarks.sessions import dashboard
from benchmarks.sessions.person import Person, dialled
from gpb.settings import ROOT

AGAIN = 3
LIMIT = 300
"""Kilobytes of one run of a page."""


def measured(environment: Mapping[str, str], rows: str, edit: Callable[[], None]) -> list[Figure]:
    """Of every page of the dashboard with these settings; ``edit`` is one of another person, new each time."""
    with dashboard(dict(environment)) as (port, _):
        return [
            figure
            for page in sorted(file.stem for file in Path(ROOT / "pages").glob("[!_]*.py"))
            for figure in asyncio.run(_of_page(port, page, rows, edit))
        ]


async def _of_page(port: int, page: str, rows: str, edit: Callable[[], None]) -> list[Figure]:
    async with dialled(port) as connection:
        person = Person(connection, page, "figure=all" if page == "associate" else "")
        listening = asyncio.create_task(person.listen())
        first = await person.drawn()
        again = median([await person.drawn() for _ in range(AGAIN)])
        after = []
        for _ in range(AGAIN):
            edit()
            after.append(await person.drawn())
        found = [
            _figure(f"{rows}, {page}, sent when it opens", first),
            _figure(f"{rows}, {page}, sent when it is drawn again", again),
            _figure(f"{rows}, {page}, sent after another's edit", median(after)),
        ]
        if page == "associate":
            luck = random.Random(1)
            found.append(_figure(f"{rows}, {page}, sent after an edit in the grid", await _edits(person, luck)))
        person.leave()
        listening.cancel()
    return found


async def _edits(person: Person, luck: random.Random) -> float:
    sent = []
    for _ in range(AGAIN):
        before, runs = person.received, person.runs
        await person.edit(luck)
        await person.sees(lambda runs=runs: person.runs > runs)  # type: ignore[misc]  # the page below the grid
        sent.append(person.received - before)
    return median(sent)


def _figure(name: str, sent: float) -> Figure:
    return Figure(name, sent / 1000, "kB", LIMIT)

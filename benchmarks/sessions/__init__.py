"""A hundred people at one dashboard: each has a websocket as a browser has, opens Associate, and some of them edit.

They come one after the other, a moment apart, and from then on each page asks for the parts that draw themselves, as a
page that lies open does. When all are here and have been for a while, a fifth of them edits now and then. The dashboard
and the sandbox are processes of their own.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import psutil

from benchmarks.district import district, settings_for
from benchmarks.figure import Figure
from benchmarks.pages import free_port, wait_for
from benchmarks.sessions.person import GRID, ROWS, Person, dialled
from gpb.settings import ROOT
from gpb.workspace import Workspace

PEOPLE, FEWER = 100, 10
COURSES = 2_000
APART, QUIET = 0.5, 30.0
"""Seconds at least from one who comes to the next, and for which all look at what is there."""
EDITORS, EDITS, PAUSE = 0.2, 5, 30.0
"""The share of the people who edit, how many edits each, and up to how many seconds a person looks before an edit."""


class Afternoon:
    """The people at one dashboard, and what they saw."""

    def __init__(self, people: int, port: int, process: psutil.Process) -> None:
        self.people = people
        self.seconds: list[float] = []
        self.opened: list[float] = []
        self.received: list[int] = []
        self.sent_again = 0
        self.memory: list[int] = []
        self.busy = self.told = 0.0
        self._port, self._process = port, process
        self._is_over = asyncio.Event()

    async def spend(self) -> None:
        """All come one after the other, look, then some edit; whoever is thrown out ends it."""
        async with asyncio.TaskGroup() as group:
            persons = [await self._come(number, group) for number in range(self.people)]
            await self._look(persons)
            some = persons[:: round(1 / EDITORS)]
            await asyncio.gather(*(self._edit(person, random.Random(number)) for number, person in enumerate(some)))
            self._is_over.set()

    async def _come(self, number: int, group: asyncio.TaskGroup) -> Person:
        begun, here = time.perf_counter(), asyncio.Queue[Person]()
        group.create_task(self._stay(number, here))
        person = await here.get()
        await person.ask()
        await person.sees(lambda: person.shown.keys() >= {GRID, ROWS} and person.runs > 0)
        self.opened.append(time.perf_counter() - begun)
        self.memory.append(self._process.memory_info().rss)
        await asyncio.sleep(max(0.0, begun + APART - time.perf_counter()))
        return person

    async def _stay(self, number: int, here: asyncio.Queue[Person]) -> None:
        async with dialled(self._port) as connection:
            person = Person(connection, "associate", "figure=all", f"person {number}")
            await here.put(person)
            listening = asyncio.create_task(person.listen())
            over = asyncio.create_task(self._is_over.wait())
            await asyncio.wait((listening, over), return_when=asyncio.FIRST_COMPLETED)
            person.leave()
            over.cancel()
            if listening.done():
                listening.result()  # what went wrong in it
            assert self._is_over.is_set(), f"{person.name} was thrown out: {connection.close_code}"
            listening.cancel()

    async def _look(self, persons: list[Person]) -> None:
        """What an open page costs while nobody does anything."""
        before, looks = self._cpu(), sum(person.looks for person in persons)
        began = time.perf_counter()
        await asyncio.sleep(QUIET)
        passed = time.perf_counter() - began
        self.busy = (self._cpu() - before) / passed
        self.told = (sum(person.looks for person in persons) - looks) / passed
        self.memory.append(self._process.memory_info().rss)

    async def _edit(self, person: Person, luck: random.Random) -> None:
        before = person.received
        for _ in range(EDITS):
            await asyncio.sleep(luck.uniform(0, PAUSE))
            self.seconds.append(await person.edit(luck))
        self.received.append((person.received - before) // EDITS)
        self.sent_again += person.sent_again

    def _cpu(self) -> float:
        used = self._process.cpu_times()
        return float(used.user + used.system)


def measure() -> list[Figure]:
    """Milliseconds of an edit, kilobytes that it brings (with what the bar asks meanwhile), memory of a session."""
    return [figure for people in (FEWER, PEOPLE) for figure in measured(people)]


def measured(people: int) -> list[Figure]:
    """The same for so many people; the aims are for PEOPLE."""
    with tempfile.TemporaryDirectory() as folder, district("--courses", str(COURSES)) as printed:
        workspace = Workspace(settings_for(printed, Path(folder)))
        asyncio.run(workspace.term.pull())
        workspace.close()
        with dashboard({**os.environ, **printed, "GPB_DATA_DIR": folder}) as (port, process):
            afternoon = Afternoon(people, port, process)
            asyncio.run(afternoon.spend())
    return _figures(afternoon)


def _figures(seen: Afternoon) -> list[Figure]:
    few = min(10, seen.people // 2)  # what the first ones load is no session's
    per_session = (seen.memory[-1] - seen.memory[few - 1]) / (seen.people - few) / 1e6
    who, is_aim = f"{seen.people} people", seen.people == PEOPLE
    looks = f"{seen.told:.1f} looks a second"
    again = f", {seen.sent_again} sent again after 20 s" if seen.sent_again else ""
    memory = Figure(f"memory of a session, {who}", per_session, "MB", 3 if is_aim else None)
    return [
        Figure(f"edit, {who}, median", median(seen.seconds) * 1000, "ms", told=f"{len(seen.seconds)} edits{again}"),
        Figure(f"edit, {who}, 95 %", quantiles(seen.seconds, n=20)[-1] * 1000, "ms"),
        Figure(f"page opened, {who}, median", median(seen.opened) * 1000, "ms"),
        Figure(f"{who} who only look, CPU of the server", seen.busy * 100, "%", told=looks),
        Figure(f"sent per edit, {who}", median(seen.received) / 1000, "kB", 300 if is_aim else None),
        *([memory] if seen.people >= PEOPLE else []),  # of few people it is less than what comes and goes
    ]


@contextmanager
def dashboard(environment: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    """The dashboard in a process of its own, where it can be called: its port."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=120):
            pass  # it listens before it has loaded what pages need
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)

"""A hundred people at one dashboard: each has a websocket as a browser has, opens Associate, and edits now and then.

They speak Streamlit's own messages (``streamlit.proto``) and do what its script in the browser does: name the messages
that they have, ask again for the parts that draw themselves. The dashboard and the sandbox are processes of their own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from benchmarks.district import district, settings_for
from benchmarks.figure import Figure
from gpb.settings import ROOT
from gpb.workspace import Workspace

PEOPLE, EDITS, PAUSE = 100, 5, 30.0
"""How many people, how many edits each, and up to how many seconds a person looks before an edit."""
COURSES = 2_000
COMPONENTS = ("gpb_grid_rows", "gpb_grid")
PATIENCE = 300


class Person:
    """One browser tab on the page Associate."""

    def __init__(self, connection: ClientConnection, name: str) -> None:
        self.connection, self.name = connection, name
        self.shown: dict[str, Any] = {}
        self.outbox: dict[str, Any] | None = None
        self.numbers = itertools.count(1)
        self.received = 0
        self.cached: set[str] = set()
        self.clocks: dict[str, asyncio.Task[None]] = {}
        self.changed = asyncio.Condition()

    async def listen(self) -> None:
        """Take what the server sends until the connection ends."""
        async for text in self.connection:
            assert isinstance(text, bytes)
            self.received += len(text)
            message = ForwardMsg.FromString(text)
            if message.metadata.cacheable:
                self.cached.add(message.hash)
            element = message.delta.new_element.bidi_component
            if element.component_name in COMPONENTS:
                async with self.changed:
                    self.shown[element.component_name] = element
                    self.changed.notify_all()
            if message.WhichOneof("type") == "auto_rerun":
                self._wind(message.auto_rerun.fragment_id, message.auto_rerun.interval)

    async def ask(self, *, fragment: str = "") -> None:
        """Have the page, or a fragment of it, drawn; with what the grid holds, as the browser tells it each time."""
        message = BackMsg()
        asked = message.rerun_script
        asked.page_name, asked.query_string, asked.fragment_id = "associate", "figure=all", fragment
        asked.is_auto_rerun = bool(fragment)
        asked.cached_message_hashes.extend(self.cached)
        if self.outbox is not None:
            state = asked.widget_states.widgets.add()
            state.id, state.json_value = self.shown["gpb_grid"].id, json.dumps({"outbox": self.outbox})
        await self.connection.send(message.SerializeToString())

    async def sees(self, condition: Callable[[], bool]) -> None:
        """Wait until the page says so."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(condition)

    async def edit(self, luck: random.Random) -> float:
        """Choose a category in some row; seconds until the grid says that it is taken."""
        number, row = next(self.numbers), luck.choice(json.loads(self.shown["gpb_grid_rows"].json)["rows"])
        snapshot = json.loads(self.shown["gpb_grid"].json)["snapshot"]
        edit = {"n": number, "kind": "edit", "snapshot": snapshot, "cells": [[row[0], "Unassociated", ""]]}
        begun = perf_counter()
        self.outbox = {"client": self.name, "actions": [edit]}
        await self.ask()
        await self.sees(lambda: json.loads(self.shown["gpb_grid"].json)["taken"].get(self.name) == number)
        return perf_counter() - begun

    def _wind(self, fragment: str, seconds: float) -> None:
        """Ask for a fragment again and again, as the browser does where the server says so."""
        if fragment in self.clocks:
            self.clocks[fragment].cancel()

        async def tick() -> None:
            while True:
                await asyncio.sleep(seconds)
                await self.ask(fragment=fragment)

        self.clocks[fragment] = asyncio.create_task(tick())


class Afternoon:
    """The people at one dashboard, and what they saw."""

    def __init__(self, port: int, process: psutil.Process) -> None:
        self.address, self.origin = f"ws://127.0.0.1:{port}/_stcore/stream", f"http://127.0.0.1:{port}"
        self.process = process
        self.seconds: list[float] = []
        self.received: list[int] = []
        self.here, self.all_here = 0, asyncio.Event()
        self.memory: list[int] = []

    async def spend(self) -> None:
        """All come one after the other, then edit."""
        await asyncio.gather(*(self._person(number) for number in range(PEOPLE)))

    async def _person(self, number: int) -> None:
        luck = random.Random(number)
        while self.here < number:
            await asyncio.sleep(0.05)
        async with connect(self.address, max_size=None, origin=Origin(self.origin)) as connection:
            person = Person(connection, f"person {number}")
            listening = asyncio.create_task(person.listen())
            await person.ask()
            await person.sees(lambda: len(person.shown) == len(COMPONENTS))
            await self._has_come()
            before = person.received
            for _ in range(EDITS):
                await asyncio.sleep(luck.uniform(0, PAUSE))
                self.seconds.append(await person.edit(luck))
            self.received.append((person.received - before) // EDITS)
            listening.cancel()
            for clock in person.clocks.values():
                clock.cancel()

    async def _has_come(self) -> None:
        self.here += 1
        self.memory.append(self.process.memory_info().rss)
        if self.here == PEOPLE:
            self.all_here.set()
        await self.all_here.wait()


def measure() -> list[Figure]:
    """Milliseconds of an edit, kilobytes that it brings (with what the bar asks meanwhile), memory of a session."""
    with tempfile.TemporaryDirectory() as folder, district("--courses", str(COURSES)) as printed:
        workspace = Workspace(settings_for(printed, Path(folder)))
        asyncio.run(workspace.term.pull())
        workspace.close()
        with _dashboard({**os.environ, **printed, "GPB_DATA_DIR": folder}) as (port, process):
            afternoon = Afternoon(port, process)
            asyncio.run(afternoon.spend())
    ninety_five = quantiles(afternoon.seconds, n=20)[-1]
    first, last = afternoon.memory[PEOPLE // 10], afternoon.memory[-1]
    per_session = (last - first) / (PEOPLE - PEOPLE // 10 - 1) / 1e6
    return [
        Figure(f"edit, {PEOPLE} people, median", median(afternoon.seconds) * 1000, "ms"),
        Figure(f"edit, {PEOPLE} people, 95 %", ninety_five * 1000, "ms"),
        Figure(f"sent per edit, {PEOPLE} people", median(afternoon.received) / 1000, "kB", 300),
        Figure("memory of a session", per_session, "MB", 3),
    ]


@contextmanager
def _dashboard(environment: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)

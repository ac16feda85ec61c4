"""A person's browser tab without the browser: Streamlit's own messages over a websocket, as its script sends them.

It names the messages that it has, forgets those that no run of the page has used for a while, and asks again and again
for the parts that draw themselves. A browser never sends a ping of its own and gives nobody up; neither does this.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

GRID, ROWS, NEWS = "gpb_grid", "gpb_grid_rows", "gpb_grid_news"
PATIENCE = 300
AGAIN = 20.0
"""Seconds after which an edit that nobody has taken is sent again, as the grid does (``frontend/src/outbox.js``)."""
KEPT_RUNS = 2
"""Runs of the page for which a message is kept that none has used (``global.maxCachedMessageAge``)."""


def dialled(port: int) -> connect:
    """A websocket as the dashboard's own page opens it."""
    address, origin = f"ws://127.0.0.1:{port}/_stcore/stream", Origin(f"http://127.0.0.1:{port}")
    return connect(address, origin=origin, max_size=None, open_timeout=PATIENCE, ping_interval=None)


class Person:
    """One tab on one page; ``listen`` has to run beside all else."""

    def __init__(self, connection: ClientConnection, page: str, query: str = "", name: str = "person") -> None:
        self.page, self.query, self.name = page, query, name
        self.shown: dict[str, Any] = {}
        self.received = self.runs = self.looks = 0
        self._connection = connection
        self.sent_again = 0
        self._outbox: dict[str, Any] | None = None
        self._numbers = itertools.count(1)
        self._used: dict[str, int] = {}
        self._clocks: dict[str, asyncio.Task[None]] = {}
        self._is_part = False
        self._changed = asyncio.Condition()

    async def listen(self) -> None:
        """Take what the server sends until the connection ends."""
        async for text in self._connection:
            assert isinstance(text, bytes)
            self.received += len(text)
            self._take(ForwardMsg.FromString(text))
            async with self._changed:
                self._changed.notify_all()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            self._used[message.ref_hash] = self.runs
        elif message.metadata.cacheable:
            self._used[message.hash] = self.runs
        if kind == "delta":
            self._draw(message.delta.new_element)
        elif kind == "new_session":
            self._is_part = bool(message.metadata.run.fragment_ids)
            if not self._is_part:  # the page says anew which parts draw themselves
                self.leave()
        elif kind == "auto_rerun":
            self._wind(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._stop(fragment)
        elif kind == "script_finished":
            self._end(message.script_finished)

    def _draw(self, element: Element) -> None:
        assert not element.HasField("exception"), element.exception.message
        if element.HasField("bidi_component"):
            self.shown[element.bidi_component.component_name] = element.bidi_component

    def _end(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            self.looks += 1
        elif status == ForwardMsg.FINISHED_SUCCESSFULLY and not self._is_part:
            self.runs += 1
            self._used = {one: run for one, run in self._used.items() if self.runs - run <= KEPT_RUNS}

    async def ask(self, *, fragment: str = "") -> None:
        """Have the page, or a fragment of it, drawn; with what the grid holds, as the browser tells it each time."""
        message = BackMsg()
        asked = message.rerun_script
        asked.page_name, asked.query_string, asked.fragment_id = self.page, self.query, fragment
        asked.is_auto_rerun = bool(fragment)
        asked.cached_message_hashes.extend(self._used)
        if self._outbox is not None:
            state = asked.widget_states.widgets.add()
            state.id, state.json_value = self.shown[GRID].id, json.dumps({"outbox": self._outbox})
        await self._connection.send(message.SerializeToString())

    async def sees(self, condition: Callable[[], bool]) -> None:
        """Wait until the page says so."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(condition)

    async def drawn(self) -> int:
        """Have the whole page drawn; the bytes that came until it was."""
        before, runs = self.received, self.runs
        await self.ask()
        await self.sees(lambda: self.runs > runs)
        return self.received - before

    async def edit(self, luck: random.Random) -> float:
        """Choose a category in some row; seconds until the grid says that it is taken."""
        number, row = next(self._numbers), luck.choice(json.loads(self.shown[ROWS].json)["rows"])
        snapshot = json.loads(self.shown[GRID].json)["snapshot"]
        edit = {"n": number, "kind": "edit", "snapshot": snapshot, "cells": [[row[0], "Unassociated", ""]]}
        begun = perf_counter()
        self._outbox = {"client": self.name, "actions": [edit]}
        sending = asyncio.create_task(self._send_until_taken())
        try:
            await self.sees(lambda: json.loads(self.shown[GRID].json)["taken"].get(self.name) == number)
        finally:
            sending.cancel()
        return perf_counter() - begun

    async def _send_until_taken(self) -> None:
        """Nothing else tells the server of an edit whose run of the page ended for another one."""
        await self.ask()
        while True:
            await asyncio.sleep(AGAIN)
            self.sent_again += 1
            await self.ask()

    def leave(self) -> None:
        """Ask for nothing any more."""
        for fragment in list(self._clocks):
            self._stop(fragment)

    def _wind(self, fragment: str, seconds: float) -> None:
        """Ask for a fragment again and again, as the browser does where the server says so."""
        self._stop(fragment)

        async def tick() -> None:
            with suppress(ConnectionClosed):  # ``listen`` tells
                while True:
                    await asyncio.sleep(seconds)
                    await self.ask(fragment=fragment)

        self._clocks[fragment] = asyncio.create_task(tick())

    def _stop(self, fragment: str) -> None:
        if fragment in self._clocks:
            self._clocks.pop(fragment).cancel()

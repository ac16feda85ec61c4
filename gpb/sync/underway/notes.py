"""The journal of a run, written beside the event loop: requests go on while the disk of the store is at work.

One thread writes, so that all is stored in the order in which it was asked for; whoever asks waits until it is stored,
and no request leaves before that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

from gpb.store.run_records import Outcome, Target
from gpb.store.runs import Journal
from gpb.sync.underway.clocks import Moment

Answer = TypeVar("Answer")
HOLDS = 0.1
"""Seconds for which a run that was seen held needs no other look: nobody takes it from one that lived so lately."""


class Notes:
    """What ``Journal`` notes of one run; leave the block when no operation writes any more."""

    def __init__(self, journal: Journal, run_id: str) -> None:
        self._journal = journal
        self._run_id = run_id
        self._writer = ThreadPoolExecutor(1, thread_name_prefix=f"gpb-journal-{run_id}")
        self._held_at: Moment | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._writer.shutdown(cancel_futures=True)

    async def intend(self, target: Target, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """See ``Journal.intend``."""
        await self._write(lambda: self._journal.intend(self._run_id, target, sent, stored))

    async def withdraw(self, target: Target) -> None:
        """See ``Journal.withdraw``."""
        await self._write(lambda: self._journal.withdraw(self._run_id, target))

    async def settle(self, target: Target, outcomes: Iterable[Outcome], echo: Mapping[str, Any] | None = None) -> None:
        """See ``Journal.settle``."""
        await self._write(lambda: self._journal.settle(self._run_id, target, outcomes, echo))

    async def check_held(self) -> None:
        """See ``Journal.check_held``; it waits for nothing that is to be written, and asks nothing within HOLDS."""
        if self._held_at is None or max(self._held_at.ages()) > HOLDS:
            await self._held(asyncio.to_thread(self._journal.check_held, self._run_id))

    async def cancelled_by(self) -> str | None:
        """See ``Journal.cancel_requested``."""
        return await asyncio.to_thread(self._journal.cancel_requested, self._run_id)

    async def _write(self, write: Callable[[], Answer]) -> Answer:
        return await self._held(asyncio.get_running_loop().run_in_executor(self._writer, write))

    async def _held(self, looks: Awaitable[Answer]) -> Answer:
        """An answer of what raises LeaseLost unless the run is held: it was, when this began or later."""
        began = Moment.now()
        answer = await looks
        self._held_at = max(self._held_at or began, began)
        return answer

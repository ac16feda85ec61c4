"""What the cycle of an operation asks of a kind of change; ``operation`` does the rest, for all kinds alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from gpb.api.http.transport import BeforeSend
from gpb.frames.codec import Json
from gpb.frames.validity import Validity
from gpb.sync.kinds.change import Change

Answer = TypeVar("Answer")


def ahead(asked: Coroutine[Any, Any, Answer]) -> asyncio.Future[Answer]:
    """An answer that several operations wait for, or none, where the run stops before: an error of it is no defect."""
    future = asyncio.ensure_future(asked)
    future.add_done_callback(lambda one: one.cancelled() or one.exception())
    return future


class Present(Protocol):
    """What one target stores at the moment of its reading, seen from the changes that are planned for it."""

    @property
    def stored(self) -> Json:
        """What the journal keeps as that which was there before."""

    def is_there(self, change: Change) -> bool:
        """Whether what is wanted is stored already."""

    def moved(self, change: Change) -> str | None:
        """Why this would be another row's change by now; None where it is not."""

    def conflict(self, change: Change) -> str | None:
        """What somebody has stored since the plan was made; None where all is as it was."""

    def refusal(self, change: Change) -> str | None:
        """Why this must not be written although all is as it was when planned; None where it may be."""

    def payload(self, wanted: Sequence[Change]) -> Json:
        """What is sent to bring these changes about."""

    def shows(self, echo: Json, wanted: Sequence[Change], payload: Json) -> bool:
        """Whether the reply shows all of these changes, and everything else of ours as it was."""


class WantedCategories(Protocol):
    """The categories that a plan wants, as the SIS has them now."""

    async def of(self, changes: Sequence[Change]) -> Validity:
        """What holds for those of these changes; raises FatalError where the SIS does not tell it."""


class Adapter(Protocol):
    """One kind of change in one system, for the length of a run.

    ``is_whole`` says that one write cannot do a part: what stands against one row keeps all of its target back.
    """

    @property
    def system(self) -> str:
        """``Canvas`` or ``Focus``."""

    @property
    def is_whole(self) -> bool:
        """See above."""

    @property
    def unverified(self) -> str:
        """The sentence for a reply that does not show what was written."""

    def about(self, changes: Sequence[Change]) -> str:
        """The target of these changes in a sentence."""

    def may_repeat_write(self) -> bool:
        """Whether the retry budget allows another cycle, a read and a write; takes both from it."""

    def expect(self, changes: Sequence[Change]) -> None:
        """The turn of these changes will come soon: ask for what their target shares with others."""

    async def read(self, changes: Sequence[Change], leaves: Callable[[], None]) -> Present:
        """The target as it is now; ``leaves`` is called when the request of the reading leaves."""

    async def send(self, changes: Sequence[Change], payload: Json, before_send: BeforeSend) -> Json:
        """Send it, once whatever comes, and return what the reply shows; ``before_send`` is called at the last moment.

        Raises as ``CanvasClient.write_integration_data`` does.
        """

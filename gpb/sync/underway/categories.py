"""The categories that a plan wants, as the SIS has them at the moment of its run: those and no others are asked for.

They are asked for in parts, in the order of the plan, each part when the first operation needs it: in a large district
all categories are thousands of requests, and the first write would wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence

import pandas as pd

from gpb.api.http.retries import final
from gpb.api.records import Odd
from gpb.api.sis import SisClient
from gpb.api.types import SisCategory
from gpb.errors import RetriableError, SkippableError, WrongServer
from gpb.frames.tables import categories_frame, category_sections_frame
from gpb.frames.validity import Validity
from gpb.sync.kinds.adapter import Answer, ahead
from gpb.sync.kinds.change import Change

AT_ONCE = 40
"""Categories in one part: their ids make an address of 2,000 characters, and none of their pages is long."""


class PlanCategories:
    """Which of the wanted categories may be chosen where, for the operations of one kind."""

    def __init__(self, sis: SisClient, changes: Iterable[Change]) -> None:
        self._sis = sis
        wanted: dict[str, set[str]] = {}
        for change in changes:
            if change.after_id is not None and change.class_id is not None:
                wanted.setdefault(change.after_id, set()).add(change.class_id)
        names = list(wanted)
        self._parts = [{one: wanted[one] for one in names[at : at + AT_ONCE]} for at in range(0, len(names), AT_ONCE)]
        self._part_of = {name: place // AT_ONCE for place, name in enumerate(names)}
        self._asked: dict[int, asyncio.Future[Validity]] = {}
        self._whole: asyncio.Future[Validity] | None = None

    async def of(self, changes: Sequence[Change]) -> Validity:
        """What holds for the categories that these changes want; raises FatalError where the SIS does not tell it."""
        parts = sorted({self._part_of[one.after_id] for one in changes if one.after_id in self._part_of})
        for part in (*parts, *(part + 1 for part in parts[-1:] if part + 1 < len(self._parts))):  # the next one, too
            if part not in self._asked:
                self._asked[part] = ahead(self._ask(part))
        found = [await asyncio.shield(self._asked[part]) for part in parts]
        if len(found) == 1:
            return found[0]
        return _joined(found)

    async def _ask(self, part: int) -> Validity:
        found = await _or_stop(self._sis.some_categories(self._parts[part]))
        if found is not None:
            return _validity(found)
        if self._whole is None:
            self._whole = ahead(self._all())
        return await asyncio.shield(self._whole)

    async def _all(self) -> Validity:
        odd: list[Odd] = []  # one that cannot be read is not valid anywhere: its rows are refused, one by one
        return _validity(await _or_stop(self._sis.categories(odd)))


async def _or_stop(asked: Awaitable[Answer]) -> Answer:
    """An answer of the SIS; whatever it does not tell, it tells no other operation, either."""
    try:
        return await asked
    except RetriableError as error:
        raise final(error) from error
    except SkippableError as error:
        raise WrongServer(str(error), system=error.system, status=error.status) from error


def _validity(categories: list[SisCategory]) -> Validity:
    return Validity(categories_frame(categories), category_sections_frame(categories))


def _joined(found: list[Validity]) -> Validity:
    """Of several parts, which have no category in common, or are the whole."""
    if not found:
        return _validity([])
    frames = ([one.categories for one in found], [one.category_sections for one in found])
    return Validity(*(pd.concat(some).drop_duplicates(ignore_index=True) for some in frames))

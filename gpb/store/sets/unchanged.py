"""What was read from a store, as long as nothing new is stored there: a page asks for the same a hundred times."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Told = TypeVar("Told")


class Unchanged(Generic[Told]):
    """Answers of one kind; ``number`` tells the store's, another one after every transaction of whatever process."""

    def __init__(self, number: Callable[[], int]) -> None:
        self._number = number
        self._known: dict[Hashable, tuple[int, Told]] = {}

    def of(self, what: Hashable, ask: Callable[[], Told]) -> Told:
        """What ``ask`` told, or tells; shared between callers. It may be newer than its number, never older."""
        number = self._number()
        known = self._known.get(what)
        if known is None or known[0] != number:
            known = self._known[what] = number, ask()
        return known[1]

"""The category that a class has under a title: the first in the order of the SIS, as grade passback takes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gpb.frames.rows.coded import Places, places

Mask = np.ndarray[Any, np.dtype[np.bool]]
NEVER = np.iinfo(np.int64).max


class ByTitle:
    """Answers by places: of classes in ``classes``, of titles in ``titles``, of categories in the table ``categories``.

    ``categories`` and ``pairs`` are tables of a snapshot (``schemas``); only active categories count.
    """

    def __init__(self, categories: pd.DataFrame, pairs: pd.DataFrame) -> None:
        active, is_global = categories["active"].to_numpy(), categories["is_global"].to_numpy()
        title, self.titles = _numbered(categories["category"])
        own, self.classes = _numbered(pairs["class_id"])
        self._number = len(categories)
        category = places(pairs["category_id"], categories["category_id"])
        is_meant = (category >= 0) & (active & ~is_global)[category] if len(categories) else category >= 0
        self._pairs = np.sort(own[is_meant] * self._number + category[is_meant], kind="stable")  # they lie in runs
        own, category = self.pairs
        keys = own * len(self.titles) + title[category]
        order = np.argsort(keys, kind="stable")  # the first of a title is the first in the list
        self._keys, self._category = keys[order], category[order]
        self._everywhere = np.full(len(self.titles) + 1, NEVER)  # the last is that of no title
        for_all = np.flatnonzero(active & is_global)[::-1]
        self._everywhere[title[for_all]] = for_all
        self._sizes_everywhere = np.bincount(title[for_all], minlength=len(self.titles) + 1)
        self._has_any = np.full(len(self.classes) + 1, len(for_all) > 0)  # the last is that of no class
        self._has_any[own] = True

    @property
    def pairs(self) -> tuple[Places, Places]:
        """Each class with each of its own categories, by class and category."""
        own, category = np.divmod(self._pairs, max(1, self._number))
        return own, category

    def first(self, classes: Places, titles: Places) -> Places:
        """The place of the first category with this title in a class, -1 where it has none."""
        keys = self._keys_of(classes, titles)
        at = np.searchsorted(self._keys, keys)
        own = np.where(np.append(self._keys, NEVER)[at] == keys, np.append(self._category, NEVER)[at], NEVER)
        found = np.minimum(own, self._everywhere[titles])
        return np.where(found == NEVER, -1, found)

    def sizes(self, classes: Places, titles: Places) -> Places:
        """How many categories with this title a class has."""
        begin, end = (np.searchsorted(self._keys, self._keys_of(classes, titles), side) for side in ("left", "right"))
        sizes: Places = end - begin + self._sizes_everywhere[titles]
        return sizes

    def _keys_of(self, classes: Places, titles: Places) -> Places:
        return np.where((classes >= 0) & (titles >= 0), classes * len(self.titles) + titles, -1)

    def has_any(self, classes: Places) -> Mask:
        """Whether a class has a category, be it its own or one of all."""
        return self._has_any[classes]

    def is_own(self, classes: Places, categories: Places) -> Mask:
        """Whether a category is one of a class' own."""
        keys = classes * self._number + categories
        at = np.minimum(np.searchsorted(self._pairs, keys), max(0, len(self._pairs) - 1))
        is_there = self._pairs[at] == keys if len(self._pairs) else np.zeros(len(keys), dtype="bool")
        return is_there & (classes >= 0) & (categories >= 0)


def _numbered(texts: pd.Series[str]) -> tuple[Places, pd.Series[str]]:
    """The place of each text among those that there are, and these."""
    found, every = pd.factorize(texts)
    return found, pd.Series(every, dtype="str")

"""The category that a class has under a title: the first in the order of the SIS, as grade passback takes it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpb.frames.rows.coded import Places, places

NEVER = np.iinfo(np.int64).max


class ByTitle:
    """Answers by places: of classes in ``classes``, of titles in ``titles``, of categories in the table ``categories``.

    ``categories`` and ``pairs`` are tables of a snapshot (``schemas``); only active categories count.
    """

    def __init__(self, categories: pd.DataFrame, pairs: pd.DataFrame) -> None:
        active, is_global = categories["active"].to_numpy(), categories["is_global"].to_numpy()
        self.titles = _once(categories["category"])
        self.classes = _once(pairs["class_id"])
        self._number = len(categories)
        category = places(pairs["category_id"], categories["category_id"])
        own = places(pairs["class_id"], self.classes)
        is_meant = (category >= 0) & (active & ~is_global)[category] if len(categories) else category >= 0
        category, own = category[is_meant], own[is_meant]
        title = places(categories["category"], self.titles)
        self._pairs = np.sort(own * self._number + category)
        order = np.argsort(category, kind="stable")  # the first of a title is the first in the list
        keys = (own * len(self.titles) + title[category])[order]
        self._keys, first = np.unique(keys, return_index=True)
        self._first = category[order][first]
        self._everywhere = np.full(len(self.titles) + 1, NEVER)  # the last is that of no title
        for_all = np.flatnonzero(active & is_global)[::-1]
        self._everywhere[title[for_all]] = for_all
        self.has_own = np.zeros(len(self.classes) + 1, dtype="bool")  # the last is that of no class
        self.has_own[own] = True

    def first(self, classes: Places, titles: Places) -> Places:
        """The place of the first category with this title in a class, -1 where it has none."""
        keys = np.where((classes >= 0) & (titles >= 0), classes * len(self.titles) + titles, -1)
        at = np.searchsorted(self._keys, keys)
        at[at == len(self._keys)] = 0
        is_own = self._keys[at] == keys if len(self._keys) else np.zeros(len(keys), dtype="bool")
        own = np.where(is_own, self._first[at] if len(self._keys) else NEVER, NEVER)
        found = np.minimum(own, self._everywhere[titles])
        return np.where(found == NEVER, -1, found)

    def is_own(self, classes: Places, categories: Places) -> np.ndarray[tuple[int], np.dtype[np.bool]]:
        """Whether a category is one of a class' own."""
        keys = classes * self._number + categories
        at = np.minimum(np.searchsorted(self._pairs, keys), max(0, len(self._pairs) - 1))
        is_there = self._pairs[at] == keys if len(self._pairs) else np.zeros(len(keys), dtype="bool")
        return is_there & (classes >= 0) & (categories >= 0)


def _once(texts: pd.Series[str]) -> pd.Series[str]:
    return texts.drop_duplicates().reset_index(drop=True)

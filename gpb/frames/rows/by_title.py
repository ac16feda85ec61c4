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
        title, self.titles = _numbered(categories["category"])
        own, self.classes = _numbered(pairs["class_id"])
        self._number = len(categories)
        category = places(pairs["category_id"], categories["category_id"])
        is_meant = (category >= 0) & (active & ~is_global)[category] if len(categories) else category >= 0
        category, own = category[is_meant], own[is_meant]
        self._pairs = np.sort(own * self._number + category)
        keys = own * len(self.titles) + title[category]
        keys, category = np.divmod(np.sort(keys * self._number + category), max(1, self._number))
        first = np.flatnonzero(np.diff(keys, prepend=-1))  # the first of a title is the first in the list
        self._keys, self._first = keys[first], category[first]
        self._sizes = np.diff(first, append=len(keys))
        self._everywhere = np.full(len(self.titles) + 1, NEVER)  # the last is that of no title
        for_all = np.flatnonzero(active & is_global)[::-1]
        self._everywhere[title[for_all]] = for_all
        self._sizes_everywhere = np.bincount(title[for_all], minlength=len(self.titles) + 1)
        self.has_own = np.zeros(len(self.classes) + 1, dtype="bool")  # the last is that of no class
        self.has_own[own] = True

    def first(self, classes: Places, titles: Places) -> Places:
        """The place of the first category with this title in a class, -1 where it has none."""
        own = np.append(self._first, NEVER)[self._at(classes, titles)]
        found = np.minimum(own, self._everywhere[titles])
        return np.where(found == NEVER, -1, found)

    def sizes(self, classes: Places, titles: Places) -> Places:
        """How many categories with this title a class has."""
        own = np.append(self._sizes, 0)[self._at(classes, titles)]
        sizes: Places = own + self._sizes_everywhere[titles]
        return sizes

    def _at(self, classes: Places, titles: Places) -> Places:
        """The place in ``_keys``, -1 for what is not among them."""
        keys = np.where((classes >= 0) & (titles >= 0), classes * len(self.titles) + titles, -1)
        at = np.searchsorted(self._keys, keys)
        return np.where(np.append(self._keys, NEVER)[at] == keys, at, -1)

    def is_own(self, classes: Places, categories: Places) -> np.ndarray[tuple[int], np.dtype[np.bool]]:
        """Whether a category is one of a class' own."""
        keys = classes * self._number + categories
        at = np.minimum(np.searchsorted(self._pairs, keys), max(0, len(self._pairs) - 1))
        is_there = self._pairs[at] == keys if len(self._pairs) else np.zeros(len(keys), dtype="bool")
        return is_there & (classes >= 0) & (categories >= 0)


def _numbered(texts: pd.Series[str]) -> tuple[Places, pd.Series[str]]:
    """The place of each text among those that there are, and these."""
    found, every = pd.factorize(texts)
    return found, pd.Series(every, dtype="str")

"""Texts by their place in a list: Arrow looks up a million of them in the time that Python takes for some thousands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Places = np.ndarray[Any, np.dtype[np.int64]]
"""Places in a list, -1 for what is not in it."""
Mask = np.ndarray[Any, np.dtype[np.bool_]]
FEW = 2
"""So many times as many known texts are themselves looked up among the texts: a table of all takes longer to make."""


def places(texts: pd.Series[str], known: pd.Series[str]) -> Places:
    """The first place of each text among ``known``; -1 where it is not there, or missing."""
    if FEW * len(texts) < len(known):
        own, some = pd.factorize(texts)
        place = places(known, pd.Series(some, dtype="str"))
        is_there = np.flatnonzero(place >= 0)[::-1]
        at = np.full(len(some) + 1, -1)
        at[place[is_there]] = is_there  # of several the first is the last to be set
        found: Places = at[own]
        return found
    place = pc.index_in(pa.array(texts), value_set=_whole(known), skip_nulls=True)
    return np.array(place.fill_null(-1), dtype="int64")


def is_among(texts: pd.Series[str], known: pd.Series[str] | Iterable[str]) -> pd.Series[bool]:
    """Which texts are among ``known``; a missing one is not. As ``isin``, which asks Python for each of ``known``."""
    others = known if isinstance(known, pd.Series) else pd.Series([*known], dtype="str")
    return pd.Series(places(texts, others) >= 0, index=texts.index)


def in_words(numbers: pd.Series[int]) -> pd.Series[str]:
    """Whole numbers as text; as ``astype("str")``, which asks Python for each."""
    return pd.Series(pd.array(_whole(numbers).cast("large_string"), dtype="str"), index=numbers.index)


def joined(texts: pd.Series[str], by: pd.Series[int], between: str = ", ") -> pd.Series[str]:
    """The texts of each value of ``by`` in their order, as one, indexed by that value."""
    found: dict[int, str] = {}
    for place, text in zip(by.tolist(), texts.tolist(), strict=True):
        found[place] = f"{found[place]}{between}{text}" if place in found else text
    return pd.Series(found, dtype="str")


def taken(texts: pd.Series[str] | Sequence[str], at: Places, index: pd.Index[Any] | None = None) -> pd.Series[str]:
    """The texts at these places, missing at -1."""
    array = texts.array if isinstance(texts, pd.Series) else pd.array(list(texts), dtype="str")
    return pd.Series(array.take(at, allow_fill=True), index=index)


def differ(texts: pd.Series[str], others: pd.Series[str]) -> Mask:
    """Where two columns of one length have different texts, or one of them none."""
    old, new = _whole(texts), _whole(others)
    if old.equals(new):
        return np.zeros(len(texts), dtype="bool")
    is_other = pc.fill_null(pc.not_equal(old, new), False)
    found: Mask = pc.or_(is_other, pc.xor(pc.is_null(old), pc.is_null(new))).to_numpy(zero_copy_only=False)
    return found


def with_others(texts: pd.Series[str], at: Places, others: pd.Series[str]) -> pd.Series[str]:
    """The texts with ``others`` at these places, which ascend; what lies between them is copied a stretch at a time.

    pandas would go through all of them.
    """
    old, new = _whole(texts), _whole(others)
    limits = [*np.flatnonzero(np.diff(at, prepend=-2) != 1).tolist(), len(at)]
    parts, end = [], 0
    for start, stop in pairwise(limits):
        parts += [old.slice(end, int(at[start]) - end), new.slice(start, stop - start)]
        end = int(at[stop - 1]) + 1
    return pd.Series(pd.array(pa.concat_arrays([*parts, old.slice(end)]), dtype="str"), index=texts.index)


def recoded(texts: pd.Series[Any], at: Places, others: pd.Series[str]) -> pd.Series[Any]:
    """As ``with_others`` for a categorical column; its categories stay sorted, and none is without a row."""
    before: pd.Index[str] = texts.cat.categories
    known = before.union(pd.Index(others.dropna().unique())).sort_values()  # a union with nothing is not sorted
    codes = np.append(known.get_indexer(before), -1)[texts.cat.codes]
    codes[at] = places(others, pd.Series(known))
    found, used = numbered(pd.Series(pd.Categorical.from_codes(codes, known)))
    return pd.Series(pd.Categorical.from_codes(found, pd.Index(used, dtype=known.dtype)), index=texts.index)


def numbered(column: pd.Series[Any]) -> tuple[Places, list[Any]]:
    """A number for each different value of a column, -1 where there is none, and the values."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        found, different = pd.factorize(column)
        return found.astype("int64"), list(different)
    codes, values = column.cat.codes.to_numpy("int64"), column.cat.categories
    used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(values)))
    number = np.full(len(values) + 1, -1)
    number[used] = np.arange(len(used))
    return number[codes], list(values[used])


def spelled(texts: pd.Series[str], known: pd.Series[str]) -> Places:
    """As ``places``, for ids: letter case is of no account in a UUID (``section_key.same_spelling``)."""
    found = places(texts, known)
    left = np.flatnonzero(found < 0)
    if len(left):
        some = texts.iloc[left]
        alike = places(some.str.lower(), known.str.lower())
        are_ids = [one.str.fullmatch(UUID).eq(True).to_numpy() for one in (some, taken(known, alike))]
        found[left] = np.where(are_ids[0] & are_ids[1], alike, -1)
    return found


UUID = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"


def _whole(values: pd.Series[Any]) -> Any:
    array = pa.array(values)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array

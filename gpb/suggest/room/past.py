"""What earlier terms had associated, from their newest snapshots: grouped once for each, and kept beside them."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

import pandas as pd

from gpb.errors import StoreError
from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.suggest.patterns import TitleSets
from gpb.suggest.room.kept import KeptFrames, digest
from gpb.suggest.schemas import PAST, empty, framed
from gpb.term.earlier import EarlierTerms
from gpb.term.term import Term

log = logging.getLogger(__name__)
VERSION = 1
"""Of how cases are grouped: what an older release kept is made anew."""
NOTHING = "[]"
"""The titles of a section of which the SIS knows nothing any more."""


def grouped(snapshot: Snapshot) -> pd.DataFrame:
    """What a snapshot has associated (``schemas.PAST``): with a category of the section, or with a title that is known.

    The second is all that is left of a term whose classes are gone from the SIS.
    """
    rows = snapshot.associations()
    is_sound = rows["status"].eq(Status.SYNCHRONIZED)
    is_left = rows["stored_category"].notna() & rows["stored_category"].ne(rows["stored_reference"]) & ~is_sound
    rows = rows.loc[is_sound | is_left, ["class_id", *BY[:-2], "stored_category", "status", "assignments"]]
    if rows.empty:
        return empty(PAST)
    sets = TitleSets.of(rows, snapshot.validity)
    rows = rows.assign(
        titles=pd.Categorical.from_codes(sets.codes, pd.Index(sets.keys)), category=rows["stored_category"]
    )
    rows = rows.loc[rows["status"].eq(Status.SYNCHRONIZED) | rows["titles"].eq(NOTHING)]
    counts = rows.assign(assignments=rows["assignments"].fillna(0).astype("int64"), rows=1)
    found = counts.groupby(BY, observed=True, sort=False, as_index=False)[["rows", "assignments"]].sum()
    return framed(found.assign(term=snapshot.facts.term), PAST)


BY = ["school", "teacher", "course", "group", "titles", "category"]


class PastTerms:
    """The cases of the terms before the one in use, kept as Parquet in ``folder``."""

    def __init__(self, term: Term, earlier: EarlierTerms, folder: Path) -> None:
        self._term = term
        self._earlier = earlier
        self._kept = KeptFrames(folder, term.snapshots.has)
        self._whole = lru_cache(maxsize=4)(self._joined)

    def frame(self, wanted: str | None = None) -> pd.DataFrame:
        """The cases of one earlier term, else of all that have a snapshot that can be read: ``schemas.PAST``.

        Raises InputError where ``wanted`` is no earlier term. Shared between callers: copy it before changing it.
        """
        chosen = self._earlier.listed() if wanted is None else [self._earlier.named(wanted)]
        known = tuple(one.snapshot_id for one in chosen if one.snapshot_id is not None)
        return self._whole(known, repr(self._term.shape().coder))

    def version(self) -> str:
        """Another text when other snapshots are used, or they are read in another way."""
        known = [one.snapshot_id or "" for one in self._earlier.listed()]
        return digest(f"{known} {self._term.shape().coder!r}")

    def _joined(self, identifiers: tuple[str, ...], codec: str) -> pd.DataFrame:
        parts = [self._of(identifier, codec) for identifier in identifiers]
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else empty(PAST)

    def _of(self, identifier: str, codec: str) -> pd.DataFrame:
        key = f"{VERSION} {codec}"
        known = self._kept.read(identifier, key, PAST)
        if known is not None:
            return known
        try:
            snapshot = self._term.readings.load_once(identifier)
        except StoreError as error:
            log.warning("%s", error)
            return empty(PAST)
        present = self._term.shape()  # not that of the newest snapshot: an empty term shows nothing of it
        found = grouped(snapshot.read_as(present) if present.closed is None else snapshot)
        self._kept.keep(found, identifier, key)
        return found

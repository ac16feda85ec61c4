"""What earlier terms had associated, from their newest snapshots: grouped once for each, and kept beside them."""

from __future__ import annotations

import hashlib
import logging
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import pandas as pd
from pyarrow import ArrowException

from gpb.errors import StoreError
from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.private import make_folder, tighten
from gpb.suggest.patterns import TitleSets
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
        self._folder = folder
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
        return _short(f"{known} {self._term.shape().coder!r}")

    def _joined(self, identifiers: tuple[str, ...], codec: str) -> pd.DataFrame:
        parts = [self._of(identifier, codec) for identifier in identifiers]
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else empty(PAST)

    def _of(self, identifier: str, codec: str) -> pd.DataFrame:
        file = self._folder / f"{identifier}-{_short(f'{VERSION} {codec}')}.parquet"
        with suppress(OSError, ValueError, KeyError, TypeError, ArrowException):  # not there, or damaged: made anew
            return framed(pd.read_parquet(file), PAST)
        try:
            snapshot = self._term.readings.load_once(identifier)
        except StoreError as error:
            log.warning("%s", error)
            return empty(PAST)
        present = self._term.shape()  # not that of the newest snapshot: an empty term shows nothing of it
        found = grouped(snapshot.read_as(present) if present.closed is None else snapshot)
        self._keep(found, file)
        return found

    def _keep(self, found: pd.DataFrame, file: Path) -> None:
        """Write it, and take away what was kept of snapshots that are gone; a full disk costs the time of next time."""
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            make_folder(self._folder)
            for old in self._folder.glob("*.parquet"):
                if not self._term.snapshots.has(old.name[: old.name.rindex("-")]):
                    old.unlink(missing_ok=True)
            found.to_parquet(draft, index=False, compression="zstd")
            tighten(draft)
            os.replace(draft, file)
        except OSError as error:
            log.warning("what earlier terms had could not be kept in %s: %s", self._folder, error)
            draft.unlink(missing_ok=True)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]

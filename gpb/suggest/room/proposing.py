"""Proposals of one term as they are now: made once, and after a change only for the groups that it concerns."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cache, lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.frames.rows.coded import Places, differ
from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.suggest.evidence import Evidence, is_open
from gpb.suggest.past import Past
from gpb.suggest.patterns import normalised
from gpb.suggest.proposals import by_pattern, in_order, proposals
from gpb.suggest.room.kept import KeptFrames
from gpb.suggest.schemas import PATTERNS, PROPOSALS
from gpb.suggest.vocabulary import Vocabulary
from gpb.term.term import Term
from gpb.version import __version__

log = logging.getLogger(__name__)
Mask = npt.NDArray[np.bool_]
Version = tuple[str, str, str]
"""Snapshot, drafts and memory; see ``Made``."""
LARGE = 30_000
"""Open rows beyond which proposals are kept for the next start: to make them anew takes longer than to read them."""
QUIET = 20.0
"""Seconds after proposals were kept before newer ones are: of those between many edits no start would ever ask."""


@dataclass(frozen=True)
class Moment:
    """What may become another thing while a snapshot stays, as it was at one moment; see ``Evidence``."""

    rows: pd.DataFrame
    vocabulary: Vocabulary
    decided: pd.DataFrame
    past: pd.DataFrame
    received: pd.DataFrame
    made: Callable[[], Past]


@dataclass(frozen=True)
class Made:
    """The proposals of the open rows, which stand at ``places`` in the evidence's rows; ``lines`` are those by pattern.

    ``version`` names snapshot, drafts and memory; ``known`` is what may become another thing in a snapshot, and
    ``gathered`` all that they were made from, which what was kept is shown without. Where they were made from those of
    another version, ``since``, ``anew`` are the ones that may be others now; else all are.
    """

    version: Version
    known: Moment
    gathered: Callable[[], Evidence]
    places: Places
    found: pd.DataFrame
    lines: pd.DataFrame
    since: Version | None
    anew: pd.DataFrame

    @property
    def evidence(self) -> Evidence:
        """What they were made from."""
        return self.gathered()

    def elsewhere(self) -> pd.DataFrame:
        """The proposals of rows whose association is kept outside of Canvas."""
        rows = self.evidence.rows
        is_elsewhere = rows["status"].eq(Status.ELSEWHERE)
        whole = rows["group_id"].isin(rows.loc[is_elsewhere, "group_id"])  # its other sections are evidence
        part = replace(self.evidence, rows=rows.loc[whole], elsewhere=True)
        is_wanted = is_elsewhere.loc[whole & is_open(rows, elsewhere=True)]
        return proposals(part).loc[is_wanted.to_numpy()]


class Known(Protocol):
    """What is known beside the term itself."""

    def version(self) -> str:
        """Another text after every change."""

    def decided(self) -> pd.DataFrame:
        """The decisions that are on, see ``schemas.DECISIONS``."""

    def past(self) -> pd.DataFrame:
        """What earlier terms had, see ``schemas.PAST``; the same frame as long as that is the same."""

    def received(self) -> pd.DataFrame:
        """What Focus received in earlier terms, as ``past``."""

    def vocabulary(self) -> Vocabulary:
        """What words mean; the same object as long as that is the same."""


class Proposing:
    """What is proposed in a term; asking twice without a change costs nothing."""

    def __init__(self, term: Term, folder: Path, zone: tzinfo | None = None) -> None:
        self._term = term
        self._zone = zone
        self._found, self._lines = (KeptFrames(folder / name, term.snapshots.has) for name in ("rows", "patterns"))
        self._waiting: tuple[str, Made] | None = None
        self._writing = threading.Lock()
        self._lock = threading.Lock()
        self._kept: Made | None = None
        self._past: tuple[pd.DataFrame | None, Callable[[], Past]] = (None, Past)
        self._before = lru_cache(maxsize=2)(self._sections_before)
        self._unpublished: WeakKeyDictionary[Snapshot, dict[int, int]] = WeakKeyDictionary()

    def made(self, snapshot: Snapshot, memory: Known) -> Made:
        """The proposals of a snapshot's rows."""
        with self._lock:
            version = (snapshot.id, self._term.drafts().version(), memory.version())
            kept = self._kept
            if kept is not None and kept.version == version:
                return kept
            known = self._moment(snapshot, memory)
            gathered = cache(partial(self._evidence, snapshot, known, self._before(snapshot.id)))
            key = f"{__version__} {version} {self._term.shape().coder!r} {known.vocabulary.version} {self._zone}"
            if kept is None or kept.version[0] != snapshot.id or not _differ_in_part(kept.known, known):
                made = self._of_before(version, known, gathered, key)
                if made is not None:
                    self._kept = made
                    return made
                evidence = gathered()
                found, places = proposals(evidence), np.flatnonzero(is_open(evidence.rows))
                self._kept = Made(version, known, gathered, places, found, by_pattern(found, evidence), None, found)
            else:
                self._kept = Made(version, known, gathered, *_renewed(kept, gathered()))
            if len(self._kept.found) > LARGE:
                self._keep(key, self._kept)
            return self._kept

    def _of_before(self, version: Version, known: Moment, gathered: Callable[[], Evidence], key: str) -> Made | None:
        """What was kept before a restart."""
        found, lines = self._found.read(version[0], key, PROPOSALS), self._lines.read(version[0], key, PATTERNS)
        if found is None or lines is None:
            return None
        places = np.flatnonzero(is_open(known.rows))
        is_whole = len(found) == len(places)
        return Made(version, known, gathered, places, found, lines, None, found) if is_whole else None

    def _keep(self, key: str, made: Made) -> None:
        """Write it while others go on; of what comes meanwhile, and soon after, the newest is next."""
        self._waiting = key, made
        if self._writing.acquire(blocking=False):
            threading.Thread(target=self._written, name="gpb-kept-proposals", daemon=True).start()

    def _written(self) -> None:
        try:
            while (next_one := self._waiting) is not None:
                self._waiting = None
                key, made = next_one
                self._found.keep(made.found, made.version[0], key)
                self._lines.keep(made.lines, made.version[0], key)
                time.sleep(QUIET)
        except Exception:  # in a thread nobody would hear of it; the next start makes them anew
            log.exception("proposals could not be kept")
        finally:
            self._writing.release()

    def _moment(self, snapshot: Snapshot, memory: Known) -> Moment:
        past = memory.past()
        if self._past[0] is not past:
            self._past = past, cache(partial(Past.of, past))
        rows = self._term.rows(snapshot)
        return Moment(rows, memory.vocabulary(), memory.decided(), past, memory.received(), self._past[1])

    def _evidence(self, snapshot: Snapshot, known: Moment, before: frozenset[int] | None) -> Evidence:
        if snapshot not in self._unpublished:
            groups = snapshot.tables["groups"].dropna(subset="unpublished")
            numbers = zip(groups["group_id"].tolist(), groups["unpublished"].tolist(), strict=True)
            self._unpublished[snapshot] = dict(numbers)
        return Evidence(
            **vars(known),
            validity=snapshot.validity,
            assignments=snapshot.tables["assignments"],
            new_sections=frozenset() if before is None else frozenset(known.rows["section_id"].unique()) - before,
            unpublished=self._unpublished[snapshot],
            zone=self._zone,
        )

    def _sections_before(self, _: str) -> frozenset[int] | None:
        """The sections of the pull before the newest one; None where there is none that can be read."""
        for reading, _facts in islice(self._term.readings.pulls(), 1, None):
            before = self._term.readings.load_if_whole(reading.snapshot_id)
            if before is not None:
                return frozenset(before.tables["sections"]["section_id"].tolist())
        return None


def _differ_in_part(before: Moment, after: Moment) -> bool:
    """Whether only drafts and decisions may have become others, which concern some groups."""
    is_same = before.past is after.past and before.received is after.received
    return is_same and before.vocabulary is after.vocabulary


def _renewed(kept: Made, evidence: Evidence) -> tuple[Places, pd.DataFrame, pd.DataFrame, Version, pd.DataFrame]:
    """The proposals that are kept, but anew for groups with other drafts than then and names of other decisions.

    From ``places`` on what ``Made`` has.
    """
    concerned = _concerned(kept.known, evidence)
    part = replace(evidence, rows=evidence.rows.loc[concerned])
    stay = ~concerned[kept.places]
    places = np.concatenate([kept.places[stay], np.flatnonzero(concerned & is_open(evidence.rows).to_numpy())])
    order, anew = np.argsort(places, kind="stable"), proposals(part)
    found = pd.concat([kept.found.loc[stay], anew], ignore_index=True).take(order).reset_index(drop=True)
    touched = pd.concat([kept.found.loc[~stay, "pattern"], anew["pattern"]]).unique()
    is_touched = found["pattern"].isin(touched).to_numpy()
    of_touched = replace(evidence, rows=evidence.rows.take(places[order][is_touched]))
    lines = by_pattern(found.loc[is_touched].reset_index(drop=True), of_touched)
    others = kept.lines.loc[~kept.lines["pattern"].isin(touched)]
    return places[order], found, in_order(pd.concat([others, lines], ignore_index=True)), kept.version, anew


def _concerned(before: Moment, after: Evidence) -> Mask:
    """Rows of one snapshot whose proposals may have become others: all of a group, since its sections are siblings."""
    old, rows = before.rows, after.rows
    moved = old["changed"].to_numpy() != rows["changed"].to_numpy()
    for told in ("category_id", "source"):
        moved = moved | differ(old[told], rows[told])
    groups = set(rows.loc[moved, "group_id"])
    decided = pd.concat([before.decided, after.decided]).drop_duplicates(keep=False)
    named = set(decided["group"])
    if named:
        names = [name for name in rows["group"].unique() if normalised(name) in named]
        groups |= set(rows.loc[rows["group"].isin(names), "group_id"])
    return rows["group_id"].isin(groups).to_numpy()

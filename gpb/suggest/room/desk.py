"""The desk: what is open of a term as cards, and what a person makes of them."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from gpb.errors import GpbError, InputError
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.matching.labels import UNASSOCIATED
from gpb.suggest.patterns import normalised, titles_key, with_patterns
from gpb.suggest.room.cards import COUNTED, Card, cards, is_among, is_taken, meaning, still_proposed
from gpb.suggest.room.deciding import Deciding, Decision, Edit, Edited
from gpb.suggest.room.waiting import ASKED, DECIDED, KEY, RETIRED, SHOWN, Mask, Waiting
from gpb.suggest.schemas import Source
from gpb.term.term import Term

log = logging.getLogger(__name__)
Kept = TypeVar("Kept")
Wanted = Mapping[str, str | None]
"""Titles by pattern; None: its rows stay unassociated."""
PROPOSED = ["pattern", "category_id", "category", "tier", "source", "reason"]
FEW = ["pattern", "category", "tier", "source", "reason"]
"""Columns with few different texts: kept as categories, since they are counted again and again."""
ROWS = [*KEY, "course_id", *SHOWN, "waiting", *PROPOSED]
"""Columns of open rows: those of ``Waiting.rows``, and their own proposal; dtypes as in ``schemas.ASSOCIATIONS`` and
``PROPOSALS``."""
QUICK = 0.3
"""Seconds. Where proposals take longer, pages show those of before while new ones are made."""
LARGE = 30_000
"""Rows of a term beyond which nobody waits for the first proposals."""
KEPT = 32
"""What was drawn last is kept, so that a click finds what was on the screen."""
NOTHING_LEFT = "There is no row left to decide here, so nothing was changed. Look at the list again."


@dataclass(frozen=True)
class Proposed:
    """All rows that are Unassociated in a snapshot (ROWS, those in FEW and the schools as categories), each with its
    proposal as far as ``is_known``, and ``lines``: the patterns (``schemas.PATTERNS``) by key."""

    version: str
    waiting: Waiting
    rows: pd.DataFrame
    is_known: Mask
    lines: pd.DataFrame


@dataclass(frozen=True)
class Open:
    """Those of the rows that are open, under a ``name`` by which a click finds them.

    ``is_current``: nothing was decided or drafted since they were proposed. Nobody is asked about ``retired`` rows,
    whose names say that they are not used any more, and rows that were decided to stay unassociated (``left``).
    """

    name: tuple[str, str]
    proposed: Proposed
    is_current: bool
    retired: int
    left: int
    _is_open: Mask
    _asked: dict[object, Any] = field(default_factory=dict)

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot whose rows they are."""
        return self.proposed.waiting.snapshot

    @property
    def lines(self) -> pd.DataFrame:
        """The patterns by key: with the proposal of what is still open, and the counts of when that was proposed."""
        return self._once("lines", self._lines)

    def _lines(self) -> pd.DataFrame:
        lines = self.proposed.lines
        return lines if self.is_current else still_proposed(self._some(None, "", COUNTED), lines)

    @property
    def rows(self) -> pd.DataFrame:
        """The open rows; ROWS. Of a large term not kept, since many may have been drawn."""
        return self.of()

    def __len__(self) -> int:
        """How many rows are open."""
        return int(np.count_nonzero(self._is_open))

    def schools(self) -> list[str]:
        """Those with open rows."""
        return self._once("schools", self._schools)

    def _schools(self) -> list[str]:
        found = self.proposed.rows["school"].loc[self._is_open].unique()
        return sorted(map(str, found), key=str.casefold)

    def _once(self, what: object, made: Callable[[], Kept]) -> Kept:
        if what not in self._asked:
            self._asked[what] = made()
        found: Kept = self._asked[what]
        return found

    def cards(self, school: str = "", apart: Collection[str] = ()) -> list[Card]:
        """What is to decide, in one school or all; the patterns in ``apart`` are on their own."""
        asked = (school, frozenset(apart))
        return self._once(asked, lambda: cards(self._some(None, school, COUNTED), self.lines, apart))

    def of(self, patterns: Collection[str] | None = None, school: str = "") -> pd.DataFrame:
        """The open rows of some patterns, else of all, in one school or all."""
        return self._some(patterns, school, ROWS).astype(dict.fromkeys([*FEW, "school"], "str"))

    def _some(self, patterns: Collection[str] | None, school: str, columns: list[str]) -> pd.DataFrame:
        rows, wanted = self.proposed.rows, self._is_open
        if school:
            wanted = wanted & rows["school"].eq(school).to_numpy()
        if patterns is not None:
            wanted = wanted & rows["pattern"].isin(list(patterns)).to_numpy()
        return rows[columns].loc[wanted]

    def rows_for(
        self, wanted: Wanted, school: str = "", left_out: Collection[Key] = (), *, whole: bool = False
    ) -> pd.DataFrame:
        """The rows that take what is wanted for their patterns, but for those left out.

        Where that is what is proposed, those for which something says so, or with ``whole`` all.
        """
        rows = self.of(wanted, school)
        if not whole:
            rows = rows.loc[is_taken(rows, self.lines, wanted)]
        if left_out:
            rows = rows.loc[~is_among(rows, pd.DataFrame(list(left_out), columns=KEY))]
        return rows

    def as_siblings(self, school: str = "") -> pd.DataFrame:
        """The rows of patterns with new sections that can take what other sections of their course have."""
        rows = self.of(self.lines.index[self.lines["is_new"]], school)
        return rows.loc[rows["source"].eq(Source.SIBLING)]


class Desk:
    """Open rows with their proposals, kept as long as nothing changes, and a person's decisions on them."""

    def __init__(self, term: Term, deciding: Deciding, edit: Edit) -> None:
        self._term = term
        self._deciding = deciding
        self._edit = edit
        self._lock, self._at_work = threading.RLock(), threading.Lock()
        self._made: Proposed | None = None
        self._rows: Waiting | None = None
        self._seconds = 0.0
        self._failed_for = ""
        self._kept: OrderedDict[tuple[str, str], Open] = OrderedDict()

    def to_do(self) -> tuple[int, int]:
        """How many rows are open in the newest snapshot, and in how many patterns; soon told, without proposals."""
        snapshot = self._term.latest()
        waiting = self._waiting(snapshot)
        is_open = waiting.is_free(self._term.drafts().frame()) & (waiting.why(self._deciding.memory.decided()) == ASKED)
        rows = waiting.rows.loc[is_open, ["group", "class_id"]]
        return len(rows), with_patterns(rows, snapshot.validity)["pattern"].nunique() if len(rows) else 0

    def is_ready(self) -> bool:
        """Whether ``open`` answers at once; for a large term proposals are made meanwhile, so ask again."""
        snapshot, made = self._term.latest(), self._made
        if made is not None and made.waiting.snapshot.id == snapshot.id:
            return True
        if self._failed_for == snapshot.id or len(snapshot.associations()) <= LARGE:
            return True
        self._renew(snapshot)
        return False

    def open(self) -> Open:
        """What is open of the newest snapshot, with the newest proposals that are there at once."""
        with self._lock:
            snapshot, version = self._term.latest(), self._version()
            last = next(reversed(self._kept.values()), None)
            if last is not None and last.proposed is self._made and last.name[0] == version:
                return last
            made, waiting = self._made, self._waiting(snapshot)
            why, is_free = waiting.why(self._deciding.memory.decided()), waiting.is_free(self._term.drafts().frame())
            is_open = is_free & (why == ASKED)
            is_other = made is None or made.waiting is not waiting or bool((is_open & ~made.is_known).any())
            if made is None or is_other or (made.version != version and self._seconds <= QUICK):
                made = self._make(snapshot, version)
            elif made.version != version:
                self._renew(snapshot)
            name = version, made.version
            if name not in self._kept:
                counts = np.bincount(why[is_free], minlength=3).tolist()
                is_current = made.version == version
                self._kept[name] = Open(name, made, is_current, counts[RETIRED], counts[DECIDED], is_open)
            self._kept.move_to_end(name)
            self._forget()
            return self._kept[name]

    def _forget(self) -> None:
        """Of proposals, which may be large, two generations stay."""
        recent = list({id(one.proposed): one.proposed for one in reversed(self._kept.values())}.values())[:2]
        for old in [name for name, one in self._kept.items() if not any(one.proposed is known for known in recent)]:
            del self._kept[old]
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def shown(self, name: tuple[str, str]) -> Open:
        """What a page has drawn; raises InputError when that is too long ago, or of another term by now."""
        found = self._kept.get(name)
        if found is None:
            raise InputError("The list has changed too much since you looked, so nothing was changed. Look again.")
        self._term.require(found.snapshot)
        return found

    def take(
        self,
        shown: Open,
        wanted: Wanted,
        *,
        school: str = "",
        left_out: Collection[Key] = (),
        whole: bool = False,
        person: str,
        session: str = "",
    ) -> Edited:
        """Draft what is wanted for the rows that were ``shown`` of the patterns, and remember it.

        Rows that were left out stay open, and so do those that have another proposal, or none, where the title is the
        one that is proposed for the pattern, unless the ``whole`` of it is meant. That rows stay unassociated is
        remembered without drafts. What is decided for one school is remembered for it alone, and where some rows stay
        open for the schools in which none does. Raises InputError where no row is left, or a title is none of theirs.
        """
        _check(shown, wanted)
        rows = shown.rows_for(wanted, school, left_out, whole=whole)
        if rows.empty:
            raise InputError(NOTHING_LEFT)
        label = _label(shown, wanted)
        titles = rows["pattern"].map(dict(wanted)).astype("str")
        titled = rows.loc[titles.notna()]
        edited = self._draft(shown, titled, titles.dropna(), person=person, session=session, label=label)
        made = decisions(shown, rows, wanted, school)
        self._deciding.remember(made, person=person, session=session, label=label, has_drafts=len(titled) > 0)
        return edited

    def take_own(self, shown: Open, rows: pd.DataFrame, *, label: str, person: str, session: str = "") -> Edited:
        """Draft for each of these rows what is proposed for it alone; nothing is remembered.

        Raises InputError where no row is left.
        """
        if rows.empty:
            raise InputError(NOTHING_LEFT)
        return self._draft(shown, rows, rows["category"], person=person, session=session, label=label)

    def _draft(
        self, shown: Open, rows: pd.DataFrame, titles: pd.Series[str], *, person: str, session: str, label: str
    ) -> Edited:
        own = rows["category"].eq(titles) & rows["category_id"].notna()
        pairs = list(zip(rows["class_id"].tolist(), titles.tolist(), strict=True))
        meant = {pair: shown.snapshot.validity.titled(*pair) for pair in set(pairs)}
        picked = pd.Series([meant[pair] for pair in pairs], index=rows.index, dtype="str")
        sizes = {one: _told(number) for one, number in rows["pattern"].value_counts().items()}
        told = "decided for " + rows["pattern"].map(sizes).astype("str") + " with this name at once"
        references = rows["stored_reference"].astype(object).where(rows["stored_reference"].notna(), None)
        key = keys(rows)
        return self._edit(
            dict(zip(key, rows["category_id"].where(own, picked), strict=True)),
            seen=dict(zip(key, references, strict=True)),
            person=person,
            label=label,
            session=session,
            source=dict(zip(key, rows["source"].where(own, str(Source.DECISION)), strict=True)),
            reason=dict(zip(key, rows["reason"].where(own, told), strict=True)),
        )

    def _make(self, snapshot: Snapshot, version: str) -> Proposed:
        """Proposals anew; those of rows that are drafted by now are kept, since an undo opens them again."""
        began, waiting = time.thread_time(), self._waiting(snapshot)
        found = self._deciding.proposals(snapshot)
        lines = self._deciding.patterns(snapshot).set_index("pattern")
        vocabulary = self._deciding.memory.vocabulary()
        lines = lines.assign(meaning=[meaning(name, vocabulary) for name in lines["group"]])
        places, own = waiting.places(found), np.full(len(waiting.rows), -1)
        own[places[places >= 0]] = np.flatnonzero(places >= 0)
        is_known = own >= 0
        proposed = found[PROPOSED].reindex(own).set_axis(waiting.rows.index)
        with self._lock:
            before = self._made
            if before is not None and before.waiting is waiting:
                old = np.flatnonzero(before.is_known & ~is_known)
                proposed.iloc[old] = before.rows[PROPOSED].iloc[old].astype("str")
                lines = pd.concat([lines, before.lines.loc[~before.lines.index.isin(lines.index)]])
                is_known = is_known | before.is_known
            rows = waiting.rows.join(proposed.astype(dict.fromkeys(FEW, "category")))[ROWS]
            self._made = Proposed(version, waiting, rows, is_known, lines)
            self._seconds = time.thread_time() - began
            return self._made

    def _renew(self, snapshot: Snapshot) -> None:
        """Make proposals anew, one at a time, while pages show those of before."""
        if self._at_work.acquire(blocking=False):
            threading.Thread(target=self._renewed, args=(snapshot,), name="gpb-proposals", daemon=True).start()

    def _renewed(self, snapshot: Snapshot) -> None:
        try:
            self._make(snapshot, self._version())
        except GpbError as error:  # whoever opens the desk next is told
            self._failed_for = snapshot.id
            log.warning("proposals could not be made anew: %s", error)
        finally:
            self._at_work.release()

    def _version(self) -> str:
        return f"{self._term.latest().id} {self._term.drafts().version()} {self._deciding.memory.version()}"

    def _waiting(self, snapshot: Snapshot) -> Waiting:
        with self._lock:
            if self._rows is None or self._rows.snapshot is not snapshot:
                self._rows = Waiting(snapshot)
            return self._rows


def _told(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


def _check(shown: Open, wanted: Wanted) -> None:
    offered = shown.lines["titles"]
    for pattern, title in wanted.items():
        if title is not None and title not in json.loads(offered.get(pattern, "[]")):
            raise InputError(f"“{title}” is not a category of these sections, so nothing was changed. Choose another.")


def _label(shown: Open, wanted: Wanted) -> str:
    if len(wanted) > 1:
        return f"{len(wanted):,} patterns decided"
    ((pattern, title),) = wanted.items()
    return f"“{shown.lines['group'][pattern]}” → {f'“{title}”' if title is not None else UNASSOCIATED}"


def decisions(shown: Open, taken: pd.DataFrame, wanted: Wanted, school: str) -> list[Decision]:
    """What is remembered of rows that take what is ``wanted``: for the district, or for schools in which all do."""
    lines, rows = shown.lines, shown.of(wanted, school)[[*KEY, "school", "pattern"]]
    agrees = pd.Series(is_among(rows, taken), index=rows.index)  # the others contradict it, or were left out
    whole = agrees.groupby(rows["pattern"]).all()
    by_school = agrees.groupby([rows["pattern"], rows["school"]]).all()
    schools: dict[str, list[str]] = {}
    for pattern, one in by_school.index[by_school]:
        schools.setdefault(pattern, []).append(one)
    titles = taken["pattern"].map(dict(wanted))
    as_proposed = taken.loc[taken["category"].eq(titles)].groupby("pattern")["source"].unique().to_dict()
    numbers = {str(one): number for one, number in taken["pattern"].value_counts(sort=False).items()}
    made = []
    for pattern, title in wanted.items():
        if pattern not in numbers:
            continue
        sources = ", ".join(sorted(as_proposed.get(pattern, ())))
        told = f"decided for {_told(numbers[pattern])}" + (f", as proposed ({sources})" if sources else "")
        group, offered = str(lines["group"][pattern]), json.loads(lines["titles"][pattern])
        decision = Decision(normalised(group), titles_key(offered), title, told)
        places = ([school] if school else [""]) if whole[pattern] else schools.get(pattern, [])
        made += [replace(decision, scope="school", scope_value=one) if one else decision for one in places]
    return made

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
import numpy.typing as npt
import pandas as pd

from gpb.errors import GpbError, InputError
from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.suggest.patterns import normalised, titles_key, with_patterns
from gpb.suggest.room.cards import KEY, Card, cards, is_among, is_taken, meaning
from gpb.suggest.room.deciding import Deciding, Decision, Edit, Edited
from gpb.suggest.schemas import Source
from gpb.suggest.vocabulary import read_vocabulary
from gpb.term.term import Term

log = logging.getLogger(__name__)
Kept = TypeVar("Kept")
_SHOWN = ["school", "course", "teacher", "section", "group", "class_id", "assignments", "stored_reference"]
ROWS = [*KEY, "course_id", *_SHOWN, "pattern", "category_id", "category", "source", "reason"]
"""Columns of open rows, the last four their own proposal; dtypes as in ``schemas.ASSOCIATIONS`` and ``PROPOSALS``."""
QUICK = 0.3
"""Seconds. Where proposals take longer, pages show those of before while new ones are made."""
LARGE = 30_000
"""Rows of a term beyond which nobody waits for the first proposals."""
KEPT = 32
"""What was drawn last is kept, so that a click finds what was on the screen."""
NOTHING_LEFT = "There is no row left to decide here, so nothing was changed. Look at the list again."


@dataclass(frozen=True)
class Proposed:
    """Rows (ROWS) of one snapshot with their proposals, and ``lines``: the patterns (``schemas.PATTERNS``) by key."""

    version: str
    snapshot: Snapshot
    rows: pd.DataFrame
    lines: pd.DataFrame


@dataclass(frozen=True)
class Open:
    """Those of the rows that are open, under a ``name`` by which a click finds them.

    ``is_current``: nothing was decided or drafted since they were proposed.
    """

    name: tuple[str, str]
    proposed: Proposed
    is_current: bool
    _is_open: npt.NDArray[np.bool_]
    _asked: dict[object, Any] = field(default_factory=dict)

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot whose rows they are."""
        return self.proposed.snapshot

    @property
    def lines(self) -> pd.DataFrame:
        """The patterns by key, whose counts are those of the time when all this was proposed."""
        return self.proposed.lines

    @property
    def rows(self) -> pd.DataFrame:
        """The open rows; ROWS. Of a large term not kept, since many may have been drawn."""
        return self.proposed.rows.loc[self._is_open]

    def __len__(self) -> int:
        """How many rows are open."""
        return int(np.count_nonzero(self._is_open))

    def schools(self) -> list[str]:
        """Those with open rows."""
        return self._once("schools", lambda: sorted(self.rows["school"].unique(), key=str.casefold))

    def _once(self, what: object, made: Callable[[], Kept]) -> Kept:
        if what not in self._asked:
            self._asked[what] = made()
        found: Kept = self._asked[what]
        return found

    def cards(self, school: str = "", apart: Collection[str] = ()) -> list[Card]:
        """What is to decide, in one school or all; the patterns in ``apart`` are on their own."""
        asked = (school, frozenset(apart))
        return self._once(asked, lambda: cards(self.of(school=school), self.lines, apart))

    def of(self, patterns: Collection[str] | None = None, school: str = "") -> pd.DataFrame:
        """The open rows of some patterns, else of all, in one school or all."""
        rows, wanted = self.proposed.rows, self._is_open
        if school:
            wanted = wanted & rows["school"].eq(school).to_numpy()
        if patterns is not None:
            wanted = wanted & rows["pattern"].isin(list(patterns)).to_numpy()
        return rows.loc[wanted]

    def rows_for(self, wanted: Mapping[str, str], school: str = "", left_out: Collection[Key] = ()) -> pd.DataFrame:
        """The rows that take the titles that are wanted for their patterns, but for those left out."""
        rows = self.of(wanted, school)
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
        self._vocabulary = read_vocabulary()
        self._lock, self._at_work = threading.RLock(), threading.Lock()
        self._made: Proposed | None = None
        self._seconds = 0.0
        self._failed_for = ""
        self._kept: OrderedDict[tuple[str, str], Open] = OrderedDict()

    def to_do(self) -> tuple[int, int]:
        """How many rows are open in the newest snapshot, and in how many patterns; soon told, without proposals."""
        snapshot = self._term.latest()
        rows = self._open_rows(snapshot)[["group", "class_id"]]
        return len(rows), with_patterns(rows, snapshot.validity)["pattern"].nunique() if len(rows) else 0

    def is_ready(self) -> bool:
        """Whether ``open`` answers at once; for a large term proposals are made meanwhile, so ask again."""
        snapshot, made = self._term.latest(), self._made
        if made is not None and made.snapshot.id == snapshot.id:
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
            made, still = self._made, self._open_rows(snapshot)
            is_other = made is None or made.snapshot.id != snapshot.id or not is_among(still, made.rows).all()
            if made is None or is_other or (made.version != version and self._seconds <= QUICK):
                made = self._make(snapshot, version)
            elif made.version != version:
                self._renew(snapshot)
            name = version, made.version
            if name not in self._kept:
                self._kept[name] = Open(name, made, made.version == version, is_among(made.rows, still))
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
        wanted: Mapping[str, str],
        *,
        school: str = "",
        left_out: Collection[Key] = (),
        person: str,
        session: str = "",
    ) -> Edited:
        """Draft these titles (pattern → title) for the rows that were ``shown`` of the patterns, and remember them.

        Rows that were left out stay open, and so do those that have another proposal, or none, where the title is the
        one that is proposed for the pattern. What is decided for one school is remembered for it alone,
        and where some rows stay open for the schools in which none does. Raises InputError where no row is left.
        """
        rows = shown.rows_for(wanted, school, left_out)
        if rows.empty:
            raise InputError(NOTHING_LEFT)
        label = _label(shown, wanted)
        titles = rows["pattern"].map(dict(wanted)).astype("str")
        edited = self._draft(shown, rows, titles, person=person, session=session, label=label)
        made = [one for pattern in rows["pattern"].unique() for one in _decisions(shown, rows, pattern, wanted, school)]
        self._deciding.memory.remember(made, person=person, session=session, label=label)
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
        pairs = list(zip(rows["class_id"], titles, strict=True))
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
        """Proposals anew; rows and patterns that are drafted by now are kept, since an undo opens them again."""
        began = time.thread_time()
        rows = self._open_rows(snapshot).merge(self._deciding.proposals(snapshot), on=KEY)[ROWS]
        lines = self._deciding.patterns(snapshot).set_index("pattern")
        lines = lines.assign(meaning=[meaning(name, self._vocabulary) for name in lines["group"]])
        self._seconds = time.thread_time() - began
        with self._lock:
            before = self._made
            if before is not None and before.snapshot.id == snapshot.id:
                rows = pd.concat([rows, before.rows.loc[~is_among(before.rows, rows)]], ignore_index=True)
                lines = pd.concat([lines, before.lines.loc[~before.lines.index.isin(lines.index)]])
            self._made = Proposed(version, snapshot, rows, lines)
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

    def _open_rows(self, snapshot: Snapshot) -> pd.DataFrame:
        """The same as ``evidence.is_open`` finds, without laying all drafts over all rows."""
        rows = snapshot.associations()
        rows = rows.loc[rows["status"].eq(Status.UNASSOCIATED), [*KEY, "course_id", *_SHOWN]]
        drafts = self._term.drafts().frame()
        return rows.loc[~is_among(rows, drafts.loc[drafts["category_id"].notna()])]


def _told(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


def _label(shown: Open, wanted: Mapping[str, str]) -> str:
    if len(wanted) > 1:
        return f"{len(wanted):,} patterns decided"
    ((pattern, title),) = wanted.items()
    return f"“{shown.lines['group'][pattern]}” → “{title}”"


def _decisions(
    shown: Open, taken: pd.DataFrame, pattern: str, wanted: Mapping[str, str], school: str
) -> list[Decision]:
    """What is remembered of one pattern, for the district or for schools."""
    lines, title, some = shown.lines, wanted[pattern], taken.loc[taken["pattern"].eq(pattern)]
    sources = sorted(some.loc[some["category"].eq(title), "source"].unique())
    proposed = f", as proposed ({', '.join(sources)})" if sources else ""
    titles, told = titles_key(json.loads(lines["titles"][pattern])), f"decided for {_told(len(some))}{proposed}"
    made = Decision(normalised(str(lines["group"][pattern])), titles, title, told)
    rows = shown.of([pattern], school)
    agrees = pd.Series(is_among(rows, some), index=rows.index)  # the others contradict it, or were left out
    if agrees.all():
        return [replace(made, scope="school", scope_value=school) if school else made]
    alike = agrees.groupby(rows["school"]).all()
    return [replace(made, scope="school", scope_value=str(one)) for one in alike.index[alike]]

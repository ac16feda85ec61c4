"""The desk: what is open of a term as cards, and what a person makes of them."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from gpb.errors import GpbError, InputError
from gpb.frames.rows.coded import recoded, with_others
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.matching.labels import UNASSOCIATED
from gpb.suggest.patterns import normalised, titles_key
from gpb.suggest.room.cards import is_among, meaning
from gpb.suggest.room.deciding import Deciding, Decision, Edit, Edited
from gpb.suggest.room.waiting import (
    ASKED,
    DECIDED,
    FEW,
    KEY,
    PROPOSED,
    RETIRED,
    Mask,
    Open,
    Proposed,
    Waiting,
    Wanted,
)
from gpb.suggest.schemas import Source
from gpb.term.term import Term

log = logging.getLogger(__name__)
QUICK = 0.3
"""Seconds. Where proposals take longer, pages show those of before while new ones are made."""
LARGE = 30_000
"""Rows of a term beyond which nobody waits for the first proposals."""
KEPT = 32
"""What was drawn last is kept, so that a click finds what was on the screen."""
NOT_MADE = (
    "The proposals could not be made, because something went wrong inside this program; the log has the details. "
    "Nothing was changed. Try again, or choose categories row by row on the page Associate."
)
NOTHING_LEFT = "There is no row left to decide here, so nothing was changed. Look at the list again."


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
        self._failed = "", ""
        self._kept: OrderedDict[tuple[str, str], Open] = OrderedDict()

    def to_do(self) -> tuple[int, int]:
        """How many rows are open in the newest snapshot, and in how many patterns; soon told, without proposals."""
        snapshot = self._term.latest()
        waiting = self._waiting(snapshot)
        is_open = waiting.is_free(self._term.drafts().frame()) & (waiting.why(self._deciding.memory.decided()) == ASKED)
        return int(np.count_nonzero(is_open)), len(np.unique(waiting.patterns.codes[is_open]))

    def is_ready(self) -> bool:
        """Whether ``open`` has something to show; of a large term proposals are made meanwhile, so ask again.

        Where it stays so, ``failure`` says why.
        """
        snapshot = self._term.latest()
        if not self._is_made(snapshot):
            attempt = self._attempt if len(snapshot.associations()) <= LARGE else self._renew
            attempt(snapshot, self._version())
        return self._is_made(snapshot)

    def failure(self) -> str | None:
        """The sentence that says why there are no proposals from what is known now; None as long as none failed."""
        version, told = self._failed
        return told if told and version == self._version() else None

    def again(self) -> None:
        """Make proposals anew, although that has failed before."""
        self._failed = "", ""

    def _is_made(self, snapshot: Snapshot) -> bool:
        return self._made is not None and self._made.waiting.snapshot.id == snapshot.id

    def open(self) -> Open:
        """What is open of the newest snapshot, with the newest proposals that are there at once.

        Raises GpbError where there are none, with the sentence of ``failure``.
        """
        with self._lock:
            snapshot, version = self._term.latest(), self._version()
            last = next(reversed(self._kept.values()), None)
            is_newest = last is not None and last.proposed is self._made and last.name[0] == version
            if last is not None and is_newest:
                is_tried = self._at_work.locked() or self._failed[0] == version
                if last.is_current or is_tried:
                    return last
            waiting = self._waiting(snapshot)
            why, is_free = waiting.why(self._deciding.memory.decided()), waiting.is_free(self._term.drafts().frame())
            is_open = is_free & (why == ASKED)
            made = self._newest(waiting, is_open, version)
            name = version, made.version
            if name not in self._kept:
                counts = np.bincount(why[is_free], minlength=3).tolist()
                is_current = made.version == version
                self._kept[name] = Open(name, made, is_current, counts[RETIRED], counts[DECIDED], is_open)
            self._kept.move_to_end(name)
            self._forget()
            return self._kept[name]

    def _newest(self, waiting: Waiting, is_open: Mask, version: str) -> Proposed:
        """Proposals of at least the open rows, the newest that are there at once."""
        made, snapshot = self._made, waiting.snapshot
        has_all = made is not None and made.waiting is waiting and not (is_open & ~made.is_known).any()
        if made is not None and has_all and made.version == version:
            return made
        attempt = self._renew if has_all and self._seconds > QUICK else self._attempt
        attempt(snapshot, version)
        if made is not None and has_all:  # those of before, where no others could be made
            return self._made or made
        if self._made is None or self._made is made:
            raise GpbError(self.failure() or NOT_MADE)
        return self._made

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
        open, or are left to whoever drafted them meanwhile, for the schools in which none does. Raises InputError where
        no row is left, or a title is none of theirs.
        """
        _check(shown, wanted)
        rows = shown.rows_for(wanted, school, left_out, whole=whole)
        if rows.empty:
            raise InputError(NOTHING_LEFT)
        label = _label(shown, wanted)
        titles = rows["pattern"].map(dict(wanted)).astype("str")
        titled = rows.loc[titles.notna()]
        edited = self._draft(shown, titled, titles.dropna(), person=person, session=session, label=label)
        apart = pd.DataFrame([*edited.left, *(one.key for one in edited.refused)], columns=KEY)
        taken = rows.loc[~is_among(rows, apart)] if len(apart) else rows
        if len(taken):
            made = decisions(shown, taken, wanted, school)
            self._deciding.remember(made, person=person, session=session, label=label, has_drafts=edited.moved > 0)
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
        made, vocabulary = self._deciding.made(snapshot), self._deciding.memory.vocabulary()
        lines = made.lines.set_index("pattern")
        lines = lines.assign(meaning=[meaning(name, vocabulary) for name in lines["group"]])
        with self._lock:
            before = self._made if self._made is not None and self._made.waiting is waiting else None
            found = made.anew if before is not None and before.made == made.since else made.found
            if before is None:
                rows, is_known = waiting.unproposed(), np.zeros(len(waiting.rows), dtype=bool)
            else:
                rows, is_known = before.rows, before.is_known.copy()
                lines = pd.concat([lines, before.lines.loc[~before.lines.index.isin(lines.index)]])
            places = waiting.places(found)
            found, places = found.loc[places >= 0], places[places >= 0]
            is_known[places] = True
            others = {name: recoded if name in FEW else with_others for name in PROPOSED}
            rows = rows.assign(**{name: put(rows[name], places, found[name]) for name, put in others.items()})
            self._made = Proposed(version, made.version, waiting, rows, is_known, lines)
            self._seconds = time.thread_time() - began
            return self._made

    def _renew(self, snapshot: Snapshot, version: str) -> None:
        """Make proposals anew, one at a time, while pages show those of before."""
        if self._at_work.acquire(blocking=False):
            arguments = snapshot, version
            threading.Thread(target=self._renewed, args=arguments, name="gpb-proposals", daemon=True).start()

    def _renewed(self, snapshot: Snapshot, version: str) -> None:
        try:
            self._attempt(snapshot, version)
        finally:
            self._at_work.release()

    def _attempt(self, snapshot: Snapshot, version: str) -> None:
        """Make proposals anew, unless that has failed for the same before."""
        if self._failed[0] == version:
            return
        try:
            self._make(snapshot, version)
        except GpbError as error:
            log.warning("proposals could not be made: %s", error)
            self._failed = version, str(error)
        except Exception:  # whatever it is: in a thread nobody would hear of it, and a page would wait for ever
            log.exception("making proposals ended with a defect")
            self._failed = version, NOT_MADE

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

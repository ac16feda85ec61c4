"""What Focus shows was passed back before: the memory of a term whose associations cannot be read in Canvas.

An assignment in Focus does not say which group it came from. It is taken for one of Canvas only where both systems have
its title once in that section, else where both have the title once on one day: passback itself goes by name and due
date. A group has a category only where all of its assignments that were found lie under that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.settings import Settings
from gpb.suggest.patterns import TitleSets
from gpb.suggest.room.kept import KeptFrames
from gpb.suggest.schemas import PAST, empty, framed
from gpb.term.earlier import EarlierTerms
from gpb.term.line_items import LineItems
from gpb.term.pull import no_progress
from gpb.term.term import Term
from gpb.term.underway.courses import Progress

VERSION = "1"
"""Of how cases are made: what an older release kept is made anew."""
SHARE = 0.1
"""Of the rows of a term; where Canvas shows nearly all associations, Focus would tell little more."""
AGREE = 0.9
"""Of the assignments that are known by their title, so many have to be due on one day in both systems before days tell
assignments apart: the time zone may not be the district's, and not every server writes what is due as Focus does."""
DAY = len("2026-09-01")
MARKED = ["title", "day", "is_alone", "is_apart"]


def unreadable(snapshot: Snapshot) -> pd.DataFrame:
    """The rows of a snapshot whose association is kept outside of Canvas."""
    rows = snapshot.associations()
    return rows.loc[rows["status"].eq(Status.ELSEWHERE) & rows["class_id"].notna()]


def received(snapshot: Snapshot, items: pd.DataFrame, zone: ZoneInfo | None = None) -> pd.DataFrame:
    """What assignments in Focus (``line_items.ITEMS``) say of the ``unreadable`` rows: ``schemas.PAST``.

    Its ``assignments`` are those that were found. Days are those of ``zone``; None is this machine's own.
    """
    rows = unreadable(snapshot)
    if rows.empty or items.empty:
        return empty(PAST)
    named = rows[["group_id", "section_id", "class_id"]].merge(_of_canvas(snapshot, zone), on="group_id")
    found = _found(named, _of_focus(items))
    found = found.assign(category=found["category_id"].map(snapshot.validity.titles).astype("str"))
    found = found.dropna(subset="category")
    if found.empty:
        return empty(PAST)
    by_row = found.groupby(["group_id", "section_id"], as_index=False).agg(
        category=("category", "first"), several=("category", "nunique"), assignments=("title", "size")
    )
    told = rows.merge(by_row.loc[by_row["several"].eq(1)], on=["group_id", "section_id"], suffixes=("_all", ""))
    sets = TitleSets.of(told, snapshot.validity)
    told = told.assign(titles=[sets.keys[code] for code in sets.codes], term=snapshot.facts.term, rows=1)
    by = ["term", "school", "teacher", "course", "group", "titles", "category"]
    return framed(told.groupby(by, sort=False, as_index=False)[["rows", "assignments"]].sum(), PAST)


def _of_canvas(snapshot: Snapshot, zone: ZoneInfo | None) -> pd.DataFrame:
    """The assignments that are passed back: group_id, and the columns of ``_marked``."""
    inside = snapshot.tables["assignments"][["group_id", "assignment", "due_at", "has_overrides"]]
    inside = inside.merge(snapshot.tables["groups"][["group_id", "course_id"]], on="group_id")
    day = inside["due_at"].dt.tz_convert(zone or "tzlocal()").dt.tz_localize(None).dt.normalize()
    named = inside.rename(columns={"assignment": "title"}).assign(day=day.mask(inside["has_overrides"]))
    return _marked(named, "course_id")[["group_id", *MARKED]]


def _of_focus(items: pd.DataFrame) -> pd.DataFrame:
    """The assignments in Focus: class_id, category_id, and the columns of ``_marked``."""
    day = pd.to_datetime(items["due"].str[:DAY], format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
    return _marked(items.assign(day=day), "class_id")[["class_id", "category_id", *MARKED]]


def _marked(named: pd.DataFrame, place: str) -> pd.DataFrame:
    """Adds to title and day whether the title is there once (``is_alone``), and whether the day tells it apart.

    It does not where the day of any that is called so is not known: it could be that one.
    """
    by_title = [place, "title"]
    is_known = named["day"].notna().groupby([named[name] for name in by_title]).transform("all")
    is_apart = is_known & ~named.duplicated([*by_title, "day"], keep=False)
    return named.assign(is_alone=~named.duplicated(by_title, keep=False), is_apart=is_apart)


def _found(named: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The assignments of a section that are one in Canvas and in Focus: group_id, section_id, title, category_id."""
    once, alone = named.loc[named["is_alone"]], items.loc[items["is_alone"]]
    by_title = once.merge(alone, on=["class_id", "title"], suffixes=("", "_there"))
    days = by_title[["day", "day_there"]].dropna()
    found = [by_title]
    if len(days) and days["day"].eq(days["day_there"]).mean() >= AGREE:
        dated, there = named.loc[named["is_apart"]], items.loc[items["is_apart"]]
        by_day = dated.merge(there, on=["class_id", "title", "day"], suffixes=("", "_there"))
        found.append(by_day.loc[~(by_day["is_alone"] & by_day["is_alone_there"])])
    return pd.concat(found, ignore_index=True)[["group_id", "section_id", "title", "category_id"]]


@dataclass(frozen=True, slots=True)
class Unasked:
    """An earlier term about which Focus can be asked: ``rows`` that Canvas does not show, in so many ``sections``, of
    which ``asked`` have answered before."""

    term_id: int
    term: str
    snapshot_id: str
    rows: int
    sections: tuple[str, ...]
    asked: int

    @property
    def requests(self) -> int:
        """How many are left: one for each section, more where it has more assignments than a page."""
        return len(self.sections) - self.asked


class Received:
    """What Focus received in the terms before the one in use, asked for on a person's word, kept in ``folder``."""

    def __init__(self, settings: Settings, term: Term, earlier: EarlierTerms, folder: Path) -> None:
        self._term = term
        self._earlier = earlier
        self._zone = settings.zone
        self._items = LineItems(settings, folder)
        self._kept = KeptFrames(folder, term.snapshots.has)
        self._frames: dict[str, pd.DataFrame | None] = {}
        self._sections: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._joined: tuple[str, pd.DataFrame] = "", empty(PAST)

    def version(self) -> str:
        """Another text when Focus has answered about another term."""
        return " ".join(identifier for identifier in self._identifiers() if self._frame(identifier) is not None)

    def frame(self) -> pd.DataFrame:
        """What is known: ``schemas.PAST``; the same object as long as that is the same."""
        version = self.version()
        if self._joined[0] != version:
            frames = [self._frame(identifier) for identifier in version.split()]
            parts = [frame for frame in frames if frame is not None and len(frame)]
            self._joined = version, pd.concat(parts, ignore_index=True) if parts else empty(PAST)
        return self._joined[1]

    def unasked(self) -> list[Unasked]:
        """The earlier terms with many rows that Canvas does not show, about which Focus was not asked to the end."""
        found = []
        for one in self._earlier.listed():
            identifier = one.snapshot_id
            if identifier is None or self._frame(identifier) is not None:
                continue
            rows, sections = self._unread(identifier)
            if sections:
                asked = len(self._items.asked(identifier) & set(sections))
                found.append(Unasked(one.term_id, one.term, identifier, rows, sections, asked))
        return found

    async def ask(self, about: Unasked, progress: Progress = no_progress) -> dict[str, int]:
        """Ask Focus, section by section; one that was cut short goes on. Raises as ``LineItems.read``."""
        identifier = about.snapshot_id
        failed = await self._items.read(identifier, about.sections, progress)
        found = received(self._snapshot(identifier), self._items.frame(identifier), self._zone)
        self._kept.keep(found, identifier, VERSION)
        self._frames[identifier] = found
        return {"sections": len(about.sections), "rows": int(found["rows"].sum()), "unread": failed}

    def _identifiers(self) -> list[str]:
        return [one.snapshot_id for one in self._earlier.listed() if one.snapshot_id is not None]

    def _frame(self, identifier: str) -> pd.DataFrame | None:
        if self._frames.get(identifier) is None:
            self._frames[identifier] = self._kept.read(identifier, VERSION, PAST)
        return self._frames[identifier]

    def _unread(self, identifier: str) -> tuple[int, tuple[str, ...]]:
        if identifier not in self._sections:
            snapshot = self._snapshot(identifier)
            rows = unreadable(snapshot)
            is_worth = len(rows) >= SHARE * len(snapshot.associations())
            self._sections[identifier] = len(rows), tuple(sorted(rows["class_id"].unique())) if is_worth else ()
        return self._sections[identifier]

    def _snapshot(self, identifier: str) -> Snapshot:
        snapshot, present = self._term.readings.load_once(identifier), self._term.shape()
        return snapshot.read_as(present) if present.closed is None else snapshot

"""The plan as people read it: one line for each draft, and these together by pattern or by course."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.matching.labels import shown_titles
from gpb.store.run_records import ChangeKind
from gpb.suggest.patterns import normalised
from gpb.sync.kinds.change import Change
from gpb.sync.plan import before_and_after
from gpb.sync.planning.reaching import reaching
from gpb.sync.planning.room import Asked, Drafted

NEW, CHANGED, TAKEN, RENAMED, KEPT = "New", "Changed", "Taken away", "Renamed", "Keeps name"
IN_FOCUS = " + Focus"
"""Stands behind a change for which a section is added to a category in Focus first."""
Ticks = npt.NDArray[np.bool_]
_NEWEST: WeakKeyDictionary[Snapshot, Lines] = WeakKeyDictionary()
"""The lines that were made last, by the snapshot that they are of."""


@dataclass(frozen=True, eq=False)
class Lines:
    """``rows``: one line per draft, in the order of the plan, numbered from 0.

    Columns: ``group_id, section_id, course_id`` int64; ``school, course, teacher, section, group`` str; ``change`` one
    of the words above; ``category`` what the row gets, and what goes for it; ``gets`` bool, whether it gets one;
    ``assignments``, ``reaching`` and ``asleep`` int64, see ``planning.reaching``, the last two only where it gets one;
    ``why`` where the draft comes from; ``pattern`` and ``of_course`` str, the line of either view that it belongs to.
    They were made of what has the mark ``asked``; the section of the rows ``joining`` joins a category in Focus first.
    ``before`` are the lines by pattern, and by course, that are there already, but for those of the rows ``differ``.
    """

    asked: object
    rows: pd.DataFrame
    keys: list[Key]
    joining: frozenset[Key]
    before: Mapping[str, pd.DataFrame]
    differ: pd.DataFrame

    @cached_property
    def by_pattern(self) -> pd.DataFrame:
        """The lines of the view by pattern, the most assignments first."""
        found = self._lines("pattern", _by_pattern)
        return found.sort_values(["assignments", "rows", "pattern"], ascending=[False, False, True])

    @cached_property
    def by_course(self) -> pd.DataFrame:
        """The lines of the view by course, by school and course."""
        return self._lines("of_course", _by_course).sort_values(["school", "course", "of_course"])

    def _lines(self, view: str, made: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
        before = self.before.get(view)
        if before is None:
            return made(self.rows)
        touched = self.differ[view].unique()
        kept = before.loc[~before.index.isin(touched)]
        rows = self.rows.loc[self.rows[view].isin(touched)]
        return pd.concat([kept, made(rows)]) if len(rows) else kept

    def ticks(self, out: Collection[Key]) -> Ticks:
        """Which drafts are in the plan, where these are left out."""
        return np.fromiter((key not in out for key in self.keys), dtype="bool", count=len(self.keys))

    def of(self, view: str, line: str) -> pd.DataFrame:
        """The drafts of one line."""
        return self.rows.loc[self.rows[view].eq(line)]

    def keys_of(self, view: str, lines: Collection[object]) -> list[Key]:
        """Those of several lines, as keys."""
        return [self.keys[place] for place in np.flatnonzero(self.rows[view].isin(list(lines)))]


def lines_of(asked: Asked) -> Lines:
    """The lines of everything that is drafted, made once; after an edit those that it concerns are made anew."""
    before = _NEWEST.get(asked.snapshot)
    if before is not None and before.asked is asked.mark:
        return before
    members = asked.whole.changes if asked.whole.is_of(ChangeKind.MEMBERSHIP) else ()
    joining = frozenset(one.key for one in members if one.kind is ChangeKind.MEMBERSHIP)
    views: dict[str, pd.DataFrame] = {}
    if before is None or before.asked is not asked.since:
        made = _made(asked.rows, asked, joining)
        differ = made.head(0)
    else:
        others = asked.anew | (before.joining ^ joining)
        is_other = _are_among(before.rows, others)
        fresh = _made(asked.rows.loc[_are_among(asked.rows, others)], asked, joining)
        made = pd.concat([before.rows.loc[~is_other], fresh])
        differ = pd.concat([before.rows.loc[is_other], fresh])
        known = {"pattern": "by_pattern", "of_course": "by_course"}
        views = {view: vars(before)[name] for view, name in known.items() if name in vars(before)}
    made = made.sort_values(["course_id", "group_id", "section_id"]).reset_index(drop=True)
    _NEWEST[asked.snapshot] = lines = Lines(asked.mark, made, keys(made), joining, views, differ)
    return lines


def _are_among(rows: pd.DataFrame, some: Collection[Key]) -> npt.NDArray[np.bool_]:
    found = rows["group_id"].isin([group_id for group_id, _ in some]).to_numpy(copy=True)
    found[found] = [key in some for key in keys(rows.loc[found])]
    return found


def _made(rows: pd.DataFrame, asked: Asked, joining: Collection[Key]) -> pd.DataFrame:
    groups = {*rows["group_id"].tolist()}
    of_groups = (one for one in asked.whole.changes if one.group_id in groups)
    changes = {one.key: one for one in of_groups if one.kind is not ChangeKind.MEMBERSHIP}
    counts, gets = reaching(asked.snapshot, rows["group_id"]), rows["category_id"].notna()
    words = [_change(changes[key], key in joining) for key in keys(rows)]
    made = rows[["group_id", "section_id", "course_id", "school", "course", "teacher", "section", "group"]].assign(
        change=pd.Series(words, index=rows.index, dtype="str"),
        category=_categories(rows, asked, changes),
        gets=gets,
        assignments=counts["behind"],
        reaching=counts["reaching"].where(gets, 0),
        asleep=counts["asleep"].where(gets, 0),
        why=_why(rows),
    )
    names = {name: normalised(str(name)) for name in made["group"].unique()}
    spelled = made["group"].map(names).astype("str")
    made["pattern"] = made["change"] + "\n" + spelled + "\n" + made["category"]
    made["of_course"] = made["course_id"].astype("str")
    return made


def _change(change: Change, joins: bool) -> str:
    renamed = KEPT if change.is_done else RENAMED
    word = {"associate": NEW, "reassociate": CHANGED, "unassociate": TAKEN}.get(change.verb, renamed)
    return f"{word}{IN_FOCUS}" if joins else word


def _categories(rows: pd.DataFrame, asked: Asked, changes: Mapping[Key, Change]) -> pd.Series[str]:
    """What a row gets; where something goes for it, that too."""
    known = asked.snapshot.validity.titles  # pandas would make a column of all of them first
    own = [known.get(identifier) for identifier in rows["category_id"].tolist()]
    titles = pd.Series(own, index=rows.index, dtype="str").fillna(rows["category"])
    after, before = shown_titles(titles), shown_titles(rows["stored_category"])
    arrow = before + " → " + after
    told = after.where(rows["stored_reference"].isna(), arrow)
    alike = rows["stored_reference"].notna() & before.eq(after)
    if asked.names is None and alike.any():  # told apart by their ids
        apart = [" → ".join(before_and_after(changes[key])) for key in keys(rows.loc[alike])]
        told = told.mask(alike, pd.Series(apart, index=rows.index[alike], dtype="str"))
    return told


def _why(rows: pd.DataFrame) -> pd.Series[str]:
    """The reason of a draft, else its source, else who chose it."""
    by_hand = "chosen by " + rows["person"].astype("str")
    source = rows["source"].where(rows["source"].fillna("").ne(""), by_hand)
    return rows["reason"].where(rows["reason"].fillna("").ne(""), source).astype("str")


def _by_pattern(rows: pd.DataFrame) -> pd.DataFrame:
    found = _counted(rows, "pattern").join(
        rows.groupby("pattern", sort=False).agg(
            change=("change", "first"),
            category=("category", "first"),
            courses=("course_id", "nunique"),
            schools=("school", "nunique"),
            spellings=("group", "nunique"),
        )
    )
    more, name = found["spellings"] - 1, _most_frequent(rows, "pattern", "group").reindex(found.index)
    found["group"] = name.mask(more.gt(0), name + " (+" + more.astype("str") + " alike)")
    return found


def _by_course(rows: pd.DataFrame) -> pd.DataFrame:
    places = rows.groupby("of_course", sort=False).agg(
        school=("school", "first"),
        course=("course", "first"),
        teacher=("teacher", "first"),
        sections=("section", "first"),
        others=("section_id", "nunique"),
    )
    more = places.pop("others") - 1
    places["sections"] = places["sections"].mask(more.gt(0), places["sections"] + " (+" + more.astype("str") + ")")
    kinds = rows.groupby(["of_course", "change"], sort=False).size().unstack(fill_value=0)
    words = pd.Series("", index=places.index, dtype="str")
    for change in sorted(map(str, kinds)):
        number = kinds[change].reindex(places.index)
        told = number.map("{:,} ".format) + str(change).lower()
        words = words.where(number.eq(0), words.where(words.eq(""), words + " · ") + told)
    return _counted(rows, "of_course").join(places).assign(changes=words)


def _counted(rows: pd.DataFrame, line: str) -> pd.DataFrame:
    """Rows, assignments and the reasons of lines."""
    groups = rows.groupby(line, sort=False)
    found = groups.agg(rows=("group_id", "size"), assignments=("assignments", "sum"), reasons=("why", "nunique"))
    more, why = found.pop("reasons") - 1, _most_frequent(rows, line, "why").reindex(found.index)
    return found.assign(why=why.mask(more.gt(0), why + " (+" + more.astype("str") + " more)"))


def _most_frequent(rows: pd.DataFrame, line: str, column: str) -> pd.Series[str]:
    """For each line the text that most of its rows have in a column."""
    counts = rows.groupby([line, column], sort=False, as_index=False).size()
    first = counts.sort_values("size", ascending=False, kind="stable").drop_duplicates(line)
    return first.set_index(line)[column]


@dataclass(frozen=True)
class Headline:
    """What a plan does, in numbers of rows; ``sections`` and ``categories`` are those that change in Focus."""

    rows: int
    by_change: Mapping[str, int]
    groups_renamed: int
    sections: int
    categories: int
    courses: int
    schools: int
    assignments: int
    reaching: int
    asleep: int


def headline(lines: Lines, ticks: Ticks, drafted: Drafted) -> Headline:
    """The numbers of what is ticked."""
    rows = lines.rows.loc[ticks]
    words = rows["change"].str.removesuffix(IN_FOCUS)
    renamed = rows.loc[words.eq(RENAMED), "group_id"].nunique()
    members = [one for one in drafted.plan.changes if one.kind is ChangeKind.MEMBERSHIP]
    return Headline(
        len(rows),
        {str(word): int(number) for word, number in words.value_counts().items()},
        renamed,
        len({(one.target, one.class_id) for one in members}),
        len({one.target for one in members}),
        rows["course_id"].nunique(),
        rows["school"].nunique(),
        int(rows.loc[rows["gets"], "assignments"].sum()),
        int(rows["reaching"].sum()),
        int(rows["asleep"].sum()),
    )

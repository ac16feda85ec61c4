"""Names of groups that drafts ask for, course by course: what one course holds back changes no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import cached_property

import pandas as pd

from gpb.frames.validity import Validity
from gpb.keys import Key, keys
from gpb.store.run_records import ChangeKind
from gpb.sync.kinds.change import ROW, Change, change_of
from gpb.sync.kinds.naming import LeftOut, Pair, by_name, same_name

Outcome = tuple[list[Change], list[LeftOut]]


class Names:
    """``rows`` is the association frame, ``drafted`` those of its rows with drafts that shall be carried out."""

    def __init__(self, rows: pd.DataFrame, drafted: pd.DataFrame, validity: Validity) -> None:
        self._validity = validity
        titles = drafted["category_id"].map(validity.titles).fillna(drafted["category"])
        pairs = zip(_or_none(drafted["category_id"]), _or_none(titles), strict=True)
        self._wanted: dict[Key, Pair] = dict(zip(keys(drafted), pairs, strict=True))
        self._course = dict(zip(keys(drafted), drafted["course_id"].tolist(), strict=True))
        self._rows = rows.loc[rows["course_id"].isin(drafted["course_id"])]
        self._drafted = drafted
        self._known: dict[int, tuple[frozenset[Key], Outcome]] = {}

    def every(self) -> list[Change]:
        """The change of each drafted row, whether or not it can be carried out."""
        return [
            change_of(row, *self._wanted[key], ChangeKind.GROUP_NAME)
            for key, row in zip(keys(self._drafted), self._drafted[ROW].to_dict("records"), strict=True)
        ]

    @cached_property
    def contests(self) -> list[list[Change]]:
        """The changes of several groups of a course that ask for one name, by course and name."""
        asking: dict[tuple[int, str], list[Change]] = defaultdict(list)
        for change in self.every():
            if change.after_id is not None:
                asking[change.course_id, same_name(change.after_title or "")].append(change)
        return [some for some in asking.values() if len({change.group_id for change in some}) > 1]

    def without(self, held: Collection[Key]) -> Outcome:
        """What can be carried out when these rows are held back, and what not; see ``naming.by_name``."""
        by_course: dict[int, set[Key]] = defaultdict(set)
        for key in held:
            by_course[self._course[key]].add(key)
        wanted = {course: frozenset(by_course.get(course, ())) for course in set(self._course.values())}
        stale = {course for course, some in wanted.items() if self._known.get(course, (None,))[0] != some}
        if stale:
            self._renew(stale, wanted, set(held))
        told = [self._known[course][1] for course in wanted]
        return [one for changes, _ in told for one in changes], [one for _, left_out in told for one in left_out]

    def _renew(self, stale: set[int], wanted: dict[int, frozenset[Key]], held: set[Key]) -> None:
        rows = self._rows.loc[self._rows["course_id"].isin(stale)]
        asking = {key: pair for key, pair in self._wanted.items() if self._course[key] in stale and key not in held}
        changes, left_out = by_name(rows, asking, self._validity) if asking else ([], [])
        made: dict[int, Outcome] = {course: ([], []) for course in stale}
        for change in changes:
            made[change.course_id][0].append(change)
        for one in left_out:
            made[one.change.course_id][1].append(one)
        self._known |= {course: (wanted[course], outcome) for course, outcome in made.items()}


def _or_none(texts: pd.Series[str]) -> pd.Series[str]:
    return texts.astype(object).where(texts.notna(), None)

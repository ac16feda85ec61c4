"""Names of groups that drafts ask for, course by course: what one course holds back changes no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property

import pandas as pd

from gpb.frames.validity import Validity
from gpb.keys import Key
from gpb.sync.kinds.change import Change
from gpb.sync.kinds.naming import LeftOut, by_name, same_name

Outcome = tuple[list[Change], list[LeftOut]]


class Names:
    """``rows`` is the association frame, ``every`` the change of each row with a draft that shall be carried out."""

    def __init__(self, rows: pd.DataFrame, every: Sequence[Change], validity: Validity) -> None:
        self._validity = validity
        self._every = every
        self._course = {change.key: change.course_id for change in every}
        self._rows = rows.loc[rows["course_id"].isin(set(self._course.values()))]
        self._known: dict[int, tuple[frozenset[Key], Outcome]] = {}

    @cached_property
    def contests(self) -> list[list[Change]]:
        """The changes of several groups of a course that ask for one name, by course and name."""
        asking: dict[tuple[int, str], list[Change]] = defaultdict(list)
        for change in self._every:
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
        asking = [one for one in self._every if one.course_id in stale and one.key not in held]
        changes, left_out = by_name(rows, asking, self._validity) if asking else ([], [])
        made: dict[int, Outcome] = {course: ([], []) for course in stale}
        for change in changes:
            made[change.course_id][0].append(change)
        for one in left_out:
            made[one.change.course_id][1].append(one)
        self._known |= {course: (wanted[course], outcome) for course, outcome in made.items()}

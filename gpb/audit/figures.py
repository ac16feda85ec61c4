"""The desk's numbers: one definition each, for every page, report, mail, command and notebook.

A number counts rows (assignment group × SIS section): a group counts once per section, always. Where distinct groups
are counted, the column says so. Assignments are counted once per section, too; only those that are published and
flagged for passback count. What is stored in Canvas decides, except where drafts are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pandas as pd

from gpb.frames.passback import is_by_name, is_not_passed_back
from gpb.frames.schemas import Status
from gpb.suggest.evidence import is_open


class Figure(StrEnum):
    """A number of the desk; its value is its name in addresses and files."""

    NOT_PASSED_BACK = "not_passed_back"
    NAME_ALONE = "name_alone"
    NOTHING_WAITING = "nothing_waiting"
    TO_DO = "to_do"
    DRAFTED = "drafted"
    SYNCHRONIZED = "synchronized"
    BROKEN = "broken"
    NO_CATEGORIES = "no_categories"
    NO_SIS_CLASS = "no_sis_class"
    ELSEWHERE = "elsewhere"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Words:
    """How a number is called on screen, and the exact meaning in a sentence."""

    label: str
    meaning: str


WORDS = {
    Figure.NOT_PASSED_BACK: Words(
        "Not passed back tonight",
        "Rows with at least one published assignment flagged for passback that the next passback does not pass back, "
        "whatever the reason. Drafts do not count until they are synced.",
    ),
    Figure.NAME_ALONE: Words(
        "Decided by a name alone",
        "Rows where nobody chose a category, and passback uses the first one with the name of the group.",
    ),
    Figure.NOTHING_WAITING: Words(
        "Nothing waiting",
        "Unassociated rows with no published assignment that is flagged for passback.",
    ),
    Figure.TO_DO: Words(
        "To do", "Unassociated rows without a draft whose section has categories in Focus: you can decide them now."
    ),
    Figure.DRAFTED: Words("Drafted", "Rows with a draft that is not yet synced to Canvas."),
    Figure.SYNCHRONIZED: Words("Synchronized", "Rows associated with a category that is valid in their section."),
    Figure.BROKEN: Words("Broken", "Rows associated with a category that is gone, inactive or not valid there."),
    Figure.NO_CATEGORIES: Words(
        "No categories", "Rows whose section has no categories in Focus yet: they are set up there first."
    ),
    Figure.NO_SIS_CLASS: Words("No SIS class", "Rows whose section Focus does not know by its SIS ID."),
    Figure.ELSEWHERE: Words("Elsewhere", "Rows that Canvas says are aligned; the vendor keeps with what."),
    Figure.ALL: Words("All", "All rows: assignment group × SIS section."),
}
"""Every number with its words, in the order in which people read them."""
_STATUS = {
    Figure.SYNCHRONIZED: Status.SYNCHRONIZED,
    Figure.BROKEN: Status.BROKEN,
    Figure.NO_CATEGORIES: Status.NO_CATEGORIES,
    Figure.NO_SIS_CLASS: Status.NO_SIS_CLASS,
    Figure.ELSEWHERE: Status.ELSEWHERE,
}
_WEIGHTS = {Figure.NOT_PASSED_BACK: "not_passed_back", Figure.NAME_ALONE: "by_name"}
"""Columns that hold the assignments of a number where not all of a row's count."""

LOOKED_AT = ("status", "changed", "assignments", "not_passed_back", "by_name", "tonight")
"""Columns by which ``where`` tells which rows count."""


def where(rows: pd.DataFrame, figure: Figure) -> pd.Series[bool]:
    """Which rows of the association frame with drafts (``frames.overlay.with_drafts``) a number counts, by their index.

    * not passed back tonight: ``audit.tonight`` says *not passed back* of at least one published assignment of the row.
      Where assignments are not known, the rows of which nothing would arrive.
    * decided by a name alone: Unassociated, and at least one published assignment arrives by the group's name.
    * nothing waiting: Unassociated, and no assignment is published and flagged.
    * to do: what Decide offers (``suggest.evidence.is_open``): status Unassociated, so its section has categories and
      the association is not kept elsewhere, and no draft.
    * drafted: a draft differs from what Canvas stores, whatever the status.
    * the others: the status in the snapshot; drafts change it when they are synced.
    """
    if figure in _STATUS:
        return rows["status"].eq(_STATUS[figure])
    return _OTHERS[figure](rows)


def _nothing_waiting(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["status"].eq(Status.UNASSOCIATED) & rows["assignments"].eq(0).fillna(False).astype("bool")


_OTHERS: dict[Figure, Callable[[pd.DataFrame], pd.Series[bool]]] = {
    Figure.NOT_PASSED_BACK: is_not_passed_back,
    Figure.NAME_ALONE: is_by_name,
    Figure.NOTHING_WAITING: _nothing_waiting,
    Figure.TO_DO: is_open,
    Figure.DRAFTED: lambda rows: rows["changed"].astype("bool"),
    Figure.ALL: lambda rows: pd.Series(True, index=rows.index),
}


def weight(rows: pd.DataFrame, figure: Figure) -> pd.Series[int]:
    """The assignments that a number counts in each row (Int64, missing where not known); of rows it does not count, 0.

    They are published and flagged for passback, once per section: all of the row's, of *not passed back tonight* those
    that are not passed back, of *decided by a name alone* those that arrive by the name.
    """
    return rows[_WEIGHTS.get(figure, "assignments")].where(where(rows, figure), 0)


class Number(NamedTuple):
    """How many ``rows``, how many distinct ``groups``, and the ``assignments`` of those known (None: none is)."""

    rows: int
    groups: int
    assignments: int | None


def counted(rows: pd.DataFrame, only: Iterable[Figure] = tuple(Figure)) -> dict[Figure, Number]:
    """These numbers of rows of the association frame with drafts, in the order of ``only``."""
    codes, known = pd.factorize(rows["group_id"])
    numbers = {}
    for figure in only:
        kept = where(rows, figure).to_numpy()
        groups = int(np.count_nonzero(np.bincount(codes[kept], minlength=len(known))))
        behind = rows.loc[kept, _WEIGHTS.get(figure, "assignments")]
        is_unknown = len(behind) and behind.isna().all()
        numbers[figure] = Number(int(kept.sum()), groups, None if is_unknown else int(behind.sum()))
    return numbers


def figures(rows: pd.DataFrame, only: Iterable[Figure] = tuple(Figure)) -> pd.DataFrame:
    """The same as a frame of one line each.

    Columns: ``figure`` (str, see Figure), ``label`` (str); ``rows`` and ``groups`` (distinct assignment groups) int64;
    ``assignments`` Int64, missing where none is known.
    """
    lines = [(figure.value, WORDS[figure].label, *number) for figure, number in counted(rows, only).items()]
    dtypes = {"figure": "str", "label": "str", "rows": "int64", "groups": "int64", "assignments": "Int64"}
    return pd.DataFrame(lines, columns=list(dtypes)).astype(dtypes)


def by_place(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The same numbers of rows for each place (values of ``columns``, by which it is indexed), unordered.

    Columns: every Figure's value, int64 numbers of rows; ``assignments_<figure>`` Int64 for the numbers of COUNTED,
    missing where none is known.
    """
    marks = {figure.value: where(rows, figure) for figure in Figure}
    weights = {f"assignments_{figure}": weight(rows, figure) for figure in COUNTED}
    place = rows.groupby(columns, sort=False).ngroup()  # their texts are compared once; -1 where one is missing
    sums = pd.DataFrame(weights).groupby(place).sum(min_count=1)
    found = pd.DataFrame(marks).groupby(place).sum().astype("int64").join(sums.astype("Int64"))
    first = ~place.duplicated() & place.ge(0)
    names = rows.loc[first, columns].set_axis(place[first])
    return names.join(found).set_index(columns)


COUNTED = (Figure.NOT_PASSED_BACK, Figure.NAME_ALONE, Figure.TO_DO)
"""Numbers of which the assignments are told by place as well."""

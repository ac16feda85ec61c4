"""The filters of the Associate page: which rows are shown, and in which order, as part of the address.

What a person picks them with is in ``facets``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.audit.figures import LOOKED_AT, Figure, where
from gpb.numbers import whole_number

PAGE = "associate"
TEXTS = ("school", "teacher", "group", "name", "category")
NUMBERS = ("course", "section")
COLUMNS = {"school": "school", "teacher": "teacher", "course": "course_id", "section": "section_id", "name": "group",
           "category": "category"}  # fmt: skip
"""The column of each filter that wants one value exactly."""
COURSE = ["course_id", "course", "teacher"]
"""What ``course_names`` looks at."""
CHIPS = (Figure.TO_DO, Figure.DRAFTED, Figure.SYNCHRONIZED, Figure.BROKEN, Figure.NO_CATEGORIES, Figure.ELSEWHERE,
         Figure.ALL)  # fmt: skip
"""The figures that are always offered."""
WHERE_ANY = (Figure.NO_SIS_CLASS,)
"""Figures that are offered as well in a term that has such rows: with them every row is in one that is offered."""
VIEWS = {"": "Grid", "course": "By course"}
SORTS = {
    "": "Sort: course",
    "-assignments": "Most assignments",
    "group": "Group name",
    "section": "Section",
    "category": "SIS Category",
    "status": "Status",
    "teacher": "Teacher",
    "school": "School",
}
"""Orders that are offered; each of these columns can be sorted both ways (``-`` before it: the largest first)."""
SORTABLE = {name.removeprefix("-") for name in SORTS if name} | {"course"}


Labels = npt.NDArray[np.int32]
"""Labels of rows in an association frame: each session keeps those of all rows that it can see."""


@dataclass(frozen=True)
class Filters:
    """Every filter that is not empty narrows the rows; ``group`` is a part of the name, ``name`` all of it.

    ``figure`` is one of those that are counted everywhere, ``view`` one of VIEWS, ``sort`` a column of SORTABLE. With
    ``row`` (group and section id) a link opens the drawer of that row.
    """

    school: str = ""
    teacher: str = ""
    course: int | None = None
    section: int | None = None
    group: str = ""
    name: str = ""
    category: str = ""
    figure: Figure = Figure.TO_DO
    sort: str = ""
    view: str = ""
    row: tuple[int, int] | None = None

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> Filters:
        """From query parameters as ``to_url`` makes them; what makes no sense is left out."""
        figure, sort, view = (parameters.get(name, "") for name in ("figure", "sort", "view"))
        group_id, _, section_id = parameters.get("row", "").partition(":")
        row = whole_number(group_id), whole_number(section_id)
        return cls(
            **{name: parameters.get(name, "") for name in TEXTS},
            course=whole_number(parameters.get("course", "")),
            section=whole_number(parameters.get("section", "")),
            figure=Figure(figure) if figure in set(Figure) else Figure.TO_DO,
            sort=sort if sort.removeprefix("-") in SORTABLE else "",
            view=view if view in VIEWS else "",
            row=None if row[0] is None or row[1] is None else (row[0], row[1]),
        )

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty ones; the figure always stands there."""
        texts = {name: str(getattr(self, name) or "") for name in (*TEXTS, *NUMBERS, "sort", "view")}
        texts |= {"figure": str(self.figure), "row": "" if self.row is None else f"{self.row[0]}:{self.row[1]}"}
        return {name: text for name, text in texts.items() if text}

    @property
    def narrows(self) -> bool:
        """Whether any filter but the figure leaves rows out."""
        return any(getattr(self, name) for name in (*TEXTS, *NUMBERS))

    def bare(self) -> Filters:
        """The same figure, view and order of all rows."""
        return Filters(figure=self.figure, view=self.view, sort=self.sort)

    def apply(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of an association frame with drafts that fit, in their order and with their index."""
        return Facets(rows, self).found

    def arranged(self, found: pd.DataFrame) -> Labels:
        """The labels of rows in the chosen order; equal ones stay as they were."""
        name, index = self.sort.removeprefix("-"), found.index
        if name:
            ascending = name == self.sort
            column = found[name].sort_values(ascending=ascending, kind="stable", na_position="last", key=_folded)
            index = column.index
        return index.to_numpy(dtype="int32")


def _folded(values: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers as they are; for names their place without regard to case: a large term has few different ones."""
    if not pd.api.types.is_string_dtype(values.dtype):
        return values
    codes, names = pd.factorize(values)
    places = pd.Series(names, dtype="str").str.casefold().rank(method="dense")
    return places.reindex(codes).set_axis(values.index)


class Facets:
    """Rows and filters: what fits, and what each other value of a filter would find beside the other filters."""

    def __init__(self, rows: pd.DataFrame, filters: Filters) -> None:
        self._rows = rows
        self._fits: dict[str, pd.Series[bool]] = {}
        for name, column in COLUMNS.items():
            if getattr(filters, name):
                self._fits[name] = rows[column].eq(getattr(filters, name))
        if filters.group:
            self._fits["group"] = rows["group"].str.contains(filters.group, case=False, regex=False)
        if filters.figure != Figure.ALL:
            self._fits["figure"] = where(rows, filters.figure)

    @cached_property
    def found(self) -> pd.DataFrame:
        """The rows that fit; of a large term that is a copy of many texts, so who counts alone asks for ``number``."""
        return self._but()

    @cached_property
    def number(self) -> int:
        """How many rows fit."""
        return len(self._but(columns=["group_id"]))

    def _but(self, left_out: str = "", columns: Sequence[str] = ()) -> pd.DataFrame:
        """The rows where all filters fit but one, with some columns or all: to copy texts takes longer than to find."""
        rows = self._rows[list(columns)] if columns else self._rows
        others = [one for name, one in self._fits.items() if name != left_out]
        return rows.loc[np.logical_and.reduce(others)] if others else rows

    def offered(self) -> list[Figure]:
        """The figures of the chips, in the order of figures; those of this term do not change with the filters."""
        also = {figure for figure in WHERE_ANY if where(self._rows, figure).any()}
        return [figure for figure in Figure if figure in {*CHIPS, *also}]

    def counts(self, name: str) -> pd.Series[int]:
        """Rows by value of one exact filter, with all other filters; the most frequent first."""
        column = COLUMNS[name]
        counted = self._but(name, [column])[column].value_counts(sort=True)
        return counted.loc[counted.index != ""]

    def figures(self, wanted: Iterable[Figure]) -> dict[Figure, int]:
        """Rows by figure, each once, with all other filters."""
        others = self._but("figure", LOOKED_AT)
        return {figure: int(where(others, figure).sum()) for figure in wanted}


NAMES = tuple(field.name for field in fields(Filters))


def with_value(filters: Filters, name: str, value: Any) -> Filters:
    """The filters with another value; what lies inside of the place that was left is no filter any more."""
    narrower = {"school": ("teacher", "course", "section"), "teacher": ("course", "section"), "course": ("section",)}
    empty = Filters()
    reset = {below: getattr(empty, below) for below in narrower.get(name, ())}
    return replace(filters, **{**reset, name: getattr(empty, name) if value is None else value})


def course_names(rows: pd.DataFrame) -> dict[int, str]:
    """Course id → name with teacher, with the id where two would read the same; sorted by name."""
    courses = rows[COURSE].drop_duplicates("course_id").sort_values(["course", "teacher"])
    joint = courses["course"].where(courses["teacher"].eq(""), courses["course"] + " · " + courses["teacher"])
    names = joint.where(~joint.duplicated(keep=False), joint + " · " + courses["course_id"].astype("str"))
    return dict(zip(courses["course_id"].tolist(), names.tolist(), strict=True))

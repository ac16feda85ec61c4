"""Which categories may be chosen in which section."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from gpb.errors import InputError
from gpb.frames.codec import Target
from gpb.frames.rows.by_title import ByTitle, Mask
from gpb.frames.rows.coded import Places, places, spelled
from gpb.matching.labels import UNASSOCIATED, category_labels, title_label
from gpb.matching.section_key import same_spelling


class _ByClass:
    """The categories of each class beside each other: a dictionary for every class would take long to make."""

    def __init__(self, ids: list[str], titles: list[str], by_title: ByTitle) -> None:
        numbers: dict[str, int] = {}
        of_name = [numbers.setdefault(same_spelling(name), len(numbers)) for name in by_title.classes.tolist()]
        own, category = by_title.pairs
        pairs = np.sort(np.asarray(of_name, dtype="int64")[own] * len(ids) + category, kind="stable")
        self._places = (pairs % max(1, len(ids))).astype("int32")
        self._ends = np.searchsorted(pairs, np.arange(len(numbers) + 1) * len(ids))
        self._numbers = numbers
        self._ids, self._titles = ids, titles

    def titles(self, spelled: str) -> dict[str, str]:
        """Title by category id of one class."""
        number = self._numbers.get(spelled)
        if number is None:
            return {}
        mine = self._places[self._ends[number] : self._ends[number + 1]].tolist()
        return {self._ids[place]: self._titles[place] for place in mine}


def _shared(texts: pd.Series[str]) -> list[str]:
    """As a list, in which the same text is the same object."""
    codes, every = pd.factorize(texts, use_na_sentinel=False)
    found: list[str] = np.asarray(every, dtype=object)[codes].tolist()
    return found


@dataclass(frozen=True)
class Validity:
    """Answers from the frames ``categories`` and ``category_sections``.

    A category is valid in a class when it is active and either lists the class or is global. Order is the order in
    which the SIS lists its categories, since grade passback takes the first whose name fits.
    """

    categories: pd.DataFrame
    category_sections: pd.DataFrame

    @cached_property
    def by_title(self) -> ByTitle:
        """Categories of many classes at once, by title."""
        return ByTitle(self.categories, self.category_sections)

    def is_foreign(self, stored: pd.DataFrame, sections: pd.DataFrame) -> Mask:
        """Whether a stored reference is the id of a category that another section of the course has, and not this one.

        ``stored`` has ``course_id``, ``class_id`` and ``stored_reference``, ``sections`` is a table of that name.
        """
        place = spelled(stored["stored_reference"], self.categories["category_id"])
        is_own = self.by_title.is_own(places(stored["class_id"], self.by_title.classes), place)
        return self.is_of_course(stored, np.where(is_own, -1, place), sections)

    def is_of_course(self, rows: pd.DataFrame, place: Places, sections: pd.DataFrame) -> Mask:
        """Whether a category, by its ``place`` in ``categories``, is any section's own in the course of its row.

        ``sections`` is a table of that name.
        """
        of_course = sections[["class_id", "course_id"]].dropna()
        pairs = rows[["course_id"]].assign(row=np.arange(len(rows)), place=place)
        pairs = pairs.loc[place >= 0].merge(of_course, on="course_id")
        is_own = self.by_title.is_own(places(pairs["class_id"], self.by_title.classes), pairs["place"].to_numpy())
        found: Mask = np.bincount(pairs["row"], weights=is_own, minlength=len(rows)) > 0
        return found

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """``category_id, class_id, category`` of every valid pair of a category that is not global."""
        active = self.categories.loc[self.categories["active"] & ~self.categories["is_global"]]
        return active[["category_id", "category"]].merge(self.category_sections, on="category_id")

    @cached_property
    def global_categories(self) -> pd.DataFrame:
        """``category_id, category`` of the active categories that are valid in every class."""
        chosen = self.categories.loc[self.categories["active"] & self.categories["is_global"]]
        return chosen[["category_id", "category"]]

    @cached_property
    def titles(self) -> dict[str, str]:
        """Title by category id, of all categories that the SIS still knows."""
        return dict(zip(*self._names, strict=True))

    @cached_property
    def _names(self) -> tuple[list[str], list[str]]:
        return self.categories["category_id"].tolist(), _shared(self.categories["category"])

    @cached_property
    def _by_class(self) -> _ByClass:
        return _ByClass(*self._names, self.by_title)

    @cached_property
    def _everywhere(self) -> dict[str, str]:
        frame = self.global_categories
        return dict(zip(frame["category_id"], frame["category"], strict=True))

    def options(self, class_id: object) -> dict[str, str]:
        """Title by category id of everything that may be chosen in this class; empty for an unknown class."""
        return self._everywhere | self._local(class_id) if isinstance(class_id, str) else {}

    def title_in(self, class_id: object, identifier: str) -> str | None:
        """The title of a category that may be chosen in this class; else None."""
        if not isinstance(class_id, str):
            return None
        return self._local(class_id).get(identifier, self._everywhere.get(identifier))

    def titles_in(self, class_id: object) -> tuple[str, ...]:
        """The titles of everything that may be chosen in this class, each once, in the order of the SIS."""
        if class_id not in self._titles_in:
            self._titles_in[class_id] = tuple(dict.fromkeys(self.options(class_id).values()))
        return self._titles_in[class_id]

    @cached_property
    def _titles_in(self) -> dict[object, tuple[str, ...]]:
        return {}

    def _local(self, class_id: str) -> dict[str, str]:
        return self._by_class.titles(same_spelling(class_id))

    @cached_property
    def spelled(self) -> dict[str, str]:
        """The id of each category as the SIS spells it, by the form in which ids are compared."""
        return {same_spelling(known): known for known in self.titles}

    def labels(self, class_id: object) -> dict[str, str]:
        """Category id by the label shown, in the order of the SIS; no label means two categories of a class."""
        if not isinstance(class_id, str):
            return {}
        if class_id not in self._labels:
            self._labels[class_id] = category_labels(self.options(class_id), self._sections)
        return self._labels[class_id]

    def label(self, class_id: object, identifier: str) -> str | None:
        """The label of a category in this class; None where it is not valid there."""
        return next((label for label, known in self.labels(class_id).items() if known == identifier), None)

    def title(self, identifier: object, otherwise: object = None) -> str:
        """A category's title for people, by its id; what stands for it where the SIS does not know it any more."""
        return title_label(self.titles.get(str(identifier), str(identifier if otherwise is None else otherwise)))

    @cached_property
    def _labels(self) -> dict[str, dict[str, str]]:
        return {}

    @cached_property
    def _served(self) -> dict[str, int]:
        return Counter(self.category_sections["category_id"])

    def _sections(self, identifier: str) -> str:
        number = self._served.get(identifier, 0)
        return f"{number} section{'' if number == 1 else 's'}" if number else "all sections"

    def meant(self, class_id: object, reference: str | None) -> str | None:
        """The category id that a stored reference, an id or (in some districts) a title, stands for in this class."""
        if reference is None or same_spelling(reference) in self.spelled:
            return reference and self.spelled[same_spelling(reference)]
        local = self._local(class_id) if isinstance(class_id, str) else {}
        named = (known for known, title in [*local.items(), *self._everywhere.items()] if title == reference)
        return next(named, reference)

    def is_named(self, class_id: object, identifier: str | None, title: str | None, text: str) -> bool:
        """Whether ``text`` names a category that a row has already, by its id or title, valid in this class or not.

        The title of a category that is gone means the valid one that bears it now, where there is one.
        """
        if text == identifier:
            return True
        options = self.options(class_id)
        if text in options:
            return False
        return text == title and (identifier in options or text not in {*options.values(), *self.labels(class_id)})

    def takes_away(self, class_id: object, choice: str) -> bool:
        """Whether a choice means no category: nothing, or ``Unassociated`` where that is no category's id."""
        return not choice or (choice == UNASSOCIATED and choice not in self.options(class_id))

    def titled(self, class_id: object, title: str) -> str:
        """The id of the only category with this title in a class; else what a refusal calls it."""
        same = [known for known, own in self.options(class_id).items() if own == title]
        return same[0] if len(same) == 1 else title_label(title)

    def target(self, class_id: object, choice: str) -> Target:
        """The category that ``choice`` (an id, a label or a title) means in this class.

        Raises InputError with the reason when it means none, or more than one.
        """
        options = self.options(class_id)
        identifier = choice if choice in options else self.labels(class_id).get(choice)
        if identifier is not None:
            return Target(identifier, options[identifier])
        if not options:
            raise InputError("this section has no categories yet: set up categories in Focus first")
        same = [label for label, known in self.labels(class_id).items() if options[known] == choice]
        if len(same) == 1:
            return Target(self.labels(class_id)[same[0]], choice)
        if same:
            raise InputError(
                f"this section has {len(same)} categories named “{choice}”: choose “{'” or “'.join(same)}”, or name "
                "one by category_id"
            )
        name = self.titles.get(choice, choice)
        raise InputError(f"“{name}” is not valid for this section: choose one of {', '.join(self.labels(class_id))}")

"""Which categories may be chosen in which section."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from gpb.errors import InputError
from gpb.frames.codec import Target


@dataclass(frozen=True)
class Validity:
    """Answers from the frames ``categories`` and ``category_sections``.

    A category is valid in a class when it is active and either lists the class or is global. Order is the order in
    which the SIS lists its categories, since grade passback takes the first whose name fits.
    """

    categories: pd.DataFrame
    category_sections: pd.DataFrame

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
        return dict(zip(self.categories["category_id"], self.categories["category"], strict=True))

    @cached_property
    def _by_class(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for class_id, category_id, title in self.pairs[["class_id", "category_id", "category"]].itertuples(index=False):
            found.setdefault(class_id, {})[category_id] = title
        return found

    @cached_property
    def _everywhere(self) -> dict[str, str]:
        frame = self.global_categories
        return dict(zip(frame["category_id"], frame["category"], strict=True))

    def options(self, class_id: object) -> dict[str, str]:
        """Title by category id of everything that may be chosen in this class; empty for an unknown class."""
        return self._everywhere | self._by_class.get(class_id, {}) if isinstance(class_id, str) else {}

    def labels(self, class_id: object) -> dict[str, str]:
        """Category id by the label shown: the title, with the start of its id where a title stands twice."""
        options = self.options(class_id)
        count = Counter(options.values())
        return {
            title if count[title] == 1 else f"{title} · {identifier[:8]}": identifier
            for identifier, title in options.items()
        }

    def meant(self, class_id: object, reference: str | None) -> str | None:
        """The category id that a stored reference, an id or (in some districts) a title, stands for in this class."""
        if reference is None or reference in self.titles:
            return reference
        local = self._by_class.get(class_id, {}) if isinstance(class_id, str) else {}
        named = (known for known, title in [*local.items(), *self._everywhere.items()] if title == reference)
        return next(named, reference)

    def is_named(self, class_id: object, identifier: str | None, title: str | None, text: str) -> bool:
        """Whether ``text`` names a category that a row has already, by its id or title, valid in this class or not.

        The title of a category that is gone means the valid one that bears it now, where there is one.
        """
        if text == identifier:
            return True
        options = self.options(class_id)
        return text == title and (identifier in options or text not in options.values())

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
        same = [known for known, title in options.items() if title == choice]
        if len(same) > 1:
            raise InputError(f"this section has {len(same)} categories named “{choice}”: choose by category_id")
        name = self.titles.get(choice, choice)
        raise InputError(f"“{name}” is not valid for this section: choose one of {', '.join(options.values())}")

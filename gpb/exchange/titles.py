"""Which category a cell means: its id, its label or its title, in whatever way a spreadsheet or a person writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rapidfuzz import fuzz, process, utils

from gpb.errors import InputError
from gpb.exchange.reading import Line
from gpb.exchange.written import forms, is_remains, is_same, loose, may_be_same, plain
from gpb.frames.validity import Validity
from gpb.sync.drafting import UNASSOCIATED

NEAR = 60.0
"""Percent: what is spelled less alike is no help."""


class NoSuchTitle(InputError):
    """A title means no category of the section, or more than one; ``text`` is what stands in the file."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


class Titles:
    """The categories of a term as a file names them; ``lossy`` is its encoding, where characters are lost in that."""

    def __init__(self, validity: Validity, lossy: str | None) -> None:
        self._validity = validity
        self._lossy = lossy
        self.of_all = validity.titles
        self._nearest: dict[tuple[str, tuple[str, ...]], str | None] = {}

    def cell(self, line: Line, name: str, row: Mapping[str, Any]) -> str | None:
        """What a cell says: "" for no category, None where the file lacks the column.

        *Unassociated* means none, unless that is what a category of this section is called.
        """
        text = line.text(name)
        if text is None:
            return None
        is_none = not text.strip() or (loose(text) == UNASSOCIATED.casefold() and not self._is_a_title(row))
        return "" if is_none else text

    def _is_a_title(self, row: Mapping[str, Any]) -> bool:
        titles = [*self._validity.options(row["class_id"]).values(), row["category"], row["stored_category"]]
        return any(title is not None and loose(title) == UNASSOCIATED.casefold() for title in titles)

    def is_edited(self, text: str, shown: str, row: Mapping[str, Any]) -> bool:
        """Whether a title is another one than what was shown, and not just the same in another way."""
        if text == shown:
            return False
        return not text or not shown or not is_same(text, shown) or text in self._titles(row)

    def is_lost(self, text: str, row: Mapping[str, Any]) -> bool:
        """Whether characters that an encoding lacks were lost in a title, so that it may be one of several here."""
        titles = self._titles(row)
        return text not in titles and sum(is_remains(text, title) for title in titles) > 1

    def _titles(self, row: Mapping[str, Any]) -> set[str]:
        return set(self._validity.options(row["class_id"]).values())

    def nearest(self, text: str, row: Mapping[str, Any]) -> str | None:
        """The label of the section's category that is spelled most like this text; None where none comes near."""
        labels = tuple(self._validity.labels(row["class_id"]))
        if (text, labels) not in self._nearest:
            best = process.extractOne(
                text, labels, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=NEAR
            )
            self._nearest[text, labels] = best[0] if best else None
        return self._nearest[text, labels]

    def category_id(self, text: str, row: Mapping[str, Any], *, may_be_near: bool = False) -> str:
        """The category that an id, a label or a title means here; what the row has already may be named, valid or not.

        Raises InputError where it means none, or more than one; ``may_be_near``: NoSuchTitle.
        """
        try:
            return self._category_id(text, row)
        except InputError as error:
            if may_be_near:
                raise NoSuchTitle(str(error), text) from error
            raise

    def _category_id(self, text: str, row: Mapping[str, Any]) -> str:
        validity, class_id, meant = self._validity, row["class_id"], self._spelt(text, row)
        for kind in ("category", "stored_category"):
            identifier = row[f"{kind}_id"]
            if identifier is not None and validity.is_named(class_id, identifier, row[kind], meant):
                return str(identifier)
        return validity.target(class_id, meant).id

    def check_delimiters(self, line: Line, text: str, row: Mapping[str, Any]) -> None:
        """Raise InputError where the cells after the title may be the rest of one that holds a delimiter."""
        for title in self._titles(row):
            if len(title) > len(text) and title.startswith(text) and line.rest.startswith(title):
                raise InputError(f"it may mean “{title}”: a cell that contains a delimiter needs quotes around it")

    def _spelt(self, text: str, row: Mapping[str, Any]) -> str:
        """The one id, label or title that may stand in the file as ``text``; ``text`` itself where there is none.

        What a program may have made alike is told apart by nothing, and what differs in letter case by that.
        """
        options = self._validity.options(row["class_id"])
        own = [row[name] for name in ("category_id", "category", "stored_category_id", "stored_category")]
        known = {*options, *options.values(), *self._validity.labels(row["class_id"]), *own} - {None}
        for fold in (plain, loose):
            wanted = {fold(form) for form in forms(text)}
            found = {
                name for name in known if may_be_same(text, name) or not wanted.isdisjoint(self._written(fold, name))
            }
            if len(found) > 1:
                several = " or ".join(f"“{name}”" for name in sorted(found))
                raise InputError(f"“{text}” may mean {several}: choose by category_id")
            if found:
                return str(found.pop())
        return text

    def _written(self, fold: Callable[[str], str], name: str) -> set[str]:
        """How it may stand in the file."""
        texts = {name}
        if self._lossy is not None:
            texts.add(name.encode(self._lossy, "replace").decode(self._lossy))
        return {fold(text) for text in texts}

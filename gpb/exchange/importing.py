"""Edits in a CSV back as choices: what a person changed, which row it means, and what had better be asked first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from gpb.errors import InputError
from gpb.exchange.columns import EXPORTED, IDS, WISHES
from gpb.exchange.identity import check_row, is_doubtful, key_of
from gpb.exchange.imported import MOST_BAD, Edit, Imported, Problem
from gpb.exchange.reading import Line, Table
from gpb.exchange.shown import Earlier, Exports, Rows, Shown, rows_by_key
from gpb.exchange.titles import NoSuchTitle, Titles
from gpb.frames.validity import Validity
from gpb.keys import Key

MOST_NAMED = 10


def rows_in(lines: Collection[int]) -> str:
    """``1 row (line 4)``, ``3 rows (lines 4, 5 and 9)``, ``80 rows (lines 4, 5, 9 and others)``."""
    several = len(lines) > 1
    first = [str(number) for number in sorted(lines)[:MOST_NAMED]]
    rest = "others" if len(lines) > MOST_NAMED else first.pop() if several else None
    named = ", ".join(first) + (f" and {rest}" if rest else "")
    return f"{len(lines):,} row{'s' if several else ''} (line{'s' if several else ''} {named})"


def import_csv(
    content: bytes | Table,
    rows: pd.DataFrame,
    validity: Validity,
    *,
    person: str | None = None,
    earlier: Earlier = lambda _: None,
    newest: str | None = None,
) -> Imported:
    """Read a file with ``group_id, section_id`` and ``category_id`` and/or ``category``; its other columns are checked.

    ``rows`` is the frame with drafts as it is now, ``person`` who imports, ``earlier`` finds the snapshot that an
    export of an older release names, and ``newest`` is the id of today's. A line is an edit where its cells differ from
    what the file showed when it was exported (``shown``), and where the row is not as the line wants it already. Raises
    InputError when the file as a whole cannot be read.
    """
    table = content if isinstance(content, Table) else Table(content)
    imported = _Import(table, rows_by_key(rows) or {}, validity, Exports(table, earlier), person).read()
    if (old := _age(table, newest)) is not None:
        imported.notes.append(old)
    return imported


def _age(table: Table, newest: str | None) -> str | None:
    """What to tell about a file that shows older data than today's."""
    first = next(iter(table), None)
    told = None if first is None or newest is None else first.text("snapshot")
    if first is None or not told or told == newest:
        return None
    moment = (first.text("read_at") or "").strip()
    read = f" of {moment.replace('T', ' ').removesuffix('Z')} UTC" if moment.endswith("Z") else ""
    return (
        f"This file shows the data{read}, and the term has been refreshed since. Only what was edited in the file is "
        "imported; all other rows stay as they are now."
    )


class _Import:
    def __init__(self, table: Table, rows: Rows, validity: Validity, exports: Exports, person: str | None) -> None:
        self._table = table
        self._rows = rows
        self._validity = validity
        self._titles = Titles(validity, table.lossy)
        self._exports = exports
        self._person = person
        self._met: dict[Key, tuple[int, str | None]] = {}
        self._result = Imported(notes=list(table.notes))
        self._passed: list[int] = []
        self._lost: list[int] = []

    def read(self) -> Imported:
        """All lines, or those before there were too many bad ones."""
        result = self._result
        for line in self._table:
            try:
                self._take(line)
            except InputError as error:
                result.bad.append(self._problem(line, error))
                if len(result.bad) == MOST_BAD:
                    return Imported({}, result.bad, is_whole=False, notes=result.notes)
        result.bad = [self._settled(problem) for problem in result.bad]
        if self._passed:
            result.notes.append(
                f"Passed over, since no group, section or category is named there: {rows_in(self._passed)}."
            )
        if self._lost:
            result.notes.append(
                f"Characters were lost in the category of {rows_in(self._lost)}, so it may mean several of the "
                "section, and an edit cannot be seen there: it was left as it is. Save the file as “CSV UTF-8”, or "
                "choose by category_id."
            )
        return result

    def _take(self, line: Line) -> None:
        if line.fault:
            raise InputError(line.fault)
        if _is_about_nothing(line):
            self._passed.append(line.number)
            return
        key = key_of(line, self._rows)
        row = self._rows.get(key)
        shown = self._exports.shown(line, key, row)
        if row is None:
            if _is_as_shown(line, shown):  # a row that left the term since, and that nobody touched in the file
                return
            raise InputError(f"this term has no group {key[0]} in section {key[1]}")
        choice = self._wish(line, row, shown)
        number, other = self._met.setdefault(key, (line.number, choice))
        if other != choice:
            self._met[key] = number, _CONTRADICTED
            self._result.edits.pop(key, None)
            raise InputError(f"line {number} is about the same group and section but asks for something else")
        moves = choice not in (_SAME, row["category_id"])
        if choice != _SAME and (moves or is_doubtful(line, key)):
            check_row(line, key, row, self._rows)
            _check_end(line, row, self._validity, self._rows)
        if moves:
            self._result.edits.setdefault(key, _edit(line, row, shown, choice, self._person))
        self._result.already += choice != _SAME and not moves

    def _problem(self, line: Line, error: InputError) -> Problem:
        """What is told of a bad line, with the category that it may mean."""
        text = next((told for name in WISHES[::-1] if (told := line.text(name))), "")
        problem = Problem(
            line.number, str(error).removesuffix("."), line.text("group") or "", line.text("section") or "", text
        )
        try:
            key = None if line.fault else key_of(line, self._rows)
        except InputError:
            return problem
        row = None if key is None else self._rows.get(key)
        if key is None or row is None:
            return problem
        problem = replace(problem, key=key, group=row["group"], section=row["section"])
        nearest = self._titles.nearest(error.text, row) if isinstance(error, NoSuchTitle) else None
        if nearest is None:
            return problem
        choice = self._validity.labels(row["class_id"])[nearest]
        try:
            check_row(line, key, row, self._rows)
            _check_end(line, row, self._validity, self._rows)
        except InputError:
            return problem
        edit = _edit(line, row, self._exports.shown(line, key, row), choice, self._person)
        return replace(problem, nearest=nearest, edit=edit)

    def _settled(self, problem: Problem) -> Problem:
        """Without the offer of a category where another line is about the same row."""
        is_met = problem.key in self._met and problem.edit is not None
        return replace(problem, nearest=None, edit=None) if is_met else problem

    def _wish(self, line: Line, row: Mapping[str, Any], shown: Shown) -> str | None:
        """The category id that a line asks for, None (unassociate), or _SAME where nobody edited it."""
        titles = self._titles.of_all
        identifier, title = self._titles.cell(line, "category_id", row), self._titles.cell(line, "category", row)
        new_id = _is_new_id(line, identifier, title, row, shown, titles)
        new_title = title is not None and self._titles.is_edited(title, _shown_title(row, shown, titles), row)
        if not new_id and not new_title:
            if title and self._titles.is_lost(title, row):
                self._lost.append(line.number)
            return _SAME
        is_stored = bool(identifier) and identifier == shown.reference and shown.category_id is None
        if is_stored and title in (None, titles.get(identifier or "", title)):
            return _SAME  # both say what Canvas stored, so it was not edited but has changed in Canvas since
        wanted = [text for text, is_new in ((identifier, new_id), (title, new_title)) if is_new]
        may_be_near = wanted == [title]
        named = {self._titles.category_id(text, row, may_be_near=may_be_near) for text in wanted if text}
        if len(named) > 1:
            raise InputError(f"category_id {identifier} and category “{title}” name different categories")
        if title and new_title:
            self._titles.check_delimiters(line, title, row)
        return named.pop() if named else None


_SAME = "\0same"
_CONTRADICTED = "\0contradicted"


def _is_about_nothing(line: Line) -> bool:
    """A line of totals, for example: no id is in it, and nothing is asked for."""
    has_id = any(character.isdigit() for name in IDS for character in line.cells[name])
    return not has_id and not any(line.cells.get(name, "").strip() for name in WISHES)


def _is_as_shown(line: Line, shown: Shown) -> bool:
    if shown.category_id is None or shown.category is None:
        return False
    told = ((line.text(name), text) for name, text in zip(WISHES, (shown.category_id, shown.category), strict=True))
    return all(cell is None or cell == text or not (cell.strip() or text) for cell, text in told)


def _shown_title(row: Mapping[str, Any], shown: Shown, titles: Mapping[str, str]) -> str:
    """The title that the line showed; that of the row as it is now, where the line does not tell.

    Raises InputError where only the id of a category is left that nobody knows any more.
    """
    if shown.category is not None:
        return shown.category
    if not shown.category_id:
        return row["category"] or "" if shown.category_id is None else ""
    own = {row["category_id"]: row["category"], row["stored_category_id"]: row["stored_category"]}
    known = titles.get(shown.category_id) or own.get(shown.category_id)
    if known is None:
        raise InputError(
            "without the column exported_category it cannot be told whether the category was edited. Export again, and "
            "edit that file"
        )
    return str(known)


def _is_new_id(
    line: Line,
    identifier: str | None,
    title: str | None,
    row: Mapping[str, Any],
    shown: Shown,
    titles: Mapping[str, str],
) -> bool:
    """Whether somebody edited the id.

    Where it is unknown what was shown, an empty id beside a title says nothing, and neither does, in a list that was
    exported once, another id beside the title that the row has by now: the title was edited and has come true since.
    """
    if identifier is None:
        return False
    if shown.category_id is not None:
        return identifier != shown.category_id
    if identifier == (row["category_id"] or "") or (not identifier and title):
        return False
    if {"status", EXPORTED["category"]} & line.cells.keys() and title and title == row["category"]:
        return False
    return shown.category is None or titles.get(identifier) != shown.category


def _check_end(line: Line, row: Mapping[str, Any], validity: Validity, known: Rows) -> None:
    """Raise InputError where the line ends early in this cell, which may be a beginning only."""
    if line.cut is None or line.cut not in line.cells:
        return
    text = (line.text(line.cut) or "").strip()
    if line.cut in ("category_id", "category"):
        options = validity.options(row["class_id"])
        whole = {*options, *options.values(), *validity.labels(row["class_id"])}
        whole |= {row[name] for name in ("category_id", "category", "stored_category_id", "stored_category")} - {None}
    elif line.cut in ("group_id", "section_id"):
        whole = {str(number) for other in known for number in other}
    else:
        whole = {f"{text}…"}
    if any(other != text and other.startswith(text) for other in whole):
        raise InputError(
            f"the line ends at “{text}”, and may have been cut short there. If it is complete, add the cells that it "
            "lacks and an empty line below it"
        )


def _edit(line: Line, row: Mapping[str, Any], shown: Shown, choice: str | None, person: str | None) -> Edit:
    stored = row["stored_reference"]
    seen = stored if shown.reference is None else shown.reference or None
    has_draft = bool(row["changed"]) and row["person"] != person
    was_shown = shown.category_id is not None and row["category_id"] == (shown.category_id or None)
    return Edit(
        line=line.number,
        choice=choice,
        seen=seen,
        takes_away=choice is None and shown.category is None,
        replaces=str(row["person"]) if has_draft and not was_shown else None,
        has_moved=seen not in (stored, choice) and not (choice is None and stored is None),
    )

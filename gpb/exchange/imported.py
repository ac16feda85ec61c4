"""What a file asks for: its edits, the lines that cannot be taken, and what can be done about each of these."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pandas as pd

from gpb.keys import Key

LISTED = 50
"""So many problems are told one by one where there is no table of them."""
MOST_BAD = 50_000
"""After so many bad lines a file is read no further."""
PROBLEM_COLUMNS = ("line", "group", "section", "your_text", "nearest", "problem", "group_id", "section_id")


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a file: the category id that is wanted (None: Unassociate), and what the person saw.

    ``seen`` is the reference that Canvas stored when the file was exported (None: nothing), or what it stores now
    where the file does not tell. ``takes_away``: the file does not tell what it showed, and an empty cell would take a
    category away. ``replaces``: somebody else (that name) drafted the row since the file was exported.
    ``has_moved``: Canvas stores something else now than when the file was exported.
    """

    line: int
    choice: str | None
    seen: str | None
    takes_away: bool
    replaces: str | None
    has_moved: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be taken, and why.

    ``group`` and ``section`` are those of its row, or what the line says; ``text`` is what it asks for. Where that is
    no title of the section, ``nearest`` is the label of the valid category that is spelled most like it, and ``edit``
    what the line asks for if that one is meant.
    """

    line: int
    reason: str
    group: str = ""
    section: str = ""
    text: str = ""
    key: Key | None = None
    nearest: str | None = None
    edit: Edit | None = None

    @property
    def sentence(self) -> str:
        """``Line 4: … .``"""
        nearest = f" Nearest: “{self.nearest}”." if self.nearest else ""
        return f"Line {self.line}: {self.reason}.{nearest}"


def contradicted(problem: Problem, line: int) -> Problem:
    """The problem of a line where this other one is about the same row."""
    reason = f"line {line} is about the same group and section but asks for something else"
    return replace(problem, reason=reason, nearest=None, edit=None)


@dataclass
class Imported:
    """What a file asks for: its edits by (group id, section id), and its bad lines.

    ``already`` is the number of edited lines whose row is as they want it. Where there were too many bad lines the file
    was not read to its end (``is_whole``), and no edit is taken. ``notes`` are sentences about how the file was read.
    """

    edits: dict[Key, Edit] = field(default_factory=dict)
    bad: list[Problem] = field(default_factory=list)
    is_whole: bool = True
    already: int = 0
    notes: list[str] = field(default_factory=list)

    def taken(self, *, take_away: bool = False, replace: bool = False) -> dict[Key, Edit]:
        """The edits that need no answer, and those that the two answers allow."""
        return {
            key: edit
            for key, edit in self.edits.items()
            if (take_away or not edit.takes_away) and (replace or edit.replaces is None)
        }

    def using(self, lines: Collection[int]) -> Imported:
        """The same with the nearest category in these bad lines; one that another line contradicts stays bad."""
        chosen, edits, left = set(lines), dict(self.edits), []
        for problem in self.bad:
            key, edit = problem.key, problem.edit
            if key is None or edit is None or problem.line not in chosen:
                left.append(problem)
                continue
            other = edits.setdefault(key, edit)
            if other.choice != edit.choice:
                left.append(contradicted(problem, other.line))
        return Imported(edits, left, self.is_whole, self.already, self.notes)

    @property
    def choices(self) -> dict[Key, str | None]:
        """The category ids of the edits that need no answer."""
        return {key: edit.choice for key, edit in self.taken().items()}

    @property
    def problems(self) -> list[str]:
        """Sentences about the first bad lines."""
        return [problem.sentence for problem in self.bad[:LISTED]]

    @property
    def more(self) -> str | None:
        """The sentence about bad lines that ``problems`` does not list; None where it lists all."""
        if not self.is_whole:
            return (
                f"{len(self.bad):,} lines cannot be imported. Reading stopped there, and nothing from the file was "
                "imported."
            )
        left = len(self.bad) - LISTED
        return f"{left:,} more line{' cannot' if left == 1 else 's cannot'} be imported." if left > 0 else None

    @property
    def nothing(self) -> str | None:
        """The sentence about a good file that asks for nothing; None for any other."""
        if self.edits or self.bad:
            return None
        if not self.already:
            return "Nothing to import: no row was edited in this file, or the rows already are as it says."
        rows = "edited row is" if self.already == 1 else "edited rows are"
        return f"Nothing to import: {self.already:,} {rows} already as this file says."


def problem_table(problems: Collection[Problem]) -> pd.DataFrame:
    """The bad lines as a frame of ``PROBLEM_COLUMNS``: ``line`` int64, ids Int64, the rest str (nearest may miss)."""
    records = [
        (one.line, one.group, one.section, one.text, one.nearest, one.reason, *(one.key or (None, None)))
        for one in problems
    ]
    table = pd.DataFrame(records, columns=list(PROBLEM_COLUMNS))
    ids = dict.fromkeys(("group_id", "section_id"), "Int64")
    texts = dict.fromkeys(("group", "section", "your_text", "nearest", "problem"), "str")
    return table.astype({"line": "int64", **ids, **texts})

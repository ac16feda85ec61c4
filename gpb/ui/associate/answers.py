"""What is said above the grid after an edit: what was refused and what may be chosen there, whose draft was replaced.

These texts are shown as they are; they are no Markdown.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.matching.labels import shown_title
from gpb.printable import one_line
from gpb.sync.drafting import Edited
from gpb.ui.associate.component.outbox import Action, Kind
from gpb.ui.associate.grid_columns import row_name
from gpb.ui.editing.edits import draft_labels, look, row_names
from gpb.ui.editing.undo import take_back
from gpb.ui.text import count

Answer = dict[str, Any]
"""``id``, ``level``, ``text``, ``rows`` (the refused ones: ``key``, ``name``, ``reason``), ``unplaced``, ``undo``."""
NOT_VALID_HERE = ": choose one of "
"""Where the sentence of a refusal begins to list what may be chosen; above the grid these are buttons."""


def answer_to(action: Action) -> Answer | None:
    """Do an edit or an undo; what is to be said of it, None where it is seen."""
    if action.kind is Kind.UNDO:
        return _undone(action)
    picked: dict[Key, str] = {}
    for name, label, _ in action.cells:
        group, _, section = name.partition(":")
        picked[int(group), int(section)] = label
    (label, *others) = {label for _, label, _ in action.cells} or {""}
    words = f"“{label}”" if not others else f"{len(others) + 1} categories"
    edited = draft_labels(action.snapshot, picked, f"{words} in {count(len(picked), 'cell')} of the grid")
    return _edited(action, look(action.snapshot), picked, edited)


def _edited(action: Action, shown: Snapshot, picked: dict[Key, str], edited: Edited) -> Answer | None:
    names = row_names(shown, [*picked], one_line)
    rows = [
        {"key": row_name(one.key), "name": names[one.key], "reason": one_line(one.reason.partition(NOT_VALID_HERE)[0])}
        for one in edited.refused
        if one.key in names
    ]
    replaced = _replaced(names, edited)
    rest = f" {count(action.unplaced, 'line')} found no row below." if action.unplaced else ""
    if len(picked) == 1 and rows and not rest:
        return _answer("warning", f"{rows[0]['name']}: {rows[0]['reason']}. Choose", rows)
    if rows or rest:
        text = f"{len(picked) - len(rows):,} of {count(len(picked) + action.unplaced, 'cell')} changed."
        return _answer("warning", f"{text}{rest}{replaced}", rows, unplaced=action.unplaced, undo=True)
    if replaced:
        return _answer("info", replaced.strip(), undo=True)
    if len(picked) > 1:
        return _answer("success", f"{count(len(picked), 'cell')} changed.", undo=True)
    return None


def _replaced(names: dict[Key, str], edited: Edited) -> str:
    """A sentence on the drafts of other people that the edit took the place of; empty where there was none."""
    if len(edited.replaced) == 1:
        ((key, draft),) = edited.replaced.items()
        title = one_line(shown_title(draft.category))
        return f" {names.get(key, '')}: you replaced {one_line(draft.person)}’s draft “{title}”."
    people = Counter(one_line(draft.person) for draft in edited.replaced.values())
    listed = ", ".join(f"{name} ({number:,})" for name, number in people.most_common())
    return f" You replaced {len(edited.replaced):,} drafts of other people: {listed}." if people else ""


def _undone(action: Action) -> Answer | None:
    notices = take_back(action.snapshot, one_line)
    text = " ".join([notice.text for notice in notices] + [line for notice in notices for line in notice.details])
    return _answer(notices[-1].level, text) if notices else None


def _answer(
    level: str,
    text: str,
    rows: list[dict[str, str]] | None = None,
    *,
    unplaced: int = 0,
    undo: bool = False,
) -> Answer:
    """Every answer has a name, for the browser shows each once."""
    return {
        "id": uuid.uuid4().hex,
        "level": level,
        "text": text,
        "rows": rows or [],
        "unplaced": unplaced,
        "undo": undo,
    }

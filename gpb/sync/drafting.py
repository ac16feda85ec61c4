"""From what a coordinator picked to drafts: every choice is checked for its section first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from gpb.errors import InputError
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.matching import labels
from gpb.store.drafts import DraftStore, Replaced, Wish
from gpb.sync.kinds.joining import category_to_add

LOOKED_AT = ("course_id", "class_id", "status", "stored_reference", "stored_category_id", "stored_category")
"""Columns of a row that a choice for it is checked by."""
UNASSOCIATED = labels.UNASSOCIATED


@dataclass(frozen=True, slots=True)
class Refusal:
    """A choice that left no draft, with the sentence that says why."""

    key: Key
    reason: str


@dataclass(frozen=True, slots=True)
class Edited:
    """The outcome of an edit: how many drafts it moved, what was refused, and the rows left to who drafted them.

    ``replaced`` holds the drafts of other people that it took the place of.
    """

    moved: int
    refused: tuple[Refusal, ...]
    left: Mapping[Key, str] = field(default_factory=dict)
    replaced: Mapping[Key, Replaced] = field(default_factory=dict)


def edit(
    snapshot: Snapshot,
    drafts: DraftStore,
    choices: Mapping[Key, str | None],
    *,
    seen: Mapping[Key, str | None],
    person: str,
    label: str,
    session: str = "",
    source: str | Mapping[Key, str] = "",
    reason: str | Mapping[Key, str] = "",
    adds: Collection[Key] = (),
) -> Edited:
    """Turn choices, (group id, section id) → category id, label or title, into drafts at once.

    None, an empty text and ``Unassociated`` take the association away. Valid choices are stored even when others are
    refused; a choice that equals what was seen, or what Canvas stores by now, removes the draft.

    ``seen`` is the stored reference (None: nothing) that the person had before her when she chose, by row: it becomes
    the draft's baseline. Where the newest ``snapshot`` has another one the draft has *moved* from the start, and is in
    no plan until somebody decides; a choice of which nobody knows what was seen is refused. ``session`` tells the
    browsers of one person apart.

    ``source`` and ``reason`` (for all, or by row) tell where a choice comes from that nobody made for its very row, see
    ``Wish``: such a choice leaves the draft of another person, or one made by hand.

    In rows of ``adds`` a category that the section does not have is no refusal, also where Canvas stores it: the
    section is to be added to it in Focus first, see ``joining.category_to_add``.
    """
    records = snapshot.rows_of(choices, LOOKED_AT)
    wishes, refused = [], []
    for given, choice in choices.items():
        key = int(given[0]), int(given[1])  # of a frame they are numpy's, which a store keeps as bytes
        try:
            wish = _wish(snapshot, key, records.get(key), choice, seen, adds=given in adds)
            wishes.append(replace(wish, source=_of(source, given), reason=_of(reason, given)))
        except InputError as error:
            refused.append(Refusal(key, str(error)))
    stored = drafts.put(wishes, person, label, session)
    return Edited(stored.moved, tuple(refused), stored.left, stored.replaced)


def _of(given: str | Mapping[Key, str], key: Key) -> str:
    return given if isinstance(given, str) else given.get(key, "")


def _wish(
    snapshot: Snapshot,
    key: Key,
    row: Mapping[Any, Any] | None,
    choice: str | None,
    seen: Mapping[Key, str | None],
    *,
    adds: bool,
) -> Wish:
    if row is None:
        raise InputError(f"this snapshot has no group {key[0]} in section {key[1]}: Refresh, then try again")
    if key not in seen:
        raise InputError("it is not known what was shown here when this was chosen: check the row, then choose again")
    baseline = seen[key]
    present = None if pd.isna(row["stored_reference"]) else str(row["stored_reference"])
    if choice is None or snapshot.validity.takes_away(row["class_id"], choice):
        return Wish(*key, None, None, baseline, is_change=None not in (baseline, present))
    stored = row["stored_category_id"]
    if adds and _is_new_here(snapshot, row, choice):
        target = category_to_add(snapshot, row, choice)
        return Wish(*key, target.id, target.title, baseline, is_change=True)
    if choice == baseline or snapshot.validity.is_named(row["class_id"], stored, row["stored_category"], choice):
        return Wish(*key, None, None, baseline, is_change=False)
    target = snapshot.validity.target(row["class_id"], choice)
    was = stored if baseline == present else snapshot.validity.meant(row["class_id"], baseline)
    return Wish(*key, target.id, target.title, baseline, is_change=target.id not in (stored, was))


def _is_new_here(snapshot: Snapshot, row: Mapping[Any, Any], choice: str) -> bool:
    """Whether the section has no category of this id, label or title."""
    options = snapshot.validity.options(row["class_id"])
    return choice not in {*options, *options.values(), *snapshot.validity.labels(row["class_id"])}


def seen_in(rows: pd.DataFrame) -> dict[Key, str | None]:
    """What somebody sees who looks at these rows of an association frame: the stored references, for ``edit``."""
    references = rows["stored_reference"].astype(object).where(rows["stored_reference"].notna(), None)
    return dict(zip(keys(rows), references, strict=True))


def same_choice(rows: pd.DataFrame, category: str | None) -> dict[Key, str | None]:
    """One choice for every row of an association frame, for bulk edits."""
    return dict.fromkeys(keys(rows), category)


def wishes(rows: pd.DataFrame) -> dict[Key, str | None]:
    """What drafts (``DraftStore.frame``, or rows of an association frame with drafts) ask for, as category ids."""
    wanted = rows["category_id"].astype(object).where(rows["category_id"].notna(), None)
    return dict(zip(keys(rows), wanted, strict=True))

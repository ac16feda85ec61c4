"""From what a coordinator picked to drafts: every choice is checked for its section first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gpb.errors import InputError
from gpb.frames.snapshot import Snapshot
from gpb.store.drafts import DraftStore, Key, Wish

UNASSOCIATED = "Unassociated"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A choice that left no draft, with the sentence that says why."""

    key: Key
    reason: str


@dataclass(frozen=True, slots=True)
class Edited:
    """The outcome of an edit: how many drafts it moved, and what was refused."""

    moved: int
    refused: tuple[Refusal, ...]


def edit(
    snapshot: Snapshot, drafts: DraftStore, choices: Mapping[Key, str | None], *, person: str, label: str
) -> Edited:
    """Turn choices, (group id, section id) → category id, label or title, into drafts at once.

    None, an empty text and ``Unassociated`` take the association away. Valid choices are stored even when others are
    refused; a choice that equals what Canvas stores removes the draft.
    """
    rows = snapshot.associations().set_index(["group_id", "section_id"])
    known = rows.index.intersection(pd.MultiIndex.from_tuples(list(choices))) if choices else rows.index[:0]
    records = rows.loc[known].to_dict("index")
    wishes, refused = [], []
    for given, choice in choices.items():
        key = int(given[0]), int(given[1])  # of a frame they are numpy's, which a store keeps as bytes
        try:
            wishes.append(_wish(snapshot, key, records.get(key), choice))
        except InputError as error:
            refused.append(Refusal(key, str(error)))
    return Edited(drafts.put(wishes, person, label), tuple(refused))


def _wish(snapshot: Snapshot, key: Key, row: Mapping[Any, Any] | None, choice: str | None) -> Wish:
    if row is None:
        raise InputError(f"there is no group {key[0]} in a section {key[1]} of this snapshot: Refresh, then try again")
    baseline = None if pd.isna(row["stored_reference"]) else str(row["stored_reference"])
    if not choice or choice == UNASSOCIATED:
        return Wish(*key, None, None, baseline, is_change=baseline is not None)
    stored = row["stored_category_id"]
    if choice in (stored, row["stored_category"]):  # also where it is broken: leave it as it is
        return Wish(*key, None, None, baseline, is_change=False)
    target = snapshot.validity.target(row["class_id"], choice)
    return Wish(*key, target.id, target.title, baseline, is_change=target.id != stored)


def same_choice(rows: pd.DataFrame, category: str | None) -> dict[Key, str | None]:
    """One choice for every row of an association frame, for bulk edits."""
    return dict.fromkeys(zip(rows["group_id"], rows["section_id"], strict=True), category)

"""Evidence of how this Canvas keeps associations: what each reading adds to it, and when it allows a sync."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from gpb.frames.codec import MAPPING_ROOT, Json, is_aligned, mapping_of
from gpb.frames.shape import Shape, judge
from gpb.frames.snapshot import Snapshot
from gpb.frames.tally import Form, Tally, tally
from gpb.store.shape_evidence import SHOWN, FormSeen, ShapeEvidence
from gpb.store.sound import damaged
from gpb.sync.gates import Objection
from gpb.sync.plan import Plan

SHAPE_UNKNOWN = "shape_unknown"


def learn(store: ShapeEvidence, scope: str, tables: Mapping[str, pd.DataFrame], codec: str) -> Shape:
    """Add what the tables of a reading show, and return the shape; what this program wrote itself shows nothing."""
    found = tally(tables, _written(store.written(scope)))
    store.note(scope, map(_seen, found))
    shape = present_shape(store, codec)
    if shape.unknown is None and shape == judge(_tallies(store.latest()), [], codec):
        store.settle()
    return shape


def present_shape(store: ShapeEvidence, codec: str) -> Shape:
    """The shape by everything that was ever read of this Canvas; ``codec`` is GPB_CODEC."""
    return judge(_tallies(store.latest()), _tallies(store.settled()), codec)


def _seen(one: Tally) -> FormSeen:
    values = {name: sorted(numbers) for name, numbers in one.values.items()}
    return FormSeen(one.form.key, one.form.text, one.entries, values, one.examples)


def _tallies(seen: Iterable[FormSeen]) -> list[Tally]:
    return [Tally(_form(one.form), one.entries, one.values, one.examples) for one in seen]


def _form(text: str) -> Form:
    try:
        return Form.from_text(text)
    except ValueError as error:
        raise damaged(SHOWN) from error


def shape_objection(present: Shape, snapshot: Snapshot) -> Objection | None:
    """Why nothing may be written: nobody may accept it, since what would be written is a guess. None where it may."""
    if present.unknown is not None:
        return Objection(SHAPE_UNKNOWN, present.unknown, may_be_accepted=False)
    if present.coder == snapshot.codec or _is_read_alike(present, snapshot):
        return None
    sentence = (
        "How your Canvas stores associations became known only after this snapshot was taken. Press Refresh, then "
        "review again."
    )
    return Objection(SHAPE_UNKNOWN, sentence, may_be_accepted=False)


def _is_read_alike(present: Shape, snapshot: Snapshot) -> bool:
    data = map(json.loads, snapshot.tables["groups"]["integration_data"])
    return all(present.coder.read(one) == snapshot.codec.read(one) for one in data)


def lasting_icons(plan: Plan, snapshot: Snapshot) -> int:
    """The groups that lose their last association and keep Canvas' icon: the flag can never be taken back."""
    groups = snapshot.tables["groups"]
    taken = {key: rows for key, rows in plan.by_group().items() if all(row.after_id is None for row in rows)}
    concerned = groups.loc[groups["group_id"].isin(taken), ["group_id", "integration_data"]]
    return sum(
        _keeps_icon(json.loads(text), {row.sis_section_id for row in taken[group_id]}, snapshot)
        for group_id, text in concerned.itertuples(index=False)
    )


def _keeps_icon(data: Json, gone: set[str], snapshot: Snapshot) -> bool:
    codec = snapshot.codec
    sections = set(snapshot.tables["sections"]["sis_section_id"].dropna())
    left = codec.read(data).keys() & sections - gone
    without_mapping = {key: value for key, value in data.items() if key != MAPPING_ROOT}
    return not left and is_aligned(without_mapping)


def _written(writes: Iterable[tuple[int, Json, Json]]) -> dict[int, dict[str, Any]]:
    """By group: the keys that each write changed, with what it put there."""
    found: dict[int, dict[str, Any]] = {}
    for group_id, sent, stored in writes:
        ours = found.setdefault(group_id, {})
        for new, old in ((mapping_of(sent), mapping_of(stored)), (sent, stored)):
            ours |= {key: value for key, value in new.items() if key != MAPPING_ROOT and old.get(key) != value}
    return found

"""How this Canvas keeps associations: what each reading adds to the evidence, and what all of it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from gpb.frames.codec import MAPPING_ROOT, Json, mapping_of
from gpb.frames.shape import Shape, judge
from gpb.frames.tally import Form, Tally, tally
from gpb.store.shape_evidence import SHOWN, FormSeen, ShapeEvidence
from gpb.store.sound import damaged


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


def _written(writes: Iterable[tuple[int, Json, Json]]) -> dict[int, dict[str, Any]]:
    """By group: the keys that each write changed, with what it put there."""
    found: dict[int, dict[str, Any]] = {}
    for group_id, sent, stored in writes:
        ours = found.setdefault(group_id, {})
        for new, old in ((mapping_of(sent), mapping_of(stored)), (sent, stored)):
            ours |= {key: value for key, value in new.items() if key != MAPPING_ROOT and old.get(key) != value}
    return found

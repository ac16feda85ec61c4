"""How this Canvas keeps associations: what each reading adds to the evidence, and what all of it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from gpb.frames.codec import BARE, MAPPING_ROOT, Json, Layout, mapping_of
from gpb.frames.judge import judge
from gpb.frames.shape import Shape
from gpb.frames.tally import Form, Tally, tally
from gpb.store.shape.contacts import WHAT, Answer, Contact, Contacts
from gpb.store.shape.evidence import SHOWN, FormSeen, ShapeEvidence
from gpb.store.sound import damaged


def learn(
    store: ShapeEvidence, contacts: Contacts, scope: str, tables: Mapping[str, pd.DataFrame], codec: str
) -> Shape:
    """Add what the tables of a reading show, and return the shape; what this program wrote itself shows nothing."""
    found = tally(tables, _written(store.written(scope)))
    store.note(scope, map(_seen, found))
    by_entries = judged_shape(store, codec, scope)
    if by_entries.closed is None and by_entries == judge(_tallies(store.latest()), [], codec, found):
        store.settle()
    return present_shape(store, contacts, codec, scope)


def present_shape(store: ShapeEvidence, contacts: Contacts, codec: str, scope: str | None = None) -> Shape:
    """The shape of a Canvas, for one term (``scope``) where it is named; ``codec`` is GPB_CODEC.

    By everything that was ever read of it, and by the word of the last person who went through First contact: that
    stands in for evidence that is missing or not clear, and never for entries that contradict each other.
    """
    shape, last = judged_shape(store, codec, scope), contacts.answered()
    proven = shape_of(last)
    if last is None or proven is None:
        return shape
    if last.answer == Answer.FLAG_ONLY:
        return proven
    is_missing = shape.closed is not None and not shape.contradicts and proven.codec == codec
    return replace(proven, fitting=0, seen=0) if last.answer == Answer.YES and is_missing else shape


def judged_shape(store: ShapeEvidence, codec: str, scope: str | None) -> Shape:
    """As ``present_shape``, by what is stored alone."""
    here = _tallies(store.latest(scope)) if scope is not None else []
    return judge(_tallies(store.latest()), _tallies(store.settled()), codec, here)


def confirmation(contacts: Contacts, shape: Shape) -> Contact | None:
    """The word of a person by which associations may be written in this shape, None where there is none."""
    last = contacts.answered()
    proven = shape_of(last)
    if last is None or proven is None or shape.closed is not None or last.answer not in (Answer.YES, Answer.RIGHT):
        return None
    return last if proven.coder == shape.coder else None


def shape_of(contact: Contact | None) -> Shape | None:
    """The shape that a first contact has found; None where it has not."""
    if contact is None or contact.shape is None:
        return None
    try:
        return Shape.from_json(contact.shape)
    except (KeyError, TypeError) as error:
        raise damaged(WHAT) from error


def wished(codec: str) -> Shape | None:
    """What GPB_CODEC describes whole, without any evidence: of ``sistemic`` nobody knows the fields."""
    return Shape(codec, Layout(BARE, None)) if codec == "flat" else None


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

"""What readings have shown of the form in which a Canvas keeps associations, over all its terms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, delete, insert, select, update

from gpb.store import sound
from gpb.store.database import Database, now, operations, runs, shape_evidence
from gpb.store.run_records import ChangeKind

SHOWN, WRITE = "the evidence of how associations are stored", "the journal of a run"


@dataclass(frozen=True)
class FormSeen:
    """Entries of one form (``form`` is its text, ``key`` its name) in one term, with values and a few examples."""

    key: str
    form: str
    entries: int
    values: dict[str, list[int]] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)


class ShapeEvidence:
    """The evidence of one Canvas; ``canvas`` names it, whatever account and term are read.

    Two states are kept: what the last reading of each term has shown, and what had been shown when the shape was known
    last (*settled*), for the day on which all that is stored has died.
    """

    def __init__(self, database: Database, canvas: str) -> None:
        self._database = database
        self.canvas = canvas

    def note(self, scope: str, found: Iterable[FormSeen]) -> None:
        """Keep what a reading of one scope (Canvas, account, term) has shown, in place of its reading before."""
        table, fresh = shape_evidence, list(found)
        here = (table.c.canvas == self.canvas) & (table.c.scope == scope)
        with self._database.write() as connection:
            known = set(connection.execute(select(table.c.form_key).where(here)).scalars())
            connection.execute(update(table).where(here).values(entries=0))
            for one in fresh:
                seen = json.dumps({"values": one.values, "examples": one.examples})
                values: dict[str, Any] = {"entries": one.entries, "seen": seen, "read_at": now()}
                if one.key in known:
                    connection.execute(update(table).where(here & (table.c.form_key == one.key)).values(values))
                else:
                    place = {"canvas": self.canvas, "scope": scope, "form_key": one.key, "form": one.form}
                    connection.execute(insert(table).values(place | values | {"settled": 0, "settled_seen": "{}"}))
            connection.execute(delete(table).where(here & (table.c.entries == 0) & (table.c.settled == 0)))

    def settle(self) -> None:
        """Remember what the last readings have shown: by it the shape is known."""
        table = shape_evidence
        values = {"settled": table.c.entries, "settled_seen": table.c.seen}
        with self._database.write() as connection:
            connection.execute(update(table).where(table.c.canvas == self.canvas).values(values))

    def latest(self, scope: str | None = None) -> list[FormSeen]:
        """What the last reading of each term has shown, or that of one term."""
        return self._seen(shape_evidence.c.entries, shape_evidence.c.seen, scope)

    def settled(self) -> list[FormSeen]:
        """What had been shown when the shape was known last."""
        return self._seen(shape_evidence.c.settled, shape_evidence.c.settled_seen)

    def _seen(self, entries: Column[int], seen: Column[str], scope: str | None = None) -> list[FormSeen]:
        table = shape_evidence
        query = select(table.c.form_key, table.c.form, entries, seen).where(
            (table.c.canvas == self.canvas) & (entries > 0)
        )
        query = query if scope is None else query.where(table.c.scope == scope)
        with self._database.read() as connection:
            found = connection.execute(query.order_by(table.c.scope, table.c.form_key))
            rows = sound.rows(found, (str, str, int, str), SHOWN)
        return [FormSeen(key, form, number, *_told(text)) for key, form, number, text in rows]

    def written(self, scope: str) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
        """Group id, what was sent and what was stored before it, of every association of our runs in a scope."""
        columns = (operations.c.target_id, operations.c.sent, operations.c.stored)
        of_kind = operations.c.kind == ChangeKind.ASSOCIATION
        ours = (runs.c.scope == scope) & of_kind & operations.c.sent.is_not(None)
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).join(runs).where(ours))
            found = sound.rows(rows, (str, str, str | None), WRITE)
        for target_id, sent, stored in found:
            group_id = sound.identifier(target_id, WRITE)
            yield group_id, sound.json_object(sent, WRITE), sound.json_object(stored or "{}", WRITE)


def _told(text: str) -> tuple[dict[str, list[int]], list[dict[str, Any]]]:
    """Values by field, and examples."""
    found = sound.json_object(text, SHOWN)
    values, examples = found.get("values"), found.get("examples")
    if not isinstance(values, dict) or not isinstance(examples, list):
        raise sound.damaged(SHOWN)
    kept = all(isinstance(numbers, list) and {int} >= set(map(type, numbers)) for numbers in values.values())
    if not kept or not all(isinstance(one, dict) for one in examples):
        raise sound.damaged(SHOWN)
    return values, examples

"""How people found out, or confirmed, how their Canvas keeps associations: first contacts, step by step."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update

from gpb.keys import Key
from gpb.store import sound
from gpb.store.database import Database, first_contacts, now
from gpb.store.order import tick
from gpb.store.sets.unchanged import Unchanged

WHAT = "the record of a first contact"


class Kind(StrEnum):
    """A proof in Canvas' own screen, or a word on what is stored already."""

    PROOF = "proof"
    EVIDENCE = "evidence"


class ContactState(StrEnum):
    """What comes next: the person associates, the program writes, the person looks, both are taken back, nothing."""

    CHOSEN = "chosen"
    LEARNED = "learned"
    WRITTEN = "written"
    ANSWERED = "answered"
    CLOSED = "closed"


class Answer(StrEnum):
    """What was found out; ``RIGHT`` is the word of a person on plain evidence."""

    YES = "yes"
    NO = "no"
    RIGHT = "right"
    FLAG_ONLY = "flag only"


@dataclass(frozen=True, slots=True)
class Place:
    """A row that was chosen, with labels for people; ``category_id`` is what is to be stored there."""

    course_id: int
    group_id: int
    section_id: int
    sis_section_id: str
    course: str
    group: str
    section: str
    category_id: str
    category: str

    @property
    def key(self) -> Key:
        """(group id, section id)."""
        return self.group_id, self.section_id


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did or the program saw; ``at`` is ISO 8601 UTC."""

    at: str
    person: str
    told: str


@dataclass(frozen=True, slots=True)
class Contact:
    """One first contact; ``theirs`` is the row that the person associates, ``ours`` the one that the program does.

    ``before`` and ``after`` are what Canvas stored for their groups at first and when it was asked last; ``shape`` is
    ``Shape.to_json``. Of a word on evidence there are neither rows nor groups.
    """

    contact_id: str
    canvas: str
    scope: str
    kind: str
    state: str
    person: str
    began_at: str
    theirs: Place | None = None
    ours: Place | None = None
    before: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    after: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    run_id: str | None = None
    shape: Mapping[str, Any] | None = None
    answer: str | None = None
    answered_by: str | None = None
    answered_at: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.state != ContactState.CLOSED

    @property
    def rows(self) -> frozenset[Key]:
        """The rows that may be written for it."""
        return frozenset(place.key for place in (self.theirs, self.ours) if place is not None)


class Contacts:
    """The first contacts of one Canvas."""

    def __init__(self, database: Database, canvas: str) -> None:
        self._database = database
        self.canvas = canvas
        self._known: Unchanged[list[Contact]] = Unchanged(database.number)

    def add(self, scope: str, kind: Kind, state: ContactState, person: str, **others: Any) -> Contact:
        """Keep a new one."""
        made = Contact(uuid.uuid4().hex[:12], self.canvas, scope, kind, state, person, now(), **others)
        with self._database.write() as connection:
            connection.execute(insert(first_contacts).values(**_columns(made), number=tick(connection)))
        return made

    def save(self, contact: Contact) -> None:
        """Keep what has become of one."""
        same = first_contacts.c.contact_id == contact.contact_id
        with self._database.write() as connection:
            connection.execute(update(first_contacts).where(same).values(**_columns(contact)))

    def all(self) -> list[Contact]:
        """All of this Canvas, the newest first."""
        return list(self._known.of("all", self._all))

    def _all(self) -> list[Contact]:
        wanted = select(first_contacts).where(first_contacts.c.canvas == self.canvas)
        with self._database.read() as connection:
            found = connection.execute(wanted.order_by(first_contacts.c.number.desc())).mappings().all()
        return [_contact(row) for row in found]

    def open(self, scope: str) -> Contact | None:
        """The one of a term that is under way."""
        return next((one for one in self.all() if one.is_open and one.scope == scope), None)

    def answered(self) -> Contact | None:
        """The newest that has an answer: its word holds."""
        return next((one for one in self.all() if one.answer is not None), None)


def _columns(contact: Contact) -> dict[str, Any]:
    plain = {name: getattr(contact, name) for name in _TEXTS}
    rows = {"theirs": contact.theirs and asdict(contact.theirs), "ours": contact.ours and asdict(contact.ours)}
    return plain | {
        "place": json.dumps(rows, ensure_ascii=False),
        "stored_before": json.dumps(contact.before, ensure_ascii=False),
        "stored_after": json.dumps(contact.after, ensure_ascii=False),
        "steps": json.dumps([asdict(step) for step in contact.steps], ensure_ascii=False),
        "shape": None if contact.shape is None else json.dumps(contact.shape),
    }


_OTHERS = {"theirs", "ours", "before", "after", "steps", "shape"}
_TEXTS = [one.name for one in fields(Contact) if one.name not in _OTHERS]


def _contact(row: Mapping[Any, Any]) -> Contact:
    place = sound.json_object(row["place"], WHAT)
    steps = [sound.record(Step, one, WHAT, times=("at",)) for one in sound.json_list(row["steps"], WHAT)]
    plain = sound.rows([[row[name] for name in _TEXTS]], [str] * 7 + [str | None] * (len(_TEXTS) - 7), WHAT)
    sound.moment(row["began_at"], WHAT)
    sound.moment(row["answered_at"], WHAT)
    return Contact(
        **dict(zip(_TEXTS, plain[0], strict=True)),
        theirs=_place(place.get("theirs")),
        ours=_place(place.get("ours")),
        before=_groups(row["stored_before"]),
        after=_groups(row["stored_after"]),
        steps=tuple(steps),
        shape=None if row["shape"] is None else sound.json_object(row["shape"], WHAT),
    )


def _place(found: Any) -> Place | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        raise sound.damaged(WHAT)
    return sound.record(Place, found, WHAT)


def _groups(text: Any) -> dict[int, dict[str, Any]]:
    found = sound.json_object(text, WHAT)
    if not all(key.isdecimal() and isinstance(data, dict) for key, data in found.items()):
        raise sound.damaged(WHAT)
    return {int(key): data for key, data in found.items()}

"""The room in which patterns are decided: proposals from everything that is known, and what a person makes of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Protocol

import pandas as pd

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.store.drafts import LastEdit, Undone
from gpb.suggest.evidence import Evidence
from gpb.suggest.room.proposing import Known, Made, Proposing
from gpb.term.term import Term


class Refused(Protocol):
    """A choice that left no draft."""

    @property
    def key(self) -> Key:
        """(group id, section id)."""

    @property
    def reason(self) -> str:
        """Why, in a sentence."""


class Edited(Protocol):
    """What making drafts did."""

    @property
    def moved(self) -> int:
        """How many drafts it moved."""

    @property
    def refused(self) -> Sequence[Refused]:
        """What was refused."""

    @property
    def left(self) -> Mapping[Key, str]:
        """The rows that were left to whoever had drafted something there."""


class Edit(Protocol):
    """How drafts are made: ``Workspace.edit``."""

    def __call__(
        self,
        choices: Mapping[Key, str | None],
        *,
        seen: Mapping[Key, str | None],
        person: str,
        label: str,
        session: str = "",
        source: str | Mapping[Key, str] = "",
        reason: str | Mapping[Key, str] = "",
    ) -> Edited:
        """Turn choices into drafts."""


@dataclass(frozen=True)
class Decision:
    """A pattern with its title (None: stays unassociated); ``evidence`` says in words from what it was made.

    ``scope`` and ``scope_value`` say where it holds, as in ``schemas.DECISIONS``.
    """

    group: str
    titles: str
    title: str | None
    evidence: str
    scope: str = "district"
    scope_value: str = ""


class Memory(Known, Protocol):
    """What is remembered of decisions, by whom and for how long: the store's part."""

    def remember(self, made: Iterable[Decision], edit: LastEdit, *, person: str, session: str) -> None:
        """Keep decisions, as part of an edit."""

    def take_back(self, edit: LastEdit, *, person: str, session: str) -> None:
        """Switch off what this edit of the person in this session had made them remember."""

    def skip(self, pattern: str, *, person: str) -> None:
        """The person wants to see this pattern no more for now."""

    def skipped(self, person: str) -> frozenset[str]:
        """The patterns that the person has skipped."""


class Deciding:
    """Proposals and patterns of one term, what is remembered of decisions on them, and taking the last one back.

    Those of a large term are kept in ``folder``. Reasons tell days of ``zone``; None is this machine's own.
    """

    def __init__(self, term: Term, memory: Memory, folder: Path, zone: tzinfo | None = None) -> None:
        self._term = term
        self.memory = memory
        self._proposing = Proposing(term, folder, zone)
        self._without_drafts: dict[tuple[str, str], list[tuple[LastEdit, LastEdit | None]]] = {}

    def proposals(self, snapshot: Snapshot | None = None, *, elsewhere: bool = False) -> pd.DataFrame:
        """One line per open row (``schemas.PROPOSALS``) of a snapshot, else of the newest; copy before changing it.

        With ``elsewhere`` rows whose association is kept outside of Canvas have one, too.
        """
        made = self.made(snapshot or self._term.latest())
        return pd.concat([made.found, made.elsewhere()], ignore_index=True) if elsewhere else made.found

    def evidence(self, snapshot: Snapshot | None = None) -> Evidence:
        """What the proposals of a snapshot, else of the newest, are made from."""
        return self.made(snapshot or self._term.latest()).evidence

    def patterns(self, snapshot: Snapshot | None = None) -> pd.DataFrame:
        """One line per pattern with open rows (``schemas.PATTERNS``); copy it before changing it."""
        return self.made(snapshot or self._term.latest()).lines

    def remember(
        self, made: Sequence[Decision], *, person: str, session: str, label: str, has_drafts: bool = True
    ) -> None:
        """Keep what the last edit, which has this label, decided; ``undo`` forgets it with its drafts.

        Where it made none, not ``has_drafts``, what it decided is an edit of its own.
        """
        last = self._term.drafts().last_edit(person, session)
        if has_drafts and last is not None:
            own = last
        else:
            own = LastEdit(uuid.uuid4().hex, label)
            self._without_drafts.setdefault((person, session), []).append((own, last))
        if made:
            self.memory.remember(made, own, person=person, session=session)

    def skip(self, pattern: str, *, person: str) -> None:
        """Show this pattern to the person no more for now."""
        self.memory.skip(pattern, person=person)

    def last_edit(self, person: str, session: str = "") -> LastEdit | None:
        """The person's last edit in this session, drafts or a decision alone, that ``undo`` takes back."""
        alone, last = self._without_drafts.get((person, session)), self._term.drafts().last_edit(person, session)
        return alone[-1][0] if alone and alone[-1][1] == last else last

    def undo(self, *, person: str, session: str = "") -> Undone:
        """Take the person's last edit in this session back, and with it the decisions that it made."""
        drafts, last = self._term.drafts(), self.last_edit(person, session)
        undone = Undone(0, {})
        alone = self._without_drafts.get((person, session))
        if alone and alone[-1][0] == last:
            alone.pop()
        else:
            undone = drafts.undo(person, session)
        if last is not None:
            self.memory.take_back(last, person=person, session=session)
        return undone

    def made(self, shown: Snapshot) -> Made:
        """The proposals of a snapshot with the lines over them, of one moment; copy a frame before changing it."""
        return self._proposing.made(shown, self.memory)

"""The room in which patterns are decided: proposals from everything that is known, and what a person makes of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pandas as pd

from gpb.errors import InputError
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.store.drafts import Undone
from gpb.suggest.evidence import Evidence
from gpb.suggest.patterns import normalised, titles_key
from gpb.suggest.room.proposing import Known, Made, Proposing
from gpb.suggest.schemas import DECISIONS, PAST, Source, empty
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

    def remember(self, made: Iterable[Decision], *, person: str, session: str, label: str) -> None:
        """Keep decisions, as part of the edit with this label."""

    def take_back(self, *, person: str, session: str, label: str) -> None:
        """Switch off what the person's last edit in this session with this label had made them remember."""

    def skip(self, pattern: str, *, person: str) -> None:
        """The person wants to see this pattern no more for now."""

    def skipped(self, person: str) -> frozenset[str]:
        """The patterns that the person has skipped."""


class Forgetful:
    """Remembers nothing but for the life of the process."""

    def __init__(self) -> None:
        self._skipped: dict[str, set[str]] = {}
        self._past = empty(PAST)

    def version(self) -> str:
        """Always the same."""
        return ""

    def decided(self) -> pd.DataFrame:
        """None."""
        return empty(DECISIONS)

    def past(self) -> pd.DataFrame:
        """Nothing."""
        return self._past

    def remember(self, made: Iterable[Decision], *, person: str, session: str, label: str) -> None:
        """Nothing is kept."""

    def take_back(self, *, person: str, session: str, label: str) -> None:
        """Nothing was kept."""

    def skip(self, pattern: str, *, person: str) -> None:
        """Until the process ends."""
        self._skipped.setdefault(person, set()).add(pattern)

    def skipped(self, person: str) -> frozenset[str]:
        """Since the process began."""
        return frozenset(self._skipped.get(person, ()))


class Deciding:
    """Proposals and patterns of one term, and decisions on them; every method may name the snapshot that was shown."""

    def __init__(self, term: Term, edit: Edit, memory: Memory | None = None) -> None:
        self._term = term
        self._edit = edit
        self.memory = memory or Forgetful()
        self._proposing = Proposing(term)
        self._without_drafts: dict[tuple[str, str], list[tuple[str, str | None]]] = {}

    def proposals(self, snapshot: Snapshot | None = None, *, elsewhere: bool = False) -> pd.DataFrame:
        """One line per open row (``schemas.PROPOSALS``) of a snapshot, else of the newest; copy before changing it.

        With ``elsewhere`` rows whose association is kept outside of Canvas have one, too.
        """
        made = self._made(snapshot or self._term.latest())
        return pd.concat([made.found, made.elsewhere()], ignore_index=True) if elsewhere else made.found

    def evidence(self, snapshot: Snapshot | None = None) -> Evidence:
        """What the proposals of a snapshot, else of the newest, are made from."""
        return self._made(snapshot or self._term.latest()).evidence

    def patterns(self, snapshot: Snapshot | None = None, *, person: str | None = None) -> pd.DataFrame:
        """One line per pattern with open rows (``schemas.PATTERNS``), without those that the person has skipped.

        Copy it before changing it.
        """
        found = self._made(snapshot or self._term.latest()).lines
        return found if person is None else found.loc[~found["pattern"].isin(list(self.memory.skipped(person)))]

    def rows(self, pattern: str, snapshot: Snapshot | None = None) -> pd.DataFrame:
        """The open rows of a pattern: the association frame with drafts, and of their proposals ``pattern``,
        ``proposed_category_id``, ``proposed_category``, ``tier``, ``proposed_source``, ``proposed_reason``,
        ``evidence``, ``against``, ``runners_up``."""
        return self._rows(snapshot or self._term.latest(), [pattern])

    def decide(
        self,
        pattern: str,
        title: str | None,
        *,
        leave_out: Collection[Key] = (),
        person: str,
        session: str = "",
        snapshot: Snapshot | None = None,
    ) -> Edited:
        """Draft this title for all open rows of the pattern but for those left out, and remember it.

        It is not remembered for the schools of rows that were left out. None: they stay unassociated, which is
        remembered alone. Raises InputError where no row is open any more.
        """
        shown = snapshot or self._term.latest()
        whole, left = self._rows(shown, [pattern]), set(leave_out)
        is_meant = pd.Series([key not in left for key in keys(whole)], index=whole.index, dtype="bool")
        rows = whole.loc[is_meant]
        if rows.empty:
            raise InputError("No open row has this pattern any more, so nothing was changed. Look at the list again.")
        if title is not None and title not in json.loads(self._line(shown, pattern)["titles"]):
            raise InputError(f"“{title}” is not a category of these sections, so nothing was changed. Choose another.")
        meant = {class_id: shown.validity.titled(class_id, str(title)) for class_id in rows["class_id"].unique()}
        number = f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}"
        drafted = rows.assign(
            proposed_category_id=rows["class_id"].map(meant).astype("str"),
            proposed_source=str(Source.DECISION),
            proposed_reason=f"Decided for {number} with this name at once.",
        )
        label = f"“{self._line(shown, pattern)['group']}” → {f'“{title}”' if title is not None else 'Unassociated'}"
        made = _where(self._decision(shown, pattern, title, f"decided for {number}"), whole["school"], is_meant)
        return self._carry_out(drafted if title is not None else drafted.iloc[:0], made, person, session, label)

    def accept_sure(self, *, person: str, session: str = "", snapshot: Snapshot | None = None) -> Edited:
        """Draft what is proposed for every row with tier A, whatever its pattern; nothing else is remembered.

        Raises InputError where there is none.
        """
        shown = snapshot or self._term.latest()
        found = self.proposals(shown)
        sure = found.loc[found["tier"].eq("A") & found["category_id"].notna(), "pattern"].unique()
        rows = self._rows(shown, list(sure))
        rows = rows.loc[rows["tier"].eq("A") & rows["proposed_category_id"].notna()]
        if rows.empty:
            raise InputError("No row has a proposal that is sure, so nothing was changed. Look at the list again.")
        return self._carry_out(rows, [], person, session, f"accepted {len(rows):,} sure proposals")

    def skip(self, pattern: str, *, person: str) -> None:
        """Show this pattern to the person no more for now."""
        self.memory.skip(pattern, person=person)

    def last_edit(self, person: str, session: str = "") -> str | None:
        """The label of the person's last edit in this session, drafts or a decision alone, that ``undo`` takes back."""
        alone, last = self._without_drafts.get((person, session)), self._term.drafts().last_edit(person, session)
        return alone[-1][0] if alone and alone[-1][1] == last else last

    def undo(self, *, person: str, session: str = "") -> Undone:
        """Take the person's last edit in this session back, and with it the decisions that it made."""
        drafts, label = self._term.drafts(), self.last_edit(person, session)
        undone = Undone(0, {})
        alone = self._without_drafts.get((person, session))
        if alone and alone[-1][0] == label:
            alone.pop()
        else:
            undone = drafts.undo(person, session)
        if label is not None:
            self.memory.take_back(person=person, session=session, label=label)
        return undone

    def _made(self, shown: Snapshot) -> Made:
        return self._proposing.made(shown, self.memory)

    def _rows(self, shown: Snapshot, patterns: Collection[str]) -> pd.DataFrame:
        made = self._made(shown)
        is_wanted = made.found["pattern"].isin(list(patterns)).to_numpy()
        renamed = {name: f"proposed_{name}" for name in ("category_id", "category", "source", "reason")}
        found = made.found.loc[is_wanted].rename(columns=renamed).drop(columns=["group_id", "section_id"])
        rows = made.evidence.rows.iloc[made.places[is_wanted]].reset_index(drop=True)
        return rows.join(found.reset_index(drop=True))

    def _line(self, shown: Snapshot, pattern: str) -> pd.Series[Any]:
        lines = self.patterns(shown)
        return lines.loc[lines["pattern"].eq(pattern)].iloc[0]

    def _decision(self, shown: Snapshot, pattern: str, title: str | None, evidence: str) -> Decision:
        line = self._line(shown, pattern)
        return Decision(normalised(line["group"]), titles_key(json.loads(line["titles"])), title, evidence)

    def _carry_out(self, rows: pd.DataFrame, made: Sequence[Decision], person: str, session: str, label: str) -> Edited:
        references = rows["stored_reference"].astype(object).where(rows["stored_reference"].notna(), None)
        key = keys(rows)
        edited = self._edit(
            dict(zip(key, rows["proposed_category_id"].tolist(), strict=True)),
            seen=dict(zip(key, references, strict=True)),
            person=person,
            label=label,
            session=session,
            source=dict(zip(key, rows["proposed_source"].tolist(), strict=True)),
            reason=dict(zip(key, rows["proposed_reason"].tolist(), strict=True)),
        )
        if not key:
            last = self._term.drafts().last_edit(person, session)
            self._without_drafts.setdefault((person, session), []).append((label, last))
        if made:
            self.memory.remember(made, person=person, session=session, label=label)
        return edited


def _where(decision: Decision, schools: pd.Series[str], agrees: pd.Series[bool]) -> list[Decision]:
    """The decision for the district, or where rows are left out or contradict, for each school where none does."""
    if agrees.all():
        return [decision]
    alike = agrees.groupby(schools).all()
    return [replace(decision, scope="school", scope_value=str(school)) for school in alike.index[alike]]

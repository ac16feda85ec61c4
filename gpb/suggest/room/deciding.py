"""The room in which patterns are decided: proposals from everything that is known, and what a person makes of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from gpb.errors import InputError
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.suggest.evidence import Evidence, is_open
from gpb.suggest.patterns import TitleSets, normalised, with_patterns
from gpb.suggest.proposals import by_pattern, proposals
from gpb.suggest.schemas import DECISIONS, PAST, empty
from gpb.suggest.vocabulary import read_vocabulary
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
    ) -> Edited:
        """Turn choices into drafts."""


@dataclass(frozen=True)
class Decision:
    """A pattern with its title (None: stays unassociated); ``evidence`` says in words from what it was made."""

    group: str
    titles: str
    title: str | None
    evidence: str


class Memory(Protocol):
    """What is remembered of decisions, by whom and for how long: the store's part."""

    def version(self) -> str:
        """Another text after every change."""

    def decided(self) -> pd.DataFrame:
        """The decisions that are on, see ``schemas.DECISIONS``."""

    def past(self) -> pd.DataFrame:
        """What earlier terms had, see ``schemas.PAST``."""

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

    def version(self) -> str:
        """Always the same."""
        return ""

    def decided(self) -> pd.DataFrame:
        """None."""
        return empty(DECISIONS)

    def past(self) -> pd.DataFrame:
        """Nothing."""
        return empty(PAST)

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
    """Proposals and patterns of one term, and decisions on them; every method names the snapshot that was shown."""

    def __init__(self, term: Term, edit: Edit, memory: Memory | None = None) -> None:
        self._term = term
        self._edit = edit
        self.memory = memory or Forgetful()
        self._vocabulary = read_vocabulary()

    def proposals(self, snapshot: Snapshot | None = None) -> pd.DataFrame:
        """One line per open row (``schemas.PROPOSALS``) of a snapshot, else of the newest."""
        return proposals(self._evidence(snapshot or self._term.latest()))

    def patterns(self, snapshot: Snapshot | None = None, *, person: str | None = None) -> pd.DataFrame:
        """One line per pattern with open rows (``schemas.PATTERNS``), without those that the person has skipped."""
        evidence = self._evidence(snapshot or self._term.latest())
        found = by_pattern(evidence.rows, proposals(evidence), evidence)
        return found.loc[~found["pattern"].isin(self.memory.skipped(person))] if person is not None else found

    def _evidence(self, snapshot: Snapshot) -> Evidence:
        return Evidence(
            rows=self._term.rows(snapshot),
            validity=snapshot.validity,
            vocabulary=self._vocabulary,
            decided=self.memory.decided(),
            past=self.memory.past(),
            assignments=snapshot.tables["assignments"],
        )

    def rows(self, pattern: str, snapshot: Snapshot | None = None) -> pd.DataFrame:
        """The open rows of a pattern: the association frame with drafts and the columns of their proposals."""
        shown = snapshot or self._term.latest()
        found = self.proposals(shown)
        own = ["group_id", "section_id", "pattern", *(f"proposed_{name}" for name in ("category_id", "category"))]
        found = found.rename(columns={"category_id": own[3], "category": own[4]})
        return self._term.rows(shown).merge(found.loc[found["pattern"].eq(pattern)], on=["group_id", "section_id"])

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
        """Draft this title for all open rows of the pattern where it is valid, but for those left out; remember it.

        None: they stay unassociated, which is remembered alone. Raises InputError where no row is open any more.
        """
        shown = snapshot or self._term.latest()
        rows = self._open_rows(shown, [pattern])
        left = set(leave_out)
        rows = rows.loc[[key not in left for key in keys(rows)]]
        if rows.empty:
            raise InputError("No open row has this pattern any more, so nothing was changed. Look at the list again.")
        choices = _choices(rows, title, shown) if title is not None else {}
        group, where = str(rows["group"].iloc[0]), f"“{title}”" if title is not None else "Unassociated"
        label = f"“{group}” → {where}"
        made = [Decision(normalised(group), _titles(rows, shown), title, f"decided for {len(rows):,} rows")]
        return self._carry_out(rows, choices, made, person=person, session=session, label=label)

    def accept(
        self, patterns: Collection[str], *, person: str, session: str = "", snapshot: Snapshot | None = None
    ) -> Edited:
        """Draft what is proposed for each of these patterns, in the rows whose own proposal is the same; remember it.

        Rows that something else speaks for stay open. Raises InputError where nothing is proposed any more.
        """
        shown = snapshot or self._term.latest()
        lines = self.patterns(shown).set_index("pattern")["proposal"].dropna()
        rows = self._open_rows(shown, patterns).merge(
            self.proposals(shown)[["group_id", "section_id", "category_id", "category"]],
            on=["group_id", "section_id"],
            suffixes=("_present", ""),
        )
        rows = rows.loc[rows["category"].eq(rows["pattern"].map(lines))]
        if rows.empty:
            raise InputError("Nothing is proposed for these any more, so nothing was changed. Look at the list again.")
        made = [
            Decision(normalised(str(some["group"].iloc[0])), _titles(some, shown), lines[key], "accepted proposal")
            for key, some in rows.groupby("pattern")
        ]
        choices: dict[Key, str | None] = dict(zip(keys(rows), rows["category_id"].tolist(), strict=True))
        label = f"accepted proposals for {len(made):,} patterns"
        return self._carry_out(rows, choices, made, person=person, session=session, label=label)

    def skip(self, pattern: str, *, person: str) -> None:
        """Show this pattern to the person no more for now."""
        self.memory.skip(pattern, person=person)

    def undo(self, *, person: str, session: str = "") -> None:
        """Take the person's last edit in this session back, and with it the decisions that it made."""
        drafts = self._term.drafts()
        label = drafts.last_edit(person, session)
        if label is not None:
            drafts.undo(person, session)
            self.memory.take_back(person=person, session=session, label=label)

    def _carry_out(
        self,
        rows: pd.DataFrame,
        choices: Mapping[Key, str | None],
        made: Sequence[Decision],
        *,
        person: str,
        session: str,
        label: str,
    ) -> Edited:
        references = rows["stored_reference"].astype(object).where(rows["stored_reference"].notna(), None)
        seen = dict(zip(keys(rows), references, strict=True))
        edited = self._edit(choices, seen=seen, person=person, label=label, session=session)
        self.memory.remember(made, person=person, session=session, label=label)
        return edited

    def _open_rows(self, shown: Snapshot, patterns: Collection[str]) -> pd.DataFrame:
        rows = self._term.rows(shown)
        rows = with_patterns(rows.loc[is_open(rows)], shown.validity)
        return rows.loc[rows["pattern"].isin(list(patterns))]


def _titles(rows: pd.DataFrame, shown: Snapshot) -> str:
    return TitleSets.of(rows.iloc[:1], shown.validity).keys[0]


def _choices(rows: pd.DataFrame, title: str, shown: Snapshot) -> dict[Key, str | None]:
    """Where the section has the title."""
    meant = {class_id: shown.validity.titled(class_id, title) for class_id in rows["class_id"].unique()}
    return {
        key: meant[class_id]
        for key, class_id in zip(keys(rows), rows["class_id"], strict=True)
        if title in shown.validity.options(class_id).values()
    }

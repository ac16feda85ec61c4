"""The room in which earlier terms are carried forward into the one in use."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from gpb.errors import InputError
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.store.choices.decisions import DecisionStore
from gpb.suggest.decisions.carry import LEFT, Outcome, Voices, by_pattern, carried
from gpb.suggest.room.deciding import Edit, Edited
from gpb.suggest.room.past import PastTerms
from gpb.suggest.schemas import Source
from gpb.term.earlier import EarlierTerm, EarlierTerms
from gpb.term.term import Term


@dataclass(frozen=True)
class Carried:
    """What earlier ``terms`` (their names) say about the open rows of ``snapshot``: ``lines`` as ``carry.CARRIED``."""

    snapshot: Snapshot
    terms: tuple[str, ...]
    lines: pd.DataFrame

    @property
    def decided(self) -> pd.DataFrame:
        """The lines that are decided."""
        return self.lines.loc[self.lines["outcome"].eq(Outcome.DECIDED)]

    @property
    def contradictions(self) -> pd.DataFrame:
        """Where earlier terms disagree, or a decision says otherwise: ``carry.BY_PATTERN``, most assignments first."""
        return by_pattern(self.lines.loc[self.lines["outcome"].isin(list(LEFT))])

    @property
    def cannot(self) -> pd.DataFrame:
        """The rest of what is not decided, and why: ``carry.BY_PATTERN``, most assignments first."""
        return by_pattern(self.lines.loc[~self.lines["outcome"].isin([Outcome.DECIDED, *LEFT])])

    def counts(self) -> dict[str, int]:
        """Rows by outcome, all outcomes in their order."""
        found = self.lines["outcome"].value_counts()
        return {outcome.value: int(found.get(outcome.value, 0)) for outcome in Outcome}

    @property
    def sentence(self) -> str:
        """For people."""
        rows, patterns = len(self.decided), self.decided["pattern"].nunique()
        if not rows:
            decide = "decides" if len(self.terms) == 1 else "decide"
            return f"{' and '.join(self.terms)} {decide} none of the {len(self.lines):,} open rows."
        told = f"{' and '.join(self.terms)} would decide {rows:,} of {len(self.lines):,} open rows"
        behind = int(self.decided["assignments"].sum())
        return f"{told} in {patterns:,} patterns{f', with {behind:,} assignments behind them' if behind else ''}."


class CarryForward:
    """What earlier terms decide, shown first and drafted then."""

    def __init__(
        self, term: Term, earlier: EarlierTerms, past: PastTerms, decisions: DecisionStore, edit: Edit
    ) -> None:
        self._term = term
        self._earlier = earlier
        self._past = past
        self._decisions = decisions
        self._edit = edit
        self._voices: tuple[pd.DataFrame, Voices] | None = None

    def terms(self) -> list[EarlierTerm]:
        """The earlier terms, the latest first; those without a snapshot can be read with ``Workspace.earlier``."""
        return self._earlier.listed()

    def preview(self, wanted: str | None = None) -> Carried:
        """What one earlier term decides, else all that have a snapshot.

        Raises InputError where there is no such term, or none has a snapshot: then it says how to read one.
        """
        snapshot = self._term.latest()
        chosen = self.terms() if wanted is None else [self._earlier.named(wanted)]
        read = tuple(one for one in chosen if one.snapshot_id is not None)
        if not read:
            raise InputError(_not_read(chosen))
        rows, past = self._term.rows(snapshot), self._past.frame(wanted)
        if self._voices is None or self._voices[0] is not past:
            self._voices = past, Voices.of(past)
        lines = carried(rows, snapshot.validity, self._voices[1], self._decisions.frame())
        return Carried(snapshot, tuple(one.term for one in read), lines)

    def draft(self, found: Carried, *, person: str, session: str = "") -> Edited:
        """Draft what is decided; drafts of others, and those made by hand, are left.

        Raises InputError where another term was opened since.
        """
        self._term.require(found.snapshot)
        decided = found.decided
        own, references = keys(decided), decided["stored_reference"].astype(object)
        seen: dict[Key, str | None] = dict(zip(own, references.where(references.notna(), None), strict=True))
        return self._edit(
            dict(zip(own, decided["category_id"].tolist(), strict=True)),
            seen=seen,
            person=person,
            label=f"carried forward from {' and '.join(found.terms)}",
            session=session,
            source=Source.PAST_TERMS.value,
            reason=dict(zip(own, decided["reason"].tolist(), strict=True)),
        )


def _not_read(chosen: list[EarlierTerm]) -> str:
    if not chosen:
        return "Canvas shows no term before this one, so there is nothing to carry forward."
    names = ", ".join(f"{one.term} ({one.term_id})" for one in chosen)
    return (
        f"No snapshot of an earlier term is there yet. Read one with `python -m gpb pull --past {chosen[0].term_id}`, "
        f"or on the page Decide; the earlier terms in Canvas are: {names}."
    )

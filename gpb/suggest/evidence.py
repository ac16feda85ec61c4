"""Everything that proposals are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial

import pandas as pd

from gpb.frames.schemas import Status
from gpb.frames.validity import Validity
from gpb.suggest.past import Past
from gpb.suggest.schemas import ASSIGNMENTS, DECISIONS, PAST, empty
from gpb.suggest.vocabulary import Vocabulary


@dataclass(frozen=True)
class Evidence:
    """``rows`` is the association frame with drafts (``overlay.with_drafts``), ``decided`` has ``schemas.DECISIONS``,
    ``past`` has ``schemas.PAST``, ``assignments`` has ``schemas.ASSIGNMENTS``; ``new_sections`` are ids of sections
    that the last reading did not have, ``unpublished`` counts by group id the assignments that are flagged for
    passback and still to be published. With ``elsewhere`` rows whose association is kept outside of Canvas are open,
    too. ``received`` has ``schemas.PAST`` of rows whose association Canvas does not show, as Focus received them.
    ``made`` gives what was made of ``past`` already. Days are told in ``zone`` (None: this machine's own).
    """

    rows: pd.DataFrame
    validity: Validity
    vocabulary: Vocabulary
    decided: pd.DataFrame = field(default_factory=partial(empty, DECISIONS))
    past: pd.DataFrame = field(default_factory=partial(empty, PAST))
    received: pd.DataFrame = field(default_factory=partial(empty, PAST))
    assignments: pd.DataFrame = field(default_factory=partial(empty, ASSIGNMENTS))
    new_sections: frozenset[int] = frozenset()
    unpublished: Mapping[int, int] = field(default_factory=dict)
    elsewhere: bool = False
    made: Callable[[], Past] | None = None
    zone: tzinfo | None = None

    @property
    def cases(self) -> Past:
        """What earlier terms had, by what may be asked of it."""
        return Past.of(self.past) if self.made is None else self.made()


def is_open(rows: pd.DataFrame, *, elsewhere: bool = False) -> pd.Series:
    """Which rows of an association frame with drafts wait for a category and have no draft.

    Those whose association is kept outside of Canvas count on request alone.
    """
    wanted = [Status.UNASSOCIATED, *([Status.ELSEWHERE] if elsewhere else [])]
    return rows["status"].isin(wanted) & ~rows["changed"]

"""Drafting again what a run had confirmed and another hand changed since: normal drafts, to be reviewed and synced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gpb.keys import Key, keys
from gpb.sync.drafting import Edited

SOURCE, REASON = "earlier run", "confirmed by an earlier run"  # of such a draft, see ``Wish``


@dataclass(frozen=True, slots=True)
class Again:
    """What came of it: the edit, and the rows that somebody had drafted already (→ the person), which stay so."""

    edited: Edited
    drafted_already: Mapping[Key, str]


def chosen_again(lost: pd.DataFrame, drafts: pd.DataFrame) -> tuple[dict[Key, str | None], dict[Key, str]]:
    """The choices that bring confirmed values back, as category ids, and the rows that have a draft, with its person.

    ``lost`` are rows with ``after_id`` (missing: Unassociated), ``drafts`` is ``DraftStore.frame``.
    """
    people = dict(zip(keys(drafts), drafts["person"], strict=True))
    wanted = lost["after_id"].astype(object).where(lost["after_id"].notna(), None)
    choices = dict(zip(keys(lost), wanted, strict=True))
    taken = {key: people[key] for key in choices if key in people}
    return {key: choice for key, choice in choices.items() if key not in taken}, taken

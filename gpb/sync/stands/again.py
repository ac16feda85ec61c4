"""Drafting again what a run had confirmed and another hand changed since: normal drafts, to be reviewed and synced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gpb.keys import Key, keys
from gpb.store.run_records import ChangeKind
from gpb.sync.drafting import Edited
from gpb.sync.kinds.joining import is_ours

SOURCE, REASON = "earlier run", "confirmed by an earlier run"  # of such a draft, see ``Wish``
NOT_SWITCHED_ON = (
    "the section has left its category in Focus, and syncs do not change categories here: add it there again, or set "
    "GPB_WRITE_FOCUS=true"
)


@dataclass(frozen=True, slots=True)
class Again:
    """What came of it: the edit, and the rows that somebody had drafted already (→ the person), which stay so."""

    edited: Edited
    drafted_already: Mapping[Key, str]


def chosen_again(lost: pd.DataFrame, drafts: pd.DataFrame) -> tuple[dict[Key, str | None], dict[Key, str]]:
    """The choices that bring confirmed values back, ids or titles of categories, and the rows that have a draft, with
    its person.

    ``lost`` are rows with ``after_id`` (missing: Unassociated), ``drafts`` is ``DraftStore.frame``.
    """
    people = dict(zip(keys(drafts), drafts["person"], strict=True))
    wanted = lost["after_id"].astype(object).where(lost["after_id"].notna(), None)
    choices = dict(zip(keys(lost), wanted, strict=True))
    added = lost.loc[lost["change"].eq(ChangeKind.MEMBERSHIP)]
    of_rows = zip(keys(added), added["after_id"], added["course_id"], added["after_title"], strict=True)
    # one that we made for the course may have been deleted: by its title it is made again
    choices |= {key: title for key, chosen, course, title in of_rows if is_ours(chosen, course, title)}
    taken = {key: people[key] for key in choices if key in people}
    return {key: choice for key, choice in choices.items() if key not in taken}, taken


def added_by_runs(lost: pd.DataFrame) -> frozenset[Key]:
    """The rows among ``lost`` whose section a run had added to the category in Focus, and that is not in it now."""
    return frozenset(keys(lost.loc[lost["change"].eq(ChangeKind.MEMBERSHIP)]))

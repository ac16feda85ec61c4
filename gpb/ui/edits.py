"""Edits by any of the pages' ways: drafts at once, and a sentence for each refused row.

Every edit carries the snapshot that was on the screen when it was made. A row is the one that was shown there, its
baseline what was shown there: between drawing and click the term may have been read anew, by whomever.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gpb.frames.snapshot import Snapshot
from gpb.store.drafts import Key
from gpb.sync.drafting import Edited, seen_in, wishes
from gpb.ui import cells
from gpb.ui.session import person, say, workspace
from gpb.ui.text import count, plain


def take_labels(snapshot_id: str, picked: Mapping[Key, str | None], label: str) -> Edited:
    """Make drafts of labels that were picked in cells, each with the row that the cell showed.

    ``snapshot_id`` names the snapshot of that page: what a label means, and what Canvas stored then, is asked there,
    however many newer ones there are.
    """
    shown = workspace().snapshot(snapshot_id)
    rows = _rows(shown, picked)
    return apply(shown, cells.choices(rows, [picked[key] for key in seen_in(rows)], shown.validity), label)


def apply(shown: Snapshot, choices: Mapping[Key, str | None], label: str) -> Edited:
    """Make drafts of choices that were made before the snapshot ``shown``; what was refused is told on the page."""
    opened = workspace()
    opened.require(shown)
    edited = opened.edit(choices, seen=seen_in(_rows(shown, choices)), person=person(), label=label)
    if edited.refused:
        several = count(len(edited.refused), "row was", "rows were")
        say("warning", f"{several} refused and left as they were:", refusals(shown, edited))
    return edited


def discard(shown: Snapshot, drafted: Mapping[Key, str | None], label: str) -> int:
    """Take drafts away, (group id, section id) → category id as they were shown; how many still were.

    A draft that somebody has changed since is hers, and stays.
    """
    opened = workspace()
    opened.require(shown)
    frame = opened.drafts().frame()
    present = wishes(frame)
    same = [key for key in present if key in drafted and drafted[key] == present[key]]
    changed = len(drafted) - len(same)
    if changed:
        several = count(changed, "draft was", "drafts were")
        say("warning", f"{several} changed by somebody since you looked, and left alone. Look again, then decide.")
    return opened.drafts().discard(same, person(), label)


def _rows(shown: Snapshot, keys: Mapping[Key, str | None]) -> pd.DataFrame:
    """The rows of these keys, in the order of the frame."""
    rows = shown.associations()
    near = rows.loc[rows["group_id"].isin({group_id for group_id, _ in keys})]
    places = zip(near["group_id"].tolist(), near["section_id"].tolist(), strict=True)
    return near.loc[[key in keys for key in places]]


def refusals(snapshot: Snapshot, edited: Edited) -> tuple[str, ...]:
    """One sentence for each refused row, naming group and section."""
    wanted = {refusal.key for refusal in edited.refused}
    rows = snapshot.associations()
    rows = rows.loc[rows["group_id"].isin({group_id for group_id, _ in wanted})]
    names = {
        (group_id, section_id): f"“{plain(group)}” in {plain(section)}"
        for group_id, section_id, group, section in rows[["group_id", "section_id", "group", "section"]].itertuples(
            index=False
        )
    }
    return tuple(f"{names.get(refusal.key, refusal.key)}: {plain(refusal.reason)}." for refusal in edited.refused)

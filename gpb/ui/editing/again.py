"""Draft again what a run had confirmed and another hand changed since; the drafts are reviewed and synced as any."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from gpb.keys import keys
from gpb.sync.drafting import seen_in
from gpb.ui.editing.edits import edited_here, look, refusals, row_names
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import browser, say, workspace
from gpb.ui.text import count, plain

LABEL = "Draft again"


def rows_again(found: Collection[str] | None) -> pd.DataFrame:
    """What no longer stands, see ``Audit.no_longer_standing``; only what these findings (keys) tell, None for all."""
    lost = workspace().audit.no_longer_standing()
    return lost if found is None else lost.loc[lost["key"].isin(found)]


def draft_again(snapshot_id: str, lost: pd.DataFrame) -> None:
    """For a callback: draft these rows, and say what was and was not; ``snapshot_id`` names what the page showed."""
    shown = look(snapshot_id)
    seen = {**seen_in(lost), **seen_in(shown.associations().merge(lost[["group_id", "section_id"]]))}
    done = workspace().draft_again(lost, seen=seen, person=person(), label=LABEL, session=browser())
    edited_here(keys(lost))
    if done.edited.refused:
        several = count(len(done.edited.refused), "row was", "rows were")
        say("warning", f"{several} not drafted:", refusals(shown, done.edited))
    if done.drafted_already:
        names = row_names(shown, done.drafted_already)
        people = tuple(f"{names.get(key, key)}: drafted by {plain(one)}." for key, one in done.drafted_already.items())
        say("info", f"{count(len(people), 'row')} already had a draft, which was left as it is:", people)
    if done.edited.moved:
        say("success", f"{count(done.edited.moved, 'row')} drafted again. Open Review and sync to check and sync them.")

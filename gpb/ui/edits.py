"""Edits by any of the Associate page's ways: drafts at once, and a sentence for each refused row."""

from __future__ import annotations

from collections.abc import Mapping

from gpb.frames.snapshot import Snapshot
from gpb.store.drafts import Key
from gpb.sync.drafting import Edited
from gpb.ui.session import person, say, workspace
from gpb.ui.text import count, plain


def apply(choices: Mapping[Key, str | None], label: str) -> Edited:
    """Make drafts of the choices; what was refused is told on the page, each with its group and section."""
    opened = workspace()
    edited = opened.edit(choices, person=person(), label=label)
    if edited.refused:
        several = count(len(edited.refused), "row was", "rows were")
        say("warning", f"{several} refused and left as they were:", refusals(opened.latest(), edited))
    return edited


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

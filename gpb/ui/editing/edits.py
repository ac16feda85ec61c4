"""Edits by any of the pages' ways: drafts at once, and a sentence for each refused row.

Every edit carries the snapshot that was on the screen when it was made. A row is the one that was shown there, its
baseline what was shown there, and a title means what it meant there: between drawing and click the term may have been
read anew, by whomever.

Session-state keys: ``edited_here`` (frozenset of Key, rows edited in this session since the grid was drawn anew).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from gpb.errors import InputError, StoreError
from gpb.frames.snapshot import Snapshot
from gpb.frames.validity import Validity
from gpb.keys import Key, keys
from gpb.matching.labels import shown_title
from gpb.suggest.room.deciding import Edited as Outcome
from gpb.sync.drafting import Edited, Refusal, seen_in, wishes
from gpb.ui.editing import cells
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import browser, say, workspace
from gpb.ui.text import count, plain

Choices = Mapping[Key, str | None]


def look(snapshot_id: str) -> Snapshot:
    """The snapshot that a page drew; raises InputError when it is not kept any more, or of another term by now."""
    opened = workspace()
    try:
        shown = opened.term.snapshot(snapshot_id)
    except StoreError as error:
        raise InputError(
            "The data that this page showed is no longer available, so nothing was changed. Look at the current "
            "rows, then choose again."
        ) from error
    opened.term.require(shown)
    return shown


def take_labels(snapshot_id: str, picked: Choices, label: str) -> Edited:
    """Make drafts of labels as ``draft_labels`` does; what was not done is told on the page."""
    edited = draft_labels(snapshot_id, picked, label)
    tell(look(snapshot_id), edited)
    return edited


def draft_labels(snapshot_id: str, picked: Choices, label: str) -> Edited:
    """Make drafts of labels that were picked in cells, each with the row that the cell showed.

    ``snapshot_id`` names the snapshot of that page: what a label means, and what Canvas stored then, is asked there,
    however many newer ones there are. Whoever calls it tells the outcome.
    """
    shown = look(snapshot_id)
    rows = _rows(shown, picked)
    choices = cells.choices(rows, [picked[key] for key in seen_in(rows)], shown.validity)
    return _make(shown, choices, label, seen=None, source="", reason="")


def tell_not_done(shown: Snapshot, edited: Outcome) -> None:
    """Say on the page that follows what was refused, and what was left to whoever had drafted it."""
    if edited.refused:
        several = count(len(edited.refused), "row was", "rows were")
        say("warning", f"{several} refused and left unchanged:", refusals(shown, edited))
    if edited.left:
        say("info", left_to_others(edited.left))


def tell(shown: Snapshot, edited: Edited) -> None:
    """Say on the page that follows what an edit did not do, and whose drafts it replaced."""
    tell_not_done(shown, edited)
    if edited.replaced:
        say("info", "Undo brings back what this replaced:", replacements(shown, edited))


def replacements(shown: Snapshot, edited: Edited) -> tuple[str, ...]:
    """One sentence for each draft of another person that an edit took the place of."""
    names = row_names(shown, edited.replaced)
    return tuple(
        f"{names[key]}: {plain(draft.person)} had drafted “{plain(shown_title(draft.category))}”."
        for key, draft in edited.replaced.items()
        if key in names
    )


def apply(
    shown: Snapshot,
    choices: Choices,
    label: str,
    *,
    seen: Choices | None = None,
    source: str | Mapping[Key, str] = "",
    reason: str | Mapping[Key, str] = "",
) -> Edited:
    """Make drafts of choices that were made before the snapshot ``shown``; what was refused is told on the page.

    ``seen`` is what Canvas stored for each row as the person saw it, where that was not this snapshot but a file. For
    ``source`` and ``reason`` see ``drafting.edit``; rows whose draft is left are told on the page, too.
    """
    edited = _make(shown, choices, label, seen=seen, source=source, reason=reason)
    tell(shown, edited)
    return edited


def _make(
    shown: Snapshot,
    choices: Choices,
    label: str,
    *,
    seen: Choices | None,
    source: str | Mapping[Key, str],
    reason: str | Mapping[Key, str],
) -> Edited:
    opened = workspace()
    opened.term.require(shown)
    rows = _rows(shown, choices)
    meant, refused = (choices, []) if seen is not None else _meant(rows, choices, shown.validity)
    meant, moved = _where_class_is_the_same(rows, opened.term.latest(), meant)
    given = seen_in(rows) if seen is None else seen
    edited = opened.edit(
        meant, seen=given, person=person(), label=label, session=browser(), source=source, reason=reason
    )
    edited_here(choices)
    return replace(edited, refused=(*edited.refused, *refused, *moved))


def edited_here(rows: Iterable[Key]) -> None:
    """Note whose rows were edited in this session: a table that lies open shows them at once, and others on request."""
    st.session_state["edited_here"] = st.session_state.get("edited_here", frozenset()) | set(rows)


def left_to_others(left: Mapping[Key, str]) -> str:
    """The sentence about rows that a proposal or a bulk edit left to whoever has drafted them."""
    people = ", ".join(f"{plain(name)} ({number:,})" for name, number in Counter(left.values()).most_common())
    several = count(len(left), "row was", "rows were")
    return f"{several} left unchanged, since something else was already drafted there by: {people}."


def discard(shown: Snapshot, drafted: Choices, label: str) -> int:
    """Take drafts away, (group id, section id) → category id, where draft and row are as they were shown; how many."""
    drafts = workspace().term.drafts()
    edited_here(drafted)
    return drafts.discard(as_shown(shown, drafted), person(), label, browser())


def as_shown(shown: Snapshot, drafted: Choices) -> dict[Key, str | None]:
    """Those drafts that still are as they were shown, in rows that are; how many are not is told on the page.

    A draft that somebody has changed since is theirs, and a value that nobody saw is no reason for a decision.
    """
    opened = workspace()
    opened.term.require(shown)
    present, rows = wishes(opened.term.drafts().frame()), seen_in(_rows(opened.term.latest(), drafted))
    seen = seen_in(_rows(shown, drafted))
    same = {
        key: wanted
        for key, wanted in drafted.items()
        if present.get(key, _NONE) == wanted and rows.get(key, _NONE) == seen.get(key)
    }
    if len(same) < len(drafted):
        several = count(len(drafted) - len(same), "draft was", "drafts were")
        say(
            "warning",
            f"{several} left unchanged: the draft, or the value in Canvas, has changed since you looked. Check again.",
        )
    return same


def refusals(snapshot: Snapshot, edited: Outcome) -> tuple[str, ...]:
    """One sentence for each refused row, naming group and section."""
    names = row_names(snapshot, [refusal.key for refusal in edited.refused])
    return tuple(f"{names.get(refusal.key, refusal.key)}: {plain(refusal.reason)}." for refusal in edited.refused)


def row_names(snapshot: Snapshot, keys: Iterable[Key], shown: Callable[[object], str] = plain) -> dict[Key, str]:
    """``“Homework” in Period 2``, for each row that the snapshot has; names as ``shown`` makes them, for Markdown."""
    rows = _rows(snapshot, keys)
    places = zip(rows["group"].tolist(), rows["section"].tolist(), strict=True)
    return {
        key: f"“{shown(group)}” in {shown(section)}"
        for key, (group, section) in zip(seen_in(rows), places, strict=True)
    }


_NONE = "\0"  # where there is no draft, or no row: never what was shown


def _rows(shown: Snapshot, picked: Iterable[Key]) -> pd.DataFrame:
    """The rows of these keys, in the order of the frame."""
    wanted, rows = set(picked), shown.associations()
    near = rows.loc[rows["group_id"].isin({group_id for group_id, _ in wanted})]
    return near.loc[[key in wanted for key in keys(near)]]


def _meant(rows: pd.DataFrame, choices: Choices, validity: Validity) -> tuple[dict[Key, str | None], list[Refusal]]:
    """The choices as category ids, by what was shown; what Canvas stored there is passed on as it is stored."""
    meant = dict(choices)
    refused: list[Refusal] = []
    columns = ["class_id", "stored_category_id", "stored_category", "stored_reference"]
    records = rows[columns].to_dict("records")
    for key, row in zip(seen_in(rows), records, strict=True):
        choice = choices[key]
        try:
            if choice is None or validity.takes_away(row["class_id"], choice):
                meant[key] = None
            elif validity.is_named(row["class_id"], row["stored_category_id"], row["stored_category"], choice):
                meant[key] = str(row["stored_reference"])
            else:
                meant[key] = validity.target(row["class_id"], choice).id
        except InputError as error:
            del meant[key]
            refused.append(Refusal(key, str(error)))
    return meant, refused


def _where_class_is_the_same(rows: pd.DataFrame, newest: Snapshot, choices: Choices) -> tuple[Choices, list[Refusal]]:
    """The choices whose section has the Focus class that was shown; the others, and rows that are gone, refused."""
    now = _rows(newest, choices)
    there = dict(zip(seen_in(now), now["class_id"].tolist(), strict=True))
    refused = []
    for key, class_id in zip(seen_in(rows), rows["class_id"].tolist(), strict=True):
        if key not in choices:
            continue
        if key not in there:
            refused.append(Refusal(key, "it is no longer in the term, which was refreshed after you looked"))
        elif there[key] != class_id and not (pd.isna(there[key]) and pd.isna(class_id)):
            refused.append(
                Refusal(key, "the section now belongs to another class in Focus: check it, then choose again")
            )
    gone = {refusal.key for refusal in refused}
    return {key: choice for key, choice in choices.items() if key not in gone}, refused

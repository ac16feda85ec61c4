"""What a person has ticked and chosen on the cards, and what a click makes of it.

Session-state keys, for each card: ``decide_tick_<card>`` (bool), ``decide_title_<card>`` (str or None: the title in its
drop-down), ``decide_out_<card>`` (list of rows or courses that are left out); the key of a card names what it shows.
``decide_told`` (str: what the last click did), ``decide_apart`` (frozenset of str: patterns that are judged on their
own), ``decide_opened`` (frozenset of str: cards whose rows are shown), ``decide_skipped`` (bool: skipped ones, too).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.suggest.room.cards import Card
from gpb.suggest.room.deciding import Edited
from gpb.suggest.room.desk import Open
from gpb.ui.decide.focus import move_focus
from gpb.ui.editing.edits import left_to_others, refusals
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import browser, callback, say, workspace
from gpb.ui.text import count, plain

SYNC_LATER = "Nothing is sent to Canvas until you sync under Review and sync."


@dataclass(frozen=True)
class Asked:
    """What the ticked cards ask for: titles by pattern, rows left out, and how much that is.

    ``untitled`` ticked cards have no category yet.
    """

    titles: dict[str, str]
    left_out: frozenset[Key]
    rows: int
    assignments: int
    cards: int
    untitled: int


def prepare(card: Card) -> None:
    """Before its widgets are drawn: they show what was chosen last, at first what is proposed."""
    st.session_state.setdefault(f"decide_tick_{card.key}", card.is_ticked)
    st.session_state.setdefault(f"decide_title_{card.key}", card.proposal)


def apart() -> frozenset[str]:
    """The patterns that are judged on their own."""
    found: frozenset[str] = st.session_state.get("decide_apart", frozenset())
    return found


def is_ticked(card: Card) -> bool:
    """Whether its tick is set."""
    return bool(st.session_state.get(f"decide_tick_{card.key}", card.is_ticked))


def asked(shown: Open, some: Iterable[Card], school: str) -> Asked:
    """What these cards ask for, whether they are ticked or not."""
    titles: dict[str, str] = {}
    out: set[Key] = set()
    rows = assignments = titled = untitled = 0
    for card in some:
        title = st.session_state.get(f"decide_title_{card.key}", card.proposal)
        if title not in card.titles:
            untitled += 1
            continue
        titled += 1
        titles |= dict.fromkeys(card.patterns, title)
        out |= _left_out(shown, card, school)
        is_proposed = title == card.proposal
        rows += card.taken if is_proposed else card.rows
        assignments += card.delivered if is_proposed else card.assignments
    if out:
        found = shown.rows_for(titles, school, out)
        rows, assignments = len(found), int(found["assignments"].fillna(0).sum())
    return Asked(titles, frozenset(out), rows, assignments, titled, untitled)


def _left_out(shown: Open, card: Card, school: str) -> set[Key]:
    chosen = st.session_state.get(f"decide_out_{card.key}") or ()
    single = {one for one in chosen if isinstance(one, tuple)}
    courses = [one for one in chosen if not isinstance(one, tuple)]
    if courses:
        rows = shown.of(card.patterns, school)
        single |= set(keys(rows.loc[rows["course_id"].isin(courses)]))
    return single


@callback()
def tick(card_key: str) -> None:
    """A category that somebody chose is meant to be accepted."""
    if st.session_state[f"decide_title_{card_key}"] is not None:
        st.session_state[f"decide_tick_{card_key}"] = True


@callback()
def accept(name: tuple[str, str], school: str, drawn: Collection[str], cards: Sequence[str], place: int | None) -> None:
    """Accept a card of the list that was drawn, the one in this place, with what is chosen in it now.

    Without a place, those of some cards that are ticked. ``drawn`` are the patterns that stood on their own.
    """
    opened = workspace()
    shown = opened.desk.shown(name)
    wanted = [card for card in shown.cards(school, drawn) if card.key in set(cards)]
    found = asked(shown, [card for card in wanted if place is not None or is_ticked(card)], school)
    if found.untitled:
        several = count(found.untitled, "line has", "lines have")
        say("warning", f"{several} no category yet. Choose one, then accept again.")
    if found.titles:
        edited = opened.desk.take(
            shown, found.titles, school=school, left_out=found.left_out, person=person(), session=browser()
        )
        st.session_state["decide_told"] = f"{count(edited.moved, 'row')} drafted."
        tell(shown.snapshot, edited)
    elif not found.untitled:
        st.session_state["decide_told"] = "Nothing is ticked on this page."
    move_focus(place)
    st.rerun()


@callback()
def accept_siblings(name: tuple[str, str], school: str) -> None:
    """New sections take what other sections of their course have."""
    opened = workspace()
    shown = opened.desk.shown(name)
    label = "new sections as their siblings"
    rows = shown.as_siblings(school)
    edited = opened.desk.take_own(shown, rows, label=label, person=person(), session=browser())
    st.session_state["decide_told"] = f"{count(edited.moved, 'row')} of new sections drafted."
    tell(shown.snapshot, edited)
    move_focus(None)
    st.rerun()


def tell(shown: Snapshot, edited: Edited) -> None:
    """What was refused, and what was left to whoever had drafted it."""
    if edited.refused:
        several = count(len(edited.refused), "row was", "rows were")
        say("warning", f"{several} refused and left unchanged:", refusals(shown, edited))
    if edited.left:
        say("info", left_to_others(edited.left))


@callback()
def skip(patterns: Collection[str], name: str, place: int) -> None:
    """Not now: the person does not see these patterns any more, unless she asks for them."""
    for pattern in patterns:
        workspace().deciding.skip(pattern, person=person())
    st.session_state["decide_told"] = f"“{plain(name)}” is skipped. It stays to do: “Show skipped” lists it again."
    move_focus(place)
    st.rerun()


@callback()
def take_apart(patterns: Collection[str]) -> None:
    """Judge the names of a card one by one from now on."""
    st.session_state["decide_apart"] = apart() | set(patterns)


@callback()
def toggle(card_key: str) -> None:
    """Show or hide the rows of a card."""
    opened: frozenset[str] = st.session_state.get("decide_opened", frozenset())
    st.session_state["decide_opened"] = opened ^ {card_key}

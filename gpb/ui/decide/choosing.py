"""What a person has ticked and chosen on the cards, and what a click makes of it.

Session-state keys, for each card: ``decide_tick_<card>`` (bool), ``decide_title_<card>`` (str or None: the title in its
drop-down), ``decide_out_<card>`` (list of rows, courses or schools that are left out), ``decide_add_<card>`` (str or
None: a title that its sections do not have); the key of a card names what it shows.
``decide_told`` (str: what the last click did), ``decide_apart`` (frozenset of str: patterns that are judged on their
own), ``decide_opened`` (frozenset of str: cards whose rows are shown), ``decide_skipped`` (bool: skipped ones, too).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from gpb.keys import Key, keys
from gpb.suggest.room.cards import Card
from gpb.suggest.room.waiting import Open
from gpb.ui.decide.focus import move_focus
from gpb.ui.editing.edits import tell_not_done
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import browser, callback, say, workspace
from gpb.ui.text import count, plain

LEAVE = "\x00leave"
"""Stands in a drop-down for no category; no title has such a sign."""
SYNC_LATER = "Nothing is sent to Canvas until you sync under Review and sync."


@dataclass(frozen=True)
class Asked:
    """What some cards ask for: titles by pattern (None: stays unassociated), rows left out, and how much that is.

    Of the ``rows`` some (``staying``) are to get no category; ``untitled`` cards have nothing chosen yet.
    """

    titles: dict[str, str | None]
    left_out: frozenset[Key]
    rows: int
    staying: int
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


def asked(shown: Open, some: Iterable[Card], school: str, *, whole: bool = False) -> Asked:
    """What these cards ask for, whether they are ticked or not; with ``whole`` for all rows of each."""
    titles: dict[str, str | None] = {}
    out: set[Key] = set()
    rows = staying = assignments = titled = untitled = 0
    for card in some:
        choice = st.session_state.get(f"decide_title_{card.key}", card.proposal)
        if choice not in (*card.titles, LEAVE):
            untitled += 1
            continue
        titled += 1
        titles |= dict.fromkeys(card.patterns, None if choice == LEAVE else choice)
        out |= _left_out(shown, card, school)
        is_part = choice == card.proposal and not whole
        rows += card.taken if is_part else card.rows
        staying += card.rows if choice == LEAVE else 0
        assignments += 0 if choice == LEAVE else card.delivered if is_part else card.assignments
    if out:
        found = shown.rows_for(titles, school, out, whole=whole)
        stays = found["pattern"].isin([pattern for pattern, title in titles.items() if title is None])
        rows, staying = len(found), int(stays.sum())
        assignments = int(found.loc[~stays, "assignments"].fillna(0).sum())
    return Asked(titles, frozenset(out), rows, staying, assignments, titled, untitled)


def _left_out(shown: Open, card: Card, school: str) -> set[Key]:
    chosen = st.session_state.get(f"decide_out_{card.key}") or ()
    single = {one for one in chosen if isinstance(one, tuple)}
    others = [one for one in chosen if not isinstance(one, tuple)]
    if others:
        rows = shown.of(card.patterns, school)
        single |= set(keys(rows.loc[rows["course_id"].isin(others) | rows["school"].isin(others)]))
    return single


@callback()
def tick(card_key: str) -> None:
    """A category that somebody chose is meant to be accepted."""
    if st.session_state[f"decide_title_{card_key}"] is not None:
        st.session_state[f"decide_tick_{card_key}"] = True


@callback()
def accept(
    name: tuple[str, str],
    school: str,
    drawn: Collection[str],
    cards: Sequence[str],
    place: int | None,
    whole: bool = False,
) -> None:
    """Accept a card of the list that was drawn, the one in this place, with what is chosen in it now.

    Without a place, those of some cards that are ticked. ``drawn`` are the patterns that stood on their own; ``whole``
    takes rows with another proposal, too.
    """
    opened = workspace()
    shown = opened.desk.shown(name)
    wanted = [card for card in shown.cards(school, drawn) if card.key in set(cards)]
    found = asked(shown, [card for card in wanted if place is not None or is_ticked(card)], school, whole=whole)
    st.session_state.pop("decide_told", None)
    if found.untitled:
        several = count(found.untitled, "line has", "lines have")
        say("warning", f"{several} no category yet. Choose one, then accept again.")
    if found.titles:
        edited = opened.desk.take(
            shown,
            found.titles,
            school=school,
            left_out=found.left_out,
            whole=whole,
            person=person(),
            session=browser(),
        )
        st.session_state["decide_told"] = _told(edited.moved, found.staying)
        tell_not_done(shown.snapshot, edited)
    elif not found.untitled:
        st.session_state["decide_told"] = "Nothing is ticked on this page."
    move_focus(place)
    st.rerun()


def _told(moved: int, staying: int) -> str:
    told = [f"{count(moved, 'row')} drafted."] if moved or not staying else []
    stay = count(staying, "row stays", "rows stay")
    return " ".join([*told, *([f"{stay} unassociated, as “Decisions and rules” remembers."] if staying else [])])


@callback()
def add_title(name: tuple[str, str], school: str, drawn: Collection[str], card_key: str) -> None:
    """Draft a title that sections of a card do not have: a sync adds them to its category in Focus first."""
    opened = workspace()
    shown = opened.desk.shown(name)
    title = st.session_state.get(f"decide_add_{card_key}")
    card = next((one for one in shown.cards(school, drawn) if one.key == card_key), None)
    if card is None or not title:
        say("warning", "Choose a title first.")
        return
    rows = shown.of(card.patterns, school)
    left_out = _left_out(shown, card, school)
    choices = {key: str(title) for key in keys(rows) if key not in left_out}
    label = f"“{card.names[0]}” → “{title}”, added in Focus"
    edited = opened.add_categories(choices, person=person(), label=label, session=browser())
    st.session_state["decide_told"] = f"{count(edited.moved, 'row')} drafted."
    tell_not_done(shown.snapshot, edited)
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
    tell_not_done(shown.snapshot, edited)
    move_focus(None)
    st.rerun()


@callback()
def skip(patterns: Collection[str], name: str, place: int) -> None:
    """Not now: the person does not see these patterns any more, unless she asks for them."""
    for pattern in patterns:
        workspace().deciding.skip(pattern, person=person())
    st.session_state["decide_told"] = f"“{plain(name)}” is skipped. It stays to do: “Show skipped” lists it again."
    move_focus(place)
    st.rerun()


@callback()
def take_apart(patterns: Collection[str], place: int) -> None:
    """Judge the names of a card one by one from now on."""
    st.session_state["decide_apart"] = apart() | set(patterns)
    move_focus(place)


@callback()
def toggle(card_key: str) -> None:
    """Show or hide the rows of a card."""
    opened: frozenset[str] = st.session_state.get("decide_opened", frozenset())
    st.session_state["decide_opened"] = opened ^ {card_key}

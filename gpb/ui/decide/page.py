"""The Decide page: what is open of the term, one line for each decision, and the button that takes what is ticked.

Session-state keys: those of ``choosing``, those of ``url_state`` for this page, ``decide_school`` and ``decide_view``
(str, which mirror them), ``decide_page`` (int, page of lines; set by the pagination).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from gpb.frames.schemas import Status
from gpb.settings import Write
from gpb.suggest.room.cards import SURE, Card
from gpb.suggest.room.waiting import Open
from gpb.ui.decide import choosing, lines
from gpb.ui.decide.carry import carry_bar
from gpb.ui.decide.focus import keep_focus, place_of_focus
from gpb.ui.decide.rules import rules
from gpb.ui.editing.undo import undo_button
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import callback, show_notices, workspace
from gpb.ui.shell.url_state import choose, current, present
from gpb.ui.text import count, sentence
from gpb.workspace import Workspace

PAGE = "decide"
LISTED = 20  # lines


@dataclass(frozen=True)
class Filters:
    """The school whose rows are decided (empty: all of them), and which of the two views is shown."""

    school: str = ""
    view: str = ""

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> Filters:
        """From query parameters; what makes no sense is left out."""
        view = parameters.get("view", "")
        return cls(parameters.get("school", ""), view if view in VIEWS else "")

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty ones."""
        return {name: value for name, value in (("school", self.school), ("view", self.view)) if value}


VIEWS = {"": "To decide", "rules": "Decisions and rules"}


def decide(opened: Workspace) -> None:
    """Draw the page."""
    show_notices()
    filters = current(PAGE, Filters)
    is_ready = filters.view != "rules" and opened.desk.is_ready()
    shown = opened.desk.open() if is_ready else None
    with st.container(horizontal=True, vertical_alignment="center"):
        _pick_view(filters)
        if shown is not None:
            _pick_school(shown, filters)
            undo_button(opened, shown.snapshot, _forget_told)
            with st.container(key="decide_review", width="content"):
                st.page_link("pages/review.py", label="Review and sync", icon=":material/rule:")
    if filters.view == "rules":
        rules(opened)
        return
    if shown is None:
        _wait()
        return
    _not_renewed(opened)
    _shape_note(opened)
    carry_bar(opened, shown)
    if not len(shown):
        _nothing(opened, shown)
        keep_focus("decide_review")
        return
    _list(filters.school)


def _pick_view(filters: Filters) -> None:
    st.session_state["decide_view"] = filters.view
    st.segmented_control(
        "View",
        list(VIEWS),
        format_func=lambda view: VIEWS.get(view, view),
        required=True,
        key="decide_view",
        label_visibility="collapsed",
        on_change=_take,
        args=("view",),
    )


@st.fragment(run_every="1s")
def _wait() -> None:
    desk = workspace().desk
    if desk.is_ready():
        st.rerun(scope="app")
    if (failure := desk.failure()) is not None:
        st.error(sentence(failure), icon=":material/error:")
        _again()
        return
    st.info("Proposals for this term are being made; the list appears in a few seconds.", icon=":material/hourglass:")


def _not_renewed(opened: Workspace) -> None:
    """Where the list rests on what was known before."""
    if (failure := opened.desk.failure()) is not None:
        st.warning(f"These proposals were made before your last edits. {sentence(failure)}", icon=":material/warning:")
        _again()


def _again() -> None:
    st.button("Try again", key="decide_again", icon=":material/refresh:", on_click=_try_again)


@callback()
def _try_again() -> None:
    workspace().desk.again()


def _shape_note(opened: Workspace) -> None:
    shape = opened.term.shape()
    if shape.is_flag_only and opened.settings.write is Write.NAMES:
        told = (
            "Your Canvas does not show what groups are associated with. Grade passback matches groups by their name: "
        )
        told += "a sync renames each group to the category that you choose here."
        st.info(told, icon=":material/spellcheck:")
    elif shape.is_flag_only:
        st.info(sentence(shape.sentence), icon=":material/link_off:")
        st.page_link("pages/name_check.py", label="Name check", icon=":material/spellcheck:")
    elif shape.closed is not None:
        told = "You can decide already. Before the first sync, we have to find out how your Canvas stores associations."
        st.info(told, icon=":material/handshake:")
        st.page_link("pages/connections.py", label="First contact", icon=":material/cable:")


def _nothing(opened: Workspace, shown: Open) -> None:
    rows = opened.term.rows()
    st.success(
        "Nothing is to do: every row that can have a category has one, or a draft.", icon=":material/check_circle:"
    )
    _not_asked(shown)
    drafted, without = int(rows["changed"].sum()), int(rows["status"].eq(Status.NO_CATEGORIES).sum())
    if drafted:
        st.markdown(f"**{count(drafted, 'draft')}** waiting: check them under Review and sync, then sync.")
    if without:
        st.markdown(f"**{count(without, 'row')}** can have none yet: set up categories for their sections in Focus.")


def _pick_school(shown: Open, filters: Filters) -> None:
    schools = shown.schools()
    if filters.school and filters.school not in schools:
        schools = [filters.school, *schools]  # a filter that finds nothing must be seen to be taken away
    st.session_state["decide_school"] = filters.school or None
    st.selectbox("School", schools, index=None, key="decide_school", on_change=_take, args=("school",),
                 placeholder="All schools", label_visibility="collapsed", width=280)  # fmt: skip


@callback()
def _take(name: str) -> None:
    choose(PAGE, replace(present(PAGE, Filters), **{name: st.session_state[f"decide_{name}"] or ""}))
    _forget_told()
    st.session_state.pop("decide_page", None)


def _forget_told() -> None:
    """What the last click did is no more."""
    st.session_state.pop("decide_told", None)


@st.fragment
def _list(school: str) -> None:
    opened = workspace()
    shown, drawn = opened.desk.open(), choosing.apart()
    found = shown.cards(school, drawn)
    with st.container(gap="xxsmall"):
        _told(shown, found, school)
    skipped = opened.deciding.memory.skipped(person())
    hidden = [card for card in found if skipped.issuperset(card.patterns)]
    if hidden and not st.session_state.get("decide_skipped"):
        found = [card for card in found if not skipped.issuperset(card.patterns)]
    _new_sections(shown, school)
    pages = max(1, -(-len(found) // LISTED))
    if st.session_state.get("decide_page", 1) > pages:
        st.session_state["decide_page"] = 1
    page = st.session_state.get("decide_page", 1)
    listed = found[(page - 1) * LISTED : page * LISTED]
    _accept_bar(shown, found, listed, school, drawn)
    if not found:
        st.info("No row of this school is to do, or all lines are skipped. Choose another school, or show the skipped.")
    else:
        lines.header()
    alike = Counter(card.names[0] for card in found)
    with st.container(gap="xsmall"):
        for place, card in enumerate(listed):
            lines.line(shown, card, place, school, drawn, has_twin=alike[card.names[0]] > 1)
    with st.container(horizontal=True, vertical_alignment="center"):
        if pages > 1:
            st.pagination(pages, key="decide_page", persist_state="session")
        if hidden:
            st.toggle(f"Show skipped ({len(hidden):,})", key="decide_skipped", persist_state="session")
    keep_focus(_next_widget(listed))


def _next_widget(listed: list[Card]) -> str:
    """The key of what a person goes on with: where nothing is proposed, a category has to be chosen first."""
    place = place_of_focus()
    if place is None or not listed:
        return "decide_ticked"
    card = listed[min(place, len(listed) - 1)]
    return f"decide_title_{card.key}" if card.proposal is None else f"decide_accept_{card.key}"


def _told(shown: Open, found: list[Card], school: str) -> None:
    """How much is to do: the same numbers as on the other pages."""
    rows, behind = sum(card.rows for card in found), sum(card.assignments for card in found)
    patterns = sum(len(card.patterns) for card in found)
    where = " in this school" if school else ""
    proposed = sum(card.taken for card in found if card.proposal is not None)
    are, after = "is" if rows == 1 else "are", f", with {count(behind, 'assignment')} behind them" if behind else ""
    told = f"**{count(rows, 'row')}** in **{count(patterns, 'pattern')}** {are} to do{where}{after}."
    told += f" {count(proposed, 'row has', 'rows have')} a proposal."
    st.markdown(told)
    _not_asked(shown)


def _not_asked(shown: Open) -> None:
    """How many rows stay unassociated without a line here, so that the numbers add up."""
    told = []
    if shown.retired:
        told.append(f"{count(shown.retired, 'row')} whose names say that they are not used any more")
    if shown.left:
        told.append(f"{count(shown.left, 'row')} decided to stay unassociated (see “{VIEWS['rules']}”)")
    if told:
        st.caption(f":material/do_not_disturb_on: Not listed: {' and '.join(told)}.")


def _new_sections(shown: Open, school: str) -> None:
    rows, sections = shown.new_sections(school)
    if not rows:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        places = count(sections, "new section")
        told = f"**{count(rows, 'row')}** in {places} can take what the other sections of their course have."
        st.markdown(f":material/fiber_new: {told}")
        st.button("As their siblings", key="decide_siblings", on_click=choosing.accept_siblings,
                  args=(shown.name, school))  # fmt: skip


def _accept_bar(shown: Open, found: list[Card], listed: list[Card], school: str, drawn: frozenset[str]) -> None:
    """The buttons for many lines; of the other pages only what is sure is taken unseen."""
    ticked = choosing.asked(shown, [card for card in listed if choosing.is_ticked(card)], school)
    sure = [card for card in found if card.tier == SURE and choosing.is_ticked(card)]
    everywhere = choosing.asked(shown, sure, school)
    with st.container(horizontal=True, vertical_alignment="center", key="decide_bar"):
        number = count(ticked.cards, "ticked line")
        behind = count(ticked.rows, "row") + (
            f", {count(ticked.assignments, 'assignment')}" if ticked.assignments else ""
        )
        st.button(
            f"Accept {number}: {behind}" if ticked.cards else "Accept the ticked",
            type="primary",
            key="decide_ticked",
            on_click=choosing.accept,
            args=(shown.name, school, drawn, tuple(card.key for card in listed), None),
            help="The ticked lines of this page become drafts",
        )
        if {card.key for card in sure} - {card.key for card in listed}:
            st.button(
                f"Accept all {everywhere.cards:,} sure: {count(everywhere.rows, 'row')}",
                key="decide_sure",
                on_click=choosing.accept,
                args=(shown.name, school, drawn, tuple(card.key for card in sure), None),
                help="The ticked lines of all pages whose proposal is sure become drafts",
            )
        done = st.session_state.get("decide_told")
        later = "" if shown.is_current else " Proposals are made anew after this; they are here with your next click."
        told = f":material/check_circle: **{done}** {choosing.SYNC_LATER}{later}" if done else choosing.SYNC_LATER
        st.caption(told, width="stretch" if done else "content")

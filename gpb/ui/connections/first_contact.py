"""First contact: how this Canvas stores associations, who has confirmed it, and the guided proof.

Session-state keys: ``contact_row`` (tuple of group id and section id; set by the picker), ``contact_held`` (tuple of
str, what speaks against the next step, to be accepted by name; set when a step was refused, emptied by the next one).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import streamlit as st

from gpb.errors import NotAccepted
from gpb.keys import keys
from gpb.settings import Write
from gpb.store.shape.contacts import Answer, Contact, ContactState, Place
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.sync.shape import word_wanted
from gpb.ui.text import count, local_time, plain, sentence
from gpb.workspace import Workspace

OFFERED = 200
"""So many rows are offered to choose from, those with the fewest assignments first."""


def shape_panel(opened: Workspace) -> None:
    """Say what is known of the shape and by whose word, and draw the step that is due."""
    st.header("How your Canvas stores associations", anchor=False)
    shape, said = opened.term.shape(), opened.term.confirmation()
    contact = opened.first_contact.under_way()
    if opened.settings.write is Write.NAMES:
        st.info("A sync renames assignment groups here (GPB_WRITE=names), and needs no associations.",
                icon=":material/edit:")  # fmt: skip
    if said is not None:
        how = "saw it in Canvas' own screen" if said.answer == Answer.YES else "confirmed it"
        told = f"{sentence(shape.sentence)} {plain(said.answered_by)} {how}, {local_time(str(said.answered_at))}."
        st.success(told, icon=":material/verified:")
    elif shape.closed is not None:
        st.warning(sentence(shape.closed), icon=":material/front_hand:")
    else:
        st.warning(
            f"{sentence(shape.sentence)} Nobody has confirmed this yet, so nothing can be synced.",
            icon=":material/front_hand:",
        )
        if contact is None and opened.first_contact.may_confirm():
            word_wanted(opened, "connections")
    is_needed = contact is not None or (said is None and not opened.first_contact.may_confirm())
    with st.expander("First contact", expanded=is_needed, icon=":material/handshake:"):
        _guide(opened, contact)


def _guide(opened: Workspace, contact: Contact | None) -> None:
    if contact is None:
        _choose(opened)
        return
    *earlier, last = [f"{local_time(step.at)}, {plain(step.person)}: {sentence(step.told)}" for step in contact.steps]
    for told in earlier:
        st.caption(told)
    st.info(last, icon=":material/info:")
    if contact.theirs is None or contact.ours is None:
        return
    steps = {
        ContactState.CHOSEN: _associate,
        ContactState.LEARNED: _write,
        ContactState.WRITTEN: _answer,
    }
    draw = steps.get(ContactState(contact.state))
    if draw is not None:
        if opened.first_contact.rests_on_wish(contact):
            _associate(opened, contact.theirs, contact.ours)
        draw(opened, contact.theirs, contact.ours)
    _take_back(contact)


def _choose(opened: Workspace) -> None:
    st.markdown(
        "Find out together with this program what Canvas really stores: you associate one row in Canvas’ own screen, "
        "the program reads what came, then associates another row, and you look whether Canvas shows it. Both are "
        "taken back afterwards. In some districts, Canvas keeps showing its icon on the group."
    )
    rows = opened.first_contact.choices()
    if rows.empty:
        st.info("No row of this term can be used: there must be unassociated rows with categories to choose from.")
        return
    shown = rows.head(OFFERED)
    names = {
        key: f"{row['course']} · {row['section']} · {row['group']} ({count(int(row['assignments']), 'assignment')})"
        for key, row in zip(keys(shown), shown.to_dict("records"), strict=True)
    }
    row = st.selectbox(
        f"A row that nobody will miss ({count(len(rows), 'row')} can be used)",
        list(names),
        format_func=lambda key: names.get(key, str(key)),
        key="contact_row",
    )
    st.button("Begin with this row", on_click=_begin, args=(row,), icon=":material/play_arrow:", key="contact_begin")


def _associate(opened: Workspace, theirs: Place, _: Place) -> None:
    screen = opened.first_contact.screen(theirs.course_id)
    st.markdown(
        f"**1. In Canvas’ own screen**, associate **{plain(theirs.group)}** in **{plain(theirs.section)}** (course "
        f"{plain(theirs.course)}, SIS ID {plain(theirs.sis_section_id)}) with **{plain(theirs.category)}**, and save."
    )
    st.link_button("Open the course in Canvas", screen, icon=":material/open_in_new:")
    st.button("I have saved it", type="primary", on_click=_look, icon=":material/visibility:", key="contact_look")


def _write(_: Workspace, __: Place, ours: Place) -> None:
    st.markdown(
        f"**2. The program associates another row** in the same form: **{plain(ours.group)}** in "
        f"**{plain(ours.section)}** with **{plain(ours.category)}**."
    )
    st.button("Associate this row", type="primary", on_click=_try, icon=":material/edit:", key="contact_write")


def _answer(opened: Workspace, _: Place, ours: Place) -> None:
    st.markdown(
        f"**3. Look in Canvas’ own screen** (reload it): does it show **{plain(ours.category)}** for "
        f"**{plain(ours.group)}** in **{plain(ours.section)}**?"
    )
    st.link_button("Open the course in Canvas", opened.first_contact.screen(ours.course_id))
    with st.container(horizontal=True):
        st.button("Yes, it shows", type="primary", on_click=_say, args=(True,), key="contact_yes")
        st.button("No, it does not", on_click=_say, args=(False,), key="contact_no")


def _take_back(contact: Contact) -> None:
    is_next = contact.state == ContactState.ANSWERED
    if is_next:
        st.markdown("**4. Both are taken back**, so that Canvas shows again what it did before.")
    label = "Take both back" if is_next else "End it and take back what was associated"
    held = st.session_state.get("contact_held", ())
    accepted = held if held and st.checkbox("Go on all the same", key="contact_accepts") else ()
    st.button(
        label,
        type="primary" if is_next else "tertiary",
        on_click=_end,
        args=(accepted,),
        icon=":material/undo:",
        key="contact_end",
    )


@callback()
def _begin(row: tuple[int, int]) -> None:
    asyncio.run(workspace().first_contact.choose(*row, person()))


@callback()
def _look() -> None:
    found = asyncio.run(workspace().first_contact.look(person()))
    if found.state == ContactState.CLOSED:  # the guide begins anew, and what is to be done now is told here alone
        say("warning", sentence(found.steps[-1].told))


@callback()
def _try() -> None:
    _holding(lambda: workspace().first_contact.write(person()))


@callback()
def _say(shows: bool) -> None:
    workspace().first_contact.answer(shows, person())


@callback()
def _end(accepted: tuple[str, ...]) -> None:
    ended = _holding(lambda: workspace().first_contact.take_back(person(), accepted))
    say("success", sentence(ended.steps[-1].told))


def _holding(step: Callable[[], Awaitable[Contact]]) -> Contact:
    """Carry a step out; what a person may accept of that which speaks against it is offered to be accepted."""

    async def carried_out() -> Contact:
        return await step()

    st.session_state.pop("contact_held", None)
    try:
        return asyncio.run(carried_out())
    except NotAccepted as error:
        st.session_state["contact_held"] = error.missing
        raise

"""The way through the door: what speaks against a sync is asked for beside the page, read, and accepted by name.

Session-state keys: ``asked`` (dict of Asked by place: what is on the screen of what was asked; emptied when the page is
opened, and when a sync was refused), ``beginning`` (Job, the sync that was asked for; taken away when it has begun or
was refused), and per place ``review_number`` and ``review_number_focus`` (str, what was typed; emptied when another
plan is shown), ``review_number_of`` (str, the plan that they were typed for).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gpb.sync.door import Review
from gpb.sync.evidence import SHAPE_UNCONFIRMED, SHAPE_UNKNOWN
from gpb.sync.gates import (
    ALREADY_PASSED_BACK,
    COULD_NOT_LOOK,
    OLD_RUN,
    SNAPSHOT_OLD,
    SNAPSHOT_SHRANK,
    TOO_MANY_CHANGES,
    WRITES_FOCUS,
    in_focus,
)
from gpb.sync.passed_back import Answers
from gpb.term.underway.courses import Progress
from gpb.ui.entrance.admission import person
from gpb.ui.shell.jobs import Job, JobState
from gpb.ui.shell.progress import show_job, start_run
from gpb.ui.shell.runtime import runtime
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.sync.shape import on_page, word_wanted
from gpb.ui.sync.typed import why_not
from gpb.ui.text import sentence
from gpb.workspace import Workspace

SHORT = 1.0
"""Seconds that a page waits for an answer before it shows that it waits."""
Found = TypeVar("Found")
Go = Callable[[Workspace, Review, frozenset[str], str], Awaitable[str]]
"""Begins what was reviewed with what was accepted, in the name of a person; the run's id."""
TICKED = {
    COULD_NOT_LOOK: "Continue without this check",
    TOO_MANY_CHANGES: "Change this many rows",
    SNAPSHOT_SHRANK: "Go on with this smaller snapshot",
    SNAPSHOT_OLD: "Go on with this snapshot",
    ALREADY_PASSED_BACK: "Leave those assignments where they are in Focus",
    OLD_RUN: "Write the remaining rows now",
}
"""What a person ticks who accepts an objection."""


@dataclass(frozen=True)
class Asked:
    """What was asked for; ``about`` names what it is about, ``answers`` are those of Focus by snapshot and section."""

    about: str
    job: Job
    answers: dict[str, Answers]


@dataclass(frozen=True)
class Way:
    """A button behind the door: the place on the page, the button's label and icon, and what it begins."""

    place: str
    label: str
    icon: str
    go: Go
    primary: bool = True

    @property
    def number(self) -> str:
        """Key of the field for the number of rows."""
        return f"review_number_{self.place}" if self.place.startswith("resume") else "review_number"


def enter() -> bool:
    """At the top of a page with a door: whether a sync that was asked for is still on its way in, which is then shown.

    What was asked on an earlier visit is forgotten.
    """
    if st.session_state.get("page_before") != st.session_state.get("page"):
        st.session_state.pop("asked", None)
    job: Job | None = st.session_state.get("beginning")
    if job is None:
        return False
    if job.state != JobState.RUNNING:
        _finish(job)
        st.rerun()
    st.caption("Checking once more that nothing stands in the way …")
    show_job(job)
    return True


def asked(way: Way, about: str, ask: Callable[[dict[str, Answers]], Awaitable[Found]]) -> Found | None:
    """The answer on the screen; None while it is on its way, which is shown, or could not be had.

    ``ask`` gets what Focus has answered to what was on the screen before.
    """
    known: dict[str, Asked] = st.session_state.setdefault("asked", {})
    found = known.get(way.place)
    if found is None or found.about != about:
        answers = {} if found is None else found.answers
        job = _start("review", {"answer": lambda: ask(answers)})
        found = known[way.place] = Asked(about, job, answers)
        found.job.wait(SHORT)
    if found.job.state == JobState.RUNNING:
        st.caption("Asking Focus what has already been passed back …")
        show_job(found.job)
        return None
    if found.job.error:
        st.error(sentence(found.job.error), icon=":material/error:")
        st.button("Ask again", on_click=_forget, key=f"ask_{way.place}", icon=":material/refresh:")
        return None
    answer: Found = found.job.result["answer"]
    return answer


def door_button(
    way: Way,
    review: Review,
    explanation: str,
    *,
    name: str,
    place: DeltaGenerator | None = None,
) -> None:
    """The button that begins; what speaks against it is read and accepted first.

    ``name`` names the plan: what was typed for another one counts no more. Why the button is disabled stands beside it.
    It stands in ``place``, else below what speaks against it, and stays there however much that is: a page that is
    drawn anew would show an old one beside the new.
    """
    objections, below = st.container(), place or st.container()
    with objections:
        reason = _why_not(way, review, name)
    accepted = frozenset(one.acceptance for one in review.objections)
    with below:
        shut_button(way, reason, explanation, args=(way.go, review, accepted))


def shut_button(way: Way, reason: str | None, explanation: str = "", args: tuple[Any, ...] = ()) -> None:
    """The button; where there is a reason, it is disabled, and the reason stands beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            way.label,
            type="primary" if way.primary else "secondary",
            icon=way.icon,
            on_click=_begin,
            args=args,
            help=explanation or None,
            key=way.place,
            disabled=reason is not None,
        )
        if reason is not None:
            st.markdown(f":material/lock: {sentence(reason)}", width="content")


def _why_not(way: Way, review: Review, name: str) -> str | None:
    """What a person has yet to read and accept, as the button says it; None where nothing is left.

    Each objection is accepted by itself: one about the rows by their number, several by a tick each and the number; a
    change in Focus by the number of its sections; that nobody could look by a tick alone.
    """
    if st.session_state.get(f"{way.number}_of") != name:
        st.session_state.update({way.number: "", f"{way.number}_focus": "", f"{way.number}_of": name})
    of_rows = [one for one in review.objections if one.name not in (COULD_NOT_LOOK, WRITES_FOCUS)]
    is_ticked = True
    for objection in review.objections:
        st.warning(sentence(on_page(workspace(), objection)), icon=":material/front_hand:")
        if objection.name in (SHAPE_UNKNOWN, SHAPE_UNCONFIRMED):
            word_wanted(workspace(), way.place)
        if not objection.may_be_accepted:
            is_ticked = False
        elif objection.name == COULD_NOT_LOOK or (len(of_rows) > 1 and objection in of_rows):
            key = f"left_out_{way.place}_{objection.acceptance}"
            label = TICKED.get(objection.name, "Accept this")
            is_ticked = st.checkbox(label, key=key) and is_ticked
    if not all(objection.may_be_accepted for objection in review.objections):
        return "What is said above has to be settled first."
    typed = [_typed(way.number, len({change.key for change in review.plan.changes}), "row")] if of_rows else []
    if any(one.name == WRITES_FOCUS for one in review.objections):
        typed.append(_typed(f"{way.number}_focus", in_focus(review.plan), "section"))
    missing = [] if is_ticked else ["Tick above what you have read and want all the same."]
    return next((one for one in [*missing, *typed] if one is not None), None)


def _typed(key: str, number: int, what: str) -> str | None:
    """A field for a number of rows or of sections in Focus, and why what it holds confirms nothing."""
    several = f"this {what}" if number == 1 else f"all {number:,} {what}s"
    where = " in Focus" if what == "section" else ""
    typed = st.text_input(f"Type {number:,} to confirm changing {several}{where}", key=key, width=420)
    return why_not(typed, number, what)


@callback()
def _begin(go: Go, review: Review, accepted: frozenset[str]) -> None:
    under_way: Job | None = st.session_state.get("beginning")
    if under_way is not None and under_way.state == JobState.RUNNING:
        return  # a second click, before the page has shown the first one
    opened, who = workspace(), person()

    async def work() -> str:
        run_id = await go(opened, review, accepted, who)
        start_run(opened, run_id, who)  # here: the tab may be closed by now
        return run_id

    job = st.session_state["beginning"] = _start("begin", {"run": work})
    if job.wait(SHORT):
        _finish(job)
    st.rerun()  # the whole page: what was clicked may stand in a part of it


def _finish(job: Job) -> None:
    st.session_state.pop("beginning", None)
    _forget()
    if job.error:
        say("error", sentence(job.error))


@callback()
def _forget() -> None:
    st.session_state.pop("asked", None)


def _start(kind: str, results: dict[str, Callable[[], Awaitable[Any]]]) -> Job:
    async def work(_: Progress) -> dict[str, Any]:
        return {name: await make() for name, make in results.items()}

    return runtime().jobs.start_alone(kind, person(), work)

"""The way through the door: what speaks against a sync is asked for beside the page, read, and accepted by name.

Session-state keys: ``asked`` (dict of Asked by place: the reviews on the screen; emptied when the page is opened, and
when a sync was refused), ``beginning`` (Job, the sync that was asked for; taken away when it has begun or was refused),
and per place ``review_number`` (str, what was typed; emptied with each new review).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from gpb.sync.door import Review
from gpb.sync.evidence import SHAPE_UNCONFIRMED, SHAPE_UNKNOWN
from gpb.sync.gates import COULD_NOT_LOOK
from gpb.term.underway.courses import Progress
from gpb.ui.entrance.admission import person
from gpb.ui.shell.jobs import Job, JobState
from gpb.ui.shell.progress import show_job, start_run
from gpb.ui.shell.runtime import runtime
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.sync.shape import on_page, word_wanted
from gpb.ui.text import sentence
from gpb.workspace import Workspace

SHORT = 1.0
"""Seconds that a page waits for an answer before it shows that it waits."""
Ask = Callable[[], Awaitable[Review]]
Go = Callable[[Workspace, Review, frozenset[str], str], Awaitable[str]]
"""Begins what was reviewed with what was accepted, in the name of a person; the run's id."""


@dataclass(frozen=True)
class Asked:
    """A review that was asked for; ``about`` names what it is a review of."""

    about: str
    job: Job


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


def asked(way: Way, about: str, ask: Ask) -> Review | None:
    """The review on the screen; None while it is being made, which is shown, or could not be."""
    known: dict[str, Asked] = st.session_state.setdefault("asked", {})
    found = known.get(way.place)
    if found is None or found.about != about:
        found = known[way.place] = Asked(about, _start("review", {"review": ask}))
        st.session_state[way.number] = ""
        found.job.wait(SHORT)
    if found.job.state == JobState.RUNNING:
        st.caption("Asking Focus what has already been passed back …")
        show_job(found.job)
        return None
    if found.job.error:
        st.error(sentence(found.job.error), icon=":material/error:")
        st.button("Ask again", on_click=_forget, key=f"ask_{way.place}", icon=":material/refresh:")
        return None
    review: Review = found.job.result["review"]
    return review


def door_button(way: Way, review: Review, explanation: str) -> None:
    """The button that begins; what speaks against it is read and accepted first."""
    accepted = _accepted(way, review)
    if accepted is not None:
        st.button(
            way.label,
            type="primary" if way.primary else "secondary",
            icon=way.icon,
            on_click=_begin,
            args=(way.go, review, accepted),
            help=explanation,
            key=way.place,
        )


def _accepted(way: Way, review: Review) -> frozenset[str] | None:
    """What somebody has read and accepted, None as long as something is left.

    That nobody could look is ticked by itself; for all else the number of rows is typed.
    """
    is_ticked, others = True, []
    for objection in review.objections:
        st.warning(sentence(on_page(workspace(), objection)), icon=":material/front_hand:")
        if objection.name == COULD_NOT_LOOK:
            key = f"left_out_{way.place}_{objection.acceptance}"
            is_ticked = st.checkbox("Continue without this check", key=key) and is_ticked
        else:
            others.append(objection)
    if not all(objection.may_be_accepted for objection in review.objections):
        if any(objection.name in (SHAPE_UNKNOWN, SHAPE_UNCONFIRMED) for objection in review.objections):
            word_wanted(workspace(), way.place)
        return None
    is_typed = True
    if others:
        rows = str(len(review.plan.changes))
        what = "this row" if rows == "1" else f"all {rows} rows"
        typed = st.text_input(f"Type {rows} to confirm changing {what}", key=way.number)
        is_typed = typed.strip() == rows
    return frozenset(one.acceptance for one in review.objections) if is_ticked and is_typed else None


@callback()
def _begin(go: Go, review: Review, accepted: frozenset[str]) -> None:
    opened, who = workspace(), person()

    async def work() -> str:
        run_id = await go(opened, review, accepted, who)
        start_run(opened, run_id, who)  # here: the tab may be closed by now
        return run_id

    job = st.session_state["beginning"] = _start("begin", {"run": work})
    if job.wait(SHORT):
        _finish(job)


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

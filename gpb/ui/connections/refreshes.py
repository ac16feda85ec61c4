"""What a Refresh reads, how old each part is, and reading everything again."""

from __future__ import annotations

import streamlit as st

from gpb.frames.facts import SnapshotFacts
from gpb.ui.shell.progress import is_running, start_pull
from gpb.ui.shell.runtime import runtime
from gpb.ui.shell.session import callback, workspace
from gpb.ui.text import age, count, local_time, sentence
from gpb.workspace import Workspace

TOLD = (
    "Sections are those that Canvas tells of many courses at once, which may be up to an hour old; they were listed "
    "in every eighth course, and where Canvas told other ones than the time before, or none with a SIS id. “Refresh "
    "all courses” lists all."
)


def refreshes_panel(opened: Workspace) -> None:
    """Draw it: what Canvas has failed to tell stands first."""
    snapshot, missed = opened.term.latest(), opened.term.changed.missed.told()
    st.header("Refresh", anchor=False)
    if missed is not None:
        st.warning(sentence(missed), icon=":material/warning:")
        st.button("Trust Canvas again", on_click=_trust_again, icon=":material/update:")
    st.markdown(_parts(snapshot.facts, len(snapshot.tables["courses"])))
    st.markdown(_next(opened))
    running = is_running(runtime().job("pull", opened))
    st.button("Refresh all courses", on_click=_read_all, disabled=running, icon=":material/sync:")


def _parts(facts: SnapshotFacts, courses: int) -> str:
    refreshed = f"{age(facts.taken_at)} ({local_time(facts.taken_at)})"
    if facts.anew is None or facts.whole_at is None:
        text = f"All {count(courses, 'course')}, terms, classes and categories were read {refreshed}."
        return f"{text} {TOLD}" if facts.told else text
    return (
        f"- The list of courses, terms, and all of Focus: read {refreshed}.\n"
        f"- {count(facts.anew, 'course')} that may have changed, with sections and assignment groups: read then, too.\n"
        f"- The other courses: read {age(facts.whole_at)} ({local_time(facts.whole_at)}) or later, and unchanged "
        "since, as far as Canvas has told. It may tell of a change up to an hour late.\n"
        "- Their assignments: Canvas does not tell every change of due dates for some students, nor when a whole "
        "course is taken off passback; the first Refresh of each day finds those."
    )


def _next(opened: Workspace) -> str:
    why = opened.term.changed.why_whole()
    if why is not None:
        return f"The next Refresh reads all courses, because {why}."
    return (
        "The next Refresh reads the courses that Canvas says have changed, new ones, and those with drafts or with "
        "rows that were synced since all were read. The first one of each day reads all."
    )


@callback()
def _trust_again() -> None:
    workspace().term.changed.missed.trust_again()


@callback()
def _read_all() -> None:
    start_pull(workspace(), is_whole=True)

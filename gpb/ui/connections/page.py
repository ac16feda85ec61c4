"""The Connections page: the doctor, what was learned, and settings without secrets.

Session-state keys: ``checks`` (list of Check; set by the button).
"""

from __future__ import annotations

import asyncio

import pandas as pd
import streamlit as st

from gpb.doctor.doctor import diagnose
from gpb.frames.facts import SnapshotFacts
from gpb.settings import WorkerKind
from gpb.ui.connections.first_contact import shape_panel
from gpb.ui.connections.refreshes import refreshes_panel
from gpb.ui.connections.schools import schools_panel
from gpb.ui.shell.session import sentences
from gpb.ui.shell.setup.secrets import secrets_table
from gpb.ui.text import LONGEST_SENTENCE, local_time, plain, sentence
from gpb.workspace import Workspace

WORKERS = {WorkerKind.APP: "this dashboard", WorkerKind.PROCESS: "the command python -m gpb worker"}


def connections(opened: Workspace) -> None:
    """Draw the page: whatever cannot be read of the store is one sentence in its place."""
    settings = opened.settings
    with sentences(ends=False):
        for problem in opened.term.problems():
            st.warning(sentence(problem), icon=":material/warning:")
    _checks(opened)
    with sentences(ends=False):
        if opened.term.latest_id():
            shape_panel(opened)
            refreshes_panel(opened)
    with sentences(ends=False):
        schools_panel(opened)
    st.header("Settings", anchor=False)
    with sentences(ends=False):
        _settings_table(opened)
    secrets_table(settings)


def _checks(opened: Workspace) -> None:
    """Is it well? Asked when the button is pressed; the answers stay."""
    st.markdown("Do Canvas and Focus answer, and does the token have the rights that a sync needs?")
    if st.button("Check both connections", type="primary", icon=":material/stethoscope:"):
        with st.spinner("Checking Canvas and Focus"):
            st.session_state["checks"] = asyncio.run(diagnose(opened.settings))
    for check in st.session_state.get("checks", []):
        box, icon = (st.success, ":material/check_circle:") if check.ok else (st.error, ":material/error:")
        box(f"**{check.name}**: {sentence(check.sentence)}", icon=icon)


def _settings_table(opened: Workspace) -> None:
    settings = opened.settings
    lines = {
        "Mode": "Sandbox (started by this dashboard)" if settings.started_sandbox else "Live",
        "Canvas (GPB_CANVAS_URL)": settings.canvas_url,
        "Account (GPB_CANVAS_ACCOUNT)": settings.canvas_account,
        "Term (GPB_TERM)": settings.term,
        "SIS dialect (GPB_SIS_DIALECT)": str(settings.sis_dialect),
        "SIS (GPB_SIS_URL)": settings.sis_url,
        "Links to sections (GPB_FOCUS_SECTION_LINK)": settings.focus_section_link or "none: no link into Focus",
        "Codec (GPB_CODEC)": str(settings.codec),
        "Section to class (GPB_SECTION_KEY)": settings.section_key,
        "Schools (GPB_SCHOOL_LEVEL)": settings.school_level or "found by SIS IDs, names and levels",
        "Who runs syncs (GPB_WORKER)": WORKERS[settings.worker],
    }
    with sentences(ends=False):
        lines["Term (GPB_TERM)"] = settings.term or _chosen(opened)
        lines |= _facts(opened.term.latest().facts) if opened.term.latest_id() else {}
    # both addresses are links: at 390 px the table scrolls sideways, and needs something that takes the focus
    links = (settings.canvas_url, settings.sis_url)
    values = [value if value in links else plain(value, LONGEST_SENTENCE) for value in lines.values()]
    st.table(pd.DataFrame({"Setting": list(lines), "Value": values}), hide_index=True)


def _facts(facts: SnapshotFacts) -> dict[str, str]:
    return {"Last Refresh": f"{local_time(facts.taken_at)}, {facts.requests:,} requests in {facts.seconds:.1f} s"}


def _chosen(opened: Workspace) -> str:
    chosen = opened.term.choices.chosen()
    return "the current one" if chosen is None else f"{chosen.term} ({chosen.reason})"

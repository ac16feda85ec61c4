"""The Connections page: settings without secrets, what was learned, and the doctor.

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
from gpb.ui.connections.schools import schools_panel
from gpb.ui.text import local_time, sentence
from gpb.workspace import Workspace

WORKERS = {WorkerKind.APP: "this dashboard", WorkerKind.PROCESS: "the command python -m gpb worker"}


def connections(opened: Workspace) -> None:
    """Draw the page."""
    settings = opened.settings
    newest = opened.term.latest_id()
    lines = {
        "Mode": "Sandbox (started by this dashboard)" if settings.started_sandbox else "Live",
        "Canvas (GPB_CANVAS_URL)": settings.canvas_url,
        "Account (GPB_CANVAS_ACCOUNT)": settings.canvas_account,
        "Term (GPB_TERM)": settings.term or _chosen(opened),
        "SIS dialect (GPB_SIS_DIALECT)": str(settings.sis_dialect),
        "SIS (GPB_SIS_URL)": settings.sis_url,
        "Codec (GPB_CODEC)": str(settings.codec),
        "Section to class (GPB_SECTION_KEY)": settings.section_key,
        "Schools (GPB_SCHOOL_LEVEL)": settings.school_level or "found by SIS IDs, names and levels",
        "Who runs syncs (GPB_WORKER)": WORKERS[settings.worker],
        **(_facts(opened.term.latest().facts) if newest else {}),
    }
    st.table(pd.DataFrame({"Setting": list(lines), "Value": list(lines.values())}), hide_index=True)
    for problem in opened.term.problems():
        st.warning(sentence(problem), icon=":material/warning:")
    schools_panel(opened)
    if st.button("Check both connections", type="primary", icon=":material/stethoscope:"):
        with st.spinner("Checking Canvas and Focus"):
            st.session_state["checks"] = asyncio.run(diagnose(settings))
    for check in st.session_state.get("checks", []):
        box, icon = (st.success, ":material/check_circle:") if check.ok else (st.error, ":material/error:")
        box(f"**{check.name}**: {sentence(check.sentence)}", icon=icon)
    if newest:
        shape_panel(opened)


def _facts(facts: SnapshotFacts) -> dict[str, str]:
    return {"Last Refresh": f"{local_time(facts.taken_at)}, {facts.requests:,} requests in {facts.seconds:.1f} s"}


def _chosen(opened: Workspace) -> str:
    chosen = opened.term.choices.chosen()
    return "the current one" if chosen is None else sentence(f"{chosen.term} ({chosen.reason})")

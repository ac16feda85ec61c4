"""Before a sync that leaves categories: Focus is asked, beside the page, what was passed back under them already."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gpb.sync.plan import Change, Plan
from gpb.sync.pull import Progress
from gpb.ui.progress import is_running, show_progress
from gpb.ui.runtime import runtime
from gpb.ui.session import person
from gpb.ui.text import sentence
from gpb.workspace import Workspace


def find_passed_back(opened: Workspace, plan: Plan) -> list[Change] | None:
    """The changes that the gate holds against the plan; None while Focus is being asked, or could not be.

    Asked once for each plan, and only where it leaves a category.
    """
    if not opened.leaving(plan):
        return []
    kind = f"passed back {plan.checksum}"
    job = runtime().job(kind, opened)
    if job is None:
        job = _ask(opened, plan, kind)
    if is_running(job):
        st.caption("Asking Focus what was passed back already …")
        show_progress(kind, opened)
        return None
    if job.error:
        st.error(sentence(job.error), icon=":material/error:")
        st.button("Ask Focus again", on_click=_ask, args=(opened, plan, kind), icon=":material/refresh:")
        return None
    concerned: list[Change] = job.result["concerned"]
    return concerned


def _ask(opened: Workspace, plan: Plan, kind: str) -> Any:
    async def work(_: Progress) -> dict[str, Any]:
        return {"concerned": await opened.passed_back(plan)}

    return runtime().start(kind, opened, person(), work)

"""What the Review page says about the form in which a plan is written, and about icons that stay in Canvas."""

from __future__ import annotations

import streamlit as st

from gpb.sync.plan import Plan
from gpb.ui.text import count, sentence
from gpb.workspace import Workspace


def form_note(opened: Workspace, plan: Plan) -> None:
    """How new associations are written, where that is known, and which icons stay: notes, and no gates."""
    shape = opened.shape()
    if shape.unknown is None:
        st.caption(sentence(shape.sentence))
    lasting = opened.lasting_icons(plan)
    if lasting:
        keep = count(lasting, "assignment group keeps", "assignment groups keep")
        note = (
            f"{keep} the icon “Grading category aligned with SIS” in Canvas even though the last association is "
            "removed: Canvas shows it for a key that can never be deleted."
        )
        st.info(sentence(note), icon=":material/link:")

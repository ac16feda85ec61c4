"""First contacts: who found out, or confirmed, how this Canvas stores associations, step by step."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.store.shape.contacts import Answer, Contact, Kind
from gpb.ui.text import local_time, plain, sentence
from gpb.workspace import Workspace

ANSWERS = {
    Answer.YES: "Canvas shows what we write",
    Answer.NO: "Canvas does not show what we write",
    Answer.RIGHT: "The stored associations show it rightly",
    Answer.FLAG_ONLY: "Canvas stores only that groups are aligned",
    None: "No answer",
}


def contacts_panel(opened: Workspace) -> None:
    """A table of all, and the steps of each."""
    found = opened.first_contact.all()
    if not found:
        st.info("Nobody has confirmed yet how this Canvas stores associations. The Connections page shows the way.")
        return
    table = pd.DataFrame(
        {
            "Began": [local_time(one.began_at) for one in found],
            "Person": [one.person for one in found],
            "How": ["First contact" if one.kind == Kind.PROOF else "Confirmed what is stored" for one in found],
            "Answer": [ANSWERS[None if one.answer is None else Answer(one.answer)] for one in found],
            "By": [one.answered_by or "" for one in found],
        }
    )
    st.dataframe(table, hide_index=True)
    for one in found:
        _steps(one)


def _steps(contact: Contact) -> None:
    with st.expander(f"{local_time(contact.began_at)} · {plain(contact.person)}"):
        for step in contact.steps:
            st.markdown(f"{local_time(step.at)}, {plain(step.person)}: {sentence(step.told)}")
        if contact.before:
            st.caption("What Canvas stored before and after, by assignment group:")
            columns = st.columns(2)
            columns[0].json({str(group): data for group, data in contact.before.items()})
            columns[1].json({str(group): data for group, data in contact.after.items()})

"""Accept findings with a reason, a person and an end date, or take that back.

Session-state keys: ``exception_reason`` (str), ``exception_until`` (date); ``audit_round`` (int; a new number unticks
the list of findings).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from gpb.ui.editing.edits import look
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.text import count, fingerprint

A_WHILE = timedelta(days=30)


def acceptances_panel(snapshot_id: str, lines: pd.DataFrame, *, is_chosen: bool) -> None:
    """Draw it for the ticked findings, or for all that are listed."""
    is_open = lines["accepted_until"].isna()
    open_now, accepted = (lines.loc[of, "key"].tolist() for of in (is_open, ~is_open))
    which = "ticked" if is_chosen else "listed"
    with st.popover("Accept findings", icon=":material/verified:"):
        st.markdown(
            f"**{count(len(open_now), which + ' finding')}** can be accepted until a date that you choose. They stay "
            "visible under *Accepted*, and the score does not change. Tick rows to accept only those."
        )
        st.text_input("Reason", key="exception_reason", max_chars=300, placeholder="Why is this acceptable?")
        today = datetime.now(workspace().settings.zone).date()
        st.date_input("Accept through", today + A_WHILE, key="exception_until", min_value=today)
        st.button(
            f"Accept {count(len(open_now), 'finding')}", type="primary", on_click=_accept,
            args=(snapshot_id, open_now), disabled=not open_now, key=f"exception_accept_{fingerprint(open_now)}",
        )  # fmt: skip
        if accepted:
            st.divider()
            st.button(f"Reopen {count(len(accepted), 'accepted finding')}", on_click=_withdraw,
                      args=(snapshot_id, accepted), icon=":material/undo:",
                      key=f"exception_withdraw_{fingerprint(accepted)}")  # fmt: skip


@callback()
def _accept(snapshot_id: str, keys: list[str]) -> None:
    look(snapshot_id)
    state = st.session_state
    number = (
        workspace()
        .audit.acceptances()
        .accept(keys, reason=state["exception_reason"], person=person(), until=state["exception_until"])
    )
    state["exception_reason"] = ""
    state["audit_round"] = state.get("audit_round", 0) + 1
    say("success", f"{count(number, 'finding')} accepted until {state['exception_until']:%d %b %Y}.")


@callback()
def _withdraw(snapshot_id: str, keys: list[str]) -> None:
    look(snapshot_id)
    workspace().audit.acceptances().withdraw(keys)
    st.session_state["audit_round"] = st.session_state.get("audit_round", 0) + 1
    say("success", f"{count(len(keys), 'finding')} reopened.")

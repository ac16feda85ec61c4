"""The door: what somebody finds who is not admitted, and the ways in and out."""

from __future__ import annotations

import streamlit as st

from gpb.settings import Settings
from gpb.ui.entrance.admission import may_enter
from gpb.ui.entrance.way_back import what_went_wrong
from gpb.ui.text import sentence


def is_admitted(settings: Settings) -> bool:
    """Whether the person may go on; else draws the door, and nothing of the district.

    Raises SettingsError where nobody can be admitted, as things are set.
    """
    claims = st.user.to_dict()
    if may_enter(claims, settings):
        return True
    if claims.get("is_logged_in") is True:
        _door(
            "You are signed in as "
            f"{claims.get('email') or claims.get('name') or 'an account without an email address'}, but that account "
            "has no access to this dashboard. Ask the person who runs it for access, or sign out and use another "
            "account."
        )
        sign_out_button()
        return False
    _door(what_went_wrong(st.context.cookies))
    st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)
    return False


def sign_out_button() -> None:
    """For whoever has signed in; draws nothing for others."""
    if st.user.to_dict().get("is_logged_in") is True:
        st.button("Sign out", icon=":material/logout:", on_click=st.logout, type="tertiary")


def _door(problem: str | None) -> None:
    st.title("Grade passback associations")
    if problem is not None:
        st.error(sentence(problem), icon=":material/lock:")

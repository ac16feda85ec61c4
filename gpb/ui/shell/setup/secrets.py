"""Which secrets are set; their values are never shown."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gpb.settings import Settings
from gpb.ui.entrance.admission import secrets_set

SET, NOT_SET = "set", "not set"


def secrets_table(settings: Settings) -> None:
    """A line for each secret of the settings, of the store's address and of sign-in."""
    tokens = len(settings.canvas_token.get_secret_value().replace(",", " ").split())
    several = f" ({tokens} tokens)" if tokens > 1 else ""
    lines = {
        "GPB_CANVAS_TOKEN": f"{SET}{several}" if tokens else NOT_SET,
        "GPB_SIS_CLIENT_ID": SET if settings.sis_client_id else NOT_SET,
        "GPB_SIS_CLIENT_SECRET": SET if settings.sis_client_secret.get_secret_value() else NOT_SET,
        "Password in GPB_STORE_URL": SET if _has_password(settings.store_url) else NOT_SET,
        **{name: SET if is_set else NOT_SET for name, is_set in secrets_set().items()},
    }
    st.header("Secrets", anchor=False)
    st.caption("Only whether they are set: their values are never shown.")
    st.table(pd.DataFrame({"Secret": list(lines), "Is": list(lines.values())}), hide_index=True)


def _has_password(store_url: str) -> bool:
    try:
        return bool(store_url) and make_url(store_url).password is not None
    except ArgumentError:
        return False

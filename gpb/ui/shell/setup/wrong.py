"""Wrong or half settings: one sentence on every page, and all of them, with right values, on Connections."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from gpb.doctor.setup import half_set, wrong_settings
from gpb.errors import GpbError, SettingsError, WrongSetting
from gpb.setting_sources import PREFIX
from gpb.settings import Settings, read_settings
from gpb.ui.entrance.admission import provider
from gpb.ui.entrance.sign_in import is_admitted
from gpb.ui.shell.runtime import runtime
from gpb.ui.shell.session import workspace
from gpb.ui.shell.setup.secrets import secrets_table
from gpb.ui.text import count, sentence
from gpb.workspace import Workspace

AT_THE_DOOR = {"sign_in", "dashboard_url", "allowed_people", "allowed_domains", "allowed_groups"}
ELSEWHERE = {f"{PREFIX}{field.upper()}" for field in set(Settings.model_fields) - AT_THE_DOOR}
"""Settings that say nothing about who may come in: while only these are wrong, the others say it."""


def entered(title: str, *, is_connections: bool) -> Workspace | None:
    """The workspace for a person who may see it, as things are set; else draws why there is none.

    What is wrong is told as one sentence, on Connections all of it; a person who has to sign in finds the door.
    """
    settings, told = read_settings()
    of_sign_in = _wrong_with_sign_in(settings)
    if of_sign_in or not {one.name for one in told} <= ELSEWHERE:
        # nobody knows who may come in: nothing that a server or the store says is told
        found = list(dict.fromkeys([*told, *half_set(settings, told), *of_sign_in]))
        _closed(title, settings, found, is_connections=is_connections)
        return None
    if not is_admitted(settings):
        return None
    try:
        if told or not runtime().is_sound(settings):
            told = tuple(wrong_settings()[1])
        if not told:
            opened = workspace()
            runtime().note_sound(settings)
            return opened
    except GpbError as error:
        told = tuple(wrong_settings()[1]) or (WrongSetting("", str(error)),)
    _closed(title, settings, [*told], is_connections=is_connections)
    return None


def _wrong_with_sign_in(settings: Settings) -> tuple[WrongSetting, ...]:
    try:
        provider(settings)
    except SettingsError as error:
        return error.wrong
    return ()


def _closed(title: str, settings: Settings, wrong: Sequence[WrongSetting], *, is_connections: bool) -> None:
    st.title(title)
    others = len(wrong) - 1
    told = wrong[0].sentence
    told += f" {count(others, 'more setting is', 'more settings are')} wrong or missing." if others else ""
    if not is_connections:
        st.error(sentence(told), icon=":material/error:")
        st.page_link("pages/connections.py", label="Connections: what is wrong, and what is right",
                     icon=":material/cable:")  # fmt: skip
        return
    st.error(sentence(f"{told} Nothing else can be shown until this is corrected."), icon=":material/error:")
    table = pd.DataFrame(
        {
            "Setting": [one.name for one in wrong],
            "What is wrong": [sentence(one.sentence) for one in wrong],
            "A right value": [sentence(one.example) for one in wrong],
        }
    )
    st.header("What is wrong", anchor=False)
    st.table(table, hide_index=True)
    st.markdown("Correct them in the environment or in the file `.env`, then restart the dashboard.")
    secrets_table(settings)

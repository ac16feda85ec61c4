"""Who may come in: sign-in through the district's own OpenID provider, and the list of who is admitted.

Everything that is not as it must be keeps the door shut: a setting that is written wrongly must never open it.
Streamlit reads the provider from ``.streamlit/secrets.toml``, section ``[auth]``
(https://docs.streamlit.io/develop/concepts/connections/authentication).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import streamlit as st

from gpb.api.addresses import is_loopback
from gpb.errors import SettingsError
from gpb.settings import Settings, SignIn, load_settings
from gpb.ui.text import sentence

FILE = ".streamlit/secrets.toml"
KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


def is_admitted() -> bool:
    """Whether the person may go on; else draws what stands in the way, and nothing of the district."""
    try:
        settings = load_settings()
        provider = _provider(settings)
        claims = st.user.to_dict()
        if provider is None and claims.get("is_logged_in") is not False:
            return True
        if provider is not None and claims.get("is_logged_in") is True and _is_listed(claims, settings):
            return True
    except SettingsError as error:
        _door(str(error))
        return False
    if claims.get("is_logged_in") is True:
        _door(
            f"You are signed in as {claims.get('email') or claims.get('name') or 'somebody without an address'}, who "
            "is not admitted to this dashboard. Ask whoever runs it, or sign out and take another account."
        )
        sign_out_button()
        return False
    _door(None)
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


def _provider(settings: Settings) -> Mapping[str, Any] | None:
    """The provider, None where nobody has to sign in; raises SettingsError where it cannot be used."""
    sections = _secrets()
    odd = [name for name in sections if name != "auth" and name.strip().casefold() == "auth"]
    if odd:
        raise SettingsError(f"{FILE} has a section [{odd[0]}]. Write it as [auth]; until then nothing is shown.")
    provider = sections.get("auth")
    if provider is None:
        if not _is_required(settings):
            return None
        raise SettingsError(
            f"Sign-in is required here and not configured. Make the file {FILE} with a section [auth] that has "
            f"{', '.join(KEYS)}; until then nothing is shown."
        )
    given = provider if isinstance(provider, Mapping) else {}
    missing = [key for key in KEYS if not str(given.get(key, "")).strip()]
    if missing:
        raise SettingsError(
            f"The section [auth] of {FILE} lacks {', '.join(missing)}. Add what is missing; until then nothing is "
            "shown."
        )
    if find_spec("authlib") is None:
        raise SettingsError("Sign-in needs the package Authlib. Install requirements.txt again, then restart.")
    return given


def _is_required(settings: Settings) -> bool:
    """By the setting, else wherever others than the people of this machine can come."""
    if settings.sign_in is not SignIn.BY_ADDRESS:
        return settings.sign_in is SignIn.REQUIRED
    return not is_loopback(f"http://{st.get_option('server.address') or '0.0.0.0'}")


def _secrets() -> Mapping[str, Any]:
    """All sections of the secrets; raises SettingsError where there is a file that cannot be read."""
    try:
        return st.secrets.to_dict()
    except FileNotFoundError as error:  # Streamlit's own error, for a missing file and for a broken one
        if "No secrets found" in str(error):
            return {}
        reason = str(error)
    except Exception as error:  # whatever it is, the door stays shut
        reason = type(error).__name__
    raise SettingsError(f"{FILE} cannot be read ({reason}). Correct it; until then nothing is shown.")


def _is_listed(claims: Mapping[str, Any], settings: Settings) -> bool:
    """Whether the lists admit this person; everybody whom the provider knows where there is no list.

    An address counts only once the provider has verified it (OpenID Connect Core 1.0, 5.1).
    """
    people, domains, groups = map(_names, (settings.allowed_people, settings.allowed_domains, settings.allowed_groups))
    if not (people or domains or groups):
        return True
    address = str(claims.get("email", "")).casefold() if claims.get("email_verified") in (True, "true") else ""
    given = claims.get("groups")
    own = {str(group).casefold() for group in given} if isinstance(given, list | tuple) else set()
    return address in people or address.rpartition("@")[2] in domains or bool(own & groups)


def _names(text: str) -> set[str]:
    return {name.strip().casefold() for name in text.split(",") if name.strip()}

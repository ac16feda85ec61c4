"""Who may come in: the provider that people sign in through, the lists of who is admitted, and a person's name.

Everything that is not as it must be keeps the door shut: a setting that is written wrongly must never open it.
Streamlit reads the provider from ``.streamlit/secrets.toml``, section ``[auth]``
(https://docs.streamlit.io/develop/concepts/connections/authentication).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import (
    _get_signed_cookie_with_chunks,
    _parse_decoded_user_cookie,
)

from gpb.api.http.addresses import is_loopback
from gpb.errors import NotAdmitted, SettingsError
from gpb.settings import Settings, SignIn, load_settings, operating_system_user

FILE = ".streamlit/secrets.toml"
KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
SHORTEST_SECRET = 32  # characters; RFC 7518, 3.2: a key for HS256 has 256 bits or more
EVERYBODY = "*"
CALLBACK = "/oauth2callback"
ENTRA = "https://login.microsoftonline.com/"

Claims = Mapping[str, Any]


def must_sign_in(settings: Settings) -> bool:
    """By the setting, and wherever others than the people of this machine can come: directly, or through a proxy."""
    addresses = [f"http://{st.get_option('server.address') or '0.0.0.0'}", settings.dashboard_url or "http://localhost"]
    return settings.sign_in is SignIn.REQUIRED or not all(map(is_loopback, addresses))


def may_enter(claims: Claims, settings: Settings) -> bool:
    """Whether whoever has these claims is admitted; raises SettingsError where nobody can be, as things are set."""
    if provider(settings) is None:
        return claims.get("is_logged_in") is not False
    return claims.get("is_logged_in") is True and _is_listed(claims, settings)


def require_admitted(settings: Settings) -> None:
    """Raises NotAdmitted or SettingsError for a person of this session who is not admitted, or not any more.

    Callbacks, and parts of a page that run by themselves, run before or without ``app.py``, which draws the door.
    """
    if not may_enter(st.user.to_dict(), settings):
        raise NotAdmitted(
            "You no longer have access to this dashboard, so nothing was done. Reload the page to sign in again."
        )


def person() -> str:
    """Who does something: the address of the signed-in person if it is verified, else their id at the provider.

    Where nobody signs in, the user of the operating system. Raises NotAdmitted as ``require_admitted``.
    """
    require_admitted(load_settings())
    claims = st.user.to_dict()
    if claims.get("is_logged_in") is not True:
        return operating_system_user()
    name = verified_address(claims) or str(claims.get("sub") or "")
    if not name:
        raise NotAdmitted(
            "Your sign-in provider sends neither your email address nor your id (sub), so nothing was done. Ask the "
            "administrator of this dashboard to check the provider."
        )
    return name


def verified_address(claims: Claims) -> str:
    """The address that the provider has verified (OpenID Connect Core 1.0, 5.1), in small letters; else empty.

    Entra ID tells it by a claim of its own, which has to be asked for (learn.microsoft.com/entra, optional claims).
    """
    is_verified = claims.get("email_verified") in (True, "true")
    if str(claims.get("iss", "")).startswith(ENTRA):
        is_verified = is_verified or str(claims.get("xms_edov")).casefold() in ("true", "1")
    return str(claims.get("email") or "").casefold() if is_verified else ""


def claims_of(cookies: Mapping[str, str]) -> Claims:
    """Who a request comes from, by the cookie that Streamlit has signed, read by Streamlit's own functions."""
    signed = _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
    return _parse_decoded_user_cookie(signed, get_origin_from_redirect_uri() or "") if signed else {}


def provider(settings: Settings) -> Mapping[str, Any] | None:
    """The provider, None where nobody has to sign in; raises SettingsError where it cannot be used."""
    sections = _secrets()
    odd = [name for name in sections if name != "auth" and name.strip().casefold() == "auth"]
    if odd:
        raise SettingsError(f"{FILE} has a section [{odd[0]}]. Rename it to [auth]; until then nothing is shown.")
    found = sections.get("auth")
    if found is None:
        if not must_sign_in(settings):
            return None
        raise SettingsError(
            f"Sign-in is required here but is not configured. Create the file {FILE} with a section [auth] that has "
            f"{', '.join(KEYS)}; until then nothing is shown."
        )
    given = found if isinstance(found, Mapping) else {}
    missing = [key for key in KEYS if not str(given.get(key, "")).strip()]
    if missing:
        raise SettingsError(
            f"The section [auth] of {FILE} is missing {', '.join(missing)}. Add what is missing; until then nothing "
            "is shown."
        )
    _check(given)
    if not any(_lists(settings)):
        raise SettingsError(
            "Nobody is allowed to sign in yet. Set GPB_ALLOWED_PEOPLE, GPB_ALLOWED_DOMAINS or GPB_ALLOWED_GROUPS, "
            f"or GPB_ALLOWED_PEOPLE={EVERYBODY} to let in everyone with an account at the provider; until then "
            "nothing is shown."
        )
    return given


def _check(given: Mapping[str, Any]) -> None:
    """Raises SettingsError for values with which sign-in would be weak, or could not come to an end."""
    if len(str(given["cookie_secret"]).strip()) < SHORTEST_SECRET:
        raise SettingsError(
            f"The cookie_secret in {FILE} has fewer than {SHORTEST_SECRET} characters, so it could be guessed. "
            "Replace it with a random one, such as this command prints: python -c 'import secrets; "
            "print(secrets.token_hex(32))'; until then nothing is shown."
        )
    address = str(given["redirect_uri"]).replace("{port}", str(st.get_option("server.port")))  # as Streamlit does
    is_private = address.startswith("https://") or (address.startswith("http://") and is_loopback(address))
    if not is_private or not urlsplit(address).hostname or not address.endswith(CALLBACK):
        raise SettingsError(
            f"The redirect_uri in {FILE} must start with https:// and end with {CALLBACK}, like "
            f"https://dashboard.district.example{CALLBACK} (http:// is allowed only for this machine itself); until "
            "then nothing is shown."
        )
    if st.get_option("server.trustedUserHeaders"):  # they would stand above the signed cookie
        raise SettingsError(
            "The Streamlit option server.trustedUserHeaders lets a request claim to come from anyone. Remove it; "
            "until then nothing is shown."
        )
    if find_spec("authlib") is None:
        raise SettingsError("Sign-in needs the package Authlib. Install requirements.txt again, then restart.")


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
    raise SettingsError(f"{FILE} cannot be read ({reason}). Fix it; until then nothing is shown.")


def _is_listed(claims: Claims, settings: Settings) -> bool:
    people, domains, groups = _lists(settings)
    address, given = verified_address(claims), claims.get("groups")
    own = {str(group).casefold() for group in given} if isinstance(given, list | tuple) else set()
    return (
        EVERYBODY in people
        or (address != "" and (address in people or address.rpartition("@")[2] in domains))
        or bool(own & groups)
    )


def _lists(settings: Settings) -> tuple[set[str], set[str], set[str]]:
    return (
        _names(settings.allowed_people),
        _names(settings.allowed_domains),
        _names(settings.allowed_groups),
    )


def _names(text: str) -> set[str]:
    return {name.strip().casefold() for name in text.split(",") if name.strip()}

"""Who may come in: the provider that people sign in through, the lists of who is admitted, and a person's name.

Everything that is not as it must be keeps the door shut: a setting that is written wrongly must never open it.
Streamlit reads the provider from ``.streamlit/secrets.toml``, section ``[auth]``
(https://docs.streamlit.io/develop/concepts/connections/authentication).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from gpb.errors import NotAdmitted, SettingsError, WrongSetting
from gpb.settings import Settings, SignIn, load_settings, operating_system_user

FILE = ".streamlit/secrets.toml"
CLOSED = "until then nothing is shown"
KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
SHORTEST_SECRET = 32  # characters; RFC 7518, 3.2: a key for HS256 has 256 bits or more
EVERYBODY = "*"
CALLBACK = "/oauth2callback"
ENTRA = "https://login.microsoftonline.com/"
EXAMPLES = {
    "section": "[auth]",
    "redirect_uri": f"https://dashboard.district.example{CALLBACK}",
    "cookie_secret": "64 random letters and digits",
    "client_id": "the id that the provider gave you",
    "client_secret": "the secret that the provider gave you",
    "server_metadata_url": "https://accounts.google.com/.well-known/openid-configuration",
}

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
    """The provider, None where nobody has to sign in.

    Raises SettingsError where it cannot be used: with the first reason, and all of them in ``wrong``.
    """
    sections = _secrets()
    wrong = list(_wrong(sections, settings))
    if wrong:
        raise SettingsError(wrong[0].sentence, tuple(wrong))
    found = sections.get("auth")
    return found if isinstance(found, Mapping) else None


def secrets_set() -> dict[str, bool]:
    """Which secrets of sign-in are set, by name; a file that cannot be read has none."""
    try:
        found = _secrets().get("auth")
    except SettingsError:
        found = None
    given = found if isinstance(found, Mapping) else {}
    return {f"{key} of {FILE}": _has(given, key) for key in ("client_secret", "cookie_secret")}


def _wrong(sections: Mapping[str, Any], settings: Settings) -> Iterator[WrongSetting]:
    """Everything because of which sign-in would be open, weak, or could not come to an end."""
    odd = [name for name in sections if name != "auth" and name.strip().casefold() == "auth"]
    if odd:
        yield _told("section", f"{FILE} has a section [{odd[0]}]. Rename it to [auth]; {CLOSED}.")
        return
    found = sections.get("auth")
    if found is None:
        if must_sign_in(settings):
            yield _told("section", (
                f"Sign-in is required here but is not configured. Create the file {FILE} with a section [auth] that "
                f"has {', '.join(KEYS)}; {CLOSED}."
            ))  # fmt: skip
        return
    given = found if isinstance(found, Mapping) else {}
    missing = [key for key in KEYS if not _has(given, key)]
    if missing:
        told = f"The section [auth] of {FILE} is missing {', '.join(missing)}. Add what is missing; {CLOSED}."
        yield _told(missing[0], told)
    yield from _weak({key: given[key] for key in KEYS if key not in missing})
    if not any(_lists(settings)):
        yield WrongSetting("GPB_ALLOWED_PEOPLE", (
            "Nobody is allowed to sign in yet. Set GPB_ALLOWED_PEOPLE, GPB_ALLOWED_DOMAINS or GPB_ALLOWED_GROUPS, "
            f"or GPB_ALLOWED_PEOPLE={EVERYBODY} to let in everyone with an account at the provider; {CLOSED}."
        ), "ann@district.example")  # fmt: skip


def _weak(given: Mapping[str, Any]) -> Iterator[WrongSetting]:
    """Values with which sign-in would be weak, or could not come to an end."""
    if "cookie_secret" in given and len(str(given["cookie_secret"]).strip()) < SHORTEST_SECRET:
        yield _told("cookie_secret", (
            f"The cookie_secret in {FILE} has fewer than {SHORTEST_SECRET} characters, so it could be guessed. "
            "Replace it with a random one, such as this command prints: python -c 'import secrets; "
            f"print(secrets.token_hex(32))'; {CLOSED}."
        ))  # fmt: skip
    address = str(given.get("redirect_uri", f"https://d.example{CALLBACK}"))
    address = address.replace("{port}", str(st.get_option("server.port")))  # as Streamlit does
    is_private = address.startswith("https://") or (address.startswith("http://") and is_loopback(address))
    if not is_private or not urlsplit(address).hostname or not address.endswith(CALLBACK):
        yield _told("redirect_uri", (
            f"The redirect_uri in {FILE} must start with https:// and end with {CALLBACK}, like "
            f"{EXAMPLES['redirect_uri']} (http:// is allowed only for this machine itself); {CLOSED}."
        ))  # fmt: skip
    if st.get_option("server.trustedUserHeaders"):  # they would stand above the signed cookie
        yield WrongSetting("server.trustedUserHeaders", (
            "The Streamlit option server.trustedUserHeaders lets a request claim to come from anyone. Remove it; "
            f"{CLOSED}."
        ))  # fmt: skip
    if find_spec("authlib") is None:
        told = "Sign-in needs the package Authlib. Install requirements.txt again, then restart."
        yield WrongSetting("requirements.txt", told, "pip install -r requirements.txt")


def _has(given: Mapping[str, Any], key: str) -> bool:
    return bool(str(given.get(key, "")).strip())


def _told(key: str, sentence: str) -> WrongSetting:
    return WrongSetting(f"[auth] {key}".removesuffix(" section"), sentence, EXAMPLES[key])


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
    told = f"{FILE} cannot be read ({reason}). Fix it; {CLOSED}."
    raise SettingsError(told, (WrongSetting(FILE, told, EXAMPLES["section"]),))


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

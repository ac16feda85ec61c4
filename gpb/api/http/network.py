"""The way to a server as this machine's environment describes it: its proxy, and whose certificates it trusts.

The standard library reads the variables (HTTPS_PROXY, ALL_PROXY, NO_PROXY …, and the system's own settings on Windows
and macOS), since it takes what school networks write there: address ranges, IPv6 in brackets, blanks.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi

from gpb.api.http.addresses import is_loopback, origin
from gpb.errors import SettingsError

CERTIFICATES = "SSL_CERT_FILE"
CERTIFICATE_FOLDER = "SSL_CERT_DIR"


def proxy_for(url: str) -> str | None:
    """The address of the proxy through which a server is reached, None for the direct way.

    Raises SettingsError, with the variable, where the environment names a proxy that cannot be used.
    """
    if is_loopback(url):  # a proxy cannot reach this machine's loopback
        return None
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    kind = next((name for name in (parts.scheme, "all") if proxies.get(name, "").strip()), None)
    if kind is None:
        return None
    written = proxies[kind].strip()
    address = written if "://" in written else f"http://{written}"
    if origin(address) is None:
        raise SettingsError(_sentence(f"{kind.upper()}_PROXY", address))
    return address


def certificates() -> ssl.SSLContext:
    """Whom to trust: the usual authorities, or those that SSL_CERT_FILE or SSL_CERT_DIR name.

    Raises SettingsError where such a file or folder cannot be used.
    """
    file, folder = os.environ.get(CERTIFICATES), os.environ.get(CERTIFICATE_FOLDER)
    name, place = (CERTIFICATES, file) if file else (CERTIFICATE_FOLDER, folder)
    try:
        if place and not Path(place).exists():
            raise FileNotFoundError(2, "it does not exist", place)
        return ssl.create_default_context(cafile=file or (None if folder else certifi.where()), capath=folder or None)
    except OSError as error:  # ssl.SSLError is one
        reason = "it contains no certificates" if isinstance(error, ssl.SSLError) else (error.strerror or "unreadable")
        raise SettingsError(
            f"The variable {name} names {place}, which cannot be used ({reason}). Correct it, or remove it."
        ) from error


def _sentence(variable: str, address: str) -> str:
    if address.startswith("socks"):
        return (
            f"The variable {variable} names a SOCKS proxy, which this program cannot use. Set it to the address of an "
            "HTTP proxy, or add the server to NO_PROXY."
        )
    return (
        f"The variable {variable} is not a usable proxy address. Write it like http://proxy.district.example:8080, "
        "or remove it."
    )

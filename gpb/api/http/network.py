"""The way to a server as this machine's environment describes it: its proxy, and whose certificates it trusts.

The standard library reads the variables (HTTPS_PROXY, ALL_PROXY, NO_PROXY …, and the system's own settings on Windows
and macOS). What school networks write into NO_PROXY beyond that is understood here: address ranges, IPv6 in brackets,
ports, wildcards, blanks (as curl and Go read it: https://curl.se/docs/manpage.html#--noproxy).
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

import certifi

from gpb.api.http.addresses import host, is_loopback, origin
from gpb.errors import SettingsError
from gpb.setting_sources import cleaned

CERTIFICATES = "SSL_CERT_FILE"
CERTIFICATE_FOLDER = "SSL_CERT_DIR"
_HOST = re.compile(r"[^\s\x00-\x20\x7f\"'<>\\^`{|}]+")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the variable that names it; the address may hold a password, and is in no ``repr``."""

    variable: str
    address: str = field(repr=False)

    @property
    def sentence(self) -> str:
        """For the middle of a sentence."""
        return f"the proxy {host(self.address)}, which {self.variable} names"


def proxy_for(url: str) -> Proxy | None:
    """The proxy through which a server is reached, None for the direct way.

    Raises SettingsError, with the variable, where the environment names a proxy that cannot be used.
    """
    if is_loopback(url):  # a proxy cannot reach this machine's loopback
        return None
    parts = urlsplit(url)
    server = parts.hostname or ""
    if _is_excepted(server, parts.port or {"http": 80}.get(parts.scheme, 443)) or proxy_bypass(server):
        return None
    proxies = getproxies()
    kind = next((name for name in (parts.scheme, "all") if cleaned(proxies.get(name, ""))), None)
    if kind is None:
        return None
    written = cleaned(proxies[kind])
    address = written if "://" in written else f"http://{written}"
    scheme, _, rest = address.partition("://")
    address = f"{scheme.lower()}://{rest}"
    if not _is_usable(address):
        raise unusable(_variable(kind), address)
    return Proxy(_variable(kind), address)


def unusable(variable: str, address: str = "") -> SettingsError:
    """That a variable names no proxy that this program can use."""
    if address.startswith("socks"):
        return SettingsError(
            f"The variable {variable} names a SOCKS proxy, which this program cannot use. Set it to the address of an "
            "HTTP proxy, or add the server to NO_PROXY."
        )
    return SettingsError(
        f"The variable {variable} is not a usable proxy address. Write it like http://proxy.district.example:8080 or "
        "http://user:password@proxy.district.example:8080 (@ in a password is %40, / is %2F), or remove it."
    )


def certificates() -> ssl.SSLContext:
    """Whom to trust: the usual authorities, and those that SSL_CERT_FILE or SSL_CERT_DIR name.

    Raises SettingsError where such a file or folder cannot be used.
    """
    file, folder = certificate_places()
    if not file and not folder:
        return ssl.create_default_context(cafile=certifi.where())
    if file and not os.path.isfile(file):
        raise _no_certificates(CERTIFICATES, file, "there is no such file")
    if folder and not os.path.isdir(folder):
        raise _no_certificates(CERTIFICATE_FOLDER, folder, "there is no such folder")
    try:
        context = ssl.create_default_context(cafile=file, capath=folder)
    except OSError as error:  # ssl.SSLError is one; a folder is read when a server asks for it
        reason = "it contains no certificates" if isinstance(error, ssl.SSLError) else error.strerror or "unreadable"
        raise _no_certificates(CERTIFICATES, file, reason) from error
    context.load_verify_locations(cafile=certifi.where())  # the other system may be known to everybody
    return context


def certificate_places() -> tuple[str | None, str | None]:
    """What SSL_CERT_FILE and SSL_CERT_DIR name."""
    file, folder = (cleaned(os.environ.get(name, "")) or None for name in (CERTIFICATES, CERTIFICATE_FOLDER))
    return file, folder


def _no_certificates(variable: str, place: str | None, reason: str) -> SettingsError:
    return SettingsError(
        f"The variable {variable} names {place}, which cannot be used ({reason}). Remove it, or set {CERTIFICATES} to "
        "a file with certificates in PEM format, like /etc/ssl/district.pem."
    )


def _variable(kind: str) -> str:
    """The variable as it is written: small letters count first, as everywhere."""
    name = f"{kind}_proxy"
    return name if os.environ.get(name) and os.name != "nt" else name.upper()


def _is_usable(address: str) -> bool:
    """Whether it is a proxy's address: a host, a port, perhaps a user; a path is that of something else."""
    if origin(address) is None:
        return False
    parts = urlsplit(address)
    rest = parts.path.strip("/") + parts.query + parts.fragment
    return not rest and parts.port != 0 and _HOST.fullmatch(parts.hostname or "") is not None


def _is_excepted(server: str, port: int) -> bool:
    """Whether NO_PROXY names a server, in one of the ways in which people write that."""
    entries = re.split(r"[,;\s]+", getproxies_environment().get("no", ""))
    return any(_names(cleaned(entry).lower(), server.lower().rstrip("."), port) for entry in entries)


def _names(entry: str, server: str, port: int) -> bool:
    entry = entry.rpartition("://")[2]
    if entry in ("", "*"):
        return entry == "*"
    found = re.fullmatch(r"\[(.*)\](?::(\d+))?|([^:]*):(\d+)", entry)
    if found:
        inside, its_port = found[1] or found[3] or "", found[2] or found[4]
        if its_port and int(its_port) != port:
            return False
        entry = inside
    try:
        return ipaddress.ip_address(server) in ipaddress.ip_network(entry, strict=False)
    except ValueError:  # names
        name = entry.removeprefix("*").strip("./")
        return bool(name) and (server == name or server.endswith(f".{name}"))


def distrust(system: str, server: str, reason: str) -> str:
    """That a server's certificate is not trusted, up to the name of the setting with its address."""
    file, folder = certificate_places()
    given = f"{CERTIFICATES} ({file})" if file else f"{CERTIFICATE_FOLDER} ({folder})" if folder else None
    advice = (
        f"The certificates that the variable {given} names do not fit it. Ask your network team for those of the "
        "authority that has signed it"
        if given
        else "If your network or district has its own certificate authority, set the variable "
        f"{CERTIFICATES} to the file with its certificate, in PEM format"
    )
    return (
        f"This machine does not trust the certificate of {system} at {server} ({reason.rstrip('.')}). {advice}; "
        "otherwise check"
    )

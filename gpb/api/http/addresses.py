"""Web addresses: which server they belong to, and the address of a page that a reply points to.

Pure functions without I/O. An origin is scheme, host and port (RFC 6454); a token is sent to one origin only.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urljoin, urlsplit, urlunsplit

CANVAS_TAIL = "/api/v1"
ONEROSTER_TAIL = "/ims/oneroster/v1p1"
_USUAL_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


def origin(url: str) -> Origin | None:
    """Scheme, host and port of an absolute http(s) address; None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is no number, a broken IPv6 host
        return None
    if parts.scheme not in _USUAL_PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or _USUAL_PORTS[parts.scheme]


def resolve(page: str, target: str) -> str | None:
    """The absolute address of ``target`` as seen from ``page``, or None where it leaves the page's origin."""
    try:
        address = urljoin(page, target.strip())
    except ValueError:
        return None
    return address if origin(address) is not None and origin(address) == origin(page) else None


def followed(page: str, target: str, root: str) -> str | None:
    """The address at which a next page is asked for, or None where it is no page of the same API.

    A server behind a proxy may name the scheme or the host by which it knows itself. Where nothing but the origin
    differs from ``page``, and the path is that of ``page`` or below ``root`` (a path that ends with a slash), the page
    is asked for at the origin of ``page``: no request ever goes anywhere else.
    """
    inside = resolve(page, target)
    if inside is not None:
        return inside
    try:
        there = urlsplit(urljoin(page, target.strip()))
    except ValueError:
        return None
    here = urlsplit(page)
    is_same_api = there.path == here.path or (root != "/" and there.path.startswith(root))
    if origin(there.geturl()) is None or not is_same_api or ".." in there.path.split("/"):
        return None
    return urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))


def named(url: str) -> str:
    """Scheme and host, for a sentence about an address that cannot be used."""
    found = origin(url)
    return f"{found[0]}://{host(url)}" if found else "an address that cannot be read"


def host(url: str) -> str:
    """The host with its port, where one is written, for sentences; empty for what is no address."""
    found = origin(url)
    if found is None:
        return ""
    scheme, name, port = found
    return name if port == _USUAL_PORTS[scheme] else f"{name}:{port}"


def is_loopback(url: str) -> bool:
    """True for a server on this same machine, which no proxy can reach."""
    found = origin(url)
    if found is None:
        return False
    try:
        return ipaddress.ip_address(found[1]).is_loopback
    except ValueError:  # a name
        return found[1] == "localhost"


def canvas_base(url: str) -> str:
    """The root of a Canvas, also when the address of its REST API was given."""
    return url.rstrip("/").removesuffix(CANVAS_TAIL)


def focus_base(url: str) -> str:
    """The base of Focus' native dialect, ``.../api/1.0``, also when that of OneRoster was given."""
    return url.rstrip("/").removesuffix(ONEROSTER_TAIL)


def oneroster_base(url: str) -> str:
    """The base of the OneRoster dialect, ``.../api/1.0/ims/oneroster/v1p1``, also when the native one was given."""
    return focus_base(url) + ONEROSTER_TAIL if focus_base(url).endswith("/api/1.0") else url.rstrip("/")

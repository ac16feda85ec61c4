"""The address of a section in the SIS: a district's own pattern, filled in for each class."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit

import pandas as pd

FIELDS = ("class_id", "sis_section_id")
_FIELD = re.compile(r"\{(.*?)\}")
LONGEST = 2_000  # characters; what browsers and mail programs open


def read_pattern(text: str) -> str:
    """The pattern of GPB_FOCUS_SECTION_LINK; raises ValueError with the rest of a sentence about the setting."""
    if not text:
        return ""
    used = _FIELD.findall(text)
    if not used or not set(used) <= set(FIELDS) or set("{}") & set(_FIELD.sub("", text)):
        raise ValueError("needs {class_id} or {sis_section_id} in it, and nothing else in curly brackets")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("is not a web address") from error
    is_private = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    if not is_private or not host or "@" in parts.netloc or not text.isprintable() or any(map(str.isspace, text)):
        raise ValueError("must be a web address that starts with https://, without blanks, user or password")
    if "{" in parts.netloc or len(text) > LONGEST:
        raise ValueError("must name the server itself, and have the placeholder behind it")
    return text


def section_links(
    pattern: str, class_ids: pd.Series[str], sis_section_ids: pd.Series[str] | None = None
) -> pd.Series[str]:
    """The address of each section, every id escaped; empty where there is no pattern, or no id to fill in."""
    if not pattern:
        return pd.Series("", index=class_ids.index, dtype="str")
    others = [None] * len(class_ids) if sis_section_ids is None else sis_section_ids
    found = [_filled(pattern, dict(zip(FIELDS, ids, strict=True))) for ids in zip(class_ids, others, strict=True)]
    return pd.Series(found, index=class_ids.index, dtype="str")


def _filled(pattern: str, ids: dict[str, object]) -> str:
    used = {field: ids[field] for field in _FIELD.findall(pattern)}
    if not all(isinstance(one, str) and one for one in used.values()):
        return ""
    return _FIELD.sub(lambda found: quote(str(used[found[1]]), safe=""), pattern)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"

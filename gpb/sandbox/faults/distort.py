"""Replies that arrive changed: lists emptied, links lost or led astray, ids as text, JSON that is none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from gpb.sandbox.replies import encode

RawHeaders = list[tuple[bytes, bytes]]
LENGTH, LINK, TOTAL = b"content-length", b"link", b"x-total-count"


def distort(fault: str | None, headers: RawHeaders, body: bytes) -> tuple[RawHeaders, bytes]:
    """Return headers and body as the fault leaves them; other faults change nothing here."""
    if fault == "cut-walk":
        return [pair for pair in headers if pair[0] != LINK], body
    if fault in ASTRAY:
        astray = [(name, ASTRAY[fault](value) if name == LINK else value) for name, value in headers]
        changed = ASTRAY[fault](body)
        return [*(pair for pair in astray if pair[0] != LENGTH), (LENGTH, str(len(changed)).encode())], changed
    if fault not in ("not-json", "empty-list", "string-ids"):
        return headers, body
    if fault == "not-json":
        changed = b'{"data": [}' + body[:20]
    else:
        content = json.loads(body)
        changed = encode(_emptied(content) if fault == "empty-list" else _with_text_ids(content))
    kept = [pair for pair in headers if pair[0] not in (LENGTH, *((LINK, TOTAL) if fault == "empty-list" else ()))]
    return [*kept, (LENGTH, str(len(changed)).encode())], changed


OWN = re.compile(rb"http://127\.0\.0\.1(?=:)")
ASTRAY: dict[str | None, Callable[[bytes], bytes]] = {
    # The same server by another name is another origin, which no token may follow.
    "other-host": lambda text: OWN.sub(b"http://localhost", text),
    "other-scheme": lambda text: OWN.sub(b"https://127.0.0.1", text),
    "inner-host": lambda text: re.sub(OWN.pattern + rb":\d+", b"http://roster.internal:8080", text),
}


def _emptied(content: Any) -> Any:
    """The reply of a source that has lost everything."""
    if isinstance(content, list):
        return []
    if not isinstance(content, dict):
        return content
    totals = {"total": 0, "count": 0}
    emptied: dict[str, Any] = {
        name: [] if isinstance(value, list) else totals.get(name, value) for name, value in content.items()
    }
    return emptied | ({"pagination": {"next": None}} if "pagination" in content else {})


def _with_text_ids(content: Any) -> Any:
    """Whole numbers under `id` and `..._id` as text, as Canvas sends them to clients that ask for it."""
    if isinstance(content, list):
        return [_with_text_ids(item) for item in content]
    if not isinstance(content, dict):
        return content
    return {
        name: str(value) if type(value) is int and (name == "id" or name.endswith("_id")) else _with_text_ids(value)
        for name, value in content.items()
    }

"""Text for the screen: names shown as they are, times in the reader's zone, numbers with their units."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

from gpb.printable import one_line
from gpb.sync.gates import CLOCKS_DIFFER

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~^=&])")
_ALIVE = re.compile(
    r"(?<=:)(?=[A-Za-z_+/-]|1(?:00|234):|[0-9]+[A-Za-z_])|(?<=@)(?=\S)|(?<=www)(?=\.)"
    r"|(?<=[-<>~])(?=(?:[-=>]|->)(?:\s|$))",
    re.IGNORECASE,
)
"""Where Streamlit's Markdown finds a code, a link, an address or an arrow after it has read the escapes."""
_MARKUP = re.compile(r"(?<=\])(?=[(\[])|(?<=[<\\])(?=\S)|(?<=&)(?=#|\w+;)|^(?=[^\w“]|[0-9]+[.)])")
"""Where it finds a link, a tag, a character's name, an escape or a block if nothing is escaped."""
_PAIRED = re.compile(r"([*`~$])(?=.*\1)")
_LOOK_ALIKE = {"*": "∗", "`": "ˋ", "~": "∼", "$": "﹩"}
_OUTER_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_WORD_JOINER = "\u2060"  # invisible, and silent in a screen reader
REASONS = 6  # that are told in full
LONGEST, LONGEST_SENTENCE = 300, 3_000  # characters


def plain(text: object, longest: int = LONGEST) -> str:
    """A name from Canvas, Focus or a file for a place that reads Markdown, so that it is shown letter by letter.

    On one line, without what a reader cannot see, and cut where it is longer than ``longest``.
    """
    words = one_line(text)
    cut = words if len(words) <= longest else f"{words[: longest - 1]}…"
    return _PUNCTUATION.sub(r"\\\1", _ALIVE.sub(_WORD_JOINER, cut))


def sentence(text: object) -> str:
    """A sentence of the program, which may hold such names, for a place that reads Markdown."""
    return plain(text, LONGEST_SENTENCE)


def widget_label(text: object, longest: int = LONGEST) -> str:
    """The label of a widget, which may hold such names, for the screen and for screen readers.

    Streamlit shows a label as Markdown and passes it to screen readers as it stands, so nothing can be escaped: the
    few characters that mark something in pairs become others of the same look, and the rest stays what it is.
    """
    words = one_line(text)
    cut = words if len(words) <= longest else f"{words[: longest - 1]}…"
    alike = _PAIRED.sub(lambda found: _LOOK_ALIKE[found[1]], _OUTER_UNDERSCORE.sub("ˍ", cut))
    return _MARKUP.sub(_WORD_JOINER, _ALIVE.sub(_WORD_JOINER, alike))


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 row``, ``1,204 rows``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def reasons(why: pd.Series[str]) -> str:
    """The reasons of some rows as a list in full, the most frequent first: a cell shows how such a sentence begins."""
    counts = why.value_counts()
    told = [sentence(one) for one in counts.index[:REASONS]]
    if len(counts) > 1:
        told = [f"{count(number, 'row')}: {one}" for number, one in zip(counts.tolist(), told, strict=False)]
    more = len(counts) - len(told)
    return "\n".join(f"- {one}" for one in [*told, *([f"and {more:,} more"] if more else [])])


def fingerprint(shown: object) -> str:
    """Names what is shown in the key of its widget: a tick or a click counts only while the same is shown.

    Frames and series are told apart by their values, all else by its ``repr``.
    """
    if isinstance(shown, pd.DataFrame | pd.Series):
        content = pd.util.hash_pandas_object(shown, index=False).to_numpy().tobytes()
    else:
        content = repr(shown).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def local_time(moment: datetime | str) -> str:
    """A moment (UTC, or ISO 8601 text) in the district's time zone: ``23 Nov 2026, 09:34``."""
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{when.astimezone(_zone()):%d %b %Y, %H:%M}".removeprefix("0")


def age(moment: datetime) -> str:
    """How long ago a moment was, roughly: ``just now``, ``5 minutes ago``, ``3 days ago``; a wrong clock is told."""
    past = datetime.now(UTC) - moment
    if past < -CLOCKS_DIFFER:
        return "at a time that is in the future by this server’s clock"
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if past >= length:
            return f"{count(past // length, unit)} ago"
    return "just now"


def _zone() -> ZoneInfo | None:
    """The district's zone where it is set (``app.py`` puts it there), else the browser's, else the server's own."""
    name = st.session_state.get("zone") or st.context.timezone
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None

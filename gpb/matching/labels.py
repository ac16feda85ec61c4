"""Labels of categories that people pick: one for each, none of them twice, and none that says something else.

A label is the title. Where titles of one section look alike, the number of sections that a category serves and the part
of its id that differs stand beside it; a title that is blank, or that reads like a word of ours, is marked as a title.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping

import pandas as pd

UNASSOCIATED = "Unassociated"
LEAVE = "Leave unassociated"
NO_CATEGORIES = "set up categories in Focus first"
NO_CLASS = "Focus does not know this section"
ELSEWHERE = "stored outside Canvas"
NOT_VALID = " (not valid here)"
NO_TITLE = "(category without a title)"
MARK = " (category)"
"""Stands behind a title that reads like one of these."""
LONG = 16
"""Characters: a part of an id that is longer is cut to what tells it apart."""
CONTEXT = 12
"""So many characters at most stand before a difference, back to where its word begins."""

_WORDS = {text.casefold() for text in (UNASSOCIATED, LEAVE, NO_CATEGORIES, NO_CLASS, ELSEWHERE, NO_TITLE)}


def title_label(title: str) -> str:
    """A title as people can tell it from no category at all, from a hint and from a category that is gone."""
    seen = _look(title).casefold()
    if not any(sign.isprintable() and not sign.isspace() for sign in title):
        return NO_TITLE
    if seen in _WORDS or seen.endswith((NOT_VALID.strip(), MARK.strip())):
        return f"“{title}”{MARK}"
    return title


def shown_title(title: str | None) -> str:
    """The same; ``Unassociated`` where there is no category (None)."""
    return UNASSOCIATED if title is None else title_label(title)


def shown_titles(titles: pd.Series[str], otherwise: str | None = UNASSOCIATED) -> pd.Series[str]:
    """A column of titles as ``title_label`` has them (str), ``otherwise`` where one is missing."""
    names = {title: title_label(title) for title in titles.dropna().unique()}
    shown = titles.map(names).astype("str")
    return shown if otherwise is None else shown.fillna(otherwise)


def category_labels(titles: Mapping[str, str], sections: Callable[[str], str]) -> dict[str, str]:
    """Category id by label, in the order of ``titles`` (title by category id); every category has a label of its own.

    ``sections`` tells how many sections a category serves, in words.
    """
    alike: dict[str, list[str]] = {}
    for identifier, title in titles.items():
        alike.setdefault(_look(title_label(title)), []).append(identifier)
    single = {ids[0]: title_label(titles[ids[0]]) for ids in alike.values() if len(ids) == 1}
    taken = set(single.values())
    found: dict[str, str] = {}
    for ids in alike.values():
        for identifier, label in zip(ids, _told_apart(titles, ids, sections), strict=True):
            unique = single.get(identifier) or _unused(label, identifier, taken)
            taken.add(unique)
            found[identifier] = unique
    return {found[identifier]: identifier for identifier in titles}


def different_parts(identifiers: list[str]) -> list[str]:
    """For each of several ids the part that tells it from the others, by whole words where that is short."""
    begin = _same(identifiers)
    end = _same([identifier[begin:][::-1] for identifier in identifiers])
    first, last = identifiers[0], identifiers[0][len(identifiers[0]) - end :]
    before = _run(first[:begin][::-1])
    after = _run(last)
    parts = [one[begin - before : len(one) - end + after] for one in identifiers]
    if max(map(len, parts)) > LONG:
        parts = _shortest_beginnings(parts)
    return parts


def _same(texts: list[str]) -> int:
    """With how many characters all begin."""
    first, length = texts[0], min(map(len, texts))
    return next((place for place in range(length) if any(one[place] != first[place] for one in texts)), length)


def _run(text: str) -> int:
    """How many letters and digits begin a text, none where they are too many to be read."""
    length = next((place for place, sign in enumerate(text) if not sign.isalnum()), len(text))
    return length if length <= CONTEXT else 3


def _shortest_beginnings(parts: list[str]) -> list[str]:
    """The first words of each, as many as are needed; whole where none are enough."""
    for size in range(4, max(map(len, parts))):
        cut = [part[:size] for part in parts]
        is_whole = all(not part[size : size + 1].isalnum() for part in parts)
        if is_whole and len({_look(one) for one in cut}) == len(parts):
            return cut
    return parts


def _told_apart(titles: Mapping[str, str], ids: list[str], sections: Callable[[str], str]) -> Iterable[str]:
    if len(ids) == 1:
        return [title_label(titles[ids[0]])]
    counts, parts = [sections(identifier) for identifier in ids], different_parts(ids)
    told = counts if len(set(counts)) == len(ids) else [""] * len(ids)
    return [
        " · ".join(filter(None, (title_label(titles[identifier]), count, _look(part))))
        for identifier, count, part in zip(ids, told, parts, strict=True)
    ]


def _unused(label: str, identifier: str, taken: set[str]) -> str:
    looks = {_look(one) for one in taken}
    for tried in (label, f"{label} · {identifier}"):
        if _look(tried) not in looks:
            return tried
    number = 2
    while _look(f"{label} ({number})") in looks:
        number += 1
    return f"{label} ({number})"


def _look(text: str) -> str:
    """What a reader sees of a text: blanks and the two ways to write an accent make no difference."""
    return unicodedata.normalize("NFC", " ".join(text.split()))

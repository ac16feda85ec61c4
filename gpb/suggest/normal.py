"""Names of assignment groups and titles of categories, as far as they mean the same: the words that are left.

How schools write them was read off several hundred public syllabi and grading policies.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WEIGHT = re.compile(
    r"\(?\s*[=:–—-]?\s*(?<![\w.,])(?:worth\s+)?\d+(?:[.,]\d+)?\s*%(?:\s*of\s+(?:(?:the|your|final|overall|total|course)\s+)*grade)?\s*\)?"
)
_POINTS = re.compile(r"\(?\b\d+(?:\s*[-–]\s*\d+)?\s*(?:points?|pts?)\b(?:\s+each)?\.?\s*\)?")
_COPY = re.compile(r"\(\s*copy(?:\s+\d+)?\s*\)|\bcopy(?:\s+\d+)?\s*$|^\s*copy\s+of\b")
_YEAR = re.compile(r"\b(?:sy\s*)?(?:20)?\d\d\s*[-–/]\s*(?:20)?\d\d\b|\b(?:sy\s*)?20\d\d\b|\bsy\s*\d\d\b")
_PERIODS = r"quarter|semester|sem|unit|week|wk|trimester|term|period|per|marking period|mp|nine weeks|grading period"
_PERIOD = re.compile(
    rf"\b(?:{_PERIODS})\s*#?\s*(?:\d+|[ivx]+|one|two|three|four)\b"
    rf"|\b(?:\d+\s*(?:st|nd|rd|th)|first|second|third|fourth)\s+(?:{_PERIODS})\b"
    r"|\b(?:\d+\s*(?:st|nd|rd|th)|first|second|third|fourth)\s+(?:9|nine)\s*weeks?\b"
    r"|\b(?:q|s|t|mp)\s*[1-6]\b"
)
_NUMBERING = re.compile(r"^\s*(?:category\s*)?(?:#\s*)?(?:\d+|[a-h])\s*(?:[.):=]|[-–—](?=\s|[a-z]))\s*")
_SERIAL = re.compile(r"(?<=[^\W\d_])\s*[-–_#]\s*\d{1,2}\s*$")
_CATEGORY = re.compile(r"^\s*category\s*\d+\s*")
_ABBREVIATED = re.compile(r"\b(?:[a-z]\.){2,}")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['’ʼ](?=[^\W\d_])")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
_RETIRED = re.compile(
    r"\b(?:old|do\s*n[o']?t\s+use|don['’]t\s+use|not\s+in\s+use|unused|archived?|obsolete|deprecated|delete|ignore|retired)\b"
)
_SELECTORS = "\ufe0e\ufe0f\u20e3"  # after a digit or sign, to draw it as an emoji
_AS_THEY_ARE = frozenset({"class", "process", "progress", "success", "wellness", "fitness", "readiness", "ss", "dress"})


@lru_cache(maxsize=65_536)
def plain(name: str) -> str:
    """A name in one case and width, without emoji and signs that nobody sees."""
    shown = "".join(_shown(sign) for sign in unicodedata.normalize("NFKC", name))
    return " ".join(unicodedata.normalize("NFKC", shown).casefold().split())


def _shown(sign: str) -> str:
    if sign in _SELECTORS or unicodedata.category(sign) in ("Cf", "Cc", "Co", "Cs"):
        return " " if sign.isspace() else ""
    return " " if unicodedata.category(sign) in ("So", "Sk") else sign


def is_retired(name: str) -> bool:
    """Whether a name says that the group is used no more."""
    return _RETIRED.search(plain(name)) is not None


def weights(name: str) -> set[float]:
    """The percentages that a name states."""
    return {float(found.replace(",", ".")) for found in _PERCENT.findall(plain(name))}


@lru_cache(maxsize=65_536)
def words(name: str) -> tuple[str, ...]:
    """The words of a name that mean something: singular, without weight, points, period, year, numbering or “copy”.

    Empty where nothing is left: such a name says nothing.
    """
    text = _APOSTROPHE.sub("", plain(name))
    text = _ABBREVIATED.sub(lambda found: found[0].replace(".", ""), text)
    for pattern in (_COPY, _POINTS, _WEIGHT, _YEAR, _PERIOD, _CATEGORY, _NUMBERING, _COPY, _SERIAL):
        text = pattern.sub(" ", text)
    found = re.findall(r"[^\W_]+", text.replace("&", " and ").replace("+", " and "))
    if not any(any(sign.isalpha() for sign in word) for word in found):
        return ()
    return tuple(singular(word) for word in found)


def singular(word: str) -> str:
    """An English word's singular, near enough to compare with another one."""
    if len(word) < 4 or word in _AS_THEY_ARE or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith("zzes"):
        return word[:-3]
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=65_536)
def together(name: str) -> str:
    """The words without blanks between them, and without *and*: “home work” is “homework”, “a & b” is “a/b”."""
    return "".join(word for word in words(name) if word != "and")


@lru_cache(maxsize=65_536)
def parts(name: str) -> tuple[tuple[str, ...], ...]:
    """The parts that a compound name lists: “Tests, Quizzes & Labs” has three, a name of one kind has one."""
    pieces = re.split(r"[/,;+&|]|\band\b|\bor\b|\(|\)", plain(name))
    return tuple(found for found in map(words, pieces) if found)

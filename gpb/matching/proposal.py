"""Which rule (GPB_SECTION_KEY) would find the classes of a sample of sections, where the present one does not.

The usual differences are tried: another field, something constant before or behind the id on either side, letter case,
leading zeros, and the first or last number of both ids. A rule is proposed only where it explains most sections, gives
no class to two of them, and no other rule of that weight says otherwise.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from gpb.matching.section_key import EQUALS, FIELDS, NO_CASE, REGEX, TEMPLATE, read_rule, section_rule

Ids = Mapping[str, str | None]
"""The ids of one section, by field."""
ENOUGH, PATTERNS = 2, 6
"""Sections that show a pattern, and patterns of one kind that are looked into."""
COMMON = 20
"""A word that more classes share says nothing about any of them."""
TELLING = 6
"""Characters: so long a part is no accident, even where it is cut out of a longer word."""
NUMBER = 4
"""Digits: shorter numbers are equal by accident."""
_WORDS = re.compile(r"[0-9]+|[^\W\d_]+")
_NUMBERS = rf"^\D*?0*(\d{{{NUMBER},}})", rf"0*(\d{{{NUMBER},}})\D*$"
"""The first and the last one."""


@dataclass(frozen=True)
class Proposal:
    """The value for GPB_SECTION_KEY, and the class that it gives to each section (by place) that finds one."""

    text: str
    pairs: Mapping[int, str]


def pairs_by(text: str, sections: Sequence[Ids], classes: Collection[str]) -> dict[int, str]:
    """Which of the sections, by place, find which class by a rule."""
    rule = section_rule(text)
    found = rule.classes(rule.keys(one.get(rule.field) for one in sections), classes)
    return {place: class_id for place, class_id in enumerate(found) if class_id is not None and class_id in classes}


def propose(present: str, sections: Sequence[Ids], classes: Collection[str]) -> Proposal | None:
    """The rule that finds more classes than the present one, None where there is none, or doubt."""
    known = frozenset(classes)
    now = Proposal(present, pairs_by(present, sections, known))
    for candidates in (_by_form(sections, known), _by_number(sections)):
        tried = [now, *(Proposal(text, pairs_by(text, sections, known)) for text in dict.fromkeys(candidates))]
        unique = [one for one in tried if one is now or len(set(one.pairs.values())) == len(one.pairs)]
        best = max(unique, key=lambda one: len(one.pairs))  # of equal ones the first, which is the simplest
        if len(best.pairs) >= ENOUGH and 2 * len(best.pairs) > len(sections):
            is_sure = best is not now and not any(_contradicts(one, best) for one in unique)
            return best if is_sure else None
    return None


def _contradicts(one: Proposal, best: Proposal) -> bool:
    differs = any(best.pairs.get(place, class_id) != class_id for place, class_id in one.pairs.items())
    return differs and 2 * len(one.pairs) > len(best.pairs)


def _by_form(sections: Sequence[Ids], classes: Collection[str]) -> Iterator[str]:
    """Rules of which each fits some sections, the simplest first."""
    yield from FIELDS
    for ignores_case, ignores_zeros in product((False, True), repeat=2):
        case = NO_CASE if ignores_case else ""
        if ignores_case:
            yield from (case + field for field in FIELDS)
        for field in FIELDS:
            ids = [identifier for one in sections if (identifier := one.get(field))]
            for form in _forms(ids, classes, ignores_case=ignores_case, ignores_zeros=ignores_zeros):
                text = _rule(field, form, ignores_zeros=ignores_zeros)
                if text is not None and _is_readable(case + text):
                    yield case + text


def _by_number(sections: Sequence[Ids]) -> Iterator[str]:
    """Rules for ids that all have a number in the same place, whatever stands around it."""
    ids = [one.get(FIELDS[0]) or "" for one in sections]
    for own, other in product(_NUMBERS, repeat=2):
        numbers = [found.group(1) for identifier in ids if (found := re.search(own, identifier))]
        if len(numbers) == len(ids) and not _is_glued(numbers):
            yield f"{REGEX}{own}{EQUALS}{other}"


def _is_glued(numbers: Collection[str]) -> bool:
    """Whether one of the numbers, a year for example, is but what stands at all ids: an id without digits beside it
    would be that number, and the class of another one.
    """
    shortest, *others = sorted({*numbers}, key=len) or [""]
    return bool(others) and (
        all(one.endswith(shortest) for one in others) or all(one.startswith(shortest) for one in others)
    )


Form = tuple[str, str, str, str]
"""What stands before and behind the part that both ids share: in the section's, and in the class'."""


def _forms(ids: Iterable[str], classes: Collection[str], *, ignores_case: bool, ignores_zeros: bool) -> list[Form]:
    """The most frequent forms, counted once for each section."""

    def plain(text: str) -> str:
        folded = text.casefold() if ignores_case else text
        return (folded.lstrip("0") or "0") if ignores_zeros else folded

    by_part: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for class_id in classes:
        for start, end in _spans(class_id):
            by_part[plain(class_id[start:end])].append((class_id[:start], class_id[end:]))
    counts: Counter[Form] = Counter()
    for identifier in ids:
        found = {
            (identifier[:start], identifier[end:], *around)
            for start, end in _spans(identifier)
            if len(near := by_part.get(plain(identifier[start:end]), ())) <= COMMON
            for around in near
        }
        if not ignores_case and not ignores_zeros:
            found |= set(_cut_out(identifier, classes))
        counts.update(found)
    return [form for form, number in counts.most_common(PATTERNS) if number >= ENOUGH]


def _spans(identifier: str) -> Iterator[tuple[int, int]]:
    """Where the parts of an id begin and end that are whole words; the id itself, if it has too many."""
    words = [match.span() for match in _WORDS.finditer(identifier)]
    if len(words) > len("abcdefgh") or not words:
        words = [match.span() for match in re.finditer(r"[^\W_]+", identifier)]
    if len(words) > len("abcdefgh"):
        words = []
    spans = {(0, len(identifier)), *words}
    spans |= {(first, last) for (first, _), (_, last) in combinations(words, 2)}
    yield from sorted(spans)


def _cut_out(identifier: str, classes: Iterable[str]) -> Iterator[Form]:
    """Forms in which one of the ids is a part of the other, though not of whole words."""
    for class_id in classes:
        short, long = sorted((identifier, class_id), key=len)
        place = long.find(short) if len(short) >= TELLING else -1
        if place >= 0:
            around = long[:place], long[place + len(short) :]
            yield ("", "", *around) if short == identifier else (*around, "", "")


def _rule(field: str, form: Form, *, ignores_zeros: bool) -> str | None:
    own_before, own_after, before, after = form
    if not ignores_zeros and not own_before and not own_after:
        return f"{TEMPLATE}{before}{{{field}}}{after}" if before or after else field
    if field != FIELDS[0]:
        return None
    zeros = "0*" if ignores_zeros else ""
    own, other = (
        f"^{re.escape(start)}{zeros}(.+){re.escape(end)}$" for start, end in ((own_before, own_after), (before, after))
    )
    return f"{REGEX}{own}" if not (before or after or ignores_zeros) else f"{REGEX}{own}{EQUALS}{other}"


def _is_readable(text: str) -> bool:
    """Whether the settings read this very rule; blanks and signs in ids may make another one of it."""
    try:
        read_rule(text)
    except ValueError:
        return False
    return text == " ".join(text.split()) and text.count(EQUALS) <= 1

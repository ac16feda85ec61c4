"""What the name of a group alone says about its category: a proposal with its tier and reason, or why there is none.

Tier A is fit to be accepted for all rows at once: the name and one title are the same words. Tier B is confirmed once
per pattern: the name is a kind, or a part, of one title. Tier C is a question for a person. Similarity of spelling
alone proposes nothing: on judged names of real schools it was wrong in every fifth case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from gpb.suggest.normal import is_retired, parts, together, weights, words
from gpb.suggest.vocabulary import Level, Vocabulary, Words

TYPO = 88.0
"""The least edit ratio (0 to 100) of a typing mistake."""
AHEAD = 12.0
"""How far the second-best title must be behind."""
ONE_WORD = 75.0
"""The least edit ratio of a word and itself misspelt."""
FILLERS = frozenset({"assessment", "assignment", "grade", "work", "task", "activity"})


class Tier(StrEnum):
    """What a proposal is fit for."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True)
class Proposal:
    """A title, or None; ``reason`` says why, in words; ``tier`` is None where there is nothing to ask either."""

    title: str | None
    tier: Tier | None
    reason: str


Step = Callable[["_Case"], Proposal | None]


@dataclass(frozen=True)
class _Case:
    group: str
    titles: tuple[str, ...]
    vocabulary: Vocabulary

    def only(self, titles: Sequence[str], tier: Tier, reason: str) -> Proposal | None:
        """The proposal of the one title that fits."""
        return Proposal(titles[0], tier, reason.format(titles[0])) if len(titles) == 1 else None


def propose(group: str, titles: Sequence[str], vocabulary: Vocabulary) -> Proposal:
    """What the name of a group says about the titles of its section."""
    case = _Case(group, tuple(dict.fromkeys(titles)), vocabulary)
    if not case.titles:
        return Proposal(None, None, "The section has no categories.")
    if is_retired(group):
        return Proposal(None, None, "The name says that the group is not used any more.")
    if not words(group):
        return Proposal(None, None, "The name says nothing about the kind of work.")
    for step in (_same_words, _explained, _typing_mistake, _abbreviated, _part, _head, _level):
        found = step(case)
        if found is not None and found.title is not None and _contradicts(group, found.title):
            return Proposal(
                None, Tier.C, f"“{found.title}” would fit, but its weight differs from the one in the name."
            )
        if found is not None:
            return found
    return _question(case)


def _contradicts(group: str, title: str) -> bool:
    own, others = weights(group), weights(title)
    return bool(own and others and not own & others)


def _same_words(case: _Case) -> Proposal | None:
    alike = [title for title in case.titles if together(title) == together(case.group)]
    if len(alike) > 1:
        return Proposal(None, Tier.C, f"{_listed(alike)} differ too little to tell which one is meant.")
    is_identical = case.group in alike
    return case.only(
        alike, Tier.A, "It has the same name." if is_identical else "The name and “{}” are the same words."
    )


def _explained(case: _Case) -> Proposal | None:
    """The name is one title with an explanation in brackets, which speaks of no other title."""
    before, bracket, inside = case.group.partition("(")
    alike = [title for title in case.titles if bracket and together(title) == together(before)]
    others = {word for title in case.titles if title not in alike for word in words(title)} - FILLERS
    if not words(before) or others & set(words(inside)):
        return None
    return case.only(alike, Tier.A, "The name is “{}” with an explanation.")


def _typing_mistake(case: _Case) -> Proposal | None:
    own = " ".join(words(case.group))
    scored = sorted(((fuzz.ratio(own, " ".join(words(title))), title) for title in case.titles), reverse=True)
    best, title = scored[0]
    second = scored[1][0] if len(scored) > 1 else 0.0
    if best < TYPO or best - second < AHEAD or not _is_misspelt(words(case.group), words(title), case.vocabulary):
        return None
    return Proposal(title, Tier.A, f"The name is “{title}” but for a typing mistake.")


def _is_misspelt(one: Words, other: Words, vocabulary: Vocabulary) -> bool:
    """Whether each word that differs is no other word, long enough, and nearly the other: not “graded”, “ungraded”."""
    if len(one) != len(other):
        return Levenshtein.distance("".join(one), "".join(other), score_cutoff=1) <= 1
    apart = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return all(
        a[0] == b[0] and (a + b).isalpha() and min(len(a), len(b)) > 3 and fuzz.ratio(a, b) >= ONE_WORD
        for a, b in apart
    ) and not any(vocabulary.knows(a) for a, _ in apart)


def _abbreviated(case: _Case) -> Proposal | None:
    own = _written(case, case.group)
    alike = [title for title in case.titles if _written(case, title) == own]
    return case.only(alike, Tier.B, "The name is short for “{}”.")


def _written(case: _Case, name: str) -> str:
    return "".join(word for word in case.vocabulary.spelled_out(words(name)) if word != "and")


def _part(case: _Case) -> Proposal | None:
    """The name, or each of its parts, is a part of one compound title; no other title has one that ends in it."""
    own = [case.vocabulary.spelled_out(part) for part in parts(case.group)]
    listed = {title: [case.vocabulary.spelled_out(part) for part in parts(title)] for title in case.titles}
    touched = [
        title for title, found in listed.items() if any(part[-len(one) :] == one for part in found for one in own)
    ]
    if len(touched) != 1 or not {"".join(one) for one in own} <= {"".join(part) for part in listed[touched[0]]}:
        return None
    return case.only(touched, Tier.B, "It is a part of “{}”.")


def _head(case: _Case) -> Proposal | None:
    """The name is a special kind of what one title, or a part of it, names; no other title shares a word with it."""
    if len(parts(case.group)) != 1:
        return None
    own = _without_fillers(case.vocabulary.spelled_out(words(case.group)))
    listed = {title: [case.vocabulary.spelled_out(part) for part in parts(title)] for title in case.titles}
    fitting = [
        title for title, found in listed.items() if any(_is_kind_of(own, part, case.vocabulary) for part in found)
    ]
    touched = [title for title, found in listed.items() if any(set(own) & set(part) for part in found)]
    return case.only(fitting, Tier.B, "It is a kind of “{}”.") if touched == fitting else None


def _without_fillers(found: Words) -> Words:
    return _without_fillers(found[:-1]) if len(found) > 1 and found[-1] in FILLERS else found


def _is_kind_of(own: Words, other: Words, vocabulary: Vocabulary) -> bool:
    """Whether words end in others, after words that say when, where or by whom, and not what."""
    before = own[: -len(other)] if other else own
    return bool(other) and own[-len(other) :] == other and all(word in vocabulary.modifiers for word in before)


def _level(case: _Case) -> Proposal | None:
    """All titles are words for levels, and the kinds of work in the name have one level."""
    levels = {title: _pure_level(title, case.vocabulary) for title in case.titles}
    found = _levels_of(case)
    if None in levels.values() or len(found) != 1 or Level.OPEN in found or None in found:
        return None
    fitting = [title for title, level in levels.items() if {level} == found]
    return case.only(fitting, Tier.B, "Work of this kind counts as “{}”.")


def _pure_level(title: str, vocabulary: Vocabulary) -> Level | None:
    found = {vocabulary.levels.get(word) for word in words(title) if word not in FILLERS}
    return found.pop() if len(found) == 1 else None


def _levels_of(case: _Case) -> set[Level | None]:
    spelled = [case.vocabulary.spelled_out(part) for part in parts(case.group)]
    kinds = [case.vocabulary.kind(part) for part in spelled]
    return {case.vocabulary.kinds[kind] if kind is not None else None for kind in kinds}


def _question(case: _Case) -> Proposal:
    kinds = [kind for part in parts(case.group) if (kind := case.vocabulary.kind(case.vocabulary.spelled_out(part)))]
    is_open = [" ".join(kind) for kind in kinds if case.vocabulary.kinds[kind] is Level.OPEN]
    if is_open:
        return Proposal(None, Tier.C, f"Schools differ in where they count “{is_open[0]}”.")
    return Proposal(None, Tier.C, "No category’s title says the same as the name.")


def _listed(titles: Sequence[str]) -> str:
    return " and ".join(f"“{title}”" for title in titles)

"""What each source says about a row, and what follows from all of them: one verdict that hides no contradiction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gpb.suggest.by_name import Tier
from gpb.suggest.normal import is_retired, together, weights, words
from gpb.suggest.patterns import Codes
from gpb.suggest.schemas import Source

NEARLY_ALL = 0.95
"""The least share of cases that are the same, where a few are not."""
MANY = 10
"""So many cases of a school speak even against what a teacher did herself."""
PEOPLE = (Source.RULE, Source.DECISION, Source.SIBLING, Source.LAST_TERM)
"""What somebody has chosen for this very work, not for work like it."""
ORDER = [Source.SIBLING, Source.RULE, Source.DECISION, Source.LAST_TERM, Source.NAME, Source.PAST_TERMS]
ORDER += [Source.RECEIVED, Source.ASSIGNMENTS]
"""Whose title is taken where tiers are equal."""
_TIERS = [Tier.A, Tier.B, Tier.C]
_NO_CASES: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Voice:
    """What one source says: a title (None: nothing, or that it stays unassociated), and how surely.

    ``claim`` is a sentence that names the title, without capital and full stop; ``cases`` counts what it is taken from,
    title by title.
    """

    source: Source
    title: str | None
    tier: Tier | None
    claim: str
    cases: Mapping[str, int] = field(default_factory=dict, compare=False)

    def share(self, title: str) -> float:
        """Which share of the cases has this title; without cases, whether it is the one that is said."""
        return self.cases.get(title, 0) / sum(self.cases.values()) if self.cases else float(title == self.title)


def most(cases: Mapping[str, int]) -> str:
    """The title of most cases, the first of the alphabet among equals."""
    return min(cases, key=lambda title: (-cases[title], title))


def counted(source: Source, cases: Mapping[str, int], best: Tier, claim: str) -> Voice:
    """The title of most cases: at best with this tier, at most B where a few differ, C where more do.

    ``claim`` may have ``{cases}``, ``{of}``, ``{rows}`` and ``{were}``, and has ``{title}``.
    """
    title, whole = most(cases), sum(cases.values())
    share = cases[title] / whole
    tier = best if share == 1 else max(best, Tier.B) if share >= NEARLY_ALL else Tier.C
    said = {"{cases}": f"{cases[title]:,}", "{of}": f"{whole:,}", "{rows}": "row" if whole == 1 else "rows"}
    said |= {"{were}": "was" if cases[title] == 1 else "were", "{title}": f"“{title}”"}
    for sign, text in said.items():
        claim = claim.replace(sign, text)
    return Voice(source, title, tier, claim, cases)


@dataclass(frozen=True)
class Heard:
    """What one source says about rows: for each the number of what it hears in ``voices``."""

    codes: Codes
    voices: list[Voice | None]

    @classmethod
    def of(cls, lines: tuple[list[int], Codes], speak: Callable[[int], Voice | None]) -> Heard:
        """``lines`` are those of ``patterns.distinct``; asked once for each, by the place of its first row."""
        firsts, codes = lines
        numbers: dict[object, int] = {}
        voices: list[Voice | None] = []
        of_line = np.zeros(len(firsts), dtype="int64")
        for line, place in enumerate(firsts):
            voice = speak(place)
            same = voice and (voice, tuple(sorted(voice.cases.items())))
            if same not in numbers:
                numbers[same] = len(voices)
                voices.append(voice)
            of_line[line] = numbers[same]
        return cls(of_line[codes], voices)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proposed, see ``schemas.PROPOSALS``."""

    title: str | None
    tier: Tier | None
    source: Source
    reason: str
    evidence: int | None = None
    against: int | None = None
    runners_up: str = "[]"


def judge(name: str, titles: Sequence[str], voices: Sequence[Voice]) -> Verdict:
    """The verdict on a group's name in a section with these titles, from what the sources say."""
    if is_retired(name):
        return Verdict(None, None, Source.NONE, "The name says that the group is not used any more.")
    unwanted = next((voice for voice in voices if voice.title is None and voice.source is not Source.NAME), None)
    speaking = [voice for voice in voices if voice.title is not None and voice.title in titles]
    if unwanted is not None:
        return Verdict(None, None, unwanted.source, _sentence(unwanted.claim), runners_up=_listed(speaking, None))
    if not speaking:
        named = next((voice for voice in voices if voice.source is Source.NAME), None)
        return Verdict(None, named.tier if named else Tier.C, Source.NONE, _sentence(named.claim if named else ""))
    chosen = min(speaking, key=lambda voice: (_TIERS.index(voice.tier or Tier.C), ORDER.index(voice.source)))
    return _weighed(name, titles, chosen, [voice for voice in speaking if voice is not chosen])


def _weighed(name: str, titles: Sequence[str], chosen: Voice, others: Sequence[Voice]) -> Verdict:
    title, tier = str(chosen.title), chosen.tier or Tier.C
    stated = weights(name), weights(title)
    if all(stated) and not stated[0] & stated[1]:
        reason = f"“{title}” would fit, but its weight differs from the one in the name."
        return Verdict(None, Tier.C, Source.NONE, reason, runners_up=_listed([chosen, *others], None))
    against = {voice.source: limit for voice in others if (limit := _limit(chosen, voice)) is not None}
    said = [chosen.claim, *(_contradiction(title, voice) for voice in others if voice.source in against)]
    if not words(name):
        against[Source.NONE] = Tier.B
    if any(other != title and together(other) == together(title) for other in titles):
        against[Source.NONE] = Tier.C
        said.append("another category’s title differs too little from it")
    cases = next((voice.cases for voice in (chosen, *others) if voice.cases), _NO_CASES)
    number = cases.get(title, 0)
    return Verdict(
        title,
        max(tier, *against.values()) if against else tier,
        chosen.source,
        " ".join(map(_sentence, said)),
        number if cases else None,
        sum(cases.values()) - number if cases else None,
        _listed([chosen, *others], title),
    )


def _limit(chosen: Voice, other: Voice) -> Tier | None:
    """The best tier that a proposal can have against another source; None where that does not contradict it.

    It hangs on the share of the proposed title alone, so that more evidence against it never helps it.
    """
    share = other.share(str(chosen.title))
    if share >= NEARLY_ALL:
        return None
    if other.source in PEOPLE:
        return Tier.C if share == 0 else Tier.B
    if chosen.source in PEOPLE:
        outvoted = other.source is Source.PAST_TERMS and share <= 1 - NEARLY_ALL and sum(other.cases.values()) >= MANY
        return Tier.B if outvoted or other.source is Source.NAME else None
    return Tier.C if share < 1 / 2 else Tier.B


def _sentence(claim: str) -> str:
    return f"{claim[:1].upper()}{claim[1:].removesuffix('.')}."


def _contradiction(title: str, voice: Voice) -> str:
    if voice.title != title:
        return f"but the name fits “{voice.title}”" if voice.source is Source.NAME else f"but {voice.claim}"
    whole = sum(voice.cases.values())
    return f"but {whole - voice.cases[title]:,} of {whole:,} {_OTHERWISE[voice.source]} are in another category"


_OTHERWISE = {
    Source.SIBLING: "sibling sections",
    Source.LAST_TERM: "of the same teacher in earlier terms",
    Source.PAST_TERMS: "like this in earlier terms",
    Source.RECEIVED: "that Focus received of the same teacher",
}


def _listed(voices: Sequence[Voice], but: str | None) -> str:
    """The titles that something speaks for, as JSON: what the sources say, then what few cases say."""
    said = [voice.title for voice in voices if voice.title is not None]
    said += [title for voice in voices for title in sorted(voice.cases, key=lambda one: (-voice.cases[one], one))]
    return json.dumps([title for title in dict.fromkeys(said) if title != but], ensure_ascii=False)

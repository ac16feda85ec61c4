"""What a course itself says: its other sections about the same group, and the titles of the group's assignments."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache

from gpb.frames.schemas import Status
from gpb.suggest.by_name import Tier, propose
from gpb.suggest.evidence import Evidence
from gpb.suggest.normal import words
from gpb.suggest.patterns import Cells, TitleSets, distinct
from gpb.suggest.schemas import Source
from gpb.suggest.vocabulary import Vocabulary, Words
from gpb.suggest.voices import Heard, Voice, counted

SPEAK = 2
"""So many assignments have to say what they are."""


def siblings(cells: Cells, evidence: Evidence) -> Heard:
    """What other sections of the course have for the same group, by Canvas or by a draft.

    Those with the same titles go first: another set of titles is another question, though the answer may be the same.
    A draft that a decision for many rows made says nothing about the rows that were left out of it.
    """
    rows = evidence.rows
    is_chosen = (rows["changed"] & rows["source"].ne(Source.DECISION)) | rows["status"].eq(Status.SYNCHRONIZED)
    has_one = rows["category_id"].notna() & is_chosen
    given = rows.loc[has_one & rows["group_id"].isin(cells.rows["group_id"])]
    sets = TitleSets.of(given, evidence.validity)
    found: dict[int, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for group_id, code, title in zip(given["group_id"].tolist(), sets.codes.tolist(), given["category"], strict=True):
        found[group_id][sets.keys[code]][title] += 1
    groups = cells.rows["group_id"].to_numpy("int64")
    lines = distinct(cells.column("group_id").codes, cells.sets.codes)
    return Heard.of(lines, lambda place: _sibling(found.get(int(groups[place]), {}), cells, place))


def _sibling(found: dict[str, Counter[str]], cells: Cells, place: int) -> Voice | None:
    own = found.get(cells.set_key(place))
    if own:
        one = "another section of this course has {title}"
        claim = one if own.total() == 1 else "{cases} of {of} other sections of this course have {title}"
        return counted(Source.SIBLING, own, Tier.A, claim)
    known = set(cells.titles(place))
    others = Counter[str]()
    for titles in found.values():
        others.update({title: number for title, number in titles.items() if title in known})
    claim = "sections of this course with other categories have {title} ({cases} of {of})"
    return counted(Source.SIBLING, others, Tier.B, claim) if others else None


def contents(cells: Cells, evidence: Evidence) -> Heard:
    """What the assignments of each group are by their titles."""
    inside = evidence.assignments.loc[evidence.assignments["group_id"].isin(cells.rows["group_id"])]
    listed = inside.groupby("group_id")["assignment"].agg(list).to_dict()
    groups = cells.rows["group_id"].to_numpy("int64")

    @cache
    def kind(name: str, titles: tuple[str, ...]) -> str | None:
        return _kind(name, titles, evidence.vocabulary)

    def speak(place: int) -> Voice | None:
        titles = cells.titles(place)
        return _unanimous([kind(name, titles) for name in listed.get(int(groups[place]), ())])

    return Heard.of(distinct(cells.column("group_id").codes, cells.sets.codes), speak)


def _unanimous(found: list[str | None]) -> Voice | None:
    speaking = [title for title in found if title is not None]
    if len(set(speaking)) != 1 or len(speaking) < max(SPEAK, len(found) / 2):
        return None
    cases = {speaking[0]: len(speaking)}
    claim = "{cases} assignments in it are named as {title}, and none as another category"
    return counted(Source.ASSIGNMENTS, cases, Tier.B, claim)


def _kind(name: str, titles: tuple[str, ...], vocabulary: Vocabulary) -> str | None:
    """The title that an assignment's name fits: by the rules of names, or because it has the words of one title."""
    found = propose(name, titles, vocabulary).title
    if found is not None:
        return found
    own = vocabulary.spelled_out(words(name))
    within = [title for title in titles if _has(own, vocabulary.spelled_out(words(title)))]
    return within[0] if len(within) == 1 else None


def _has(own: Words, other: Words) -> bool:
    length = len(other)
    return bool(other) and any(own[start : start + length] == other for start in range(len(own) - length + 1))

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

    Those with the same titles go first; where a section has other ones the name may fit one of them better.
    A draft that a decision for many rows made says nothing about the rows that were left out of it.
    """
    rows = evidence.rows
    is_chosen = (rows["changed"] & rows["source"].ne(Source.DECISION)) | rows["status"].eq(Status.SYNCHRONIZED)
    has_one = rows["category_id"].notna() & is_chosen
    given = rows.loc[has_one & rows["group_id"].isin(cells.rows["group_id"])]
    sets = TitleSets.of(given, evidence.validity)
    found: dict[int, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for group_id, code, title in zip(
        given["group_id"].tolist(), sets.codes.tolist(), given["category"].tolist(), strict=True
    ):
        found[group_id][sets.keys[code]][title] += 1
    groups = cells.rows["group_id"].to_numpy("int64")
    lines = distinct(cells.column("group_id").codes, cells.sets.codes)

    def speak(place: int) -> Voice | None:
        of_group = found.get(int(groups[place]))
        return _sibling(of_group, cells, place, evidence.vocabulary) if of_group else None

    return Heard.of(lines, speak)


def _sibling(found: dict[str, Counter[str]], cells: Cells, place: int, vocabulary: Vocabulary) -> Voice | None:
    titles, own, others = cells.titles(place), found.get(cells.set_key(place)), Counter[str]()
    for key, of_set in found.items():
        if key != cells.set_key(place):
            others.update(of_set)
    valid = Counter({title: number for title, number in others.items() if title in titles})
    if own:
        best = Tier.A if valid.keys() <= own.keys() else Tier.B
        return counted(Source.SIBLING, own, best, _claim(own, ""))
    if not valid:
        return None
    named = propose(cells.name(place), titles, vocabulary).title
    is_named_otherwise = named is not None and named not in valid  # the other sections may not have had that title
    best = Tier.B if is_named_otherwise or len(others) > 1 else Tier.A
    return counted(Source.SIBLING, valid, best, _claim(valid, ", beside other categories"))


def _claim(cases: Counter[str], where: str) -> str:
    if cases.total() == 1:
        return f"another section of this course has {{title}}{where}"
    return f"{{cases}} of {{of}} other sections of this course have {{title}}{where}"


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

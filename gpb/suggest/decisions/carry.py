"""Carry forward: what earlier terms decide for the open rows of this one, what they cannot, and where they disagree.

Nobody's choice is averaged away. A teacher's own past goes first, for a title that is still there; then work of the
same name and the same categories in the school, where several teachers agree. What one of them or other schools do is
no answer: teachers have habits, and schools differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from gpb.frames.validity import Validity
from gpb.suggest.by_name import Tier
from gpb.suggest.decisions.covered import covered
from gpb.suggest.evidence import is_open
from gpb.suggest.normal import is_retired
from gpb.suggest.past import Past
from gpb.suggest.patterns import Cells, distinct, normalised
from gpb.suggest.schemas import Source, empty, framed
from gpb.suggest.voices import NEARLY_ALL, Voice


class Outcome(StrEnum):
    """What earlier terms say about an open row; all but the first leave it to a person."""

    DECIDED = "decided"
    DISAGREE = "earlier terms disagree"
    DECIDED_OTHERWISE = "a decision says otherwise"
    GONE = "title gone"
    CHANGED = "categories changed"
    FEW = "only a few others"
    OTHER_SCHOOLS = "only in other schools"
    NEW = "not seen before"
    RETIRED = "not used any more"


LEFT = (Outcome.DISAGREE, Outcome.DECIDED_OTHERWISE)
"""Outcomes that contradict each other."""
CARRIED = {
    "group_id": "int64",
    "section_id": "int64",
    "pattern": "str",
    "group": "str",
    "titles": "str",
    "school": "str",
    "outcome": "str",
    "category_id": "str",
    "category": "str",
    "reason": "str",
    "evidence": "int64",
    "against": "int64",
    "assignments": "int64",
    "stored_reference": "str",
}
"""One line per open row. ``group`` is the name as written; ``category_id`` and ``category`` are NaN unless it is
decided; ``reason`` is for people;
``evidence`` counts the earlier rows that say the same, ``against`` those that say otherwise."""
BY_PATTERN = {
    "pattern": "str",
    "group": "str",
    "titles": "str",
    "outcome": "str",
    "rows": "int64",
    "assignments": "int64",
    "schools": "int64",
    "reason": "str",
}


@dataclass(frozen=True)
class _Said:
    outcome: Outcome
    title: str | None = None
    reason: str = ""
    evidence: int = 0
    against: int = 0


def carried(rows: pd.DataFrame, validity: Validity, voices: Voices, decisions: pd.DataFrame) -> pd.DataFrame:
    """What earlier terms decide for the open rows of a term (with drafts): CARRIED.

    A decision of the district (``schemas.DECISIONS``) that says otherwise is not overruled.
    """
    rows = rows.loc[is_open(rows)].reset_index(drop=True)
    if rows.empty:
        return empty(CARRIED)
    cells = Cells.of(rows, validity)
    places = [cells.column(name).codes for name in ("school", "teacher", "course")]
    firsts, codes = distinct(cells.names.codes, cells.sets.codes, *places)
    said = [voices.say(cells, place) for place in firsts]
    table = pd.DataFrame(
        {
            "outcome": pd.Series([one.outcome.value for one in said], dtype="str"),
            "category": pd.Series([one.title for one in said], dtype="str"),
            "reason": pd.Series([one.reason for one in said], dtype="str"),
            "evidence": [one.evidence for one in said],
            "against": [one.against for one in said],
            "group": pd.Series([cells.name(place) for place in firsts], dtype="str"),
            "titles": pd.Series([cells.set_key(place) for place in firsts], dtype="str"),
        }
    )
    lines = table.take(codes).reset_index(drop=True)
    lines["pattern"] = cells.patterns.texts(cells.patterns.values)
    lines = _bowing(lines, covered(rows, validity, decisions))
    lines["category_id"] = _ids(rows, validity, lines["category"])
    own = rows[["group_id", "section_id", "school", "stored_reference"]]
    behind = rows["assignments"].fillna(0)
    return framed(_unique(lines).join(own).assign(assignments=behind), CARRIED)


def by_pattern(lines: pd.DataFrame) -> pd.DataFrame:
    """CARRIED lines, one for each pattern and outcome (BY_PATTERN), most assignments first."""
    if lines.empty:
        return empty(BY_PATTERN)
    found = lines.groupby(["pattern", "outcome"], as_index=False).agg(
        group=("group", _most),
        titles=("titles", "first"),
        rows=("group_id", "size"),
        assignments=("assignments", "sum"),
        schools=("school", "nunique"),
        reason=("reason", _most),
    )
    order = ["assignments", "rows", "pattern", "outcome"]
    return framed(found, BY_PATTERN).sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def _most(texts: pd.Series) -> str:
    counts = Counter(texts)
    return str(min(counts, key=lambda one: (-counts[one], one)))


@dataclass(frozen=True)
class Voices:
    """What earlier terms say; made once, asked for every reading.

    ``known`` holds all titles that groups had, by school and normalised name, and by the name alone (school empty).
    """

    past: Past
    known: dict[tuple[str, str], set[str]]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Voices:
        """From ``schemas.PAST``."""
        known: dict[tuple[str, str], set[str]] = defaultdict(set)
        distinct_names = frame[["school", "group", "category"]].drop_duplicates()
        for school, name, title in distinct_names.itertuples(index=False, name=None):
            for place in (school, ""):
                known[place, normalised(name)].add(title)
        return cls(Past.of(frame), known)

    def say(self, cells: Cells, place: int) -> _Said:
        """What becomes of the row at this place."""
        if is_retired(cells.name(place)):
            return _Said(Outcome.RETIRED, reason="The name says that the group is not used any more.")
        voice = self.past.of_teacher(cells, place) or self.past.of_others(cells, place)
        return self._nothing(cells, place) if voice is None else self._counted(voice, cells, place)

    def _counted(self, voice: Voice, cells: Cells, place: int) -> _Said:
        title, own = str(voice.title), (cells.group(place), cells.set_key(place), cells.text("school", place))
        number = voice.cases[title]
        against = sum(voice.cases.values()) - number
        reason = f"{voice.claim[:1].upper()}{voice.claim[1:]}."
        is_elsewhere = voice.source == _OTHERS and own not in self.past.by_school
        if is_elsewhere:
            return _Said(Outcome.OTHER_SCHOOLS, None, reason, number, against)
        if number < NEARLY_ALL * (number + against):
            return _Said(Outcome.DISAGREE, None, f"{reason} Otherwise: {_rest(voice)}.", number, against)
        outcome = Outcome.FEW if voice.tier == Tier.C else Outcome.DECIDED
        return _Said(outcome, title if outcome == Outcome.DECIDED else None, reason, number, against)

    def _nothing(self, cells: Cells, place: int) -> _Said:
        group, valid = cells.group(place), set(cells.titles(place))
        titles = self.known.get((cells.text("school", place), group)) or self.known.get(("", group))
        if not titles:
            return _Said(Outcome.NEW, reason="No earlier term had a group of this name.")
        named = " or ".join(f"“{title}”" for title in sorted(titles))
        if titles & valid:
            return _Said(Outcome.CHANGED, reason=f"It was in {named} before, beside other categories than now.")
        return _Said(Outcome.GONE, reason=f"It was in {named} before, which this section does not have now.")


_OTHERS = Source.PAST_TERMS


def _rest(voice: Voice) -> str:
    others = {title: number for title, number in voice.cases.items() if title != voice.title}
    return ", ".join(f"{others[one]:,} in “{one}”" for one in sorted(others, key=lambda one: (-others[one], one)))


def _bowing(lines: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """The lines after decisions of the district had their word."""
    is_held = (held["decision_id"].notna() & ~held["is_disputed"]).to_numpy()
    wanted = held["wanted"].reset_index(drop=True)
    is_other = is_held & lines["outcome"].eq(Outcome.DECIDED) & lines["category"].ne(wanted).fillna(True)
    told = lines["reason"] + " A decision of the district says “" + wanted.fillna("Unassociated") + "”."
    return lines.assign(
        outcome=lines["outcome"].mask(is_other, Outcome.DECIDED_OTHERWISE.value),
        category=lines["category"].mask(is_other),
        reason=lines["reason"].mask(is_other, told),
    )


def _ids(rows: pd.DataFrame, validity: Validity, titles: pd.Series[str]) -> pd.Series[str]:
    """The only category with each title in each row's section."""
    pairs = pd.DataFrame({"class_id": rows["class_id"], "title": titles})
    some = pairs.dropna().drop_duplicates()
    meant = {pair: _only(validity, *pair) for pair in some.itertuples(index=False, name=None)}
    found = [meant.get(pair) for pair in pairs.itertuples(index=False, name=None)]
    return pd.Series(found, index=rows.index, dtype="str")


def _only(validity: Validity, class_id: str, title: str) -> str | None:
    fitting = [identifier for identifier, own in validity.options(class_id).items() if own == title]
    return fitting[0] if len(fitting) == 1 else None


def _unique(lines: pd.DataFrame) -> pd.DataFrame:
    """A title that two categories of a section bear decides nothing there."""
    twice = lines["outcome"].eq(Outcome.DECIDED) & lines["category_id"].isna()
    told = "The section has several categories named “" + lines["category"] + "”."
    return lines.assign(
        outcome=lines["outcome"].mask(twice, Outcome.CHANGED.value),
        reason=lines["reason"].mask(twice, told),
        category=lines["category"].mask(twice),
    )

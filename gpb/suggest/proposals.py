"""Proposals for the open rows of a term, from all sources, and one line per pattern over them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.frames.validity import Validity
from gpb.suggest.by_name import Tier, propose
from gpb.suggest.decided import decided
from gpb.suggest.evidence import Evidence, is_open
from gpb.suggest.past import Past, last_term, past_terms, received
from gpb.suggest.patterns import Cells, Coded, Codes, distinct
from gpb.suggest.schemas import PATTERNS, PROPOSALS, Source, empty, framed
from gpb.suggest.voices import Heard, Verdict, Voice, judge
from gpb.suggest.within import contents, siblings

_SAID = {
    Source.SIBLING: "as other sections of the course",
    Source.DECISION: "as decided",
    Source.RULE: "by a rule",
    Source.LAST_TERM: "as the same teacher had it before",
    Source.NAME: "by the name",
    Source.PAST_TERMS: "as others had it before",
    Source.RECEIVED: "as Focus received it before",
    Source.ASSIGNMENTS: "by the titles of the assignments",
}


def proposals(evidence: Evidence) -> pd.DataFrame:
    """One line per open row (``schemas.PROPOSALS``), in the order of the rows."""
    rows = evidence.rows.loc[is_open(evidence.rows, elsewhere=evidence.elsewhere)]
    if rows.empty:
        return empty(PROPOSALS)
    cells, cases = Cells.of(rows, evidence.validity), evidence.cases
    heard = [
        siblings(cells, evidence),
        decided(cells, evidence.decided, evidence.zone),
        last_term(cells, cases),
        _names(cells, evidence),
        past_terms(cells, cases),
    ]
    if len(evidence.received):
        heard.append(received(cells, Past.of(evidence.received)))
    verdicts, codes = _verdicts(cells, heard)
    silent = np.array([_is_silent(one) for one in verdicts], dtype=bool)[codes]
    if silent.any() and len(evidence.assignments):
        part = Cells.of(cells.rows.loc[silent], evidence.validity)
        more, places = _verdicts(part, [*(_of(one, silent) for one in heard), contents(part, evidence)])
        codes[silent] = places + len(verdicts)
        verdicts += more
    return _frame(cells, evidence.validity, verdicts, codes)


def _names(cells: Cells, evidence: Evidence) -> Heard:
    def speak(place: int) -> Voice:
        found = propose(cells.name(place), cells.titles(place), evidence.vocabulary)
        return Voice(Source.NAME, found.title, found.tier, f"{found.reason[:1].lower()}{found.reason[1:]}")

    return Heard.of(distinct(cells.names.codes, cells.sets.codes), speak)


def _verdicts(cells: Cells, heard: Sequence[Heard]) -> tuple[list[Verdict], Codes]:
    firsts, codes = distinct(cells.names.codes, cells.sets.codes, *(one.codes for one in heard))
    found = []
    for place in firsts:
        voices = [voice for one in heard if (voice := one.voices[one.codes[place]]) is not None]
        found.append(judge(cells.name(place), cells.titles(place), voices))
    return found, codes


def _is_silent(verdict: Verdict) -> bool:
    """Whether the assignments may say what nothing else does."""
    return verdict.title is None and verdict.source is Source.NONE and verdict.runners_up == "[]"


def _of(heard: Heard, chosen: npt.NDArray[np.bool_]) -> Heard:
    return Heard(heard.codes[chosen], heard.voices)


def _frame(cells: Cells, validity: Validity, verdicts: Sequence[Verdict], codes: Codes) -> pd.DataFrame:
    """The lines; a title that two categories of a section bear is no proposal there."""
    found = pd.DataFrame(
        {
            "category": pd.Series([one.title for one in verdicts], dtype="str"),
            "tier": pd.Series([one.tier or "" for one in verdicts], dtype="str"),
            "source": pd.Series([str(one.source) for one in verdicts], dtype="str"),
            "reason": pd.Series([one.reason for one in verdicts], dtype="str"),
            "evidence": pd.array([one.evidence for one in verdicts], dtype="Int64"),
            "against": pd.array([one.against for one in verdicts], dtype="Int64"),
            "runners_up": pd.Series([one.runners_up for one in verdicts], dtype="str"),
        }
    )
    lines = found.take(codes).reset_index(drop=True)
    lines["category_id"] = _categories(cells, validity, lines["category"])
    twice = lines["category"].notna() & lines["category_id"].isna()
    lines.loc[twice, "reason"] = "The section has several categories named “" + lines["category"] + "”."
    lines.loc[twice, ["category", "tier", "source"]] = [None, Tier.C, Source.NONE]
    lines[["group_id", "section_id"]] = cells.rows[["group_id", "section_id"]]
    lines["pattern"] = cells.patterns.texts(cells.patterns.values)
    return framed(lines, PROPOSALS)


def _categories(cells: Cells, validity: Validity, titles: pd.Series) -> pd.Series:
    """The id of the only category with its title in each row's section; NaN without a title, or where two have it."""
    firsts, codes = distinct(*(pd.factorize(one)[0].astype("int64") + 1 for one in (cells.rows["class_id"], titles)))
    classes, wanted = cells.rows["class_id"].take(firsts), titles.take(firsts)
    found: list[str | None] = []
    for class_id, title in zip(classes.tolist(), wanted.tolist(), strict=True):
        options = validity.options(class_id) if isinstance(title, str) else {}
        fitting = [identifier for identifier, own in options.items() if own == title]
        found.append(fitting[0] if len(fitting) == 1 else None)
    return pd.Series(found, dtype="str").take(codes).reset_index(drop=True)


def by_pattern(found: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """One line per pattern with open rows (``schemas.PATTERNS``); ``found`` is what ``proposals(evidence)`` gave.

    The proposal is that of most rows, its tier the worst among those rows, B where fewer than half are a question.
    """
    rows = evidence.rows.loc[is_open(evidence.rows, elsewhere=evidence.elsewhere)]
    if rows.empty:
        return empty(PATTERNS)
    cells = Cells.of(rows, evidence.validity)
    patterns = Coded.of(found["pattern"])
    number = len(patterns.values)
    firsts, _ = distinct(patterns.codes)
    titles, agrees = _most(patterns.codes, found["category"])
    assignments = _assignments(patterns.codes, cells.rows, evidence.unpublished)
    is_new = cells.rows["section_id"].isin(list(evidence.new_sections)).to_numpy("float64")
    sizes = np.bincount(patterns.codes, minlength=number)
    lines = pd.DataFrame(
        {
            "pattern": patterns.values,
            "group": _most(patterns.codes, cells.rows["group"])[0],
            "names": _different(patterns.codes, cells.names.codes),
            "titles": [json.dumps(list(cells.titles(place)), ensure_ascii=False) for place in firsts],
            "rows": sizes,
            "courses": _different(patterns.codes, cells.column("course_id").codes),
            "assignments": np.bincount(patterns.codes, assignments, number).astype("int64"),
            "schools": _different(patterns.codes, cells.column("school").codes),
            "proposal": titles,
            "contradicting": np.where(pd.isna(titles), 0, sizes - np.bincount(patterns.codes, agrees, number)),
            "is_new": np.bincount(patterns.codes, is_new, number) > 0,
        }
    ).join(_reasons(patterns.codes, found, agrees))
    return in_order(framed(lines, PATTERNS))


def in_order(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of ``by_pattern``, those with the most behind them first."""
    return lines.sort_values(["assignments", "rows", "pattern"], ascending=[False, False, True], ignore_index=True)


def _assignments(codes: Codes, rows: pd.DataFrame, unpublished: Mapping[int, int]) -> npt.NDArray[np.float64]:
    """How many each row adds to those of its code: those of a group count once."""
    place, groups = pd.factorize(rows["group_id"])
    of_group = np.array([unpublished.get(one, 0) for one in groups.tolist()], dtype="int64")
    numbers = rows["assignments"].fillna(0).to_numpy("int64") + of_group[place]
    firsts, _ = distinct(codes, place.astype("int64"))
    counted = np.zeros(len(rows))
    counted[firsts] = numbers[firsts]
    return counted


def _different(codes: Codes, others: Codes) -> Codes:
    """How many different others there are for each code."""
    firsts, _ = distinct(codes, others)
    return np.bincount(codes[firsts], minlength=int(codes.max()) + 1)


def _most(codes: Codes, column: pd.Series) -> tuple[list[str | None], Codes]:
    """The text that most rows of each code have, the first of the alphabet among equals; which rows have it.

    Rows without a text count only where no row of the code has one: these all agree.
    """
    texts = Coded.of(column)
    firsts, pairs = distinct(codes, texts.codes)
    sizes = np.bincount(pairs)
    found: list[str | None] = [None] * (int(codes.max()) + 1)
    best: dict[int, tuple[int, str, int]] = {}
    for pair, place in enumerate(firsts):
        text = texts.values[texts.codes[place]]
        rank = (-int(sizes[pair]) if text is not None else 1, str(text), pair)
        code = int(codes[place])
        if code not in best or rank < best[code]:
            best[code], found[code] = rank, None if text is None else str(text)
    taken = np.isin(pairs, [pair for _, _, pair in best.values()])
    return found, taken.astype("int64")


class _Told(NamedTuple):
    tier: str
    source: str
    reason: str
    evidence: int | None
    against: int | None


def _reasons(codes: Codes, found: pd.DataFrame, agrees: Codes) -> pd.DataFrame:
    """``tier, source, reason, evidence, against`` of each code, over its rows that agree."""
    verdict = list(_Told._fields)
    firsts, kinds = distinct(codes, agrees, *(Coded.of(found[name]).codes for name in verdict))
    sizes, taken = np.bincount(kinds).tolist(), found[verdict].take(firsts).astype(object)
    lines: dict[int, list[tuple[int, _Told]]] = {}
    for size, place, told in zip(sizes, firsts, taken.where(taken.notna(), None).itertuples(index=False), strict=True):
        if agrees[place]:
            lines.setdefault(int(codes[place]), []).append((size, _Told(*told)))
    return pd.DataFrame([_reason(lines[code]) for code in range(len(lines))], columns=verdict)


def _tier(lines: Sequence[tuple[int, _Told]]) -> str:
    """The worst tier; but a few questions among what is nearly sure leave something to confirm, no question."""
    worst = max(told.tier for _, told in lines)
    asked = sum(size for size, told in lines if told.tier == Tier.C)
    return Tier.B if worst == Tier.C and 2 * asked < sum(size for size, _ in lines) else worst


def _reason(lines: Sequence[tuple[int, _Told]]) -> _Told:
    """Of one kind of verdict its own; of several how many rows each source speaks for, and the cases of all."""
    if len(lines) == 1:
        return lines[0][1]
    by_source = Counter[str]()
    for size, told in lines:
        by_source[told.source] += size
    ordered = sorted(by_source, key=lambda source: (-by_source[source], source))
    _, first = min((-size, told.reason) for size, told in lines)
    said = ", ".join(f"{by_source[one]:,} rows {_SAID[Source(one)]}" for one in ordered if one)
    evidence = [told.evidence for _, told in lines if told.evidence is not None]
    against = [told.against for _, told in lines if told.against is not None]
    return _Told(
        _tier(lines),
        ordered[0],
        f"{said}." if said else first,
        sum(evidence) if evidence else None,
        sum(against) if against else None,
    )

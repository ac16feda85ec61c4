"""Cards: what a person judges at once, patterns of names that look alike and have one proposal, or none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.frames.rows.coded import numbered
from gpb.suggest.normal import words
from gpb.suggest.schemas import Source
from gpb.suggest.vocabulary import Vocabulary

SURE, CHECK = "A", "B"
COUNTED = ["pattern", "category", "tier", "source", "reason", "course_id", "school", "assignments", "waiting"]
"""Columns of rows that cards are made of."""
Array = npt.NDArray[Any]
SAID = {
    Source.SIBLING: "as other sections of the course",
    Source.DECISION: "as decided",
    Source.RULE: "by a rule",
    Source.LAST_TERM: "as the same teacher had it",
    Source.NAME: "by the name",
    Source.PAST_TERMS: "as in earlier terms",
    Source.RECEIVED: "as Focus received it",
    Source.ASSIGNMENTS: "by the titles of assignments",
}
TICKED = (SURE, CHECK)
"""Tiers of proposals that are ticked from the start."""


@dataclass(frozen=True, slots=True)
class Card:
    """One line to decide; ``key`` tells whether the same is asked, whatever the counts are by now.

    ``titles`` may be chosen in all of its patterns, in the order of Focus.

    ``contradicting`` rows have another proposal of their own, or none, and stay open when ``proposal`` is accepted:
    what the sections of one course say is no word about those of another. The counts of ``taken`` rows and
    ``delivered`` assignments are without them. ``waiting`` assignments are still to be published.
    """

    key: str
    patterns: tuple[str, ...]
    names: tuple[str, ...]
    titles: tuple[str, ...]
    proposal: str | None
    tier: str
    source: str
    reason: str
    rows: int
    courses: int
    schools: int
    assignments: int
    contradicting: int
    taken: int
    delivered: int
    waiting: int
    is_new: bool

    @property
    def is_ticked(self) -> bool:
        """Whether it is ticked from the start."""
        return self.proposal is not None and self.tier in TICKED


def meaning(name: str, vocabulary: Vocabulary) -> str:
    """What look-alike names have in common: “HW”, “H.W.” and “Home work” all mean ``homework``; else the name."""
    spelled = vocabulary.spelled_out(words(name))
    return "".join(word for word in spelled if word != "and") or name


def cards(rows: pd.DataFrame, lines: pd.DataFrame, apart: Collection[str] = ()) -> list[Card]:
    """The cards over some open ``rows`` (``desk.ROWS``), those with new sections first, then by their assignments.

    ``lines`` are the patterns (``schemas.PATTERNS`` and ``meaning``) by key; those in ``apart`` are cards of their own.
    """
    if rows.empty:
        return []
    of_row, patterns = numbered(rows["pattern"])
    sizes = np.bincount(of_row, minlength=len(patterns))
    known = lines.loc[patterns]
    of_pattern = _alike(known, apart)
    own, titles = numbered(rows["category"])
    place = {title: number for number, title in enumerate(titles)}
    proposed = np.array([-1 if pd.isna(one) else place.get(one, -2) for one in known["proposal"]])[of_row]
    of_row = of_pattern[of_row]
    counts, reasons = _counts(rows, of_row, own, proposed), _reasons(rows, of_row, own == proposed)
    order = np.lexsort((-sizes, of_pattern))  # by card, the pattern with most rows first
    parts = np.split(order, np.flatnonzero(np.diff(of_pattern[order])) + 1)
    every = list(known.reset_index().itertuples(index=False))
    found = []
    for part in parts:
        number = int(of_pattern[part[0]])
        own_counts = {name: int(values[number]) for name, values in counts.items()}
        found.append(_card([every[one] for one in part], own_counts, reasons.get(number)))
    return sorted(found, key=_place)


def still_proposed(rows: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The ``lines`` with the proposal and the tier that their rows have which are still open.

    Where most of a pattern is decided, what is left of it may have another proposal, or a question, see
    ``proposals.by_pattern``.
    """
    of_row, patterns = numbered(rows["pattern"])
    own, titles = numbered(rows["category"])
    width = len(titles) + 1  # the last place is for none
    pairs, sizes = np.unique(of_row * width + np.where(own < 0, width - 1, own), return_counts=True)
    is_none = pairs % width == width - 1
    alphabet = np.argsort(np.argsort(np.array([*titles, ""], dtype=str)))
    order = np.lexsort((alphabet[pairs % width], -sizes, is_none, pairs // width))
    first = order[np.unique(pairs[order] // width, return_index=True)[1]]
    best = np.where(is_none[first], -1, pairs[first] % width)
    agrees = own == best[of_row]
    tiers = np.array([*rows["tier"].cat.categories, ""] if len(rows) else [""], dtype=str)[rows["tier"].cat.codes]
    counts = {tier: np.bincount(of_row[agrees & (tiers == tier)], minlength=len(patterns)) for tier in ("A", "B", "C")}
    few = 2 * counts["C"] < np.bincount(of_row[agrees], minlength=len(patterns))
    worst = np.where(counts["B"] > 0, "B", np.where(counts["A"] > 0, "A", ""))
    found = pd.DataFrame(
        {
            "proposal": pd.Series([None if place < 0 else titles[place] for place in best], dtype="str"),
            "tier": pd.Series(np.where(counts["C"] > 0, np.where(few, "B", "C"), worst), dtype="str"),
        }
    ).set_axis(pd.Index(patterns, dtype=lines.index.dtype))
    is_open = lines.index.isin(found.index)
    of_line = found.reindex(lines.index)
    return lines.assign(
        proposal=of_line["proposal"].where(is_open, lines["proposal"]),
        tier=of_line["tier"].where(is_open, lines["tier"]),
    )


def _place(card: Card) -> tuple[object, ...]:
    return not card.is_new, -card.assignments - card.waiting, -card.rows, card.key


def _alike(lines: pd.DataFrame, apart: Collection[str]) -> Array:
    """A number for each line, the same for those of one card: where one title is proposed, the others may differ."""
    sets = lines["titles"].where(lines["proposal"].isna(), "")
    ticked = lines["tier"].isin(TICKED).astype("str")
    same = lines["meaning"] + "\n" + lines["proposal"].fillna("") + "\n" + sets + "\n" + ticked
    alone = lines.index.isin(list(apart))
    return pd.factorize(same.where(~alone, pd.Series(lines.index, index=lines.index)))[0]


def _counts(rows: pd.DataFrame, codes: Array, own: Array, proposed: Array) -> dict[str, Array]:
    """For each card what ``Card`` counts."""
    stays = (proposed != -1) & (own != proposed)
    assignments = rows["assignments"].fillna(0).to_numpy("float64")
    weights = {"rows": None, "contradicting": stays.astype("float64"), "assignments": assignments}
    weights |= {"delivered": np.where(stays, 0, assignments), "waiting": rows["waiting"].to_numpy("float64")}
    sums = {name: np.bincount(codes, weight) for name, weight in weights.items()}
    return {**sums, "courses": _different(codes, rows["course_id"]), "schools": _different(codes, rows["school"])}


def _reasons(rows: pd.DataFrame, codes: Array, agrees: Array) -> dict[int, str]:
    """For each card why its rows have this proposal: the words that all have, else how many come from where."""
    codes = codes[agrees]
    reasons, texts = numbered(rows["reason"].loc[agrees])
    pairs = np.unique(codes * max(len(texts), 1) + reasons)
    cards_of, first = pairs // max(len(texts), 1), pairs % max(len(texts), 1)
    numbers = np.bincount(cards_of)
    told = {int(card): str(texts[text]) for card, text in zip(cards_of, first, strict=True) if numbers[card] == 1}
    sources, names = numbered(rows["source"].loc[agrees])
    pairs, sizes = np.unique(codes * max(len(names), 1) + sources, return_counts=True)
    for place in np.argsort(-sizes, kind="stable"):
        card, source = int(pairs[place] // len(names)), names[pairs[place] % len(names)]
        if numbers[card] > 1 and source in SAID:
            before = f"{told[card].removesuffix('.')}, " if card in told else ""
            told[card] = f"{before}{sizes[place]:,} {SAID[source]}."
    return told


def _different(codes: Array, column: pd.Series[Any]) -> Array:
    """How many different values there are for each code."""
    values, known = numbered(column)
    pairs = pd.unique(codes.astype("int64") * max(len(known), 1) + values)
    return np.bincount(pairs // max(len(known), 1))


def _card(some: Sequence[Any], counts: Mapping[str, int], reason: str | None) -> Card:
    """Of some lines, the one with most rows first."""
    first = some[0]
    sets = [json.loads(line.titles) for line in some]
    titles = tuple(title for title in sets[0] if all(title in others for others in sets))
    proposal = None if pd.isna(first.proposal) else str(first.proposal)
    tier = max(str(line.tier) for line in some)  # the least certain of its patterns
    patterns = tuple(line.pattern for line in some)
    shown = json.dumps([sorted(patterns), titles, proposal, tier])
    return Card(
        key=hashlib.sha256(shown.encode()).hexdigest()[:12],
        patterns=patterns,
        names=tuple(dict.fromkeys(line.group for line in some)),
        titles=titles,
        proposal=proposal,
        tier=tier,
        source=str(first.source),
        reason=reason or str(first.reason),
        taken=counts["rows"] - counts["contradicting"],
        is_new=any(line.is_new for line in some),
        **counts,
    )


def is_taken(rows: pd.DataFrame, lines: pd.DataFrame, wanted: Mapping[str, str | None]) -> pd.Series[bool]:
    """Which rows take the title (pattern → title, None: they stay unassociated).

    Where it is what is proposed, those for which something says so.
    """
    titles = rows["pattern"].map(dict(wanted))
    proposed = rows["pattern"].map(lines["proposal"]).eq(titles)
    return ~(proposed & rows["category"].ne(titles))


def is_among(rows: pd.DataFrame, some: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows have the ``group_id`` and ``section_id`` of one of the others."""
    marked = some[["group_id", "section_id"]].drop_duplicates().assign(found=True)
    return rows[["group_id", "section_id"]].merge(marked, how="left")["found"].notna().to_numpy()

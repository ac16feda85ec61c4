"""Cards: what a person judges at once, patterns of names that look alike and have one proposal, or none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.suggest.normal import words
from gpb.suggest.schemas import Source
from gpb.suggest.vocabulary import Vocabulary

SURE, CHECK = "A", "B"
KEY = ["group_id", "section_id"]
Array = npt.NDArray[Any]
SAID = {
    Source.SIBLING: "as other sections of the course",
    Source.DECISION: "as decided",
    Source.RULE: "by a rule",
    Source.LAST_TERM: "as the same teacher had it",
    Source.NAME: "by the name",
    Source.PAST_TERMS: "as in earlier terms",
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
    ``delivered`` assignments are without them.
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
    of_row, patterns = pd.factorize(rows["pattern"])
    sizes = np.bincount(of_row, minlength=len(patterns))
    known = lines.loc[patterns]
    of_pattern = _alike(known, apart)
    of_row, proposed = of_pattern[of_row], known["proposal"].to_numpy(dtype=object)[of_row]
    counts, reasons = _counts(rows, of_row, proposed), _reasons(rows, of_row, proposed)
    order = np.lexsort((-sizes, of_pattern))  # by card, the pattern with most rows first
    parts = np.split(order, np.flatnonzero(np.diff(of_pattern[order])) + 1)
    numbers = [int(of_pattern[part[0]]) for part in parts]
    found = [
        _card(known.iloc[part], counts.iloc[number], reasons.get(number))
        for part, number in zip(parts, numbers, strict=True)
    ]
    return sorted(found, key=lambda card: (not card.is_new, -card.assignments, -card.rows, card.key))


def _alike(lines: pd.DataFrame, apart: Collection[str]) -> Array:
    """A number for each line, the same for those of one card: where one title is proposed, the others may differ."""
    sets = lines["titles"].where(lines["proposal"].isna(), "")
    ticked = lines["tier"].isin(TICKED).astype("str")
    same = lines["meaning"] + "\n" + lines["proposal"].fillna("") + "\n" + sets + "\n" + ticked
    alone = lines.index.isin(list(apart))
    return pd.factorize(same.where(~alone, pd.Series(lines.index, index=lines.index)))[0]


def _counts(rows: pd.DataFrame, codes: Array, proposed: Array) -> pd.DataFrame:
    own = rows["category"].to_numpy(dtype=object)
    stays = pd.notna(proposed) & (own != proposed)
    assignments = rows["assignments"].fillna(0).to_numpy("int64")
    counted = pd.DataFrame({"rows": 1, "assignments": assignments, "contradicting": stays})
    sums = counted.assign(delivered=np.where(stays, 0, assignments)).groupby(codes).sum()
    different = {
        name: _different(codes, rows[column]) for name, column in (("courses", "course_id"), ("schools", "school"))
    }
    return sums.assign(**different)


def _reasons(rows: pd.DataFrame, codes: Array, proposed: Array) -> dict[int, str]:
    """For each card why its rows have this proposal: the words that all have, else how many come from where."""
    own = rows["category"].to_numpy(dtype=object)
    agrees = np.where(pd.isna(proposed), pd.isna(own), own == proposed)
    lines = rows.loc[agrees, ["source", "reason"]].assign(card=codes[agrees])
    single = lines.drop_duplicates(["card", "reason"])
    single = single.loc[~single["card"].duplicated(keep=False)]
    told = dict(zip(single["card"].tolist(), single["reason"].tolist(), strict=True))
    several = lines.loc[~lines["card"].isin(list(told))].groupby(["card", "source"], as_index=False).size()
    ordered = several.sort_values("size", ascending=False)
    for card, source, number in ordered.itertuples(index=False, name=None):
        if source in SAID:
            before = f"{told[card].removesuffix('.')}, " if card in told else ""
            told[card] = f"{before}{number:,} {SAID[source]}."
    return told


def _different(codes: Array, column: pd.Series[Any]) -> Array:
    """How many different values there are for each code."""
    values, known = pd.factorize(column)
    pairs = np.unique(codes.astype("int64") * max(len(known), 1) + values)
    return np.bincount(pairs // max(len(known), 1))


def _card(some: pd.DataFrame, counts: pd.Series[Any], reason: str | None) -> Card:
    """Of some lines, the one with most rows first."""
    first = some.iloc[0]
    sets = [json.loads(titles) for titles in some["titles"]]
    titles = tuple(title for title in sets[0] if all(title in others for others in sets))
    proposal = None if pd.isna(first["proposal"]) else str(first["proposal"])
    tier = str(some["tier"].max())  # the least certain of its patterns
    shown = json.dumps([sorted(some.index), titles, proposal, tier])
    return Card(
        key=hashlib.sha256(shown.encode()).hexdigest()[:12],
        patterns=tuple(some.index),
        names=tuple(dict.fromkeys(some["group"])),
        titles=titles,
        proposal=proposal,
        tier=tier,
        source=str(first["source"]),
        reason=reason or str(first["reason"]),
        rows=int(counts["rows"]),
        courses=int(counts["courses"]),
        schools=int(counts["schools"]),
        assignments=int(counts["assignments"]),
        contradicting=int(counts["contradicting"]),
        taken=int(counts["rows"] - counts["contradicting"]),
        delivered=int(counts["delivered"]),
        is_new=bool(some["is_new"].any()),
    )


def is_taken(rows: pd.DataFrame, lines: pd.DataFrame, wanted: Mapping[str, str]) -> pd.Series[bool]:
    """Which rows take the title (pattern → title): where it is what is proposed, those for which something says so."""
    titles = rows["pattern"].map(dict(wanted))
    proposed = rows["pattern"].map(lines["proposal"]).eq(titles)
    return ~(proposed & rows["category"].ne(titles))


def is_among(rows: pd.DataFrame, some: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows have the ``group_id`` and ``section_id`` of one of the others."""
    marked = some[KEY].drop_duplicates().assign(found=True)
    return rows[KEY].merge(marked, on=KEY, how="left")["found"].notna().to_numpy()

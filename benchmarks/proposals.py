"""Proposals: right and wrong by source and tier, how few decisions a new term takes, speed and memory.

``python -m benchmarks.proposals [--judged FILE]``. FILE is a CSV with ``group``, ``categories`` (a JSON list of titles)
and ``answer``, a title or ``none…``. Ends with 1 where a proposal that is sure is wrong, or an aim is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import large_term
from benchmarks.district import district, settings_for
from gpb.keys import Key, keys
from gpb.sandbox.district.world import CURRENT_TERM, LAST_TERM, NEXT_TERM
from gpb.suggest.by_name import propose
from gpb.suggest.room.cards import SURE, Card
from gpb.suggest.room.waiting import Open
from gpb.suggest.vocabulary import read_vocabulary
from gpb.workspace import Workspace

Figures = dict[str, str]
KEY = ["group_id", "section_id"]
ENOUGH, RIGHT, DECIDED, DECISIONS, CLICKS = 0.85, 0.998, 0.97, 40, 60
"""Aims: the share of rows that are sure, and of those that are right; the share of assignments that a person has
decided after so many decisions and clicks."""
PERSON = "benchmark"
LISTED = 20  # lines of a page
SIZES = {20_000: 1, 350_000: 8}
"""Rows of a term, and seconds of CPU in which all of them should have their proposals."""


class Missed(Exception):
    """An aim that was missed, in words."""


def measure() -> Figures:
    """The figures of the sandbox's empty term after two that are known."""
    with district() as printed, tempfile.TemporaryDirectory() as folder:
        workspace = _after_two_terms(printed, Path(folder))
        truth = _answers(printed)
        figures = {**_right(workspace, truth), **_speed(workspace, Path(folder)), **_one_person(workspace, truth)}
        workspace.close()
        return figures


def _after_two_terms(printed: Mapping[str, str], folder: Path) -> Workspace:
    for term in (LAST_TERM, CURRENT_TERM, NEXT_TERM):
        opened = Workspace(settings_for({**printed, "GPB_TERM": str(term)}, folder))
        asyncio.run(opened.term.pull())
        if term == NEXT_TERM:
            return opened
        opened.close()
    raise AssertionError


def _answers(printed: Mapping[str, str]) -> pd.DataFrame:
    """``group_id, section_id`` and ``right`` (str, NaN: no category) of every row that has an answer."""
    base = printed["GPB_CANVAS_URL"].removesuffix("/canvas")
    with urllib.request.urlopen(f"{base}/_sandbox/answers?term_id={NEXT_TERM}", timeout=60) as reply:
        found = pd.DataFrame(json.load(reply))
    return found[KEY].assign(right=found["title"].astype("str"))


def _right(workspace: Workspace, truth: pd.DataFrame) -> Figures:
    found = workspace.deciding.proposals().merge(truth, on=KEY, how="left")
    named = found.dropna(subset="category")
    is_right = named["category"].eq(named["right"])
    figures = {}
    for (tier, source), some in is_right.groupby([named["tier"], named["source"]]):
        wrong = f"{len(some) - some.sum():,} wrong"
        figures[f"tier {tier}, {source}"] = f"{some.sum():,} right, {wrong}, {len(some) / len(found):.1%} of rows"
    sure = named["tier"].eq("A")
    _aim(sure.sum() / len(found) >= ENOUGH, f"only {sure.sum() / len(found):.1%} of the rows are sure")
    _aim(is_right[sure].mean() >= RIGHT, f"only {is_right[sure].mean():.2%} of the sure rows are right")
    same = named.loc[named["tier"].eq("A") & named["source"].eq("name") & ~is_right]
    _aim(same.empty, f"{len(same):,} sure names are wrong")
    figures["sure rows"] = f"{sure.sum() / len(found):.1%} (aim: 85%), {is_right[sure].mean():.2%} right (aim: 99.8%)"
    return figures


def _speed(workspace: Workspace, folder: Path) -> Figures:
    evidence = workspace.deciding.evidence()
    began = time.process_time()
    workspace.deciding.patterns()
    figures = {"proposals again": f"{time.process_time() - began:.3f} s of CPU (aim: 0.3 s)"}
    for size, aim in SIZES.items():
        told = large_term.measured(evidence, folder, size)
        figures[f"proposals, {size:,} rows"] = f"{told} (aims: {aim} s, again 0.3 s)"
    return figures


def _one_person(workspace: Workspace, truth: pd.DataFrame) -> Figures:
    """What somebody who knows the answers does on the page Decide: carry forward, accept all that is sure, then page by
    page through the lines from the top."""
    rows = workspace.term.rows().merge(truth, on=KEY)
    rows["behind"] = _behind(workspace, rows)
    whole, person = rows["behind"].sum(), Person(workspace, truth)
    carried = workspace.carrying.preview()
    workspace.carrying.draft(carried, person=PERSON)
    without = rows["right"].isna().sum()
    told = f"{len(carried.decided):,} of {len(rows):,} rows, of which {without:,} have no category"
    figures = {"carried forward": f"{told} ({len(carried.decided) / (len(rows) - without):.1%} of the others)"}
    person.takes([card for card in workspace.desk.open().cards() if card.tier == SURE and card.is_ticked])
    person.decisions, person.clicks = 2, 2
    while (decided := _decided(workspace, rows, person.left)) < DECIDED * whole and person.goes_on():
        pass
    share, decisions, clicks = decided / whole, person.decisions, person.clicks
    _aim(share >= DECIDED, f"only {share:.1%} of the assignments are decided after all patterns")
    _aim(decisions <= DECISIONS and clicks <= CLICKS, f"it takes {decisions} decisions and {clicks} clicks")
    told = f"{decisions} decisions, {clicks} clicks for {share:.1%} of {whole:,} (aim: 40 and 60)"
    return {**figures, "a term decided": told}


@dataclass
class Person:
    """Somebody who knows the answers (``truth``), and clicks as the page wants it.

    A tick is a click, and so is an Accept, for one line or for what is ticked on a page; a choice from a drop-down is
    two. ``left`` are rows that she rightly left unassociated. What she cannot decide for all of a line stays there.
    """

    workspace: Workspace
    truth: pd.DataFrame
    decisions: int = 0
    clicks: int = 0
    left: set[Key] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)

    def goes_on(self) -> bool:
        """Decide what can be decided on the first page; whether there was anything to look at."""
        shown = self.workspace.desk.open()
        page = [card for card in shown.cards() if card.key not in self.passed][:LISTED]
        titles, ticks, wholes = dict[str, str | None](), 0, list[Card]()
        for card in page:
            self.passed.add(card.key)
            of_card = shown.of(card.patterns).merge(self.truth, on=KEY)
            known = of_card["right"].unique()
            some = of_card["right"].loc[of_card["category"].eq(card.proposal or "")].unique()
            if len(known) == 1 and card.contradicting and known[0] == card.proposal:
                wholes.append(card)
            elif len(known) == 1 and (pd.isna(known[0]) or known[0] in card.titles):
                title = None if pd.isna(known[0]) else str(known[0])
                ticks += 2 if title is None or title != card.proposal else not card.is_ticked
                titles |= dict.fromkeys(card.patterns, title)
                self.decisions += 1
            elif len(some) == 1 and some[0] == card.proposal:
                ticks += not card.is_ticked
                titles |= dict.fromkeys(card.patterns, str(card.proposal))
                self.decisions += 1
            else:
                ticks += card.is_ticked
        if titles:
            self._takes(shown, titles)
            self.clicks += ticks + 1
        for card in wholes:
            self._takes(shown, dict.fromkeys(card.patterns, card.proposal), whole=True)
            self.decisions, self.clicks = self.decisions + 1, self.clicks + 1
        return bool(page)

    def takes(self, cards: Sequence[Card]) -> None:
        """Accept what is proposed for these."""
        titles: dict[str, str | None] = {one: card.proposal for card in cards for one in card.patterns}
        if titles:
            self._takes(self.workspace.desk.open(), titles)

    def _takes(self, shown: Open, titles: dict[str, str | None], *, whole: bool = False) -> None:
        self.workspace.desk.take(shown, titles, whole=whole, person=PERSON)
        nothing = [pattern for pattern, title in titles.items() if title is None]
        self.left |= set(keys(shown.of(nothing)))


def _behind(workspace: Workspace, rows: pd.DataFrame) -> pd.Series[Any]:
    """The assignments behind each row; in a term that has not begun they are still to be published."""
    groups = workspace.term.latest().tables["groups"].set_index("group_id")
    waiting = groups["assignments"].fillna(0) + groups["unpublished"].fillna(0)
    return rows["group_id"].map(waiting).astype("int64")


def _decided(workspace: Workspace, rows: pd.DataFrame, none: set[Key]) -> int:
    """Assignments behind rows that are drafted as they should be, or rightly decided to stay as they are.

    Raises Missed for one that is drafted otherwise.
    """
    drafts = workspace.term.drafts().frame().merge(rows, on=KEY, suffixes=("", "_row"))
    wrong = drafts["category"].ne(drafts["right"])
    _aim(wrong.mean() <= 1 - RIGHT, f"{wrong.sum():,} rows were decided wrongly")
    is_left = pd.Series([key in none for key in keys(rows)], index=rows.index)
    _aim(bool(rows.loc[is_left, "right"].isna().all()), "rows that have a category were left unassociated")
    stay = rows.loc[is_left, "behind"].sum()
    return int(drafts.loc[~wrong, "behind"].sum() + stay)


def judged(file: Path) -> Figures:
    """Names alone on judged cases; a sure one that is wrong fails."""
    vocabulary, counts = read_vocabulary(), Counter[str]()
    with file.open(encoding="utf-8", newline="") as lines:
        cases = list(csv.DictReader(lines))
    for case in cases:
        found = propose(case["group"], json.loads(case["categories"]), vocabulary)
        if found.title is not None:
            counts[f"{found.tier} {'right' if found.title == case['answer'] else 'wrong'}"] += 1
    titled = sum(not case["answer"].startswith("none") for case in cases)
    right = counts["A right"] + counts["B right"]
    _aim(not counts["A wrong"], f"{counts['A wrong']:,} sure names are wrong")
    _aim(counts["A right"] >= 0.27 * len(cases), f"only {counts['A right'] / len(cases):.1%} of the names are sure")
    _aim(right >= 0.34 * len(cases), f"only {right / len(cases):.1%} of the names have a proposal that is right")
    _aim(right >= 0.99 * (right + counts["B wrong"]), f"{counts['B wrong']:,} of the proposals are wrong")
    sure = f"{counts['A right']:,} right, {counts['A wrong']:,} wrong, {counts['A right'] / len(cases):.1%} of all"
    both = f"{right:,} right, {counts['B wrong']:,} wrong, {right / len(cases):.1%} of all (aim: 34%)"
    of_titled = f"{counts['A right'] / titled:.1%} of those with a title"
    return {"judged names, tier A": f"{sure} (aim: 27%), {of_titled}", "judged names, tiers A and B": both}


def _aim(is_reached: bool, otherwise: str) -> None:
    if not is_reached:
        raise Missed(otherwise)


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judged", type=Path, help="a CSV file of judged names")
    wanted = parser.parse_args().judged
    try:
        if wanted is not None:
            _print(judged(wanted))
        _print(measure())
    except Missed as missed:
        sys.exit(f"An aim was missed: {missed}.")


def _print(figures: Figures) -> None:
    for name, figure in figures.items():
        print(f"{name:<38} {figure}", flush=True)


if __name__ == "__main__":
    main()

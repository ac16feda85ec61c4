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
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import large_term
from benchmarks.district import district, settings_for
from gpb.sandbox.district.world import CURRENT_TERM, LAST_TERM, NEXT_TERM
from gpb.suggest.by_name import propose
from gpb.suggest.vocabulary import read_vocabulary
from gpb.workspace import Workspace

Figures = dict[str, str]
KEY = ["group_id", "section_id"]
SURE, RIGHT, DECIDED, DECISIONS, CLICKS = 0.85, 0.998, 0.97, 40, 60
"""Aims: the share of rows that are sure, and of those that are right; the share of assignments that a person has
decided after so many decisions and clicks."""
PERSON = "benchmark"
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
    _aim(sure.sum() / len(found) >= SURE, f"only {sure.sum() / len(found):.1%} of the rows are sure")
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
        figures[f"proposals, {size:,} rows"] = f"{large_term.measured(evidence, folder, size)} (aim: {aim} s)"
    return figures


def _one_person(workspace: Workspace, truth: pd.DataFrame) -> Figures:
    """What somebody who knows the answers does: accept what is sure, then pattern by pattern from the top.

    A click accepts a proposal that is right; another title, or that it stays unassociated, takes two. Rows of a pattern
    that belong elsewhere are left out, a school at a click, and stay open.
    """
    rows = workspace.term.rows().merge(truth, on=KEY)
    rows["behind"] = _behind(workspace, rows)
    whole, decided, right = rows["behind"].sum(), 0, set[tuple[int, int]]()
    workspace.deciding.accept_sure(person=PERSON)
    decisions, clicks, skipped = 1, 1, set[str]()
    while (decided := _decided(workspace, rows, right)) < DECIDED * whole:
        lines = workspace.deciding.patterns()
        lines = lines.loc[~lines["pattern"].isin(list(skipped))]
        if lines.empty:
            break
        line = lines.iloc[0]
        of_line = workspace.deciding.rows(line["pattern"]).merge(truth, on=KEY)
        skipped.add(line["pattern"])
        if of_line.empty:
            continue
        title = of_line["right"].mode().get(0) if of_line["right"].notna().mean() > 1 / 2 else None
        other = of_line.loc[of_line["right"].ne(title) if title is not None else of_line["right"].notna()]
        left = list(zip(other["group_id"], other["section_id"], strict=True))
        workspace.deciding.decide(line["pattern"], title, leave_out=left, person=PERSON)
        if title is None:
            right |= set(zip(of_line["group_id"], of_line["section_id"], strict=True)) - set(left)
        decisions += 1
        clicks += (1 if title is not None and title == line["proposal"] else 2) + other["school"].nunique()
    share = decided / whole
    _aim(share >= DECIDED, f"only {share:.1%} of the assignments are decided after all patterns")
    _aim(decisions <= DECISIONS and clicks <= CLICKS, f"it takes {decisions} decisions and {clicks} clicks")
    return {"a term decided": f"{decisions} decisions, {clicks} clicks for {share:.1%} of {whole:,} (aim: 40 and 60)"}


def _behind(workspace: Workspace, rows: pd.DataFrame) -> pd.Series[Any]:
    """The assignments behind each row; in a term that has not begun they are still to be published."""
    groups = workspace.term.latest().tables["groups"].set_index("group_id")
    waiting = groups["assignments"].fillna(0) + groups["unpublished"].fillna(0)
    return rows["group_id"].map(waiting).astype("int64")


def _decided(workspace: Workspace, rows: pd.DataFrame, none: set[tuple[int, int]]) -> int:
    """Assignments behind rows that are drafted as they should be, or rightly decided to stay as they are.

    Raises Missed for one that is drafted otherwise.
    """
    drafts = workspace.term.drafts().frame().merge(rows, on=KEY, suffixes=("", "_row"))
    wrong = drafts["category"].ne(drafts["right"])
    _aim(wrong.mean() <= 1 - RIGHT, f"{wrong.sum():,} rows were decided wrongly")
    stay = rows.loc[[key in none for key in zip(rows["group_id"], rows["section_id"], strict=True)], "behind"].sum()
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

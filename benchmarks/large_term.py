"""Speed and memory of proposals in a term of any size, first and after a restart, each size in a process of its own."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from gpb.frames.validity import Validity
from gpb.suggest.evidence import Evidence
from gpb.suggest.past import Past
from gpb.suggest.proposals import by_pattern, proposals
from gpb.suggest.room.kept import KeptFrames
from gpb.suggest.schemas import PATTERNS, PROPOSALS

IDS = ("group_id", "section_id", "course_id")
TEXTS = ("class_id", "category_id", "teacher")
SCHOOLS = 10


def measured(evidence: Evidence, folder: Path, size: int) -> str:
    """What ``report`` prints of so many rows, in a fresh process."""
    file = folder / "evidence.pickle"
    file.write_bytes(pickle.dumps(replace(evidence, made=None)))
    code = "import sys; from benchmarks.large_term import report; report(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(file), str(size)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def report(file: str, size: str) -> None:
    """Propose for about so many rows and print seconds of CPU and memory of this process."""
    small: Evidence = pickle.loads(Path(file).read_bytes())
    large = _repeated(small, round(int(size) / len(small.rows)))
    before = _resident()
    past, first = _timed(lambda: Past.of(large.past))
    found, second = _timed(lambda: proposals(replace(large, made=lambda: past)))
    lines, third = _timed(lambda: by_pattern(found, large))
    added = _resident() - before
    again = _after_a_restart(Path(file).parent / size, found, lines)
    print(
        f"{first + second + third:.1f} s of CPU ({first:.1f} for what {len(large.past):,} cases say, {third:.2f} for "
        f"{len(lines):,} patterns), {added:,} MB, {again:.2f} s after a restart, for {len(large.rows):,} rows"
    )


def _after_a_restart(folder: Path, found: pd.DataFrame, lines: pd.DataFrame) -> float:
    """Seconds of CPU that it takes to read what was kept of both, which has to be the same."""
    of_rows, of_patterns = (KeptFrames(folder / name, lambda _: True) for name in ("rows", "patterns"))
    of_rows.keep(found, "term", "key")
    of_patterns.keep(lines, "term", "key")
    both, again = _timed(lambda: (of_rows.read("term", "key", PROPOSALS), of_patterns.read("term", "key", PATTERNS)))
    for kept, made in zip(both, (found, lines), strict=True):
        pd.testing.assert_frame_equal(kept, made.reset_index(drop=True), check_categorical=False)
    return again


def _repeated(small: Evidence, copies: int) -> Evidence:
    """Other courses, teachers and categories in each copy, and a third of the names written otherwise."""
    validity = small.validity
    used = validity.category_sections.loc[validity.category_sections["class_id"].isin(small.rows["class_id"])]
    known = validity.categories.loc[validity.categories["category_id"].isin(used["category_id"])]

    def each(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([_copy(frame, number) for number in range(copies)], ignore_index=True)

    rows = each(small.rows)
    return replace(
        small,
        rows=rows.assign(group=_varied(rows)),
        validity=Validity(each(known), each(used)),
        past=each(small.past),
        assignments=each(small.assignments[["group_id", "assignment"]]),
        unpublished={},
        made=None,
    )


def _copy(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    ids = {name: frame[name] + number * 10_000_000 for name in IDS if name in frame}
    texts = {name: frame[name] + f"-{number}" for name in TEXTS if name in frame}
    schools = {"school": frame["school"] + f" {number % SCHOOLS}"} if "school" in frame else {}
    return frame.assign(**ids, **texts, **schools)


def _varied(rows: pd.DataFrame) -> pd.Series[Any]:
    place = rows["group_id"] % 97
    numbered = (place + 1).astype("str") + ". " + rows["group"]
    return (
        rows["group"].where(place % 6 != 0, numbered).where(place % 6 != 1, rows["group"] + " Q" + place.astype("str"))
    )


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def _resident() -> int:
    """Megabytes of this process at most so far."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return int(status["VmHWM"].split()[0]) // 1024

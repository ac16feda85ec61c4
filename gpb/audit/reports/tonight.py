"""What the next passback does, as a report and as plain text."""

from __future__ import annotations

import io

import pandas as pd

from gpb.audit.figures import WORDS, Figure, figures
from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.mail import numbers
from gpb.audit.reports.registry import REPORTS, Provenance
from gpb.audit.reports.terminal import SHOWN, text_table
from gpb.audit.tonight.lines import as_told, by_reason, with_names
from gpb.frames.passback import Outcome
from gpb.frames.snapshot import Snapshot
from gpb.printable import one_line

NAME = "tonight"
NOTHING_LOST = {"label": WORDS[Figure.NOT_PASSED_BACK].label, "value": "no rows"}
PART = 100_000  # lines


def tonight_table(lines: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """The report: one line for each line of ``audit.tonight``, in that order; ids int64, all else text."""
    return with_names(lines, snapshot)[list(REPORTS[NAME].columns)]


def tonight_csv(lines: pd.DataFrame, snapshot: Snapshot, provenance: Provenance) -> bytes:
    """The report as ``safe_csv`` writes it, made in parts: a large district has more than a million lines."""
    written = io.BytesIO()
    for start in range(0, max(len(lines), 1), PART):
        part = safe_csv(tonight_table(lines.iloc[start : start + PART], snapshot), provenance, bom=not start)
        written.write(part.partition(b"\r\n")[2] if start else part)  # the header once
    return written.getvalue()


def tonight_text(lines: pd.DataFrame, snapshot: Snapshot, provenance: Provenance) -> str:
    """Where it was foretold from, how many lines have which reason, and the first of those that do not arrive."""
    passed = int(lines["outcome"].eq(Outcome.PASSED).sum())
    facts = snapshot.facts
    head = one_line(
        f"{facts.term}, from {facts.canvas_url} and Focus as of {provenance.at(facts.taken_at)}, snapshot "
        f"{provenance.snapshot}."
    )
    (lost,) = numbers(figures(snapshot.associations(), [Figure.NOT_PASSED_BACK])) or [NOTHING_LOST]
    number = f"Passed back tonight: {passed:,} of {len(lines):,} lines (flagged assignment × section)."
    number += f"\n{lost['label']}: {lost['value']}, published and flagged, in sections of the SIS."
    told = as_told(lines, snapshot)
    counts = by_reason(told).drop(columns="reason").rename(columns={"title": "reason"})
    rest = told.loc[told["outcome"].ne(Outcome.PASSED)].sort_values("outcome", kind="stable")
    shown = with_names(rest.head(SHOWN), snapshot)
    columns = ["outcome", "title", "assignment", "school", "course", "group", "section"]
    listed = text_table(shown[columns].rename(columns={"title": "reason"})) if len(shown) else ""
    more = f"… and {len(rest) - SHOWN:,} more; --csv FILE writes all lines." if len(rest) > SHOWN else ""
    listing = "\n".join(filter(None, [listed, more]))
    return "\n\n".join(filter(None, [f"{head}\n{number}", text_table(counts) if len(counts) else "", listing]))

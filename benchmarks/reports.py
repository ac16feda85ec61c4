"""The reports of a large district: all associations as CSV and as a workbook, against plain pandas."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.figure import Figure
from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.summary import summarize
from gpb.audit.reports.tables import all_associations
from gpb.audit.reports.workbook import write_workbook
from gpb.frames.codec import Layout
from gpb.frames.facts import SnapshotFacts
from gpb.frames.schemas import STATUSES
from gpb.frames.shape import Shape

ROWS = 100_000


def measure() -> list[Figure]:
    """Seconds of both, and how many times as long as ``DataFrame.to_csv``."""
    rows, provenance = large_rows(ROWS), _provenance()
    table = all_associations(rows)
    plain = _seconds(lambda: table.to_csv(index=False).encode())
    as_csv = _seconds(lambda: safe_csv(table, provenance))
    summary = summarize(rows, _no_findings(), provenance, "All schools")
    as_workbook = _seconds(lambda: write_workbook(io.BytesIO(), {"all_associations": table}, summary))
    return [
        Figure(f"CSV of {ROWS:,} rows", as_csv, "s", 1, told=f"{as_csv / plain:.1f} times to_csv"),
        Figure(f"workbook of {ROWS:,} rows", as_workbook, "s", 20, told=f"{as_workbook / plain:.0f} times to_csv"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def large_rows(count: int) -> pd.DataFrame:
    """Association rows with drafts, as many and as different as those of a large district."""
    place = np.arange(count)
    course, group, section = place // 20 + 10_000, place // 4 + 200_000, place // 20 * 4 + place % 4 + 900_000
    status = pd.Series(np.array(STATUSES)[place % len(STATUSES)], dtype="str")
    category = pd.Series(np.array(["Homework", "Tests", "=1+1 📐"])[place % 3], dtype="str").where(place % 6 != 1)
    link = [f"https://district.instructure.com/courses/{number}/assignments" for number in course]
    text: dict[str, Any] = {
        "school": [f"School {number % 60}" for number in course],
        "term": "Fall Semester 2026",
        "course": [f"Course Nº {number} – Español" for number in course],
        "teacher": [f"Teacher {number % 4_000}, Zoë" for number in course],
        "group": [f"Assignment group {number % 500}" for number in group],
        "section": [f"Section {number}" for number in section],
        "sis_section_id": [f"{number:012d}" for number in section],
        "category_id": [f"{number:08x}-0000-4000-8000-{number:012x}" for number in place],
        "name_match": category,
        "canvas_icon": "Aligned",
        "canvas_link": link,
        "focus_link": "https://district.focusschoolsoftware.com/focus/",
        "status": status,
        "category": category,
        "stored_category": category,
        "stored_reference": category,
    }
    numbers: dict[str, Any] = {
        "course_id": course,
        "group_id": group,
        "weight": (place % 40) * 2.5,
        "section_id": section,
        "origin_course_id": pd.array(course, "Int64"),
        "unassociated_in_group": place % 4,
        "changed": place % 50 == 0,
        "not_read": False,
        "assignments": place % 9,
    }
    return pd.DataFrame(text, index=place).astype("str").assign(**numbers)


def _no_findings() -> pd.DataFrame:
    return pd.DataFrame({"school": [], "severity": [], "accepted_until": []}, dtype="str")


def _provenance() -> Provenance:
    facts = SnapshotFacts(
        scope="large#1#5",
        source="large#self",
        term_setting="",
        term_id=5,
        sis_term_id="F",
        term="Fall Semester 2026",
        taken_at=datetime(2026, 9, 1, tzinfo=UTC),
        canvas_url="https://district.instructure.com",
        sis_url="https://district.focusschoolsoftware.com/focus/api/1.0",
        sis_dialect="focus",
        shape=Shape("sistemic", Layout()),
    )
    return Provenance("large", facts)

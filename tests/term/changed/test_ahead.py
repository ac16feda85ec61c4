"""Courses are read while the list of them is still being walked, and what comes of it is the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import SMALL, look
from tests.lent import lent, settings_for
from tests.term.underway.test_parts import Killed, fresh, read, tables

ORIGINS = ["origin_course_id", "origin_known"]
LISTED, COURSES = "/canvas/api/v1/accounts/1/courses", "/canvas/api/v1/courses/"


@pytest.fixture(scope="module")
def pages() -> Iterator[Running]:
    """A term whose list of courses has three pages."""
    with lent(replace(SMALL, courses=210, latency_ms=5)) as sandbox:
        yield sandbox


@pytest.fixture
def opened(pages: Running, tmp_path: Path) -> Iterator[Workspace]:
    """Nothing was read of it yet."""
    workspace = Workspace(settings_for(pages, tmp_path / "own", full_refresh_hours=24))
    yield workspace
    workspace.close()


@pytest.mark.slow
def test_reading_begins_with_the_first_page_of_the_list(pages: Running, opened: Workspace) -> None:
    """The first courses are read before the last page has been asked for, and each of them once."""
    before = len(look(pages, "requests"))
    summary = asyncio.run(opened.term.pull())
    paths = [seen["path"] for seen in look(pages, "requests")[before:]]
    listed = [place for place, path in enumerate(paths) if path.startswith(LISTED)][:3]
    first = next(place for place, path in enumerate(paths) if path.startswith(COURSES))
    assert listed[0] < first < listed[-1]
    groups = [path for path in paths if "assignment_groups" in path]
    assert len(groups) == len(set(groups)) == summary["courses"] == 210


@pytest.mark.slow
def test_of_each_course_it_is_asked_before_how_to_tell_a_change(pages: Running, opened: Workspace) -> None:
    """So the next Refresh reads none of them, and one that has changed since."""
    asyncio.run(opened.term.pull())
    before = read(pages)
    assert asyncio.run(opened.term.pull())["courses_read"] == 0
    assert read(pages) == before
    marks = opened.term.latest().tables["course_reads"]["mark"]
    assert len(marks) == 210
    assert marks.ne("").all()


@pytest.mark.slow
def test_what_was_cut_short_while_it_was_listed_goes_on(pages: Running, opened: Workspace, tmp_path: Path) -> None:
    """Nothing is read twice but what was under way; it equals a fresh reading, but that each lists some of its own."""
    before = sum(read(pages).values())

    def progress(_done: int, total: int, text: str) -> None:
        if text.startswith("2 courses loaded"):
            assert not total, "how many there are is not known yet"
            raise Killed

    with pytest.raises(Killed):
        asyncio.run(opened.term.pull(progress))
    asyncio.run(opened.term.pull())
    assert sum(read(pages).values()) - before <= 210 + DEFAULT_CONCURRENCY
    for name, table in fresh(pages, tmp_path, full_refresh_hours=24).items():
        if name != "course_reads":
            own, other = (one.drop(columns=ORIGINS, errors="ignore") for one in (tables(opened)[name], table))
            pd.testing.assert_frame_equal(own, other, obj=name)

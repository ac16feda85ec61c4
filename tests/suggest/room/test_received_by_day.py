"""Where a title alone does not tell which assignment Focus received, the day on which it is due does, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from gpb.frames import schemas
from gpb.frames.codec import FLAG
from gpb.frames.snapshot import Checked, Snapshot
from gpb.suggest.room.received import received
from gpb.term.line_items import ITEMS
from tests.audit.found import ESSAY, flagged, read
from tests.builders import FIRST, HOMEWORK, TESTS, section

CHICAGO = ZoneInfo("America/Chicago")
EVENING = "T04:59:59Z"
"""One minute before midnight of the day before, in Chicago in summer."""
Item = tuple[str, str, str]
ESSAY_THERE, QUIZ_THERE, TEST_THERE = (
    ("Essay", HOMEWORK, "2026-09-01"),
    ("Warm-up", HOMEWORK, "2026-09-02T00:00:00.000Z"),
    ("Warm-up", TESTS, "2026-09-03"),
)


def term(*, second: str | None = f"2026-09-04{EVENING}", has_overrides: bool = False) -> Snapshot:
    """An essay, due on 1 September in Chicago, and in each of two groups a Warm-up, on the 2nd and the 3rd."""
    essay = replace(ESSAY, id=10, due_at=f"2026-09-02{EVENING}")
    one = replace(ESSAY, id=11, name="Warm-up", due_at=f"2026-09-03{EVENING}")
    other = replace(one, id=12, due_at=second, has_overrides=has_overrides)
    groups = [flagged(number, name, {FLAG: True}, *of) for number, name, of in (
        (1, "Papers", (essay,)), (2, "Class", (one,)), (3, "Friday", (other,)),
    )]  # fmt: skip
    return read(groups, sections=[section(1, FIRST)])


def told(found: Snapshot, *items: Item, zone: ZoneInfo = CHICAGO) -> dict[str, str]:
    """The category by group that Focus' assignments tell of the section."""
    lines = pd.DataFrame([(FIRST, *item) for item in items], columns=list(ITEMS), dtype="str")
    cases = received(found, lines, zone)
    return dict(zip(cases["group"], cases["category"], strict=True))


def test_one_title_on_two_days_belongs_to_two_groups() -> None:
    """In the district's time zone, however the SIS writes the day; also where only one side has the title twice."""
    both = {"Papers": "Homework", "Class": "Homework", "Friday": "Tests"}
    assert told(term(), ESSAY_THERE, QUIZ_THERE, TEST_THERE) == both
    assert told(term(), ESSAY_THERE, TEST_THERE) == {"Papers": "Homework", "Friday": "Tests"}


@pytest.mark.parametrize(
    ("found", "items", "zone"),
    [
        pytest.param(term(), [ESSAY_THERE, QUIZ_THERE, TEST_THERE], ZoneInfo("Asia/Tokyo"), id="another zone"),
        pytest.param(term(second=None), [ESSAY_THERE, QUIZ_THERE, TEST_THERE], CHICAGO, id="one without a day"),
        pytest.param(term(second="someday"), [ESSAY_THERE, QUIZ_THERE, TEST_THERE], CHICAGO, id="one with no date"),
        pytest.param(term(has_overrides=True), [ESSAY_THERE, QUIZ_THERE, TEST_THERE], CHICAGO, id="dates apart"),
        pytest.param(term(), [ESSAY_THERE, QUIZ_THERE, ("Warm-up", TESTS, "")], CHICAGO, id="none in Focus"),
        pytest.param(term(), [ESSAY_THERE, QUIZ_THERE, (*QUIZ_THERE[:1], TESTS, "2026-09-02")], CHICAGO, id="one day"),
    ],
)
def test_days_that_may_not_be_the_same_tell_nothing(found: Snapshot, items: Sequence[Item], zone: ZoneInfo) -> None:
    """Nothing is guessed: what the title alone tells is all."""
    assert told(found, *items, zone=zone) == {"Papers": "Homework"}


def test_no_assignment_known_by_its_title_vouches_for_the_days() -> None:
    """Then it is open whether both systems mean the same day."""
    assert told(term(), QUIZ_THERE, TEST_THERE) == {}


def test_a_snapshot_of_before_says_what_titles_say() -> None:
    """It has no due dates."""
    now = term()
    old = {**now.tables, "assignments": now.tables["assignments"].drop(columns="due_at")}
    before = Snapshot(now.id, now.facts, Checked(old))
    assert before.tables["assignments"].dtypes["due_at"] == schemas.ASSIGNMENTS.columns["due_at"].dtype.type
    assert told(before, ESSAY_THERE, QUIZ_THERE, TEST_THERE) == {"Papers": "Homework"}

"""What of the sample cannot be read, and what Canvas leaves out of it."""

from __future__ import annotations

from collections.abc import Iterable

from gpb.api.types import Course
from gpb.doctor.check import Check, Sample
from gpb.frames.unread import WITHOUT_COUNTS
from gpb.term.underway.collected import Collected

NAMED = 5


def readable(collected: Collected) -> Iterable[Check]:
    """One check about what could not be read: a few objects are no fault of the connection."""
    if not collected.found:
        return
    reasons = [one.reason for one in collected.found[:NAMED]]
    more = [f"And {len(collected.found) - NAMED} more."] if len(collected.found) > NAMED else []
    few = len(collected.found) < collected.limit
    what = "A pull names them and reads the rest." if few else "A pull stops at so many."
    sentence = " ".join([f"Could not be read: {len(collected.found)}. {what}", *reasons, *more])
    yield Check("Readable", few, sentence)


def includes(courses: Iterable[Course], sample: Sample) -> Iterable[Check]:
    """Whether Canvas gives what is asked for with ``include[]``."""
    groups = [group for own in sample.groups.values() for group in own]
    if not groups or any(group["counts"] is not None for group in groups):
        return
    without = "" if any("teachers" in course for course in courses) else " Courses come without their teachers, too."
    yield Check("Includes", False, f"{WITHOUT_COUNTS}{without}")

"""Which accounts are taken for schools, and what other settings would make of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd

from gpb.api.canvas import CanvasClient
from gpb.api.connect import connect
from gpb.api.types import Account, Course
from gpb.doctor.check import Check
from gpb.errors import SettingsError
from gpb.frames.tables import schools_of
from gpb.matching.schools import DISTRICT, LEAF
from gpb.settings import Settings
from gpb.term.current import Choices, choose_term

NAMED = 8
"""Schools that are told by name."""
DEEPEST = 5
"""Levels of a preview."""


async def schools_check(canvas: CanvasClient, account_id: int, courses: Sequence[Course], level: str) -> Check:
    """The schools of the courses, and by what they were found."""
    accounts = await canvas.sub_accounts(account_id)
    try:
        names, found_by = _counted(courses, accounts, account_id, level)
    except SettingsError as error:
        return Check("Schools", False, str(error))
    number = len(names.keys() - {DISTRICT})
    if not number:
        return Check("Schools", True, f"No sub-account is a school: all courses are listed under “{DISTRICT}”.")
    told = "GPB_SCHOOL_LEVEL" if level else "to change that, set GPB_SCHOOL_LEVEL"
    schools = f"{number} school{'' if number == 1 else 's'}"
    return Check("Schools", True, f"{schools}, found by {found_by} ({told}): {_listed(names)}.")


async def preview(settings: Settings, choices: Choices) -> pd.DataFrame:
    """What each setting would make of the term: ``setting`` str, ``schools`` int64, ``names`` str with their courses.

    The present setting comes first. Raises ApiError, and SettingsError where the present setting names no account.
    """
    async with connect(settings) as connections:
        canvas = connections.canvas
        account, terms = await asyncio.gather(canvas.account(settings.canvas_account), canvas.terms("self"))
        today = datetime.now(UTC).astimezone(settings.zone)
        chosen, accounts = await asyncio.gather(
            choose_term(canvas, account["id"], terms, settings.term, today, choices),
            canvas.sub_accounts(account["id"]),
        )
    lines, before = [], None
    for level in dict.fromkeys((settings.school_level, "", *map(str, range(1, DEEPEST + 1)), LEAF)):
        names, found_by = _counted(chosen.courses, accounts, account["id"], level)
        if not (level.isdecimal() and names == before and level != settings.school_level):  # no accounts so deep
            lines.append((level or f"(empty: {found_by})", len(names), _listed(names)))
        before = names if level.isdecimal() else before
    table = pd.DataFrame(lines, columns=["setting", "schools", "names"])
    return table.astype({"setting": "str", "schools": "int64", "names": "str"})


def _counted(
    courses: Sequence[Course], accounts: Sequence[Account], account_id: int, level: str
) -> tuple[Counter[str], str]:
    """Courses by school, also of those without any, and by what the schools were found."""
    schools = schools_of(courses, accounts, account_id, level)
    counts = Counter(dict.fromkeys(schools.all, 0))
    counts.update(schools.of(course["account_id"]) for course in courses)
    return counts, schools.found_by


def _listed(names: Counter[str]) -> str:
    told = [f"{name} ({number:,})" for name, number in names.most_common(NAMED)]
    left = len(names) - len(told)
    return ", ".join(told) + (f" and {left} more" if left else "") if told else "none"

"""Whether token and client have every right that a sync needs, asked without writing anything; one place per school."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from itertools import chain, zip_longest

import pandas as pd

from gpb.api.canvas import CanvasClient
from gpb.api.sis import SisClient, why_not_shown
from gpb.api.types import Course, SisClass
from gpb.doctor.check import Check
from gpb.errors import ApiError

PLACES = 20
"""Schools in which a right is asked about."""


def spread(courses: Iterable[Course], number: int) -> list[Course]:
    """So many courses, from as many accounts as there are: a right may hold for one school alone."""
    by_account: dict[int, list[Course]] = {}
    for course in courses:
        by_account.setdefault(course["account_id"], []).append(course)
    rounds = chain.from_iterable(zip_longest(*by_account.values()))
    return [course for course in rounds if course is not None][:number]


async def edit_rights(canvas: CanvasClient, courses: list[Course]) -> Check:
    """Whether the token may write associations in these courses."""

    async def ask(course: Course) -> bool | None:
        try:
            return await canvas.may_edit_assignments(course["id"])
        except ApiError:  # a key with scopes, or an older Canvas, does not answer this; the other checks go on
            return None

    told = await asyncio.gather(*map(ask, courses))
    known = [may for may in told if may is not None]
    refused = [course for course, may in zip(courses, told, strict=True) if may is False]
    if not known:
        return Check(
            "Edit rights",
            True,
            "Canvas does not tell this token whether it can edit assignments; the first sync will show it.",
        )
    if not refused:
        return Check("Edit rights", True, f"The token can edit assignments in all {len(known)} sampled courses.")
    return Check(
        "Edit rights",
        False,
        f"The token cannot edit assignments in {len(refused)} of {len(known)} sampled courses, the first of them "
        f"{refused[0]['name']} (course {refused[0]['id']}, account {refused[0]['account_id']}), so nothing can be "
        "synced there. Grant its user the permission “Assignments and Quizzes – edit” in Canvas, or use another token.",
    )


def schools_shown(courses: list[Course], sections: pd.DataFrame, known: Collection[str]) -> Check | None:
    """Accounts of the sample of which Focus shows no section, while it shows those of others; None: there are none.

    ``sections`` has ``course_id, class_id``, ``known`` are the ids of classes. A client that is limited to some schools
    gets shorter lists, and no error.
    """
    accounts = {course["id"]: course["account_id"] for course in courses}
    with_class = sections.dropna(subset="class_id")
    shown = with_class["class_id"].isin(list(known)).groupby(with_class["course_id"].map(accounts)).any()
    if shown.all() or not shown.any():
        return None
    hidden = shown.index[~shown]
    example = next(course["name"] for course in courses if course["account_id"] == hidden[0])
    return Check(
        "Schools in Focus",
        True,
        f"Focus shows no section of {len(hidden)} of {len(shown)} Canvas accounts sampled (for example {example}, "
        f"account {hidden[0]}). If these schools use Focus, the client of GPB_SIS_CLIENT_ID may be limited to other "
        "schools: ask a Focus administrator.",
    )


def one_each(classes: Iterable[SisClass], of_sample: Collection[str]) -> list[str]:
    """Ids of classes of the sample, one for each school."""
    by_school = {found.school_id: found.id for found in classes if found.id in of_sample}
    return list(by_school.values())[:PLACES]


async def assignments_shown(sis: SisClient, classes: list[str]) -> Check:
    """Whether Focus shows the assignments of these classes, as the gate before a sync asks for them."""

    async def ask(class_id: str) -> str | None:
        try:
            await sis.used_categories(class_id)
        except ApiError as error:
            return why_not_shown(class_id, error)
        return None

    told = await asyncio.gather(*map(ask, classes))
    refused = [why for why in told if why is not None]
    if not refused:
        return Check("Assignments", True, "Focus shows which categories the assignments of a section use.")
    where = "" if len(classes) == 1 else f" This is so in {len(refused)} of {len(classes)} schools sampled."
    return Check(
        "Assignments",
        False,
        f"{refused[0]}{where} Without it, a sync cannot check whether scores have already been passed back under a "
        "category, and asks you to confirm that (could_not_look).",
    )

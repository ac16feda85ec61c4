"""Which course a cross-listed section came from, asked for where Canvas told its sections without that (``sections``).

It is asked for where something hangs on it: where a row is associated with a category of another section of its course,
which findings tell of a cross-listed section in other words (``gpb.audit.associations``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import pandas as pd

from gpb.api.canvas import CanvasClient
from gpb.errors import ApiError
from gpb.frames import schemas
from gpb.frames.association import NOTHING, stored_frame
from gpb.frames.codec import Codec
from gpb.frames.validity import Validity
from gpb.term.underway.courses import Progress

log = logging.getLogger(__name__)
AT_ONCE = 100
"""Courses that are asked for side by side, as far as the client lets them."""
GROUPS = 10_000
"""Assignment groups that are looked at at once."""


async def with_origins(
    canvas: CanvasClient, codec: Codec, tables: dict[str, pd.DataFrame], progress: Progress
) -> dict[str, pd.DataFrame]:
    """The tables of a reading with the origins that something hangs on; where Canvas refuses, they stay unknown."""
    courses = _in_question(codec, tables)
    origins: dict[int, int | None] = {}
    for first in range(0, len(courses), AT_ONCE):
        progress(first, len(courses), f"Asking where sections came from: {first} of {len(courses)} courses")
        for told in await asyncio.gather(*(_origins(canvas, one) for one in courses[first : first + AT_ONCE])):
            origins |= told
    if not origins:
        return tables
    sections = tables["sections"]
    is_told = sections["section_id"].isin(origins.keys())
    found = sections["section_id"].map(origins).astype("Int64")
    marked = sections.assign(
        origin_course_id=sections["origin_course_id"].mask(is_told, found),
        origin_known=sections["origin_known"] | is_told,
    )
    return {**tables, "sections": schemas.SECTIONS.validate(marked)}


def _in_question(codec: Codec, tables: Mapping[str, pd.DataFrame]) -> list[int]:
    """The courses, in the order of their ids."""
    sections, groups = tables["sections"], tables["groups"]
    unknown = sections.loc[~sections["origin_known"]]
    groups = groups.loc[groups["course_id"].isin(unknown["course_id"]) & groups["integration_data"].ne(NOTHING)]
    validity = Validity(tables["categories"], tables["category_sections"])
    found: set[int] = set()
    for start in range(0, len(groups), GROUPS):  # of a large term the whole takes hundreds of megabytes
        some = groups.iloc[start : start + GROUPS]
        own = unknown.loc[unknown["course_id"].isin(some["course_id"])]
        stored = stored_frame({"sections": own, "groups": some}, codec)
        lines = stored[["group_id", "sis_section_id", "stored_reference"]].merge(some[["group_id", "course_id"]])
        lines = lines.merge(own[["course_id", "sis_section_id", "class_id"]].dropna())
        found |= set(lines.loc[validity.is_foreign(lines, sections), "course_id"])
    return sorted(found)


async def _origins(canvas: CanvasClient, course_id: int) -> dict[int, int | None]:
    """By section; none where the course cannot be asked."""
    try:
        return {one["id"]: one.get("nonxlist_course_id") for one in await canvas.sections(course_id, [])}
    except ApiError as error:
        log.warning("where the sections of course %s came from is not known: %s", course_id, error)
        return {}

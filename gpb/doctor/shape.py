"""How this Canvas keeps associations, as far as the sample and earlier readings show."""

from __future__ import annotations

from datetime import datetime, tzinfo

from gpb.api.types import SisCategory
from gpb.doctor.check import Sample
from gpb.doctor.sections import sections_of
from gpb.frames.judge import judge
from gpb.frames.shape import Shape
from gpb.frames.tables import categories_frame, category_sections_frame, groups_frame
from gpb.frames.tally import tally
from gpb.settings import Settings
from gpb.store.shape.contacts import Answer, Contacts
from gpb.term.shapes import confirmation

NOBODY = "Nobody has confirmed this yet, which the first sync asks for (page Connections)."


def word(contacts: Contacts, shape: Shape, zone: tzinfo | None) -> str:
    """Who has confirmed that associations may be written in this shape, as a sentence; the day is the zone's."""
    found = confirmation(contacts, shape)
    if found is None or found.answered_at is None:
        return NOBODY
    how = "saw it in Canvas" if found.answer == Answer.YES else "confirmed it"
    return f"{found.answered_by} {how} on {datetime.fromisoformat(found.answered_at).astimezone(zone):%d %b %Y}."


def of_sample(settings: Settings, sample: Sample, categories: list[SisCategory]) -> Shape:
    """How this Canvas keeps associations, where nothing was read of it before."""
    found = tally(
        {
            "sections": sections_of(settings, sample),
            "groups": groups_frame(sample.groups),
            "categories": categories_frame(categories),
            "category_sections": category_sections_frame(categories),
        },
        {},
    )
    return judge(found, found, settings.codec)

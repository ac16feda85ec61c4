"""How this Canvas keeps associations, as far as the sample and earlier readings show."""

from __future__ import annotations

from gpb.api.types import SisCategory
from gpb.doctor.check import Sample
from gpb.doctor.sections import sections_of
from gpb.frames.shape import Shape, judge
from gpb.frames.tables import categories_frame, category_sections_frame, groups_frame
from gpb.frames.tally import tally
from gpb.settings import Settings


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

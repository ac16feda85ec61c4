"""What a sample of courses shows of SIS ids, and which sections find their class in Focus."""

from __future__ import annotations

import pandas as pd

from gpb.doctor.check import Check, Sample
from gpb.frames.tables import sections_frame, with_classes
from gpb.matching.proposal import propose
from gpb.settings import Settings


def sis_rights(sample: Sample) -> Check:
    """Whether the token may read the SIS ids of sections."""
    if any("sis_section_id" in section for section in sample.sections):
        return Check("SIS rights", True, "The token can read SIS ids.")
    return Check(
        "SIS rights",
        False,
        "Canvas does not show the SIS ids of sections: the token's user needs the permission “SIS Data – read”. "
        "Grant it in Canvas under Permissions, or use another token.",
    )


def sections_of(settings: Settings, sample: Sample) -> pd.DataFrame:
    """The sample's sections with their classes."""
    return with_classes(sections_frame(sample.sections, settings.section_key), sample.classes, settings.section_key)


def resolving(settings: Settings, sample: Sample) -> Check:
    """How many sections of the sample find their class, and the rule by which more of them would."""
    sections = sections_of(settings, sample)
    with_sis_id = sections.dropna(subset="sis_section_id")
    found, total = int(with_sis_id["class_id"].isin(sample.classes).sum()), len(with_sis_id)
    said = f"{found} of {total} SIS sections in the sample are known to Focus"
    ids = [
        {"sis_section_id": one["sis_section_id"], "integration_id": one.get("integration_id")}
        for one in sample.sections
        if one.get("sis_section_id")
    ]
    better = propose(settings.section_key, ids, sample.classes)
    if better is not None:
        more = f"Set GPB_SECTION_KEY={better.text} to find {len(better.pairs)} of {total}, then look at a few of them."
        return Check("Sections", 2 * found > len(better.pairs), f"{said}. {more}")
    if found:
        without = len(sections) - total
        return Check("Sections", True, f"{said}; {without} {'has' if without == 1 else 'have'} no SIS ID.")
    return Check(
        "Sections",
        False,
        f"{said}, and no usual rule leads to their classes. Set GPB_SECTION_KEY to the rule by which a section finds "
        "its class, or to a table: csv:FILE.",
    )

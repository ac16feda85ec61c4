"""What a sample of courses shows of SIS ids, and which sections find their class in Focus."""

from __future__ import annotations

from gpb.doctor.check import Check, Sample
from gpb.frames.tables import sections_frame
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


def resolving(settings: Settings, sample: Sample, classes: set[str]) -> Check:
    """How many sections of the sample find their class."""
    sections = sections_frame(sample.sections, settings.section_key)
    with_sis_id = sections.dropna(subset="sis_section_id")
    found = int(with_sis_id["class_id"].isin(classes).sum())
    said = f"{found} of {len(with_sis_id)} SIS sections in the sample are known to Focus"
    if found:
        without = len(sections) - len(with_sis_id)
        return Check("Sections", True, f"{said}; {without} {'has' if without == 1 else 'have'} no SIS ID.")
    return Check("Sections", False, f"{said}. Set GPB_SECTION_KEY to the rule by which a section finds its class.")

"""API objects become typed frames."""

from __future__ import annotations

import pytest

from gpb.api.types import SisClass
from gpb.frames import schemas
from gpb.frames.tables import classes_frame, sections_frame
from tests.builders import section


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("sis_section_id", ["FOCUS_1", "other", None]),
        ("integration_id", ["i-1", None, None]),
        ("regex:^FOCUS_(.+)$", ["1", None, None]),
    ],
)
def test_the_section_key_leads_to_the_class(rule: str, expected: list[str | None]) -> None:
    """Identity, another column, or the group of a regular expression; what does not fit has no class."""
    sections = [section(1, "FOCUS_1", integration_id="i-1"), section(2, "other"), section(3, None)]
    found = sections_frame(sections, rule)["class_id"]
    assert found.astype(object).where(found.notna(), None).tolist() == expected


def test_sections_read_without_sis_rights_have_no_sis_id() -> None:
    """Canvas omits the keys; that is no error here, the doctor names it."""
    bare = section(1, None)
    del bare["sis_section_id"], bare["integration_id"]
    assert sections_frame([bare], "sis_section_id")["sis_section_id"].isna().all()


def test_an_empty_listing_is_a_frame_with_the_declared_columns() -> None:
    """Nothing read is a typed, empty frame."""
    assert list(classes_frame([]).columns) == ["class_id", "class", "active", "school_id", "homeroom", "terms"]


def test_a_table_that_is_older_than_a_column_reads_its_default() -> None:
    """Snapshots of an earlier version stay readable."""
    older = classes_frame([SisClass("a", "s", "Biology", True)])[["class_id", "class", "active"]]
    read = schemas.CLASSES.validate(older)
    assert list(read.columns) == list(schemas.CLASSES.columns)
    assert read[["homeroom", "terms"]].values.tolist() == [[False, ""]]

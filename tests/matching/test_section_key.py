"""The rule by which a section finds its class."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.errors import SettingsError
from gpb.matching.section_key import section_rule
from gpb.settings import load_settings

UUID = "0b3c9d52-1111-4a4a-8b8b-00000000abcd"


@pytest.mark.parametrize(
    ("rule", "own", "classes", "expected"),
    [
        ("template:cls-222-{sis_section_id}-x", "12345", ["12345", "cls-222-12345-x"], "cls-222-12345-x"),
        ("regex:^CANVAS_(.+)$", "CANVAS_12345", ["12345"], "12345"),
        ("regex:^CANVAS_0*(.+)$ <=> ^cls-0*(.+)$", "CANVAS_0012", ["cls-12", "cls-012x"], "cls-12"),
        ("regex:^(.+)$<=>^cls-0*(.+)$", "12", ["cls-12", "cls-012"], None),
        ("nocase:sis_section_id", "Sec-A", ["sec-a"], "sec-a"),
        ("nocase:sis_section_id", "Sec-A", ["sec-a", "SEC-A", "Sec-A"], "Sec-A"),
        ("nocase:template:cls-{sis_section_id}", "a1", ["CLS-A1"], "CLS-A1"),
        ("sis_section_id", "Sec-A", ["sec-a"], "Sec-A"),
        ("sis_section_id", UUID.upper(), [UUID], UUID),
    ],
)
def test_a_section_finds_the_class_in_the_spelling_of_the_sis(
    rule: str, own: str, classes: list[str], expected: str | None
) -> None:
    """By text around the id on either side, zeros and letter case; none where two would fit."""
    found = section_rule(rule)
    assert found.classes(found.keys([own, None]), classes) == [expected, None]


def test_a_table_leads_from_section_to_class(tmp_path: Path) -> None:
    """Its header may be there or not; a section that it does not name has no class."""
    file = tmp_path / "sections ä.csv"
    file.write_text("SIS_Section_ID; class_id\n\n  A-1 ;c-1\nB-2;c-2\n", encoding="utf-8-sig")
    rule = section_rule(load_settings(section_key=f"csv:{file}").section_key)
    assert rule.classes(rule.keys(["A-1", "B-2", "a-1", None]), ["c-1", "c-2"]) == ["c-1", "c-2", None, None]
    rule = section_rule(f"nocase:csv:{file}")
    assert rule.keys(["a-1"]) == ["c-1"]


@pytest.mark.parametrize(
    ("content", "told"),
    [("A,1\nA,2\n", "second class in line 2"), ("A\n", "two cells in line 1"), ("A,1,B,2", "line 1")],
)
def test_a_wrong_table_is_a_sentence_with_its_line(tmp_path: Path, content: str, told: str) -> None:
    """Nothing is guessed."""
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        section_rule(f"csv:{tmp_path / 't.csv'}").keys(["A"])


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("template:cls-{section}", "exactly one {sis_section_id}"),
        ("template:{sis_section_id}{integration_id}", "exactly one"),
        ("csv:nowhere.csv", "names the file nowhere.csv, which cannot be read"),
        ("regex:(a)<=>b", "needs exactly one"),
        ("nocase:name", "must be sis_section_id"),
    ],
)
def test_a_wrong_rule_is_a_sentence_of_the_setting(value: str, told: str) -> None:
    """With how to write it."""
    with pytest.raises(SettingsError, match=f"GPB_SECTION_KEY .*{told}"):
        load_settings(section_key=value)

"""What the doctor proposes is what a pull then goes by: rules for sections, schools, and ids in any letter case."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import ScriptedServer
from tests.scripted import District, gpb, lead_there, term
from tests.variants import first_quick

COURSES = [21, 22, 23]
YEAR = term(2, "Year", -100, 200)


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[District]:
    """Three courses of one term."""
    server = ScriptedServer()
    lead_there(server, tmp_path, monkeypatch)
    yield District(server)
    server.close()


def exported() -> list[dict[str, str]]:
    """The association frame after a pull, by way of a file."""
    assert gpb("pull").exit_code == 0
    assert gpb("export", "out.csv").exit_code == 0
    return list(csv.DictReader(Path("out.csv").open(encoding="utf-8-sig", newline="")))


@pytest.mark.parametrize(
    ("canvas", "sis"),
    first_quick([("CAN_{}", "{}-x"), ("{}", "cls-222-{}"), ("000{}", "f/{}")]),
)
def test_the_rule_that_the_doctor_proposes_finds_every_class(
    district: District, monkeypatch: pytest.MonkeyPatch, canvas: str, sis: str
) -> None:
    """Set exactly as it is told."""
    district.sis_ids = {course: canvas.format(12300 + course) for course in COURSES}
    district.classes = [sis.format(12300 + course) for course in COURSES]
    district.categories = [{"uuid": "c", "title": "HW", "active": True, "section_uuids": district.classes}]
    district.has([YEAR], {2: COURSES})
    told = gpb("doctor").stdout
    assert "FAILED  Sections" in told
    assert "0 of 3 SIS sections in the sample are known to Focus" in told
    found = re.search(r"Set GPB_SECTION_KEY=(\S+) to find 3 of 3", told)
    assert found, told
    monkeypatch.setenv("GPB_SECTION_KEY", found[1])
    assert re.search(r"ok +Sections +3 of 3", gpb("doctor").stdout)
    assert {row["status"] for row in exported()} == {"Unassociated"}


def test_the_school_is_the_one_that_the_doctor_tells(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below a folder of schools, and above departments; a setting decides otherwise."""
    accounts = [(10, "Schools", 1), (11, "North High", 10), (12, "South High", 10), (13, "Math Department", 11)]
    district.accounts = [{"id": one, "name": name, "parent_account_id": above} for one, name, above in accounts]
    district.account_of = {21: 13, 22: 11, 23: 11}
    district.has([YEAR], {2: COURSES})
    told = gpb("doctor").stdout
    assert "2 schools, found by accounts named like schools" in told
    assert "North High (3), South High (0)." in told
    assert [row["school"] for row in exported()] == ["North High"] * 3
    monkeypatch.setenv("GPB_SCHOOL_LEVEL", "leaf")
    assert [row["school"] for row in exported()] == ["Math Department", "North High", "North High"]
    monkeypatch.setenv("GPB_SCHOOL_LEVEL", "East High")
    assert "names East High, which is no sub-account" in gpb("pull").stderr
    assert "FAILED  Schools" in gpb("doctor").stdout


def test_a_uuid_is_the_same_in_any_letter_case(district: District) -> None:
    """Of a class and of a category; what is shown is the spelling of the SIS."""
    class_id, category = "0b3c9d52-1111-4a4a-8b8b-00000000abcd", "77AA01FF-1111-4A4A-8B8B-00000000ABCD"
    district.sis_ids, district.classes = {21: class_id.upper()}, [class_id]
    named = {"uuid": category, "title": "HW", "active": True, "section_uuids": [class_id.title()]}
    district.categories = [named]
    entry = {"id": category.lower(), "title": "HW"}
    district.stored = {21: {"sistemic": {"categoryMapping": {class_id.upper(): entry}}}}
    district.has([YEAR], {2: [21]})
    [row] = exported()
    assert (row["status"], row["category_id"], row["category"]) == ("Synchronized", category, "HW")

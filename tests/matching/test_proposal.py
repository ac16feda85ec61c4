"""The rule that is proposed leads to the true classes, or none is proposed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.matching.proposal import pairs_by, propose
from tests.examples import examples

AROUND = st.sampled_from(["", "cls-222-", "CANVAS_", "S", "x.y ", "(a)", "-2026", "/A", "{0}", "2026-", "_", "12", "$"])
CORES = st.one_of(
    st.lists(st.integers(1, 99_999).map(str), min_size=6, max_size=14, unique=True),
    st.lists(st.integers(10_000, 10_040).map(str), min_size=6, max_size=14, unique=True),
    st.lists(st.integers(1, 30).map(str), min_size=6, max_size=14, unique=True),
    st.lists(st.uuids().map(str), min_size=6, max_size=10, unique=True),
    st.lists(st.text("abXY19", min_size=3, max_size=6), min_size=6, max_size=10, unique_by=str.casefold),
    st.lists(st.from_regex(r"[1-9][0-9]{3}-[0-9]{2}", fullmatch=True), min_size=6, max_size=10, unique=True),
)


@dataclass(frozen=True)
class Side:
    """How one system writes an id."""

    before: str
    after: str
    case: str
    width: int

    def of(self, core: str) -> str:
        """The id as it stands there."""
        written = getattr(core, self.case)() if self.case else core
        return f"{self.before}{written.rjust(self.width, '0') if core.isdecimal() else written}{self.after}"


SIDES = st.builds(Side, AROUND, AROUND, st.sampled_from(["", "", "upper", "lower"]), st.sampled_from([0, 0, 8]))


@given(CORES, SIDES, SIDES, st.integers(0, 2), st.integers(0, 3))
@settings(max_examples=examples(400), deadline=None)
def test_a_proposed_rule_finds_exactly_the_true_classes(
    cores: list[str], canvas: Side, sis: Side, lost: int, others: int
) -> None:
    """Whatever stands around the ids; some sections have no class, some classes no section here."""
    if len({core.lstrip("0").casefold() for core in cores}) < len(cores):
        return
    sections = [{"sis_section_id": canvas.of(core), "integration_id": None} for core in cores[others:]]
    with_class = cores[: len(cores) - lost] if lost else cores
    classes = {sis.of(core) for core in with_class}
    true = {place: sis.of(core) for place, core in enumerate(cores[others:]) if core in with_class}
    found = propose("sis_section_id", sections, classes)
    assert found is None or found.pairs == true


@given(CORES, SIDES)
@settings(max_examples=examples(100), deadline=None)
def test_where_only_one_side_bears_something_the_rule_is_found(cores: list[str], side: Side) -> None:
    """Either side, in front or behind, unless it cannot be told from the id itself."""
    plain, written = {core: core for core in cores}, {core: side.of(core) for core in cores}
    is_plain = plain == written
    may_blur = any(one[-1:].isdigit() or one[:1].isdigit() for one in (side.before[-1:], side.after[:1]))
    if is_plain or may_blur or side.case or side.width or any(one.strip() != one for one in (side.before, side.after)):
        return
    for own, other in ((plain, written), (written, plain)):
        sections = [{"sis_section_id": own[core]} for core in cores]
        found = propose("sis_section_id", sections, set(other.values()))
        assert found is not None or cores[0][:1].isalpha() or len(cores[0]) < 4, (own, other)


@pytest.mark.parametrize(
    ("own", "classes", "rule"),
    [
        (["12345", "12346"], ["cls-222-12345", "cls-222-12346"], "template:cls-222-{sis_section_id}"),
        (["12345", "12346"], ["12345-222", "12346-222", "9-222"], "template:{sis_section_id}-222"),
        (["CAN-12345", "CAN-12346"], ["12345", "12346"], r"regex:^CAN\-(.+)$"),
        (["CAN-12345", "CAN-12346"], ["f.12345", "f.12346"], r"regex:^CAN\-(.+)$<=>^f\.(.+)$"),
        (["Sec-A", "Sec-B"], ["sec-a", "sec-b"], "nocase:sis_section_id"),
        (["7", "12"], ["0007", "0012"], "regex:^0*(.+)$<=>^0*(.+)$"),
        (["A-123451-x", "B-123452-y"], ["222.123451", "333.123452"], r"regex:^\D*?0*(\d{4,})<=>0*(\d{4,})\D*$"),
        (["7", "8"], ["a-7", "a-8", "b-7", "b-8"], None),
        (["1", "2", "3"], ["cls-1"], None),
        (["12345", "12346"], ["12345", "12346"], None),
        (["123451", "123452"], ["22212345100", "22212345200"], "template:222{sis_section_id}00"),
    ],
)
def test_the_usual_rules_are_proposed_as_they_are_set(own: list[str], classes: list[str], rule: str | None) -> None:
    """The simplest one that finds most, and none in doubt."""
    found = propose("sis_section_id", [{"sis_section_id": one} for one in own], classes)
    assert (found and found.text) == rule
    if found:
        assert pairs_by(found.text, [{"sis_section_id": one} for one in own], classes) == found.pairs


def test_the_integration_id_is_tried() -> None:
    """Also with something around it."""
    sections = [{"sis_section_id": f"x{number}", "integration_id": f"k{number}"} for number in "abc"]
    for before, rule in (("", "integration_id"), ("f-", "template:f-{integration_id}")):
        found = propose("sis_section_id", sections, [f"{before}k{number}" for number in "abc"])
        assert found is not None
        assert found.text == rule

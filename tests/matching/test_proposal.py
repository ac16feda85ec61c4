"""The rule that is proposed leads to the true classes, or none is proposed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gpb.matching.proposal import Proposal, pairs_by, propose
from tests.examples import examples

BEFORE = st.sampled_from(["", "cls-222-", "CANVAS_", "(a)", "2026-", "x.y/", "$"])
AFTER = st.sampled_from(["", "-2026", "/A", "_", "{0}", ".S", "$"])
GLUED = st.sampled_from(["S", "12", "cls", "x.y ", "2026"])
Pairs = dict[int, str]


def plain(core: str) -> str:
    """Cores of one district differ in more than case and leading zeros."""
    return core.casefold().lstrip("0")


CORES = st.one_of(
    st.lists(st.integers(1, 99_999).map(str), min_size=6, max_size=14, unique=True),
    st.lists(st.integers(10_000, 10_040).map(str), min_size=6, max_size=14, unique=True),
    st.lists(st.integers(1, 30).map(str), min_size=6, max_size=14, unique=True),
    st.lists(st.uuids().map(str), min_size=6, max_size=10, unique=True),
    st.lists(st.text("abXY19", min_size=3, max_size=6), min_size=6, max_size=10, unique_by=plain),
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


CASES, WIDTHS = st.sampled_from(["", "", "upper", "lower"]), st.sampled_from([0, 0, 8])
SIDES = st.builds(Side, BEFORE, AFTER, CASES, WIDTHS)
GLUED_SIDES = st.builds(Side, BEFORE | GLUED, AFTER | GLUED, CASES, WIDTHS)


def found_and_true(cores: list[str], canvas: Side, sis: Side, lost: int, others: int) -> tuple[Proposal | None, Pairs]:
    """What is proposed, and the true classes: some sections have none, and some classes no section here."""
    sections = [canvas.of(core) for core in cores[others:]]
    with_class = cores[: len(cores) - lost]
    true = {place: sis.of(core) for place, core in enumerate(cores[others:]) if core in with_class}
    found = propose(
        "sis_section_id", [{"sis_section_id": one} for one in sections], {sis.of(one) for one in with_class}
    )
    return found, true


@given(CORES, SIDES, SIDES, st.integers(0, 2), st.integers(0, 3))
@settings(max_examples=examples(300), deadline=None)
def test_a_proposed_rule_finds_exactly_the_true_classes(
    cores: list[str], canvas: Side, sis: Side, lost: int, others: int
) -> None:
    """Whatever stands around the ids on either side."""
    found, true = found_and_true(cores, canvas, sis, lost, others)
    assert found is None or found.pairs == true


A_YEAR_BEHIND = [
    "63261c1c-a4b7-3498-8bf4-431700b8c265", "58869500-b356-c385-0729-2ffca3971963",
    "2b3ff6b4-8c49-deea-0494-ee9e16a6ce7c", "0131188b-c687-2181-c5b7-0bf312903582",
    "90993817-167b-89ae-a78a-2599d69a3bb7", "1a253399-5e46-ff96-cc18-7c2cb98f176a",
]  # fmt: skip
"""Two of these end with a letter: with a year glued to them, that is the last number of both."""


@example(A_YEAR_BEHIND, Side("cls-222-", "2026", "", 0), Side("S", "2026", "", 0), 1, 3)
@given(CORES, GLUED_SIDES, GLUED_SIDES, st.integers(0, 2), st.integers(0, 3))
@settings(max_examples=examples(200), deadline=None)
def test_no_proposed_rule_finds_a_false_class(
    cores: list[str], canvas: Side, sis: Side, lost: int, others: int
) -> None:
    """Even where nobody can say where the id begins."""
    found, true = found_and_true(cores, canvas, sis, lost, others)
    assert found is None or found.pairs.items() <= true.items()


@given(CORES, SIDES)
@settings(max_examples=examples(100), deadline=None)
def test_what_stands_on_one_side_alone_is_found(cores: list[str], side: Side) -> None:
    """On either side, in front or behind."""
    bare = Side("", "", "", 0)
    for canvas, sis in ((bare, side), (side, bare)):
        found, true = found_and_true(cores, canvas, sis, 0, 0)
        now = pairs_by("sis_section_id", [{"sis_section_id": canvas.of(one)} for one in cores], set(true.values()))
        assert now == true or (found is not None and found.pairs == true)


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
        (["A-12345", "B-12345", "C-12346"], ["1.12345", "2.12346"], None),
        (["A-12345", "B-12346", "C-x"], ["1.12345", "2.12346"], None),
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

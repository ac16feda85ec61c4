"""Every finding leads back to its place in the dashboard."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from gpb.audit.links import audit_address, dashboard_links

BASE, TERM = "https://gpb.example/dashboard", 5


def found(*lines: tuple[str, int | None, int | None]) -> pd.DataFrame:
    """Findings of kind ``unequal`` by school, course and section."""
    table = pd.DataFrame(lines, columns=["school", "course_id", "section_id"]).assign(finding="unequal")
    return table.astype({"school": "str", "course_id": "Int64", "section_id": "Int64", "finding": "str"})


def filters(address: str) -> dict[str, str]:
    """The filters of an address, as a browser reads them."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{BASE}/audit"
    return {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=True).items()}


@pytest.mark.parametrize("school", ["Ñuñoa & Sons=1?#+%20", "École “Été” / 日本 👋", "A;B", "1 0"])
def test_a_school_comes_back_as_it_is_named(school: str) -> None:
    """With &, accents and all that means something in an address."""
    assert filters(audit_address(BASE, TERM, school=school)) == {"term": "5", "school": school}
    (link,) = dashboard_links(found((school, None, None)), BASE, TERM)
    assert filters(link) == {"term": "5", "school": school, "finding": "unequal"}


def test_a_finding_leads_to_its_section_else_its_course_else_its_school() -> None:
    """Just one of the three, and always to its kind."""
    links = dashboard_links(found(("A", 7, 1), ("A", 7, None), ("A", None, None)), BASE, TERM)
    common = {"term": "5", "finding": "unequal"}
    assert [filters(link) for link in links] == [
        {**common, "section": "1"}, {**common, "course": "7"}, {**common, "school": "A"},
    ]  # fmt: skip


def test_ids_beyond_what_a_float_holds_stay_whole() -> None:
    """Canvas gives such ids across its shards."""
    links = dashboard_links(found(("A", 9_007_199_254_740_993, None)), BASE, TERM)
    assert [filters(link)["course"] for link in links] == ["9007199254740993"]


def test_empty_filters_are_left_out_and_none_at_all_are_fine() -> None:
    """0 is a value."""
    address = audit_address(BASE, TERM, school="", section=None, severity="at risk", page=0)
    assert filters(address) == {"term": "5", "severity": "at risk", "page": "0"}
    assert audit_address(BASE, TERM) == f"{BASE}/audit?term=5"


def test_without_findings_there_are_no_links() -> None:
    """An empty column of text."""
    links = dashboard_links(found(), BASE, TERM)
    assert (links.tolist(), str(links.dtype)) == ([], "str")

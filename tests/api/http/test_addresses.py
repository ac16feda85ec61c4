"""Addresses: origins, pages of the same origin, and the bases of each system."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.api.http.addresses import canvas_base, focus_base, host, is_loopback, oneroster_base, origin, resolve

NATIVE = "https://alden.focusschoolsoftware.com/focus/api/1.0"
ONEROSTER = NATIVE + "/ims/oneroster/v1p1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Alden.example/canvas", ("https", "alden.example", 443)),
        ("https://alden.example:443", ("https", "alden.example", 443)),
        ("http://127.0.0.1:8790/x", ("http", "127.0.0.1", 8790)),
        ("ftp://alden.example", None),
        ("/api/v1", None),
        ("http://alden.example:port", None),
        ("http://[::1", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: tuple[str, str, int] | None) -> None:
    """The usual port is filled in; what is no web address has no origin."""
    assert expected == origin(url)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://alden.example/api/v1/courses?page=2", "https://alden.example/api/v1/courses?page=2"),
        ("?page=2", "https://alden.example/api/v1/courses?page=2"),
        ("/other?page=2", "https://alden.example/other?page=2"),
        ("//evil.example/x", None),
        ("https://evil.example/x", None),
        ("http://alden.example/api/v1/courses?page=2", None),
        ("https://alden.example:444/x", None),
        ("https://alden.example@evil.example/x", None),
        ("http://[::1", None),
    ],
)
def test_a_page_is_found_on_its_own_origin_only(target: str, expected: str | None) -> None:
    """Relative addresses resolve; another host, scheme or port does not."""
    assert expected == resolve("https://alden.example/api/v1/courses", target)


@given(st.text(max_size=60))
def test_no_text_leads_away_from_the_origin(target: str) -> None:
    """Whatever a server writes, the result has the page's origin or is None."""
    page = "https://alden.example/api/v1/courses"
    assert origin(resolve(page, target) or page) == origin(page)


def test_a_host_is_shown_with_an_unusual_port_only() -> None:
    """A sentence names the host as a person knows it."""
    assert host("https://alden.example/canvas") == "alden.example"
    assert host("http://127.0.0.1:8790/canvas") == "127.0.0.1:8790"
    assert host("nothing") == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1/x", True),
        ("http://localhost/x", True),
        ("http://[::1]/x", True),
        ("https://a.b", False),
        ("", False),
    ],
)
def test_loopback_is_known_by_name_and_number(url: str, expected: bool) -> None:
    """Only this machine's own addresses count."""
    assert expected == is_loopback(url)


def test_either_base_of_focus_leads_to_both_dialects() -> None:
    """A coordinator may copy the address of the one dialect for the other."""
    assert focus_base(NATIVE) == NATIVE
    assert focus_base(ONEROSTER + "/") == NATIVE
    assert oneroster_base(NATIVE + "/") == ONEROSTER
    assert oneroster_base(ONEROSTER) == ONEROSTER
    assert oneroster_base("https://sis.example/oneroster/v1p1/") == "https://sis.example/oneroster/v1p1"


def test_the_address_of_the_canvas_api_is_taken_as_that_of_canvas() -> None:
    """``/api/v1`` is cut off, a prefix stays."""
    assert canvas_base("https://alden.example/api/v1/") == "https://alden.example"
    assert canvas_base("https://alden.example/canvas/") == "https://alden.example/canvas"

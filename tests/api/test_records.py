"""Fields of a reply: read with their types, or refused as a broken reply."""

from __future__ import annotations

from typing import Any

import pytest

from gpb.api.records import Record, as_record, as_records
from gpb.errors import BrokenReply
from gpb.frames.tables import terms_frame


def record(**fields: Any) -> Record:
    """A record of Canvas."""
    return Record("Canvas", "the courses", fields)


def test_ids_are_read_as_numbers_and_as_text() -> None:
    """Both spellings of an id give the same number, and the same text."""
    assert record(id="12").integer("id") == record(id=12).integer("id") == 12
    assert record(id="12").text("id") == record(id=12).text("id") == "12"


@pytest.mark.parametrize("wrong", [None, True, 1.5, "x", "", "²", [], {}, 2**63, "9" * 5000])
def test_what_is_no_whole_number_is_a_broken_reply(wrong: Any) -> None:
    """A missing or odd id is never guessed."""
    with pytest.raises(BrokenReply, match="'id'"):
        record(id=wrong).integer("id")


@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        ("number", "1"), ("number", True), ("number", float("nan")), ("number", 10**400),
        ("moment_or_none", "2026-08-10"), ("moment_or_none", "2026-02-30T00:00:00Z"), ("moment_or_none", 1),
        ("text", None), ("text", []), ("text_or_none", True), ("text_or_none", {}),
        ("mapping", []), ("mapping", "{}"), ("children", None), ("children", [1]), ("texts", [None]), ("texts", {}),
        ("child", 1), ("integer_or_none", False),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_a_broken_reply(method: str, wrong: Any) -> None:
    """Every reader refuses what it does not expect."""
    with pytest.raises(BrokenReply):
        getattr(record(field=wrong), method)("field")


def test_a_flag_must_be_a_truth_value() -> None:
    """Null and absent give the default, anything else is refused."""
    assert record(active=False).flag("active", default=True) is False
    assert record(active=None).flag("active", default=True) is True
    with pytest.raises(BrokenReply):
        record(active="false").flag("active", default=True)


def test_null_reads_like_absent_where_a_field_may_be_empty() -> None:
    """Numbers become 0, objects and lists of texts empty, texts None."""
    for one in (record(), record(field=None)):
        assert one.number("field") == 0.0
        assert one.mapping("field") == {}
        assert one.texts("field") == ()
        assert one.text_or_none("field") is None
        assert one.integer_or_none("field") is None
        assert one.child("field").fields == {}


def test_a_list_of_texts_may_be_one_text() -> None:
    """Repetitions are dropped, the order stays."""
    assert record(ids="a").texts("ids") == ("a",)
    assert record(ids=["b", "a", "b"]).texts("ids") == ("b", "a")


def test_a_list_is_found_in_the_body_or_below_a_key() -> None:
    """The first key that is there counts."""
    rows = [{"id": 1}]
    assert [row.fields for row in as_records("Canvas", "x", rows)] == rows
    assert [row.fields for row in as_records("Focus", "x", {"schools": rows}, "orgs", "schools")] == rows


@pytest.mark.parametrize("body", [None, {}, {"data": None}, {"data": {}}, {"data": [1]}, [], "x"])
def test_a_missing_list_is_not_an_empty_list(body: Any) -> None:
    """A reply without its list is broken."""
    with pytest.raises(BrokenReply, match="has no list"):
        as_records("Focus", "the sections", body, "data")


def test_a_body_that_is_no_object_is_a_broken_reply() -> None:
    """An object was asked for."""
    with pytest.raises(BrokenReply, match="not what was asked for"):
        as_record("Canvas", "account 1", [])


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-08-10T05:00:00Z", "2026-08-10T05:00:00+00:00"),
        ("2026-08-10T05:00:00+05:30:15", "2026-08-09T23:29:45+00:00"),
        ("2026-W33-1T05:00Z", "2026-08-10T05:00:00+00:00"),
    ],
)
def test_a_moment_is_told_in_utc(sent: str, expected: str) -> None:
    """Whatever ISO 8601 allows, also an offset with seconds, it is written as a frame can read it."""
    assert record(at=sent).moment_or_none("at") == expected
    term: Any = {"id": 5, "name": "Fall", "start_at": record(at=sent).moment_or_none("at"), "end_at": None}
    assert terms_frame([term])["start_at"].iloc[0].isoformat() == expected


@pytest.mark.parametrize("wrong", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_outside_of_the_calendar_is_a_broken_reply(wrong: str) -> None:
    """It has no date in UTC."""
    with pytest.raises(BrokenReply, match="'at'"):
        record(at=wrong).moment_or_none("at")

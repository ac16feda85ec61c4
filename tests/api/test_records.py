"""Fields of a reply: read with their types, or refused; one odd object costs no other."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from gpb.api import records
from gpb.api.records import Odd, checked, each, rows_of
from gpb.api.types import Term
from gpb.errors import OddReply
from gpb.frames.tables import terms_frame


class Sample(TypedDict):
    """An object with one field of each kind."""

    integer: records.Integer
    text: records.Text
    name: records.Name
    texts: records.Texts
    optional_integer: records.OptionalInteger
    optional_text: records.OptionalText
    number: records.Number
    title: records.Title
    moment: records.Moment
    on: records.On
    off: records.Off
    content: records.Content


SAMPLES = TypeAdapter(list[Sample])
REQUIRED: dict[str, Any] = {"integer": 1, "text": "t", "name": "n", "texts": []}
EMPTY: dict[str, Any] = {
    "optional_integer": None, "optional_text": None, "number": 0.0, "title": "", "moment": None, "on": True,
    "off": False, "content": {},
}  # fmt: skip


def sample(**fields: Any) -> Sample:
    """The object with these fields, read out of a reply of Canvas."""
    return checked(SAMPLES, "Canvas", "the courses", [{**REQUIRED, **fields}])[0]


def test_ids_are_read_as_numbers_and_as_text() -> None:
    """Both spellings of an id give the same number, and the same text."""
    assert sample(integer="12")["integer"] == sample(integer=12)["integer"] == 12
    assert sample(text="12")["text"] == sample(text=12)["text"] == "12"
    assert sample(optional_integer=-(2**63) + 1, title=12) == {
        **REQUIRED, **EMPTY, "texts": (), "optional_integer": -(2**63) + 1, "title": "12",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [None, True, 1.5, 1.0, "x", "", " 1", "+1", "1_0", "²", [], {}, 2**63, -(2**63), "9" * 19, "9" * 5000]
)
def test_what_is_no_whole_number_is_an_odd_reply(wrong: Any) -> None:
    """A missing or odd id is never guessed."""
    with pytest.raises(OddReply, match="one object has no usable 'integer'"):
        sample(integer=wrong)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("number", "1"), ("number", True), ("number", float("nan")), ("number", float("inf")), ("number", 10**400),
        ("number", 2.0**63), ("moment", "2026-08-10"), ("moment", "2026-02-30T00:00:00Z"), ("moment", 1),
        ("text", None), ("text", 1.5), ("text", []), ("optional_text", True), ("optional_text", {}), ("title", []),
        ("content", [1]), ("content", "{}"), ("texts", None), ("texts", [None]), ("texts", {"a": "b"}),
        ("texts", [[]]), ("optional_integer", False), ("optional_integer", "x"), ("on", "perhaps"), ("on", 2),
        ("off", ""), ("off", 1.0), ("name", ""), ("name", None),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_an_odd_reply(field: str, wrong: Any) -> None:
    """Every kind refuses what it does not expect."""
    with pytest.raises(OddReply, match=f"'{field}'"):
        sample(**{field: wrong})


@pytest.mark.parametrize("field", REQUIRED)
def test_a_field_that_must_be_there_is_missed(field: str) -> None:
    """Not a KeyError."""
    row = {name: value for name, value in REQUIRED.items() if name != field}
    with pytest.raises(OddReply, match=f"'{field}'"):
        checked(SAMPLES, "Canvas", "the courses", [row])


def test_null_reads_like_absent_where_a_field_may_be_empty() -> None:
    """Numbers become 0, objects and titles empty, texts None, truth values what is usual."""
    assert sample() == sample(**dict.fromkeys(EMPTY)) == {**REQUIRED, **EMPTY, "texts": ()}


def test_an_empty_object_belongs_to_its_row_alone() -> None:
    """Whoever changes it changes no other."""
    first, second = checked(SAMPLES, "Canvas", "the courses", [REQUIRED, {**REQUIRED, "content": None}])
    first["content"]["a"] = second["content"]["b"] = 1
    assert [sample()["content"], sample(content=None)["content"]] == [{}, {}]


def test_content_keeps_its_keys_in_their_order() -> None:
    """Also those that nobody here understands."""
    content = {"b": {"z": None, "a": [1, {}]}, "a": 2**70}
    assert list(sample(content=content)["content"].items()) == list(content.items())


@pytest.mark.parametrize(
    ("field", "written", "meant"),
    [
        ("content", [], {}), ("texts", {}, ()), ("texts", {"1": "a", "3": "b"}, ("a", "b")),
        *(("on", written, False) for written in (0, "0", "N", "no", "false", "FALSE")),
        *(("off", written, True) for written in (1, "1", "Y", "yes", "true")),
    ],
)  # fmt: skip
def test_what_php_and_others_write_is_read_as_what_it_means(field: str, written: Any, meant: Any) -> None:
    """An empty object as a list and the other way round, a list with gaps, a truth value as a number or a word."""
    assert dict(sample(**{field: written}))[field] == meant


def test_one_odd_object_costs_no_other_and_says_what_it_is() -> None:
    """Its id and its name where these can be read; what is no object at all has neither."""
    rows = [{**REQUIRED, "id": 1}, {"id": 2, "name": "B"}, None, {"sourcedId": "c-1", "title": "T"}, {"id": "x"}]
    found = each(SAMPLES, "Canvas", "the courses", rows)
    assert [one for one in found if not isinstance(one, Odd)] == [sample()]
    assert [(one.identity, one.name) for one in found if isinstance(one, Odd)] == [
        ("2", "B"), ("", ""), ("c-1", "T"), ("", ""),
    ]  # fmt: skip


def test_a_list_of_texts_may_be_one_text() -> None:
    """Repetitions are dropped, the order stays."""
    assert sample(texts="a")["texts"] == ("a",)
    assert sample(texts=["b", "a", 1, "b"])["texts"] == ("b", "a", "1")


def test_a_list_is_found_in_the_body_or_below_a_key() -> None:
    """The first key that is there counts."""
    rows = [{"id": 1}]
    assert rows_of("Canvas", "x", rows) == rows
    assert rows_of("Focus", "x", {"schools": rows}, "orgs", "schools") == rows


@pytest.mark.parametrize("body", [None, {}, {"data": None}, {"data": {"a": 1}}, {"data": 1}, [], "x"])
def test_a_missing_list_is_not_an_empty_list(body: Any) -> None:
    """A reply without its list is none; asking again would bring the same."""
    with pytest.raises(OddReply, match="lacks its list"):
        rows_of("Focus", "the sections", body, "data")


def test_a_body_that_is_no_object_is_an_odd_reply() -> None:
    """An object was asked for."""
    with pytest.raises(OddReply, match="not what was asked for"):
        checked(SAMPLES, "Canvas", "account 1", [[]])


def test_neither_the_sentence_nor_the_log_quotes_what_came(caplog: pytest.LogCaptureFixture) -> None:
    """It may be the name of a student; the log tells where each fault is, and of which kind."""
    with caplog.at_level(logging.WARNING, "gpb.api"), pytest.raises(OddReply) as caught:
        sample(integer="Ann Student", on="Ann Student")
    assert "2 faults in the reply of Canvas for the courses: 0.integer: no_usual_kind; 0.on: no" in caplog.text
    assert "Ann" not in caplog.text + str(caught.value)
    assert caught.value.__context__ is None


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
    row = {"id": 5, "name": "Fall", "start_at": sent, "end_at": "", "workflow_state": "active"}
    terms = checked(TypeAdapter(list[Term]), "Canvas", "the terms", [row])
    assert (terms[0]["start_at"], terms[0]["end_at"]) == (expected, None)
    assert terms_frame(terms)["start_at"].iloc[0].isoformat() == expected


@pytest.mark.parametrize("wrong", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_outside_of_the_calendar_is_an_odd_reply(wrong: str) -> None:
    """It has no date in UTC."""
    with pytest.raises(OddReply, match="'moment'"):
        sample(moment=wrong)

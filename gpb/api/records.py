"""The fields of a reply as types, and its objects checked against them: what is missing or odd is a BrokenReply.

An object is declared once, as a TypedDict of these fields; pydantic reads a page of them at once, and drops whatever is
not declared. Nothing is guessed: a text is no truth value, and no number but a whole one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from copy import copy
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, GetPydanticSchema, TypeAdapter, ValidationError
from pydantic_core import core_schema

from gpb.errors import BrokenReply
from gpb.numbers import LARGEST, whole_number

_log = logging.getLogger("gpb.api")
_TOLD = 3
"""How many of the faults of a reply go to the log: they are alike."""

Row = TypeVar("Row")
Raw = dict[str, Any]
"""An object of a reply as it came."""


def read_as(kind: object, make: Callable[[Any], object]) -> GetPydanticSchema:
    """In Annotated: what is read as this kind, and then is what ``make`` makes of it."""
    return GetPydanticSchema(
        lambda _, handler: core_schema.no_info_after_validator_function(make, handler.generate_schema(kind))
    )


def first_of(*kinds: object) -> GetPydanticSchema:
    """In Annotated: what is read as the first of these kinds that it is; the usual one comes first, for speed.

    A fault is told of the field as a whole, not once for each kind.
    """
    return GetPydanticSchema(
        lambda _, handler: core_schema.union_schema(
            [handler.generate_schema(kind) for kind in kinds],
            mode="left_to_right",
            custom_error_type="no_usual_kind",
            custom_error_message="none of what it may be",
        )
    )


def null_as(value: object) -> object:
    """A kind that null alone is, read as this value."""
    return Annotated[None, AfterValidator(lambda _: copy(value))]


def _number(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise ValueError("no whole number")
    return number


def _distinct(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _in_utc(text: str | None) -> str | None:
    """Its offset may hold seconds (ISO 8601-2), which no frame can read; in UTC there is none."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # no date, or one before the year 1 or after 9999 in UTC
        pass
    raise ValueError("no moment with a zone")


_Bounded = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
_Finite = Annotated[float, Field(gt=-float(LARGEST), lt=float(LARGEST), allow_inf_nan=False)]
_NumberAsText = Annotated[int, AfterValidator(str)]
Integer = Annotated[int, first_of(_Bounded, Annotated[str, AfterValidator(_number)])]
"""A whole number of 64 bits, also when it was written as text (in ASCII digits)."""
OptionalInteger = Annotated[Integer | None, Field(default=None)]
"""The same, or None where it is null or absent."""
Number = Annotated[float, first_of(_Finite, null_as(0.0)), Field(default=0.0)]
"""A finite number in the range of 64 bits; 0.0 where it is null or absent."""
Text = Annotated[str, first_of(str, _NumberAsText)]
"""A text, or a whole number as text."""
OptionalText = Annotated[Text | None, Field(default=None)]
"""The same, or None where it is null or absent."""
Title = Annotated[str, first_of(str, _NumberAsText, null_as("")), Field(default="")]
"""The same, empty where it is null or absent."""
_One, _Several = Annotated[Text, AfterValidator(lambda one: (one,))], Annotated[list[Text], AfterValidator(_distinct)]
Texts = Annotated[tuple[str, ...], first_of(_One, _Several)]
"""A list of texts in its order without repetitions, also when it came as one text."""
Moment = Annotated[OptionalText, AfterValidator(_in_utc)]
"""A moment as ISO 8601 text in UTC, from one with any zone; None where it is null, empty or absent."""
On = Annotated[bool, first_of(bool, null_as(True)), Field(default=True)]
"""A truth value, True where it is null or absent."""
Off = Annotated[bool, first_of(bool, null_as(False)), Field(default=False)]
"""A truth value, False where it is null or absent."""
Content = Annotated[dict[str, Any], first_of(dict[str, Any], null_as({})), Field(default_factory=dict)]
"""An object of any content; ``{}`` where it is null or absent."""


def rows_of(system: str, about: str, data: object, *keys: str) -> list[Raw]:
    """The reply as a list of objects, found under the first of ``keys`` that is there, or the body itself without keys.

    Raises BrokenReply when there is no such list: a list that is missing is not an empty list.
    """
    rows = data
    if keys:
        fields = data if isinstance(data, Mapping) else {}
        rows = next((fields[key] for key in keys if key in fields), None)
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return rows
    wanted = f" {' or '.join(keys)!r}" if keys else ""
    raise BrokenReply(f"The reply of {system} for {about} lacks its list{wanted}.", system=system)


def checked(kind: TypeAdapter[list[Row]], system: str, about: str, rows: list[Any]) -> list[Row]:
    """The objects of a reply; BrokenReply where one is not of this kind.

    The sentence names the field, and so does the log: neither quotes what came in it.
    """
    try:
        return kind.validate_python(rows, strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults[:_TOLD])
    _log.warning("%d faults in the reply of %s for %s: %s", len(faults), system, about, told)
    names = [part for part in faults[0]["loc"] if isinstance(part, str)]
    lacks = f"has no usable {names[-1]!r} in one of its objects" if names else "is not the object that was asked for"
    raise BrokenReply(f"The reply of {system} for {about} {lacks}.", system=system)

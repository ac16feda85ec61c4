"""The fields of a reply as types, and its objects checked against them: one that cannot be read is an ``Odd``.

An object is declared once, as a TypedDict of these fields; pydantic reads a page of them at once, and only where that
fails one after the other, so that one odd object costs none of the others. Whatever is not declared is dropped.

Read as what they mean, since servers in PHP write them so: ``[]`` for an empty object, ``{}`` and
``{"0": …, "2": …}`` for a list, and 1, "1", "Y", "yes" or "true" for a truth value. Nothing else is guessed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetPydanticSchema, TypeAdapter, ValidationError
from pydantic_core import core_schema

from gpb.errors import OddReply
from gpb.numbers import LARGEST, whole_number
from gpb.printable import one_line

_log = logging.getLogger("gpb.api")
_TOLD = 3
"""How many of the faults of a reply go to the log: they are alike."""

Row = TypeVar("Row")
Raw = dict[str, Any]
"""An object of a reply as it came."""
_IDS, _NAMES = ("id", "uuid", "sourcedId"), ("original_name", "name", "title")
_LONGEST_NAME = 80
_TRUTH = {**dict.fromkeys(("1", "y", "yes", "true"), True), **dict.fromkeys(("0", "n", "no", "false"), False)}


@dataclass(frozen=True, slots=True)
class Odd:
    """An object of a list that cannot be read.

    ``identity`` is its id as text and ``name`` what it is called, both empty where that cannot be read either; ``why``
    is the rest of a sentence that begins with it, ``raw`` what came.
    """

    identity: str
    name: str
    why: str
    raw: Any = field(default=None, repr=False, compare=False)


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


def _flag(written: int | str) -> bool:
    try:
        return _TRUTH[str(written).lower()]
    except KeyError:
        raise ValueError("no truth value") from None


def _from_map(value: Any) -> Any:
    """PHP writes a list whose numbers have gaps, or that is empty, as an object."""
    is_list = isinstance(value, dict) and all(key.isdecimal() for key in value)
    return list(value.values()) if is_list else value


def _from_list(value: Any) -> Any:
    """PHP writes an empty object as an empty list."""
    return {} if value == [] else value


def list_of(kind: object) -> GetPydanticSchema:
    """In Annotated: a list of this kind, also as PHP writes it."""
    listed: Any = list[kind]  # type: ignore[valid-type]  # a kind is whatever pydantic can read
    return first_of(listed, Annotated[listed, BeforeValidator(_from_map)])


def object_of(kind: object) -> GetPydanticSchema:
    """In Annotated: an object of this kind, also an empty one as PHP writes it, or None where it is null."""
    written: Any = kind
    return first_of(kind, Annotated[written, BeforeValidator(_from_list)], None)


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
Name = Annotated[Text, Field(min_length=1)]
"""The same, not empty: what has no name cannot be chosen by it."""
OptionalText = Annotated[Text | None, Field(default=None)]
"""The same, or None where it is null or absent."""
Title = Annotated[str, first_of(str, _NumberAsText, null_as("")), Field(default="")]
"""The same, empty where it is null or absent."""
Aside = Annotated[str, first_of(Text, Annotated[Any, AfterValidator(lambda _: "")]), Field(default="")]
"""A text without which its object can still be read: empty where it is absent, or no text."""
_One = Annotated[Text, AfterValidator(lambda one: (one,))]
_Several = Annotated[list[Text], list_of(Text), AfterValidator(_distinct)]
Texts = Annotated[tuple[str, ...], first_of(_One, _Several)]
"""A list of texts in its order without repetitions, also when it came as one text."""
Moment = Annotated[OptionalText, AfterValidator(_in_utc)]
"""A moment as ISO 8601 text in UTC, from one with any zone; None where it is null, empty or absent."""
_Flags = (bool, Annotated[int, AfterValidator(_flag)], Annotated[str, AfterValidator(_flag)])
On = Annotated[bool, first_of(*_Flags, null_as(True)), Field(default=True)]
"""A truth value, True where it is null or absent."""
Off = Annotated[bool, first_of(*_Flags, null_as(False)), Field(default=False)]
"""A truth value, False where it is null or absent."""
_NoEntries = Annotated[list[Any], Field(max_length=0), AfterValidator(lambda _: {})]
Content = Annotated[dict[str, Any], first_of(dict[str, Any], _NoEntries, null_as({})), Field(default_factory=dict)]
"""An object of any content; ``{}`` where it is null or absent."""


def rows_of(system: str, about: str, data: object, *keys: str) -> list[Any]:
    """The reply as a list, found under the first of ``keys`` that is there, or the body itself without keys.

    Raises OddReply when there is no such list: a list that is missing is not an empty list.
    """
    rows = data
    if keys:
        fields = data if isinstance(data, Mapping) else {}
        rows = _from_map(next((fields[key] for key in keys if key in fields), None))
    if isinstance(rows, list):
        return rows
    wanted = f" {' or '.join(keys)!r}" if keys else ""
    raise OddReply(f"The reply of {system} for {about} lacks its list{wanted}. {ADVICE}", system=system)


def each(kind: TypeAdapter[list[Row]], system: str, about: str, rows: list[Any]) -> list[Row | Odd]:
    """The objects of a reply, and in its place what can be said of one that is not of this kind.

    The log names the fields that are at fault; it does not quote what came in them.
    """
    try:
        return [*kind.validate_python(rows, strict=True)]
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults[:_TOLD])
    _log.warning("%d faults in the reply of %s for %s: %s", len(faults), system, about, told)
    found: list[Row | Odd] = []
    for row in rows:
        one = _one(kind, system, row)
        found.append(one)
    return found


def checked(kind: TypeAdapter[list[Row]], system: str, about: str, rows: list[Any]) -> list[Row]:
    """The objects of a reply; raises OddReply where one is not of this kind."""
    return without_odd(each(kind, system, about, rows), None, system, about)


def without_odd(found: list[Row | Odd], odd: list[Odd] | None, system: str, about: str) -> list[Row]:
    """What could be read; the rest goes into ``odd``, and without that raises OddReply."""
    wrong = [one for one in found if isinstance(one, Odd)]
    if wrong and odd is None:
        raise OddReply(f"In the reply of {system} for {about}, one object {wrong[0].why}. {ADVICE}", system=system)
    (odd if odd is not None else []).extend(wrong)
    return [one for one in found if not isinstance(one, Odd)]


ADVICE = "Trying again will not change that: show this sentence to whoever looks after the server."


def _one(kind: TypeAdapter[list[Row]], system: str, row: Any) -> Row | Odd:
    try:
        return kind.validate_python([row], strict=True)[0]
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    fields = row if isinstance(row, dict) else {}
    identity = next((text for text in (_identity(fields.get(name), name) for name in _IDS) if text), "")
    name = next((one_line(fields[name])[:_LONGEST_NAME] for name in _NAMES if isinstance(fields.get(name), str)), "")
    at_fault = [part for part in fault["loc"] if isinstance(part, str)]
    if fields.get("access_restricted_by_date") is True:
        why = f"is not shown to the token's user: {system} restricts access to it by date"
    else:
        why = f"has no usable {at_fault[-1]!r}" if at_fault else "is not what was asked for"
    return Odd(identity, name, why, row)


def _identity(value: Any, name: str) -> str:
    """An id as text; that of Canvas is a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) <= LARGEST else ""
    is_text = isinstance(value, str) and (name != "id" or whole_number(value) is not None)
    return one_line(value)[:_LONGEST_NAME] if is_text else ""

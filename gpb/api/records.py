"""Reading the fields of a reply with their types checked: what is missing or odd is a BrokenReply, not a KeyError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gpb.errors import BrokenReply
from gpb.numbers import LARGEST, whole_number


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object of a reply; ``about`` names it in the sentence of an error."""

    system: str
    about: str
    fields: Mapping[str, Any]

    def integer(self, name: str) -> int:
        """A whole number, also when it was written as text."""
        found = self.integer_or_none(name)
        if found is None:
            raise self._broken(name)
        return found

    def integer_or_none(self, name: str) -> int | None:
        """A whole number, or None where the field is null or absent."""
        value = self.fields.get(name)
        if value is None:
            return None
        number = whole_number(value) if isinstance(value, str) else value
        if isinstance(number, int) and not isinstance(number, bool) and abs(number) <= LARGEST:
            return number
        raise self._broken(name)

    def number(self, name: str) -> float:
        """A finite number; 0.0 where the field is null or absent."""
        value = self.fields.get(name)
        if value is None:
            return 0.0
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST:
            return float(value)
        raise self._broken(name)

    def moment_or_none(self, name: str) -> str | None:
        """A moment as ISO 8601 text in UTC, or None where the field is null, empty or absent.

        Its offset may hold seconds (ISO 8601-2), which no frame can read; in UTC there is none.
        """
        value = self.text_or_none(name)
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC).isoformat()
        except (ValueError, OverflowError):  # no date, or one before the year 1 or after 9999 in UTC
            pass
        raise self._broken(name)

    def text(self, name: str) -> str:
        """A text, or a number as text."""
        found = self.text_or_none(name)
        if found is None:
            raise self._broken(name)
        return found

    def text_or_none(self, name: str) -> str | None:
        """A text, a number as text, or None where the field is null or absent."""
        value = self.fields.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise self._broken(name)

    def flag(self, name: str, *, default: bool) -> bool:
        """A truth value, ``default`` where the field is null or absent."""
        value = self.fields.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        raise self._broken(name)

    def mapping(self, name: str) -> dict[str, Any]:
        """An object; ``{}`` where the field is null or absent."""
        value = self.fields.get(name)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        raise self._broken(name)

    def child(self, name: str) -> Record:
        """An object as a record of its own; empty where the field is null or absent."""
        return Record(self.system, self.about, self.mapping(name))

    def children(self, name: str) -> list[Record]:
        """A list of objects."""
        return as_records(self.system, self.about, self.fields, name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts without repetitions, also when there is one text only; empty where null or absent."""
        value = self.fields.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(dict.fromkeys(Record(self.system, self.about, {name: one}).text(name) for one in values))

    def has(self, name: str) -> bool:
        """True when the field is there, even as null."""
        return name in self.fields

    def _broken(self, name: str) -> BrokenReply:
        sentence = f"The reply of {self.system} for {self.about} contains an object without a usable {name!r}."
        return BrokenReply(sentence, system=self.system)


def as_record(system: str, about: str, data: Any) -> Record:
    """The reply as one object; raises BrokenReply for anything else."""
    if isinstance(data, dict):
        return Record(system, about, data)
    raise BrokenReply(f"The reply of {system} for {about} is not what was asked for.", system=system)


def as_records(system: str, about: str, data: Any, *keys: str) -> list[Record]:
    """The reply as a list of objects, found under the first of ``keys`` that is there, or the body itself without keys.

    Raises BrokenReply when there is no such list: a list that is missing is not an empty list.
    """
    rows = data
    if keys:
        fields = data if isinstance(data, Mapping) else {}
        rows = next((fields[key] for key in keys if key in fields), None)
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return [Record(system, about, row) for row in rows]
    wanted = f" {' or '.join(keys)!r}" if keys else ""
    raise BrokenReply(f"The reply of {system} for {about} has no list{wanted}.", system=system)

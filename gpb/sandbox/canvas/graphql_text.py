"""The text of a GraphQL query as a tree of fields: as much of the language as reading a district's structure takes.

One operation; arguments are variables, numbers, texts and lists. Fragments and directives are not understood.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

PART = re.compile(r'"(?:\\.|[^"\\])*"|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|\.\.\.|[^\s,]')
COMMENT = re.compile(r"#[^\n]*")
DEEPEST, MOST_ALIASES = 15, 20
"""Canvas' limits (contract: reading, structure of many courses)."""


class QueryError(Exception):
    """The query cannot be carried out; its text stands in `errors` of a reply with status 200."""


@dataclass(slots=True)
class Field:
    """A field that is asked for; `answer` is its name in the reply."""

    name: str
    answer: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)


def fields_of(text: str, variables: dict[str, Any]) -> list[Field]:
    """Return the fields at the top of a query, with its variables put in; raise QueryError."""
    reader = _Reader(PART.findall(COMMENT.sub("", text)), variables)
    return reader.operation()


class _Reader:
    def __init__(self, parts: list[str], variables: dict[str, Any]) -> None:
        self._parts = parts
        self._at = 0
        self._aliases = 0
        self._variables = variables

    def operation(self) -> list[Field]:
        if self._peek() in ("query", "mutation", "subscription") and self._take() != "query":
            raise QueryError("Only queries are understood here")
        if self._peek() not in ("{", "("):
            self._take()
        if self._peek() == "(":
            while self._take() != ")":  # what kinds the variables are of, the fields know
                pass
        found = self._fields(1)
        if self._at < len(self._parts):
            raise QueryError(f"Parse error on {self._peek()!r}")
        return found

    def _fields(self, depth: int) -> list[Field]:
        if depth > DEEPEST:
            raise QueryError(f"Query has depth of {depth}, which exceeds max depth of {DEEPEST}")
        self._expect("{")
        found = []
        while self._peek() != "}":
            found.append(self._field(depth))
        self._expect("}")
        return found

    def _field(self, depth: int) -> Field:
        answer = name = self._name()
        if self._peek() == ":":
            self._take()
            name, self._aliases = self._name(), self._aliases + 1
            if self._aliases > MOST_ALIASES:
                raise QueryError(f"Query has more than {MOST_ALIASES} aliases")
        arguments = {}
        if self._peek() == "(":
            self._take()
            while self._peek() != ")":
                argument = self._name()
                self._expect(":")
                arguments[argument] = self._value()
            self._take()
        return Field(name, answer, arguments, self._fields(depth + 1) if self._peek() == "{" else [])

    def _value(self) -> Any:
        part = self._take()
        if part == "$":
            return self._variables.get(self._name())
        if part == "[":
            values = []
            while self._peek() != "]":
                values.append(self._value())
            self._take()
            return values
        try:
            return json.loads(part)  # numbers, texts, true, false and null
        except ValueError as error:
            raise QueryError(f"Parse error on {part!r}") from error

    def _name(self) -> str:
        part = self._take()
        if not part.isidentifier():
            raise QueryError(f"Parse error on {part!r}")
        return part

    def _expect(self, part: str) -> None:
        if (found := self._take()) != part:
            raise QueryError(f"Parse error on {found!r}")

    def _peek(self) -> str:
        return self._parts[self._at] if self._at < len(self._parts) else ""

    def _take(self) -> str:
        if self._at >= len(self._parts):
            raise QueryError("Unexpected end of document")
        self._at += 1
        return self._parts[self._at - 1]

"""The names of the district: small tables read from `data/district/`."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_CHECKOUT, _WHEEL = Path(__file__).resolve().parents[3] / "data" / "district", Path(__file__).parent.with_name("tables")
TABLES = _CHECKOUT if _CHECKOUT.is_dir() else _WHEEL


@dataclass(frozen=True, slots=True)
class Names:
    """All tables, in the order of their files; nested dicts are keyed by the table's first column."""

    schools: list[dict[str, str]]
    courses: dict[str, list[dict[str, str]]]
    first_names: list[str]
    last_names: list[str]
    category_sets: dict[str, list[tuple[str, str]]]
    group_names: dict[str, list[str]]
    awkward: list[str]
    foreign_top: list[tuple[str, Any]]
    foreign_nested: list[tuple[str, Any]]
    assignment_titles: list[str]


def _rows(table: str) -> list[dict[str, str]]:
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _grouped(rows: list[dict[str, str]], key: str) -> dict[str, list[dict[str, str]]]:
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


@cache
def read_names() -> Names:
    """Read the tables once per process; raise FileNotFoundError when one is missing."""
    sets = _grouped(_rows("category_sets"), "set")
    variants = _grouped(_rows("group_names"), "kind")
    foreign = _grouped(_rows("foreign_keys"), "place")
    teachers = _rows("teachers")
    return Names(
        schools=_rows("schools"),
        courses=_grouped(_rows("courses"), "level"),
        first_names=[row["first_name"] for row in teachers],
        last_names=[row["last_name"] for row in teachers],
        category_sets={name: [(row["kind"], row["title"]) for row in rows] for name, rows in sets.items()},
        group_names={kind: [row["name"] for row in rows] for kind, rows in variants.items()},
        awkward=[row["name"] for row in _rows("awkward_names")],
        foreign_top=[(row["key"], json.loads(row["value"])) for row in foreign["top"]],
        foreign_nested=[(row["key"], json.loads(row["value"])) for row in foreign["nested"]],
        assignment_titles=[row["title"] for row in _rows("assignment_titles")],
    )

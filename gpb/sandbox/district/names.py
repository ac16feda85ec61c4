"""The names of the district: small tables read from `data/district/`."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_CHECKOUT, _WHEEL = Path(__file__).resolve().parents[3] / "data" / "district", Path(__file__).parent.with_name("tables")
TABLES = _CHECKOUT if _CHECKOUT.is_dir() else _WHEEL


@dataclass(frozen=True, slots=True)
class CategorySet:
    """One set of categories, as sections share it."""

    name: str
    titles: tuple[str, ...]
    """In the order of Focus."""
    choices: dict[str, tuple[str | None, ...]]
    """Kind of work to the titles where it may be kept, None for nowhere; where there are several, schools differ."""
    named_as_titles: tuple[tuple[str, str], ...]
    """What somebody keeps in a group named like a title: kind and title, for each title."""


@dataclass(frozen=True, slots=True)
class Names:
    """All tables, in the order of their files; nested dicts are keyed by the table's first column."""

    schools: list[dict[str, str]]
    courses: dict[str, list[dict[str, str]]]
    first_names: list[str]
    last_names: list[str]
    category_sets: dict[str, CategorySet]
    policies: dict[str, dict[str, str]]
    """Policy of a school to subject to set; the subject that is no text is every other one."""
    kinds_of_work: dict[tuple[str, str], list[str]]
    """Level and subject to the kinds of work that are usual there."""
    group_names: dict[str, list[tuple[str, str]]]
    """Kind of work to subject or level (empty: any) and name, the most usual name first."""
    styles: list[str]
    style_shares: list[int]
    retired_styles: list[str]
    """How the name of a group says that it is used no more."""
    awkward: list[str]
    foreign_top: list[tuple[str, Any]]
    foreign_nested: list[tuple[str, Any]]
    assignment_titles: list[str]


@cache
def edition() -> str:
    """Another short text for other tables: from the same seed they make another district."""
    content = b"".join(table.read_bytes() for table in sorted(TABLES.glob("*.csv")))
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:8]


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
    policies = _grouped(_rows("policies"), "policy")
    variants = _grouped(_rows("group_names"), "kind")
    styles = _grouped(_rows("name_styles"), "use")
    foreign = _grouped(_rows("foreign_keys"), "place")
    teachers = _rows("teachers")
    return Names(
        schools=_rows("schools"),
        courses=_grouped(_rows("courses"), "level"),
        first_names=[row["first_name"] for row in teachers],
        last_names=[row["last_name"] for row in teachers],
        category_sets={name: _set(name, rows) for name, rows in _grouped(_rows("category_sets"), "set").items()},
        policies={name: {row["subject"]: row["set"] for row in rows} for name, rows in policies.items()},
        kinds_of_work={(row["level"], row["subject"]): row["kinds"].split() for row in _rows("kinds_of_work")},
        group_names={kind: [(row["for"], row["name"]) for row in rows] for kind, rows in variants.items()},
        styles=[row["text"] for row in styles["habit"]],
        style_shares=[int(row["share"]) for row in styles["habit"]],
        retired_styles=[row["text"] for row in styles["retired"] for _ in range(int(row["share"]))],
        awkward=[row["name"] for row in _rows("awkward_names")],
        foreign_top=[(row["key"], json.loads(row["value"])) for row in foreign["top"]],
        foreign_nested=[(row["key"], json.loads(row["value"])) for row in foreign["nested"]],
        assignment_titles=[row["title"] for row in _rows("assignment_titles")],
    )


def _set(name: str, rows: list[dict[str, str]]) -> CategorySet:
    """Return a set; what is in no row of it is kept nowhere, as is what stands in the row without a title."""
    choices: dict[str, tuple[str | None, ...]] = {}
    for row in rows:
        for kind in f"{row['kinds']} {row['differs']}".split():
            choices[kind] = (*choices.get(kind, ()), row["title"] or None)
    titles = {row["title"]: row["kinds"].split()[0] for row in rows if row["title"]}
    return CategorySet(name, tuple(titles), choices, tuple((kind, title) for title, kind in titles.items()))

"""A district many times over: the tables of a snapshot, each copy with ids of its own, so that nothing is shared."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

IDS = ("course_id", "origin_course_id", "section_id", "group_id", "assignment_id")
TEXTS = ("sis_section_id", "class_id", "category_id", "integration_data")
APART = 10_000_000
UUID = re.compile(r"(?<=[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{8})[0-9a-f]{4}")
WHOLE = ("terms", "unread")
"""Tables that are the same in every copy."""


def repeated(tables: Mapping[str, pd.DataFrame], copies: int) -> dict[str, pd.DataFrame]:
    """The tables of so many districts: numbers are shifted, the UUIDs of Focus end otherwise, schools are numbered."""
    return {name: table if name in WHOLE else _repeated(name, table, copies) for name, table in tables.items()}


def _repeated(name: str, table: pd.DataFrame, copies: int) -> pd.DataFrame:
    whole = pd.concat([_copy(table, number) for number in range(copies)], ignore_index=True)
    key = f"{name.removesuffix('s')}_id"
    return whole.drop_duplicates(key if key in whole else None, ignore_index=True).astype(table.dtypes.to_dict())


def _copy(table: pd.DataFrame, number: int) -> pd.DataFrame:
    if not number:
        return table
    ids = {name: table[name] + number * APART for name in IDS if name in table}
    texts = {name: _other(table[name], number) for name in TEXTS if name in table}
    schools = {"school": table["school"] + f" {number}"} if "school" in table else {}
    return table.assign(**ids, **texts, **schools)


def _other(texts: pd.Series[str], number: int) -> pd.Series[str]:
    ending = f"{number:04x}"
    made = [UUID.sub(ending, text) if isinstance(text, str) else None for text in texts]
    return pd.Series(made, index=texts.index, dtype="str")

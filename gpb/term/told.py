"""What Focus told of a grading category since a snapshot was taken, laid over its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gpb.frames import schemas
from gpb.matching.section_key import same_spelling

Tables = Mapping[str, pd.DataFrame]


def shows_category(tables: Tables, told: Mapping[str, Any]) -> bool:
    """Whether the tables say the same.

    ``told`` has ``uuid, title, active, section_uuids``, or ``absent`` (its id) alone.
    """
    identifier = told.get("absent", told.get("uuid"))
    known = tables["categories"].loc[tables["categories"]["category_id"].eq(identifier)]
    if "absent" in told or known.empty:
        return "absent" in told and known.empty
    pairs = tables["category_sections"]
    sections = set(map(same_spelling, pairs.loc[pairs["category_id"].eq(identifier), "class_id"]))
    same = known.iloc[0][["category", "active"]].tolist() == [told["title"], told["active"]]
    return same and sections == set(map(same_spelling, told["section_uuids"]))


def with_category(tables: Tables, told: Mapping[str, Any]) -> Tables:
    """Tables in which a category is as it was told; a new one comes last, as in a list that grows."""
    identifier = told.get("absent", told.get("uuid"))
    categories, pairs = tables["categories"], tables["category_sections"]
    pairs = pairs.loc[pairs["category_id"].ne(identifier)]
    if "absent" in told:
        categories = categories.loc[categories["category_id"].ne(identifier)]
    else:
        if not categories["category_id"].eq(identifier).any():
            fresh = pd.DataFrame([(identifier, told["title"], told["active"], False)], columns=list(categories.columns))
            categories = pd.concat([categories, fresh.astype(categories.dtypes.to_dict())], ignore_index=True)
        is_it = categories["category_id"].eq(identifier)
        categories = categories.assign(
            category=categories["category"].mask(is_it, told["title"]),
            active=categories["active"].mask(is_it, told["active"]),
        )
        spelled = {same_spelling(one): one for one in tables["classes"]["class_id"]}
        rows = [(identifier, spelled.get(same_spelling(one), one)) for one in told["section_uuids"]]
        new = pd.DataFrame(rows, columns=list(pairs.columns)).astype(pairs.dtypes.to_dict())
        pairs = pd.concat([pairs, new], ignore_index=True)
    return {
        **tables,
        "categories": schemas.CATEGORIES.validate(categories.reset_index(drop=True)),
        "category_sections": schemas.CATEGORY_SECTIONS.validate(pairs.reset_index(drop=True)),
    }

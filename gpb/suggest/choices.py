"""What the bulk edits ask for: from association rows with drafts to choices for ``drafting.edit``."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from gpb.frames.validity import Validity
from gpb.keys import Key, keys

Choices = dict[Key, str | None]


def labels(rows: pd.DataFrame, validity: Validity) -> dict[str, int]:
    """For every label of a category, in how many of the rows it can be chosen; the most useful first."""
    found: Counter[str] = Counter()
    for class_id, number in Counter(rows["class_id"].dropna()).items():
        for label in validity.labels(class_id):
            found[label] += number
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0].casefold())))


def with_label(rows: pd.DataFrame, label: str, validity: Validity) -> Choices:
    """For each row the category with this label in its section; where none does, the label, which is refused."""
    meant = {class_id: validity.labels(class_id).get(label, label) for class_id in rows["class_id"].dropna().unique()}
    return dict(zip(keys(rows), (meant.get(class_id, label) for class_id in rows["class_id"]), strict=True))


def from_sibling(rows: pd.DataFrame, source: int, target: int, validity: Validity) -> Choices:
    """The categories of section ``source`` for section ``target``, group by group and by title.

    Where they have the very same category that one is meant. Groups without a category in ``source`` are left out.
    """
    given = rows.loc[rows["section_id"].eq(source) & rows["category_id"].notna()].set_index("group_id")
    taken = rows.loc[rows["section_id"].eq(target) & rows["group_id"].isin(given.index)]
    asked: Choices = {}
    for group_id, class_id in taken[["group_id", "class_id"]].itertuples(index=False):
        category_id, title = given.loc[group_id, ["category_id", "category"]]
        is_valid = category_id in validity.options(class_id)
        asked[group_id, target] = category_id if is_valid else validity.titled(class_id, title)
    return asked


def sure(rows: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The proposals ``found`` (``schemas.PROPOSALS``) for some rows that are fit to be accepted at once: tier A.

    Added is ``group`` (str), its name.
    """
    fit = found.loc[found["tier"].eq("A") & found["category_id"].notna()]
    return fit.merge(rows[["group_id", "section_id", "group"]], on=["group_id", "section_id"])


def of_proposals(found: pd.DataFrame) -> Choices:
    """The choices that proposals offer."""
    return _by_key(found, "category_id")


def unassociated(rows: pd.DataFrame) -> Choices:
    """Every row that has a category loses it."""
    return dict.fromkeys(keys(rows.loc[rows["category_id"].notna()]))


def _by_key(rows: pd.DataFrame, column: str) -> Choices:
    return dict(zip(keys(rows), rows[column].tolist(), strict=True))

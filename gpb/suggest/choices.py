"""What the bulk edits ask for: from association rows with drafts to choices for ``drafting.edit``, and what changes.

Nothing is overwritten by the way: rows that have an association or a draft already stand apart from the free ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from enum import StrEnum

import numpy as np
import pandas as pd

from gpb.errors import InputError
from gpb.frames.schemas import Status
from gpb.frames.validity import Validity
from gpb.keys import Key, keys

Choices = dict[Key, str | None]


class Apart(StrEnum):
    """Why a row stands apart in a bulk edit."""

    FREE = "free"
    ASSOCIATED = "associated"
    ELSEWHERE = "elsewhere"
    DRAFTED = "drafted"


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


def from_sibling(rows: pd.DataFrame, source: int, targets: Collection[int], validity: Validity) -> Choices:
    """The categories of section ``source`` for the sections ``targets``, group by group and by title.

    Where they have the very same category that one is meant. Groups without a category in ``source`` are left out.
    """
    given = rows.loc[rows["section_id"].eq(source) & rows["category_id"].notna()].set_index("group_id")
    taken = rows.loc[rows["section_id"].isin(list(targets)) & rows["group_id"].isin(given.index)]
    asked: Choices = {}
    for group_id, section_id, class_id in taken[["group_id", "section_id", "class_id"]].itertuples(index=False):
        category_id, title = given.loc[group_id, ["category_id", "category"]]
        is_valid = category_id in validity.options(class_id)
        asked[group_id, section_id] = category_id if is_valid else validity.titled(class_id, title)
    return asked


def sure(rows: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The proposals ``found`` (``schemas.PROPOSALS``) for some rows that are fit to be accepted at once: tier A."""
    fit = found.loc[found["tier"].eq("A") & found["category_id"].notna()]
    return fit.merge(rows[["group_id", "section_id"]], on=["group_id", "section_id"])


def of_proposals(found: pd.DataFrame) -> Choices:
    """The choices that proposals offer."""
    return dict(zip(keys(found), found["category_id"].tolist(), strict=True))


def unassociated(rows: pd.DataFrame) -> Choices:
    """Every row that has a category loses it."""
    return dict.fromkeys(keys(rows.loc[rows["category_id"].notna()]))


def changes(rows: pd.DataFrame, asked: Choices, validity: Validity) -> pd.DataFrame:
    """The rows of an association frame with drafts that ``asked`` makes others, and what they become.

    Left out are rows that have it already, and those whose section does not have the category. Added are ``wanted_id``
    (str, NaN: Unassociated), ``wanted`` (str, its title, NaN likewise) and ``apart`` (str, one of Apart).
    """
    meant = rows.loc[[key in asked for key in keys(rows)]]
    given = [asked[key] for key in keys(meant)]
    targets = {pair: _target(validity, *pair) for pair in set(zip(meant["class_id"], given, strict=True))}
    found = [targets[pair] for pair in zip(meant["class_id"], given, strict=True)]
    wanted = pd.DataFrame(
        [(False, None, None) if one is None else (True, *one) for one in found],
        columns=["is_valid", "wanted_id", "wanted"], index=meant.index,
    ).astype({"is_valid": "bool", "wanted_id": "str", "wanted": "str"})  # fmt: skip
    lines = meant.assign(wanted_id=wanted["wanted_id"], wanted=wanted["wanted"])
    is_same = lines["wanted_id"].eq(lines["category_id"]) | (lines["wanted_id"].isna() & lines["category_id"].isna())
    lines = lines.loc[wanted["is_valid"] & ~is_same]
    return lines.assign(apart=_apart(lines))


def discards(rows: pd.DataFrame, person: str) -> pd.DataFrame:
    """The drafts among the rows, as ``changes``: what Canvas stores comes back; those of others stand apart."""
    drafted = rows.loc[rows["changed"]]
    others = drafted["person"].ne(person)
    return drafted.assign(
        wanted_id=drafted["stored_category_id"],
        wanted=drafted["stored_category"],
        apart=pd.Series(str(Apart.FREE), index=drafted.index).mask(others, str(Apart.DRAFTED)).astype("str"),
    )


def drafted(lines: pd.DataFrame) -> Choices:
    """The drafts that stand where lines of ``changes`` would, as category ids."""
    given = lines.loc[lines["person"].notna()]
    ids = given["category_id"].astype(object).where(given["category_id"].notna(), None)
    return dict(zip(keys(given), ids, strict=True))


def wanted(lines: pd.DataFrame) -> Choices:
    """What lines of ``changes`` become, as choices."""
    given = lines["wanted_id"].astype(object).where(lines["wanted_id"].notna(), None)
    return dict(zip(keys(lines), given, strict=True))


def _apart(lines: pd.DataFrame) -> pd.Series[str]:
    """A row with a draft is somebody's; else what Canvas stores decides, here or in the vendor's own store."""
    found = np.select(
        [lines["person"].notna(), lines["status"].eq(Status.ELSEWHERE), lines["stored_reference"].notna()],
        [str(Apart.DRAFTED), str(Apart.ELSEWHERE), str(Apart.ASSOCIATED)],
        str(Apart.FREE),
    )
    return pd.Series(found, index=lines.index, dtype="str")


def _target(validity: Validity, class_id: object, choice: str | None) -> tuple[str | None, str | None] | None:
    """Id and title of what a choice means in a class, both None for no category; None where it means nothing there."""
    if choice is None:
        return None, None
    try:
        found = validity.target(class_id, choice)
    except InputError:
        return None
    return found.id, found.title

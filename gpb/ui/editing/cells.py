"""What the SIS Category cell of a row shows, and what a label picked there means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from gpb.frames.schemas import Status
from gpb.frames.validity import Validity
from gpb.keys import Key
from gpb.sync.drafting import UNASSOCIATED

NO_CATEGORIES = "set up categories in Focus first"
NO_CLASS = "Focus does not know this section"
ELSEWHERE = "stored outside Canvas"
GONE = " (not valid here)"
_HINTS = {Status.NO_CATEGORIES: NO_CATEGORIES, Status.NO_SIS_CLASS: NO_CLASS, Status.ELSEWHERE: ELSEWHERE}


def shown_labels(rows: pd.DataFrame, validity: Validity) -> list[str]:
    """The label of each row of an association frame with drafts, in row order.

    It is the category's label in its section; the title with ``(not valid here)`` where the section does not have the
    category; a hint where nothing can be chosen yet; else ``Unassociated``.
    """
    columns = ["class_id", "category_id", "category", "status", "changed"]
    return [
        UNASSOCIATED if pd.isna(identifier) and changed
        else _HINTS.get(status, UNASSOCIATED) if pd.isna(identifier)
        else _label(validity, class_id, identifier, title)
        for class_id, identifier, title, status, changed in rows[columns].itertuples(index=False)
    ]  # fmt: skip


def stored_labels(rows: pd.DataFrame, validity: Validity) -> list[str]:
    """As ``shown_labels``, for what Canvas stores."""
    stored: dict[str, Any] = {
        "category_id": rows["stored_category_id"],
        "category": rows["stored_category"],
        "changed": False,
    }
    return shown_labels(rows.assign(**stored), validity)


def three_values(moved: pd.DataFrame, drafts: pd.DataFrame, validity: Validity) -> pd.DataFrame:
    """Rows whose draft and Canvas part, in three columns.

    ``moved`` is part of the association frame with ``drafts``. Added are ``planned_from`` (what Canvas stored when it
    was drafted), ``now`` and ``wanted``: titles or hints (str).
    """
    seen = drafts[["group_id", "section_id", "baseline"]]
    baseline = moved[["group_id", "section_id"]].merge(seen, on=["group_id", "section_id"], how="left")["baseline"]
    return moved.assign(
        planned_from=[UNASSOCIATED if pd.isna(known) else validity.titles.get(known, known) for known in baseline],
        now=stored_labels(moved, validity),
        wanted=moved["category"].fillna(UNASSOCIATED),
    )


def options(rows: pd.DataFrame, validity: Validity) -> list[str]:
    """The labels of all categories that are valid in one of these rows' sections, ``Unassociated`` first."""
    labels = {label for class_id in rows["class_id"].dropna().unique() for label in validity.labels(class_id)}
    return [UNASSOCIATED, *sorted(labels, key=str.casefold)]


def choices(rows: pd.DataFrame, picked: Iterable[str | None], validity: Validity) -> dict[Key, str | None]:
    """What the picked labels (one per row, in row order) ask for, in the terms of ``drafting.edit``.

    A label that means nothing in the row's section is passed on as it is: it will be refused with the reason. A hint is
    no choice.
    """
    asked: dict[Key, str | None] = {}
    columns = ["group_id", "section_id", "class_id", "stored_category_id"]
    records = rows[columns].itertuples(index=False)
    for (group_id, section_id, class_id, stored), was, label in zip(
        records, stored_labels(rows, validity), picked, strict=True
    ):
        if label is None or label == UNASSOCIATED:
            asked[group_id, section_id] = None
        elif label == was and not pd.isna(stored):
            asked[group_id, section_id] = str(stored)
        elif label not in _HINTS.values():
            title = label.removesuffix(GONE)
            asked[group_id, section_id] = validity.labels(class_id).get(label, title)
    return asked


def _label(validity: Validity, class_id: object, identifier: str, title: str) -> str:
    for label, known in validity.labels(class_id).items():
        if known == identifier:
            return label
    return f"{title}{GONE}"

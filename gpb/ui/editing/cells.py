"""What the SIS Category cell of a row shows, and what a label picked there means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from gpb.frames.schemas import Status
from gpb.frames.validity import Validity
from gpb.keys import Key
from gpb.matching.labels import ELSEWHERE, NO_CATEGORIES, NO_CLASS, NOT_VALID, UNASSOCIATED, title_label

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
        planned_from=[UNASSOCIATED if pd.isna(known) else validity.title(known) for known in baseline],
        now=stored_labels(moved, validity),
        wanted=shown_labels(moved, validity),
    )


def offered(rows: pd.DataFrame, validity: Validity) -> list[tuple[str, ...]]:
    """What may be chosen in each row, in row order: ``Unassociated`` and the labels of its section, in the SIS' order.

    Before these stand what the row shows and what Canvas stores where they are not valid any more, so that a draft can
    be taken back. Empty where nothing can be chosen.
    """
    labels, stored = shown_labels(rows, validity), stored_labels(rows, validity)
    return [
        () if pd.isna(stored_id) and not validity.labels(class_id) else _offered(validity, class_id, label, was)
        for class_id, stored_id, label, was in zip(
            rows["class_id"], rows["stored_category_id"], labels, stored, strict=True
        )
    ]


def _offered(validity: Validity, class_id: object, *present: str) -> tuple[str, ...]:
    known = (UNASSOCIATED, *validity.labels(class_id))
    hints = {*known, *_HINTS.values()}
    return (*dict.fromkeys(label for label in present if label not in hints), *known)


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
            asked[group_id, section_id] = validity.labels(class_id).get(label, label.removesuffix(NOT_VALID))
    return asked


def _label(validity: Validity, class_id: object, identifier: str, title: str) -> str:
    return validity.label(class_id, identifier) or f"{title_label(title)}{NOT_VALID}"

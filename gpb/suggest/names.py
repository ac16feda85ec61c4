"""The name check: which groups' names equal no category of their section, and the nearest category.

Where a district's Canvas has no category sync, grade passback takes the first category whose name equals the group's
name (public guides of the LMS vendor); there the names themselves are the association.

Nearness of spelling ranks what a person looks at and chooses from. It proposes nothing and is accepted nowhere: on
judged names of real schools the nearest title was wrong in every tenth case and more.
"""

from __future__ import annotations

import pandas as pd
from rapidfuzz import fuzz, process, utils

from gpb.frames.validity import Validity

ENOUGH = 60.0  # below this a proposal is noise


def name_check(rows: pd.DataFrame, validity: Validity) -> pd.DataFrame:
    """The rows whose group's name equals no category of the section, with the nearest one.

    Added columns: ``nearest`` (str, NaN where nothing comes near) and ``similarity`` (float64, 0 to 100). Rows of
    sections without categories, or without a SIS class, have nothing to compare with and are left out.
    """
    options = {class_id: validity.options(class_id) for class_id in rows["class_id"].dropna().unique()}
    titles = rows["class_id"].map({class_id: frozenset(known.values()) for class_id, known in options.items()})
    differs = [
        isinstance(known, frozenset) and bool(known) and group not in known
        for group, known in zip(rows["group"], titles, strict=True)
    ]
    found = rows.loc[differs].copy()
    pairs = list(zip(found["group"], titles.loc[found.index], strict=True))
    best = {pair: _nearest(*pair) for pair in set(pairs)}  # a district has few different ones
    nearest = [best[pair] for pair in pairs]
    found["nearest"] = pd.Series([title for title, _ in nearest], index=found.index, dtype="str")
    found["similarity"] = pd.Series([score for _, score in nearest], index=found.index, dtype="float64")
    return found


def _nearest(group: str, titles: frozenset[str]) -> tuple[str | None, float]:
    best = process.extractOne(
        group, sorted(titles), scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=ENOUGH
    )
    return (best[0], round(best[1], 1)) if best else (None, 0.0)

"""Proposals for the open rows of a term, and one line per pattern over them."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pandas as pd

from gpb.suggest.by_name import propose
from gpb.suggest.evidence import Evidence, is_open
from gpb.suggest.patterns import with_patterns
from gpb.suggest.schemas import PATTERNS, PROPOSALS, Source, empty, framed


def proposals(evidence: Evidence) -> pd.DataFrame:
    """One line per open row (``schemas.PROPOSALS``), in the order of the rows."""
    rows = evidence.rows.loc[is_open(evidence.rows, elsewhere=evidence.elsewhere)]
    if rows.empty:
        return empty(PROPOSALS)
    rows = with_patterns(rows, evidence.validity).reset_index(drop=True)
    found = {pair: _by_name(evidence, *pair) for pair in set(zip(rows["group"], rows["class_id"], strict=True))}
    lines = [found[pair] for pair in zip(rows["group"], rows["class_id"], strict=True)]
    named = pd.DataFrame(lines, columns=["category_id", "category", "tier", "source", "reason"])
    counts = pd.Series(pd.NA, index=rows.index, dtype="Int64")
    whole = rows[["group_id", "section_id", "pattern"]].join(named)
    return framed(whole.assign(evidence=counts, against=counts, runners_up="[]"), PROPOSALS)


def _by_name(evidence: Evidence, group: str, class_id: str) -> tuple[str | None, str | None, str, str, str]:
    options = evidence.validity.options(class_id)
    found = propose(group, list(options.values()), evidence.vocabulary)
    fitting = [identifier for identifier, title in options.items() if title == found.title]
    if found.title is not None and len(fitting) > 1:
        reason = f"The section has {len(fitting)} categories named “{found.title}”."
        return None, None, "C", Source.NONE, reason
    source = Source.NAME if fitting else Source.NONE
    return (fitting[0] if fitting else None), found.title, found.tier or "", source, found.reason


def by_pattern(rows: pd.DataFrame, found: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """One line per pattern (``schemas.PATTERNS``) over proposals ``found`` and the association frame ``rows``."""
    columns = ["group_id", "section_id", "course_id", "school", "group", "class_id", "assignments"]
    joined = found.merge(rows[columns], on=["group_id", "section_id"])
    lines = [_pattern(str(key), some, evidence) for key, some in joined.groupby("pattern")]
    if not lines:
        return empty(PATTERNS)
    frame = framed(pd.DataFrame(lines), PATTERNS)
    return frame.sort_values(["assignments", "rows", "pattern"], ascending=[False, False, True], ignore_index=True)


def _pattern(key: str, some: pd.DataFrame, evidence: Evidence) -> dict[str, object]:
    names = Counter(some["group"])
    first = some.loc[some["category"].eq(some["category"].mode().min())] if some["category"].notna().any() else some
    line = first.iloc[0]
    differing = some["category"].notna() & some["category"].ne(line["category"])
    return {
        "pattern": key,
        "group": min(names, key=lambda name: (-names[name], name)),
        "names": len(names),
        "titles": json.dumps(list(evidence.validity.options(line["class_id"]).values()), ensure_ascii=False),
        "rows": len(some),
        "courses": some["course_id"].nunique(),
        "assignments": some["assignments"].fillna(0).sum(),
        "schools": some["school"].nunique(),
        "proposal": line["category"],
        **{name: line[name] for name in ("tier", "source", "reason", "evidence", "against")},
        "contradicting": differing.sum(),
        "is_new": bool(np.isin(some["section_id"], list(evidence.new_sections)).any()),
    }

"""Which decision holds for each row of a term, what turning some on would do, and which rows contradict them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from gpb.frames.schemas import Status
from gpb.frames.validity import Validity
from gpb.suggest.decided import SCOPES, is_within
from gpb.suggest.evidence import is_open
from gpb.suggest.patterns import Cells, Coded, Codes, distinct
from gpb.suggest.schemas import framed

WOULD = {
    "decision_id": "int64",
    "rows": "int64",
    "assignments": "int64",
    "agree": "int64",
    "contradict": "int64",
    "disputed": "int64",
}
"""One line per decision, over the rows for which no narrower one holds: ``rows`` that it would decide, and the
``assignments`` for passback behind them; rows that ``agree`` already; rows that are associated or drafted otherwise
(``contradict``); open rows for which another decision, just as narrow, says otherwise (``disputed``)."""
_Line = Mapping[Hashable, Any]
_Winner = tuple[int, str | None, bool]


def covered(rows: pd.DataFrame, validity: Validity, decisions: pd.DataFrame) -> pd.DataFrame:
    """The decision (``schemas.DECISIONS``) that holds for each row (``group, class_id, school, course``), by its index.

    Columns: ``decision_id`` Int64, missing where none does; ``wanted`` str, its title, NaN also where it says that the
    row stays unassociated; ``is_disputed`` bool, another one that is just as narrow says otherwise. The narrowest scope
    wins, then one for the very titles of the section, then the newest.
    """
    winners: list[_Winner | None] = [None]
    codes = np.zeros(len(rows), dtype="int64")
    if len(rows) and len(decisions):
        firsts, codes, found = _lines(rows, validity, decisions)
        winners = [found(place) for place in firsts]
    table = pd.DataFrame(
        {
            "decision_id": pd.array([None if one is None else one[0] for one in winners], dtype="Int64"),
            "wanted": pd.Series([None if one is None else one[1] for one in winners], dtype="str"),
            "is_disputed": [one is not None and one[2] for one in winners],
        }
    )
    return table.take(codes).set_axis(rows.index)


def _lines(
    rows: pd.DataFrame, validity: Validity, decisions: pd.DataFrame
) -> tuple[list[int], Codes, Callable[[int], _Winner | None]]:
    """The first places of rows that are the same for all decisions, the line of each row, and what finds its winner."""
    cells = Cells.of(rows, validity)
    by_group: dict[str, list[_Line]] = {}
    for line in decisions.to_dict("records"):
        by_group.setdefault(str(line["group"]), []).append(line)
    is_concerned = np.array([group in by_group for group in cells.groups.values], dtype=bool)[cells.groups.codes]
    scopes = set(decisions["scope"])
    asked = [name for name, of in (("school", {"level", "school"}), ("course", {"course"})) if scopes & of]
    places = [cells.groups.codes, cells.sets.codes, *(Coded.of(cells.rows[name]).codes for name in asked)]
    firsts, codes = distinct(*(np.where(is_concerned, one + 1, 0) for one in places))
    within = cache(is_within)
    schools, courses = cells.rows["school"].tolist(), cells.rows["course"].tolist()

    def winner(place: int) -> _Winner | None:
        key, valid = cells.set_key(place), cells.titles(place)
        fitting = [
            line
            for line in by_group.get(cells.group(place), ())
            if line["titles"] in ("", key)
            and (pd.isna(line["title"]) or line["title"] in valid)
            and within(line["scope"], line["scope_value"], school=schools[place], course=courses[place])
        ]
        return _narrowest(fitting) if fitting else None

    return firsts, codes, winner


def _narrowest(fitting: list[_Line]) -> _Winner:
    best = max(map(_rank, fitting))
    first, *rest = sorted((one for one in fitting if _rank(one) == best), key=_age, reverse=True)
    title = _title(first)
    return int(first["decision_id"]), title, any(_title(one) != title for one in rest)


def _title(line: _Line) -> str | None:
    return None if pd.isna(line["title"]) else str(line["title"])


def _rank(line: _Line) -> tuple[int, bool]:
    return SCOPES.index(line["scope"]), line["titles"] != ""


def _age(line: _Line) -> tuple[str, int]:
    return str(line["made_at"]), int(line["decision_id"])


def would_decide(rows: pd.DataFrame, validity: Validity, decisions: pd.DataFrame) -> pd.DataFrame:
    """What decisions (``schemas.DECISIONS``) do with the rows of a term (with drafts), all of them being on: WOULD."""
    held = covered(rows, validity, decisions)
    is_free, wanted = is_open(rows), held["wanted"]
    is_chosen = rows["changed"] | rows["status"].eq(Status.SYNCHRONIZED)
    is_same = rows["category"].eq(wanted) | (rows["category"].isna() & wanted.isna())
    behind = rows["assignments"].fillna(0).astype("int64")
    counted = pd.DataFrame(
        {
            "decision_id": held["decision_id"],
            "rows": is_free & ~held["is_disputed"],
            "assignments": behind.where(is_free & ~held["is_disputed"], 0),
            "agree": is_chosen & is_same,
            "contradict": is_chosen & ~is_same & ~held["is_disputed"],
            "disputed": is_free & held["is_disputed"],
        }
    )
    sums = counted.dropna(subset="decision_id").groupby("decision_id").sum()
    return framed(sums.reindex(decisions["decision_id"], fill_value=0).reset_index(), WOULD)


def stays(rows: pd.DataFrame, validity: Validity, decisions: pd.DataFrame) -> pd.Series[bool]:
    """Which rows a decision (``schemas.DECISIONS``) leaves unassociated, by their index."""
    held = covered(rows, validity, decisions)
    return held["decision_id"].notna() & held["wanted"].isna() & ~held["is_disputed"]


def contradicting(rows: pd.DataFrame, validity: Validity, decisions: pd.DataFrame) -> pd.DataFrame:
    """Rows of the association frame that are associated with another title than the decision that holds for them.

    Added columns: ``decision_id`` (int64) and ``wanted`` (str, NaN: it should stay unassociated).
    """
    sound = rows.loc[rows["status"].eq(Status.SYNCHRONIZED)]
    held = covered(sound, validity, decisions)
    differs = held["decision_id"].notna() & ~held["is_disputed"] & sound["stored_category"].ne(held["wanted"])
    found = sound.assign(decision_id=held["decision_id"], wanted=held["wanted"]).loc[differs]
    return found.astype({"decision_id": "int64"})

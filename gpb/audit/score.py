"""How healthy the associations of a school are, as a number from 0 to 100, now and over time.

Weight of a row: the published assignments that are flagged for passback behind it, so an assignment counts once for
each section. The score is the share of that weight whose row is Synchronized. Rows kept elsewhere count neither way,
since what they hold cannot be seen; an unassociated row counts as lost even where a name decides, since nobody chose.
Exceptions change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pandas as pd

from gpb.frames.schemas import STATUSES, Status
from gpb.frames.snapshot import BY_NAME, NOT_PASSED_BACK

EXPLANATION = (
    "The score is the share of assignments whose scores go to a category that someone chose. Of all assignments "
    "that are published and flagged for passback, counted once per section, it counts those in a *Synchronized* "
    "row. Rows stored elsewhere are left out. Accepting findings does not raise the score."
)
_TONIGHT = {
    "not_passed_back": (NOT_PASSED_BACK, 0), "assignments_not_passed_back": (NOT_PASSED_BACK, 1),
    "name_alone": (BY_NAME, 0), "assignments_name_alone": (BY_NAME, 1),
}  # fmt: skip
"""Columns with the numbers of tonight that a reading keeps, see ``figures``: where, and rows or assignments."""
Counts = Mapping[str, Mapping[str, tuple[int, int | None]]]


def by_school(counts: Counts) -> pd.DataFrame:
    """One line per school, lowest score first.

    Columns: ``school`` str; ``rows`` and one column per status, int64; ``associated_share`` float64 from 0 to 1;
    ``assignments, assignments_delivered`` Int64, missing where Canvas did not show assignments; ``score`` Int64, also
    missing where no assignment waits; ``not_passed_back, name_alone`` rows and their ``assignments_…`` Int64, missing
    where an older release kept none (``figures``).
    """
    lines = [{"school": school, **_line(of_school)} for school, of_school in counts.items()]
    table = _table("school", "str", lines)
    return table.sort_values(["score", "assignments", "school"], ascending=[True, False, True], ignore_index=True)


def district(counts: Counts) -> dict[str, object]:
    """The same columns for all schools together, without ``school``."""
    total: dict[str, tuple[int, int | None]] = {}
    for of_school in counts.values():
        for status, (rows, assignments) in of_school.items():
            before = total.get(status, (0, 0))
            is_known = before[1] is not None and assignments is not None
            total[status] = (before[0] + rows, (before[1] or 0) + (assignments or 0) if is_known else None)
    return _line(total)


def over_time(snapshots: Iterable[tuple[datetime, Counts]]) -> pd.DataFrame:
    """One line per snapshot: ``read_at`` datetime64[us, UTC] and the columns of ``district``, the oldest first.

    ``snapshots`` are moment and counts, the newest first. A moment later than that of the snapshot which followed, or
    than now, was told by a clock that was ahead: it becomes that one.
    """
    lines, latest = [], datetime.now(UTC)
    for moment, counts in snapshots:
        latest = min(latest, moment)
        if counts:
            lines.append({"read_at": latest, **district(counts)})
    return _table("read_at", "datetime64[us, UTC]", lines[::-1])


def _table(first: str, dtype: str, lines: list[dict[str, object]]) -> pd.DataFrame:
    """Lines as a frame whose dtypes hold also where there is none."""
    columns = _line({})
    may_be_missing = dict.fromkeys(("assignments", "assignments_delivered", "score", *_TONIGHT), "Int64")
    dtypes = {first: dtype, **dict.fromkeys(columns, "int64"), "associated_share": "float64", **may_be_missing}
    return pd.DataFrame(lines, columns=[first, *columns]).astype(dtypes)


def _line(counts: Mapping[str, tuple[int, int | None]]) -> dict[str, object]:
    rows = {status: counts.get(status, (0, 0))[0] for status in STATUSES}
    seen = {status: counts[status][1] for status in STATUSES if status in counts and status != Status.ELSEWHERE}
    tonight = {column: counts[kept][place] if kept in counts else None for column, (kept, place) in _TONIGHT.items()}
    known = [assignments for assignments in seen.values() if assignments is not None]
    everything = sum(known) if len(known) == len(seen) else None
    delivered = seen.get(Status.SYNCHRONIZED, 0) if everything is not None else None
    total = sum(rows.values())
    return {
        "rows": total,
        **rows,
        "associated_share": rows[Status.SYNCHRONIZED] / total if total else 0.0,
        "assignments": everything,
        "assignments_delivered": delivered,
        "score": 100 * delivered // everything if everything and delivered is not None else None,  # rounded down
        **tonight,
    }

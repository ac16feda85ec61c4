"""When the evidence of how this Canvas keeps associations allows no sync, and which icons a plan leaves behind."""

from __future__ import annotations

import json

from gpb.frames.codec import MAPPING_ROOT, Json, is_aligned
from gpb.frames.shape import Shape
from gpb.frames.snapshot import Snapshot
from gpb.sync.gates import Objection
from gpb.sync.plan import Plan

SHAPE_UNKNOWN = "shape_unknown"


def shape_objection(present: Shape, snapshot: Snapshot) -> Objection | None:
    """Why nothing may be written: nobody may accept it, since what would be written is a guess. None where it may."""
    if present.unknown is not None:
        return Objection(SHAPE_UNKNOWN, present.unknown, may_be_accepted=False)
    if present.coder == snapshot.codec or _is_read_alike(present, snapshot):
        return None
    sentence = (
        "How your Canvas stores associations became known only after this snapshot was taken. Press Refresh, then "
        "review again."
    )
    return Objection(SHAPE_UNKNOWN, sentence, may_be_accepted=False)


def _is_read_alike(present: Shape, snapshot: Snapshot) -> bool:
    data = map(json.loads, snapshot.tables["groups"]["integration_data"])
    return all(present.coder.read(one) == snapshot.codec.read(one) for one in data)


def lasting_icons(plan: Plan, snapshot: Snapshot) -> int:
    """The groups that lose their last association and keep Canvas' icon: the flag can never be taken back."""
    groups = snapshot.tables["groups"]
    taken = {key: rows for key, rows in plan.by_group().items() if all(row.after_id is None for row in rows)}
    concerned = groups.loc[groups["group_id"].isin(taken), ["group_id", "integration_data"]]
    return sum(
        _keeps_icon(json.loads(text), {row.sis_section_id for row in taken[group_id]}, snapshot)
        for group_id, text in concerned.itertuples(index=False)
    )


def _keeps_icon(data: Json, gone: set[str], snapshot: Snapshot) -> bool:
    codec = snapshot.codec
    sections = set(snapshot.tables["sections"]["sis_section_id"].dropna())
    left = codec.read(data).keys() & sections - gone
    without_mapping = {key: value for key, value in data.items() if key != MAPPING_ROOT}
    return not left and is_aligned(without_mapping)

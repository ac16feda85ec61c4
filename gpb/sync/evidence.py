"""When the evidence of how this Canvas keeps associations allows no sync, and which icons a plan leaves behind."""

from __future__ import annotations

import json

from gpb.frames.codec import MAPPING_ROOT, Codec, Json, is_aligned, read_sections
from gpb.frames.shape import Shape
from gpb.frames.snapshot import Snapshot
from gpb.store.run_records import ChangeKind
from gpb.store.shape.contacts import Answer
from gpb.sync.gates import Objection
from gpb.sync.plan import Plan
from gpb.term.term import Term

SHAPE_UNKNOWN, SHAPE_UNCONFIRMED = "shape_unknown", "shape_unconfirmed"
PLAIN = "Nobody has confirmed yet how your Canvas stores associations. {shape} If that is right, {way}."
NOT_PLAIN = (
    "Nobody has confirmed yet how your Canvas stores associations, and there are too few that agree to be sure. Go "
    "through First contact on the Connections page{shell}."
)
DOES_NOT_SHOW = (
    "In First contact, {person} did not see in Canvas what this program had written, so nothing more is written. Go "
    "through First contact again on the Connections page{shell}."
)
BUTTON = "press “This is right”"
ANYWHERE = (
    "say so: “This is right” on the page Connections or Review and sync, or `python -m gpb first-contact --confirm`"
)
SHELL = ", or run `python -m gpb first-contact`"


def shape_objection(term: Term, plan: Plan, snapshot: Snapshot) -> Objection | None:
    """Why no association may be written: nobody may accept it, since what would be written is a guess. None where it
    may, or where the plan has none.

    ``snapshot`` is what the plan was made from. The rows of a first contact that is under way may be written in the
    form that it has found.
    """
    if not plan.is_of(ChangeKind.ASSOCIATION):
        return None
    trial = term.on_trial(change.key for change in plan.changes if change.kind is ChangeKind.ASSOCIATION)
    present = trial or term.shape()
    if present.closed is not None:
        return Objection(SHAPE_UNKNOWN, present.closed, may_be_accepted=False)
    if trial is None and term.confirmation() is None:
        return Objection(SHAPE_UNCONFIRMED, unconfirmed(term, present), may_be_accepted=False)
    if present.coder == snapshot.codec or _is_read_alike(present, snapshot):
        return None
    sentence = (
        "How your Canvas stores associations became known only after this snapshot was taken. Press Refresh, then "
        "review again."
    )
    return Objection(SHAPE_UNKNOWN, sentence, may_be_accepted=False)


def may_confirm(term: Term, present: Shape) -> bool:
    """Whether the stored entries are so plain that the word of one person on them is enough.

    After a No in Canvas' own screen it is not.
    """
    last = term.contacts.answered()
    return present.is_plain and (last is None or last.answer != Answer.NO)


def unconfirmed(term: Term, present: Shape, *, on_page: bool = False) -> str:
    """The sentence that says that a person's word is missing, and how to give it: anywhere, or on the page at hand."""
    last, shell = term.contacts.answered(), "" if on_page else SHELL
    if last is not None and last.answer == Answer.NO:
        return DOES_NOT_SHOW.format(person=last.answered_by, shell=shell)
    if may_confirm(term, present):
        return PLAIN.format(shape=present.sentence, way=BUTTON if on_page else ANYWHERE)
    return NOT_PLAIN.format(shell=shell)


def _is_read_alike(present: Shape, snapshot: Snapshot) -> bool:
    data = map(json.loads, snapshot.tables["groups"]["integration_data"])
    return all(present.coder.read(one) == snapshot.codec.read(one) for one in data)


def lasting_icons(plan: Plan, snapshot: Snapshot) -> int:
    """The groups that lose their last association and keep Canvas' icon: the flag can never be taken back."""
    if not plan.kinds["unassociate"]:
        return 0
    changes = [one for one in plan.changes if one.kind is ChangeKind.ASSOCIATION]
    given = {one.group_id for one in changes if one.after_id is not None}
    taken: dict[int, set[str]] = {}
    for one in changes:
        if one.group_id not in given:
            taken.setdefault(one.group_id, set()).add(one.sis_section_id)
    if not taken:
        return 0
    groups, sections = snapshot.tables["groups"], set(snapshot.tables["sections"]["sis_section_id"].dropna())
    concerned = groups.loc[groups["group_id"].isin(taken), ["group_id", "integration_data"]]
    return sum(
        _keeps_icon(json.loads(text), taken[group_id], sections, snapshot.codec)
        for group_id, text in concerned.itertuples(index=False)
    )


def _keeps_icon(data: Json, gone: set[str], sections: set[str], codec: Codec) -> bool:
    left = {key for key, found in read_sections(codec, data, sections).items() if found} & sections - gone
    without_mapping = {key: value for key, value in data.items() if key != MAPPING_ROOT}
    return not left and is_aligned(without_mapping)

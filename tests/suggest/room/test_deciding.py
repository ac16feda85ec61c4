"""The room in which patterns are decided, on the sandbox's empty term."""

from __future__ import annotations

import pytest

from gpb.errors import InputError
from gpb.workspace import Workspace


def test_a_decided_pattern_leaves_the_list_and_undo_brings_it_back(pulled: Workspace) -> None:
    """All its open rows have a draft but for the one that was left out."""
    room = pulled.deciding
    before = room.patterns()
    line = before.loc[before["rows"].gt(1)].iloc[0]
    rows = room.rows(line["pattern"])
    left = (int(rows["group_id"].iloc[0]), int(rows["section_id"].iloc[0]))
    title = str(line["titles"]).split('"')[1]
    edited = room.decide(line["pattern"], title, leave_out=[left], person="Ada")
    assert edited.moved == line["rows"] - 1
    assert room.patterns().set_index("pattern").loc[line["pattern"], "rows"] == 1
    room.undo(person="Ada")
    assert room.patterns().equals(before)


def test_accepting_drafts_what_was_proposed_and_skipping_hides_for_one_person(pulled: Workspace) -> None:
    """What nothing is proposed for cannot be accepted."""
    room = pulled.deciding
    lines = room.patterns()
    with_title, without = lines.loc[lines["tier"].eq("A")].iloc[0], lines.loc[lines["proposal"].isna()].iloc[0]
    edited = room.accept([with_title["pattern"]], person="Ada")
    assert edited.moved == with_title["rows"] - with_title["contradicting"]
    with pytest.raises(InputError, match="Nothing is proposed"):
        room.accept([without["pattern"]], person="Ada")
    room.skip(without["pattern"], person="Ada")
    assert without["pattern"] not in set(room.patterns(person="Ada")["pattern"])
    assert without["pattern"] in set(room.patterns(person="Ben")["pattern"])

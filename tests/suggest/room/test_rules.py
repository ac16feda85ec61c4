"""The decisions of a district over its newest snapshot, and how the room of decisions remembers."""

from __future__ import annotations

from gpb.store.choices.decisions import Decided
from gpb.workspace import Workspace


def test_a_preview_says_what_comes_of_rules_beside_those_that_are_on(pulled: Workspace) -> None:
    """They replace what is decided for the same groups; one that is off decides nothing, and the audit follows."""
    rows = pulled.term.rows()
    tests = rows.loc[rows["status"].eq("Synchronized") & rows["group"].eq("Tests")].iloc[0]
    other = next(
        title
        for title in pulled.term.latest().validity.options(tests["class_id"]).values()
        if title != tests["stored_category"]
    )
    wrong = Decided("test", "", other, kind="rule")
    would = pulled.rules.preview([wrong])
    assert would.contradict >= 1
    assert would.sentence.startswith(f"Would decide {would.decide:,} rows")
    assert pulled.rules.preview([Decided("test", "", other, is_on=False)]).lines.empty
    assert pulled.rules.take([wrong], person="ann", label="import") == 1
    told = pulled.audit.findings().query("finding == 'differs_from_decision'")
    assert len(told) == would.contradict
    right = Decided("test", "", tests["stored_category"], kind="rule")
    assert pulled.rules.preview([right]).lines["agree"].iloc[0] >= 1
    (decision_id,) = pulled.rules.decided()["decision_id"]
    pulled.rules.turn([decision_id], on=False, person="ann")
    assert pulled.audit.findings().query("finding == 'differs_from_decision'").empty


def test_what_is_decided_in_the_room_is_kept_for_others_and_undone_with_the_drafts(pulled: Workspace) -> None:
    """Another process knows it, too, and which patterns a person has skipped."""
    room, version = pulled.deciding, pulled.deciding.memory.version()
    line = room.patterns().iloc[0]
    wanted: dict[str, str | None] = {line["pattern"]: str(line["titles"]).split('"')[1]}
    pulled.desk.take(pulled.desk.open(), wanted, person="ann", session="a")
    room.skip(line["pattern"], person="ann")
    assert room.memory.version() != version
    again = Workspace(pulled.settings)
    assert again.deciding.memory.decided()["person"].tolist() == ["ann"]
    assert again.deciding.memory.skipped("ann") == {line["pattern"]}
    room.undo(person="ann", session="a")
    assert again.rules.decided().empty
    assert again.rules.history()["what"].tolist() == ["undone", "decided"]

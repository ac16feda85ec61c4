"""The decisions of a district over its newest snapshot, and how the room of decisions remembers."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from gpb.exchange.decisions_file import export_decisions, read_decisions
from gpb.keys import keys
from gpb.store.choices.decisions import Decided
from gpb.suggest.patterns import normalised, titles_key
from gpb.suggest.room.cards import Card
from gpb.workspace import Workspace
from tests.conftest import edit_now


def each(workspace: Workspace) -> list[Card]:
    """What is open, each pattern by itself."""
    shown = workspace.desk.open()
    return shown.cards(apart=shown.lines.index)


def key_of(card: Card) -> tuple[str, str]:
    """The name and titles of the card's one pattern, as a decision has them."""
    assert len(card.patterns) == 1
    return normalised(card.names[0]), titles_key(card.titles)


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


def test_a_rule_that_is_turned_off_leaves_what_was_drafted_by_it(pulled: Workspace) -> None:
    """Rows that were still open lose its proposal, and the preview has said so; turned on, it proposes as before."""
    often = Counter((normalised(card.names[0]), title) for card in each(pulled) for title in card.titles)
    ((name, title), _), *_ = often.most_common(1)
    rule = Decided(name, "", title, kind="rule")
    assert pulled.rules.write(rule, person="ann") == 1

    def ruled() -> list[str]:
        return sorted(card.patterns[0] for card in each(pulled) if card.source == "rule")

    one, *others = ruled()
    assert others
    pulled.desk.take(pulled.desk.open(), {one: rule.title}, person="bea")
    drafts, to_do = pulled.term.drafts().frame(), pulled.desk.to_do()
    assert set(drafts["source"]) == {"rule"}
    assert drafts["reason"].str.contains("was made the rule for the whole district by ann on ").all()
    (decision_id,) = pulled.rules.decided().query("kind == 'rule'")["decision_id"]
    would = pulled.rules.preview([rule])
    left = sum(card.rows for card in each(pulled) if card.patterns[0] in others)
    assert would.off.endswith(f"; {left:,} unassociated row{'' if left == 1 else 's'} will be judged without it.")
    pulled.rules.turn(pulled.rules.decided()["decision_id"], on=False, person="ann")
    pd.testing.assert_frame_equal(pulled.term.drafts().frame(), drafts)
    assert pulled.desk.to_do() == to_do
    assert ruled() == []
    assert {change.key for change in pulled.planning.drafted().plan.changes} == set(keys(drafts))
    pulled.rules.turn([decision_id], on=True, person="ann")
    assert ruled() == others


def test_a_rule_that_rows_stay_unassociated_hides_them_only_while_it_is_on(pulled: Workspace) -> None:
    """All counts follow; a row that somebody has drafted is not concerned."""
    shown, before = pulled.desk.open(), pulled.desk.to_do()
    card = next(card for card in each(pulled) if card.rows > 1)
    left, some = Decided(*key_of(card), None, kind="rule"), shown.of(card.patterns).iloc[:1]
    first = pulled.rules.preview([left])
    edit_now(pulled, {keys(some)[0]: card.titles[0]}, person="bea")
    drafts = pulled.term.drafts().frame()
    would = pulled.rules.preview([left])
    assert first.decide == card.rows
    assert (would.decide, would.contradict) == (first.decide - 1, first.contradict + 1)
    pulled.rules.write(left, person="ann")
    assert pulled.desk.to_do() == (before[0] - card.rows, before[1] - 1)
    assert keys(pulled.term.drafts().frame()) == keys(drafts)
    pulled.rules.turn(pulled.rules.decided()["decision_id"], on=False, person="ann")
    assert pulled.desk.to_do() == (before[0] - 1, before[1])


def test_a_rule_against_a_draft_is_told_and_leaves_the_draft(pulled: Workspace) -> None:
    """It neither changes nor hides it, and what is planned is what the person wanted."""
    shown = pulled.desk.open()
    card = next(card for card in each(pulled) if card.rows > 1 and len(card.titles) > 1)
    mine, other = card.titles[:2]
    pulled.desk.take(shown, dict.fromkeys(card.patterns, mine), person="bea")
    drafts, decided = pulled.term.drafts().frame(), pulled.rules.decided()
    against = Decided(*key_of(card), other, kind="rule")
    assert pulled.rules.preview([against]).contradict >= card.rows
    pulled.rules.write(against, person="ann")
    assert set(pulled.rules.decided()["title"]) - set(decided["title"]) <= {other}
    pd.testing.assert_frame_equal(pulled.term.drafts().frame(), drafts)
    rows = pulled.term.rows()
    assert set(rows.loc[rows["changed"], "category"]) == {mine}
    pulled.deciding.undo(person="bea")
    assert {one.proposal for one in each(pulled) if one.patterns == card.patterns} == {other}


def test_decisions_that_are_imported_twice_change_nothing_twice(pulled: Workspace) -> None:
    """History stays as it is, undo takes the first import back, and one turned off in between is on again."""
    card = next(card for card in each(pulled) if card.titles)
    made = [Decided(*key_of(card), card.titles[0]), Decided("new name", "", card.titles[0], kind="rule")]
    assert [pulled.rules.take(made, person="ann", label="import", session="s") for _ in range(3)] == [2, 0, 0]
    history, decided = pulled.rules.history(), pulled.rules.decided()
    assert len(history) == len(decided) == 2
    pulled.rules.turn(decided["decision_id"].head(1), on=False, person="bea")
    assert pulled.rules.take(made, person="ann", label="import", session="s") == 1
    assert len(pulled.rules.decided()) == 2
    lines = read_decisions(export_decisions(pulled.rules.handed_on(with_off=True))).lines
    again = pulled.rules.read(lines, "from a file")
    assert pulled.rules.take(again.made, person="cleo", label="back", session="t") == 0

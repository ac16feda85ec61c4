"""The room in which patterns are decided."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gpb.errors import InputError
from gpb.frames.schemas import ASSIGNMENTS
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.settings import Settings
from gpb.store.choices.decisions import Decided
from gpb.suggest.evidence import Evidence
from gpb.suggest.patterns import pattern_key, titles_key
from gpb.suggest.room import proposing
from gpb.suggest.room.deciding import Deciding, Decision
from gpb.suggest.room.kept import KeptFrames
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.processes import wait_until
from tests.suggest.evidence_of import KINDS, LEVELS, term

NAMES = ("Quizzes", "Minor", "Essays", "Stuff", "OLD Tests")
QUIZZES, MINOR, ESSAYS = (pattern_key(name, LEVELS) for name in NAMES[:3])
"""Sections 1 and 2 of a course of North High have these titles, and section 4 of a course in no school."""

RULE = Decided("quiz", "", "Major", kind="rule")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with a small term that was read once."""
    given: dict[str, Any] = {"canvas_url": "https://canvas.example/canvas", "canvas_token": "x", "data_dir": tmp_path}
    made = Workspace(Settings(_env_file=None, **given))  # type: ignore[call-arg]  # pydantic-settings takes it
    read(made, term(NAMES, account_id=1))
    yield made
    made.close()


def read(workspace: Workspace, found: Snapshot) -> None:
    """Keep what a pull found."""

    async def ask(_: Mapping[int, int]) -> dict[int, Mapping[str, Any]]:
        return {}

    facts = replace(found.facts, source=workspace.settings.source)
    named = ASSIGNMENTS.validate(pd.DataFrame(columns=list(ASSIGNMENTS.columns)))
    readings = workspace.term.readings
    asyncio.run(readings.keep(facts, {**found.tables, "assignments": named}, readings.now(), ask))


def line(workspace: Workspace, pattern: str) -> Any:
    """The line of a pattern."""
    return workspace.deciding.patterns().set_index("pattern").loc[pattern]


def drafted(workspace: Workspace) -> dict[Key, tuple[str, str]]:
    """The drafts: title and source by row."""
    frame = workspace.term.drafts().frame()
    return dict(zip(keys(frame), zip(frame["category"], frame["source"], strict=True), strict=True))


def proposed(workspace: Workspace, pattern: str) -> list[list[object]]:
    """Title and tier of the proposal of each open row of a pattern."""
    found = workspace.deciding.proposals()
    return found.loc[found["pattern"].eq(pattern), ["category", "tier"]].to_numpy().tolist()


def take(workspace: Workspace, pattern: str, title: str | None, *, left_out: Collection[Key] = ()) -> int:
    """Ada decides a pattern; how many drafts that moved."""
    desk = workspace.desk
    return desk.take(desk.open(), {pattern: title}, left_out=left_out, person="Ada").moved


def test_a_decided_pattern_leaves_the_list_and_undo_brings_it_back(opened: Workspace) -> None:
    """All its open rows have a draft, and a new one would have what was decided as its proposal."""
    room, before = opened.deciding, opened.deciding.patterns()
    assert (take(opened, QUIZZES, "Major"), set(drafted(opened).values())) == (3, {("Major", "decision")})
    assert QUIZZES not in set(room.patterns()["pattern"])
    decided = room.memory.decided().iloc[0]
    assert (decided["group"], decided["titles"], decided["title"]) == ("quiz", titles_key(LEVELS), "Major")
    opened.term.drafts().discard([(1, 2)], "Ben")
    assert proposed(opened, QUIZZES) == [["Major", "A"]]
    opened.term.drafts().undo("Ben")
    room.undo(person="Ada")
    pd.testing.assert_frame_equal(room.patterns(), before)
    assert room.memory.decided().empty


def test_a_row_that_was_left_out_is_not_proposed_what_it_was_left_out_of(opened: Workspace) -> None:
    """Neither as its sibling nor as decided; schools without such a row remember it."""
    take(opened, QUIZZES, "Major", left_out=[(1, 2)])
    assert drafted(opened).keys() == {(1, 1), (101, 4)}
    assert [title for title, _ in proposed(opened, QUIZZES) if isinstance(title, str)] == []
    assert opened.deciding.memory.decided()["scope_value"].tolist() == ["District"]


def test_what_stays_unassociated_is_remembered_without_drafts_and_can_be_taken_back(opened: Workspace) -> None:
    """Nobody is asked about it any more; undo takes the newest back, drafts or not."""
    room, number, retired = opened.deciding, len(opened.desk.open()), opened.desk.open().retired
    assert retired == len(opened.deciding.proposals()) - number > 0
    edit_now(opened, {(4, 1): "Minor"}, person="Ada", label="by hand")
    assert take(opened, QUIZZES, None) == 0
    assert len(drafted(opened)) == 1
    assert line(opened, QUIZZES)[["source", "tier"]].tolist() == ["decision", ""]
    shown = opened.desk.open()
    assert (QUIZZES in set(shown.rows["pattern"]), shown.left, len(shown)) == (False, 3, number - 4)
    assert opened.desk.to_do()[0] == len(shown)
    assert getattr(room.last_edit("Ada"), "label", None) == "“Quizzes” → Unassociated"
    room.undo(person="Ada")
    assert line(opened, QUIZZES)["source"] == ""
    assert (len(opened.desk.open()), opened.desk.open().left) == (number - 1, 0)
    assert getattr(room.last_edit("Ada"), "label", None) == "by hand"
    room.undo(person="Ada")
    assert drafted(opened) == {}


def test_undo_takes_back_what_its_own_edit_decided_alone(opened: Workspace) -> None:
    """Two edits may be called alike, and the second have decided nothing new."""
    room = opened.deciding
    for key in ((1, 1), (1, 2)):
        edit_now(opened, {key: "Minor"}, person="Ada", label="2 patterns decided")
        made = [Decision("quiz", titles_key(LEVELS), "Minor", "")]
        room.remember(made, person="Ada", session="", label="2 patterns decided")
    room.undo(person="Ada")
    assert drafted(opened).keys() == {(1, 1)}
    assert len(room.memory.decided()) == 1
    room.undo(person="Ada")
    assert room.memory.decided().empty


def test_what_a_rule_has_drafted_stays_when_it_is_turned_off_and_is_proposed_no_more(opened: Workspace) -> None:
    """Drafts keep where they come from; what a person accepted of it is remembered as her own decision, by itself."""
    opened.rules.write(RULE, person="Bea")
    assert proposed(opened, QUIZZES) == [["Major", "A"]] * 3
    assert take(opened, QUIZZES, "Major", left_out=[(101, 4)]) == 2
    (rule,) = opened.rules.decided().query("kind == 'rule'")["decision_id"]
    opened.rules.turn([rule], on=False, person="Bea")
    assert set(drafted(opened).values()) == {("Major", "rule")}
    assert [tier for _, tier in proposed(opened, QUIZZES)] == ["C"]
    assert opened.desk.to_do()[0] == len(opened.desk.open())
    others = opened.rules.decided()
    opened.rules.turn(others["decision_id"].tolist(), on=False, person="Bea")
    opened.deciding.undo(person="Ada")
    assert (drafted(opened), [tier for _, tier in proposed(opened, QUIZZES)]) == ({}, ["C"] * 3)


def test_a_rule_leaves_what_a_person_drafted_otherwise_and_says_so_before(opened: Workspace) -> None:
    """Its draft is counted as a contradiction; the other section of that course is no longer sure of either."""
    edit_now(opened, {(1, 1): "Minor"}, person="Ada", label="by hand")
    would = opened.rules.preview([RULE])
    assert (would.decide, would.contradict) == (2, 1)
    opened.rules.write(RULE, person="Bea")
    assert proposed(opened, QUIZZES) == [["Major", "A"], ["Minor", "C"]]
    (card,) = [one for one in opened.desk.open().cards() if QUIZZES in one.patterns]
    assert (card.proposal, card.taken, card.contradicting) == ("Major", 1, 1)
    assert take(opened, QUIZZES, "Major") == 1
    assert drafted(opened)[1, 1][0] == "Minor"


def test_decisions_that_are_imported_twice_change_nothing(opened: Workspace) -> None:
    """Not even when they were made; nor is there anything to undo."""
    assert opened.rules.take([RULE, RULE], person="Ada", label="first", session="a") == 1
    before, history = opened.rules.decided(), opened.rules.history()
    assert opened.rules.take([RULE], person="Bea", label="again", session="b") == 0
    pd.testing.assert_frame_equal(opened.rules.decided(), before)
    pd.testing.assert_frame_equal(opened.rules.history(), history)
    assert opened.rules.undo(person="Bea", session="b") == 0


@pytest.mark.slow
def test_only_what_a_change_concerns_is_made_anew_and_it_is_as_if_all_were(opened: Workspace) -> None:
    """After drafts, decisions and undo: the same as in a room that has just been opened; no change, no work."""
    room = opened.deciding
    steps: list[Callable[[], object]] = [
        room.proposals,
        lambda: edit_now(opened, {(1, 1): "Minor", (4, 3): "Tests"}, person="Ben"),
        lambda: take(opened, QUIZZES, "Major", left_out=[(101, 4)]),
        lambda: take(opened, MINOR, "Minor"),
        lambda: room.undo(person="Ada"),
        lambda: take(opened, ESSAYS, None),
    ]
    for step in steps:
        step()
        fresh = Deciding(opened.term, room.memory, opened.settings.data_dir / "none")
        pd.testing.assert_frame_equal(room.proposals(), fresh.proposals())
        pd.testing.assert_frame_equal(room.patterns(), fresh.patterns())
        assert room.proposals() is room.proposals()


def test_proposals_of_a_large_term_outlive_a_restart(opened: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the same as before; once anything they depend on is another one they are made anew."""
    monkeypatch.setattr(proposing, "LARGE", 0)
    monkeypatch.setattr(proposing, "QUIET", 0.01)
    folder = opened.settings.data_dir / "proposals"
    found, lines = opened.deciding.proposals(), opened.deciding.patterns()
    deadline = time.monotonic() + 30
    while not list(folder.glob("patterns/*.parquet")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    made: list[Evidence] = []

    def counted(evidence: Evidence) -> pd.DataFrame:
        made.append(evidence)
        return found

    monkeypatch.setattr(proposing, "proposals", counted)
    again = Deciding(opened.term, opened.deciding.memory, folder)
    pd.testing.assert_frame_equal(again.proposals(), found)
    pd.testing.assert_frame_equal(again.patterns(), lines)
    assert made == []
    opened.abbreviations.put({"stuff": "tests"}, person="ann")
    Deciding(opened.term, opened.deciding.memory, folder).proposals()
    assert len(made) == 1


@pytest.mark.slow
def test_what_was_kept_is_never_older_than_what_it_was_made_from(
    opened: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """After a restart, too: whatever changes, proposals are those that would be made without anything kept."""
    monkeypatch.setattr(proposing, "LARGE", 0)
    monkeypatch.setattr(proposing, "QUIET", 0.01)
    folder, memory = opened.settings.data_dir / "proposals", opened.deciding.memory
    decided = [Decided("quiz", "", "Major", kind="rule"), Decided("essay", "", "Minor", kind="rule")]
    more = term((*NAMES, "Late Work"), account_id=1)
    changes: list[Callable[[], object]] = [
        lambda: edit_now(opened, {(4, 1): "Minor"}, person="Ada"),
        lambda: opened.rules.take(decided, person="Ada", label="import"),
        lambda: opened.rules.take(decided, person="Ada", label="import"),
        lambda: opened.rules.turn(opened.rules.decided()["decision_id"].head(1), on=False, person="Bea"),
        lambda: edit_now(opened, {(4, 1): None, (1, 2): "Major"}, person="Bea"),
        lambda: opened.abbreviations.put({"stuff": "tests"}, person="Ada"),
        lambda: read(opened, more),
        lambda: opened.rules.turn(opened.rules.decided(with_off=True)["decision_id"], on=True, person="Ada"),
    ]
    for number, change in enumerate(changes):
        opened.deciding.proposals()
        wait_until(lambda: not opened.deciding._proposing._writing.locked())
        again = Deciding(opened.term, memory, folder)
        again.patterns()
        change()
        fresh = Deciding(opened.term, memory, tmp_path / f"fresh {number}")
        for room in (again, opened.deciding, Deciding(opened.term, memory, folder)):
            pd.testing.assert_frame_equal(room.proposals(), fresh.proposals())
            pd.testing.assert_frame_equal(room.patterns(), fresh.patterns())


@pytest.mark.slow
def test_of_many_edits_the_last_proposals_are_kept_and_few_before(
    opened: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To write those of a large term after each edit would take time from whoever edits."""
    monkeypatch.setattr(proposing, "LARGE", 0)
    monkeypatch.setattr(proposing, "QUIET", 1.0)
    room = opened.deciding
    versions: list[str] = []
    keep = KeptFrames.keep

    def counted(kept: KeptFrames, found: pd.DataFrame, identifier: str, key: str) -> None:
        versions.append(key)
        keep(kept, found, identifier, key)

    monkeypatch.setattr(KeptFrames, "keep", counted)
    began = time.monotonic()
    for title in ("Minor", "Major", None) * 4:
        edit_now(opened, {(4, 1): title}, person="Ada")
        found = room.proposals()
    seconds = time.monotonic() - began
    wait_until(lambda: not room._proposing._writing.locked())
    assert 2 <= len(set(versions)) <= seconds + 2
    last = Deciding(opened.term, room.memory, opened.settings.data_dir / "proposals")
    monkeypatch.setattr(proposing, "proposals", lambda _: pytest.fail("made anew"))
    pd.testing.assert_frame_equal(last.proposals(), found)


def test_a_title_of_no_section_is_refused_in_words(opened: Workspace) -> None:
    """Nothing is changed or remembered."""
    with pytest.raises(InputError, match="“Nowhere” is not a category of these sections"):
        take(opened, QUIZZES, "Nowhere")
    assert opened.deciding.memory.decided().empty
    assert drafted(opened) == {}


def test_patterns_of_sections_that_the_last_reading_did_not_have_are_new(opened: Workspace) -> None:
    """After the first reading none is."""
    assert not opened.deciding.patterns()["is_new"].any()
    found = term(NAMES, account_id=1)
    rows = found.tables["sections"]
    more = rows.loc[rows["section_id"].eq(3)].assign(section_id=5, section="Section 5", sis_section_id="class-3b")
    read(opened, Snapshot("s2", found.facts, {**found.tables, "sections": pd.concat([rows, more], ignore_index=True)}))
    lines = opened.deciding.patterns()
    assert set(lines.loc[lines["is_new"], "pattern"]) == {pattern_key(name, KINDS) for name in NAMES}


def test_rows_whose_association_is_kept_elsewhere_have_proposals_on_request(pulled: Workspace) -> None:
    """They are open to nobody who has not asked."""
    rows = pulled.term.rows()
    elsewhere, room = set(keys(rows.loc[rows["status"].eq("Elsewhere")])), pulled.deciding
    assert elsewhere
    assert not elsewhere & set(keys(room.proposals()))
    assert elsewhere == set(keys(room.proposals(elsewhere=True))) - set(keys(room.proposals()))

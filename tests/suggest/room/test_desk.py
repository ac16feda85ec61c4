"""The desk: what is open is what all other counts say, and a decision is for what was shown."""

from __future__ import annotations

import pytest
from pandas.testing import assert_frame_equal

from gpb.errors import GpbError, InputError
from gpb.keys import keys
from gpb.suggest.evidence import is_open
from gpb.suggest.normal import is_retired
from gpb.suggest.room import desk
from gpb.suggest.room.desk import Desk
from gpb.suggest.room.waiting import Open
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.processes import wait_until


def ticked(shown: Open) -> dict[str, str]:
    """What is proposed and ticked from the start, by pattern."""
    return {one: str(card.proposal) for card in shown.cards() if card.is_ticked for one in card.patterns}


def test_what_is_open_is_counted_alike_everywhere(pulled: Workspace) -> None:
    """Before and after drafts, by rows and by patterns, in all schools together and each alone."""
    for _ in range(2):
        rows, shown = pulled.term.rows(), pulled.desk.open()
        wanted = rows.loc[is_open(rows) & ~rows["group"].map(is_retired)]
        assert set(keys(shown.rows)) == set(keys(wanted))
        assert len(shown) + shown.retired == is_open(rows).sum()
        assert pulled.desk.to_do() == (len(wanted), len({one for card in shown.cards() for one in card.patterns}))
        by_school = {name: sum(card.rows for card in shown.cards(name)) for name in shown.schools()}
        assert by_school == wanted["school"].value_counts().to_dict()
        pulled.desk.take(shown, dict.fromkeys(shown.cards()[0].patterns, shown.cards()[0].titles[0]), person="ann")


def test_what_is_shown_after_many_edits_is_what_a_desk_shows_that_was_just_opened(
    pulled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether proposals were put in one edit at a time, or somebody else had asked for them in between."""
    monkeypatch.setattr(desk, "QUICK", 1e9)
    rows, validity = pulled.desk.open().rows, pulled.term.latest().validity
    some = rows.loc[rows["group_id"].duplicated(keep="last")].drop_duplicates("group_id")  # with siblings
    for number, one in enumerate(some.head(4).to_dict("records")):
        others = [key for key in validity.options(one["class_id"]) if key != one["category_id"]]
        edit_now(pulled, {(one["group_id"], one["section_id"]): others[0]}, person="Ben")
        if number % 2:  # somebody else asks, and the desk is asked after two edits
            pulled.deciding.proposals()
        else:
            _equal(pulled.desk.open(), Desk(pulled.term, pulled.deciding, pulled.edit).open())
    pulled.desk.take(pulled.desk.open(), ticked(pulled.desk.open()), person="ann")
    pulled.deciding.undo(person="Ben")
    pulled.deciding.undo(person="ann")
    _equal(pulled.desk.open(), Desk(pulled.term, pulled.deciding, pulled.edit).open())


def _equal(one: Open, other: Open) -> None:
    assert_frame_equal(one.rows, other.rows)
    assert_frame_equal(one.lines.loc[other.lines.index], other.lines)
    assert one.cards() == other.cards()


def test_nothing_is_decided_where_nothing_is_left(pulled: Workspace) -> None:
    """As when all rows were left out."""
    shown = pulled.desk.open()
    card = shown.cards()[0]
    wanted = dict.fromkeys(card.patterns, card.titles[0])
    for nothing in ({}, wanted):
        with pytest.raises(InputError, match="no row left"):
            pulled.desk.take(shown, nothing, left_out=keys(shown.of(card.patterns)), person="ann")
    assert pulled.rules.decided().empty


def test_deciding_drafts_with_source_and_reason_and_is_remembered(pulled: Workspace) -> None:
    """Undo brings the rows back to the list, and forgets the decision."""
    shown = pulled.desk.open()
    wanted = ticked(shown)
    edited = pulled.desk.take(shown, wanted, person="ann")
    drafts = pulled.term.drafts().frame()
    assert edited.moved == len(drafts) == sum(card.taken for card in shown.cards() if card.is_ticked) > 0
    assert drafts["source"].ne("").all()
    assert drafts["reason"].ne("").all()
    assert not set(keys(drafts)) & set(keys(pulled.desk.open().rows))
    assert len(pulled.rules.decided()) == len(wanted)
    assert pulled.deciding.undo(person="ann").rows == edited.moved
    assert set(keys(pulled.desk.open().rows)) == set(keys(shown.rows))
    assert pulled.rules.decided().empty


def test_another_title_than_the_proposed_one_says_so(pulled: Workspace) -> None:
    """For all rows of the pattern but those that are left out."""
    shown = pulled.desk.open()
    card = next(one for one in shown.cards() if one.rows > 1 and one.proposal and len(one.titles) > 1)
    other = next(title for title in card.titles if title != card.proposal)
    left = keys(shown.of(card.patterns))[:1]
    edited = pulled.desk.take(shown, dict.fromkeys(card.patterns, other), left_out=left, person="ann")
    drafts = pulled.term.drafts().frame()
    assert (edited.moved, set(drafts["category"])) == (card.rows - 1, {other})
    assert set(drafts["source"]) == {"decision"}
    assert drafts["reason"].str.fullmatch(r"decided for \d+ rows? with this name at once").all()
    assert set(keys(pulled.desk.open().of(card.patterns))) == set(left)


def test_what_is_left_out_in_a_school_is_not_remembered_for_it(pulled: Workspace) -> None:
    """Else the next reading would propose for these rows what they were left out of."""
    shown = pulled.desk.open()
    card = next(one for one in shown.cards(apart=shown.lines.index) if one.rows > 1 and len(one.titles) > 1)
    rows, other = shown.of(card.patterns), next(title for title in card.titles if title != card.proposal)
    pulled.desk.take(shown, dict.fromkeys(card.patterns, other), left_out=keys(rows)[:1], person="ann")
    decided = pulled.rules.decided()
    assert set(decided["scope"]) <= {"school"}
    assert set(decided["scope_value"]) == set(rows["school"]) - {rows["school"].iloc[0]}


def test_a_decision_in_one_school_is_for_that_school(pulled: Workspace) -> None:
    """Rows of others stay open, and it is remembered with its scope."""
    shown = pulled.desk.open()
    card = next(one for one in shown.cards() if one.schools > 1 and one.titles)
    school = shown.of(card.patterns)["school"].iloc[0]
    pulled.desk.take(shown, dict.fromkeys(card.patterns, card.titles[0]), school=school, person="ann")
    assert set(pulled.term.rows().query("changed")["school"]) == {school}
    scopes = pulled.rules.decided()[["scope", "scope_value"]].drop_duplicates().to_numpy().tolist()
    assert scopes == [["school", school]]


def test_what_somebody_drafted_since_the_list_was_drawn_is_left(pulled: Workspace) -> None:
    """And who it was is told."""
    shown = pulled.desk.open()
    card = next(one for one in shown.cards() if one.is_ticked and one.taken > 1 and len(one.titles) > 1)
    first = keys(shown.rows_for(dict.fromkeys(card.patterns, str(card.proposal))))[0]
    edit_now(pulled, {first: next(title for title in card.titles if title != card.proposal)}, person="bob")
    edited = pulled.desk.take(shown, dict.fromkeys(card.patterns, str(card.proposal)), person="ann")
    assert (edited.moved, edited.left) == (card.taken - 1, {first: "bob"})


def test_of_two_people_who_decide_the_same_at_once_the_first_is_remembered(pulled: Workspace) -> None:
    """What the second one chose moves no draft, so it is no decision of the district either."""
    shown = pulled.desk.open()
    card = next(one for one in shown.cards(apart=shown.lines.index) if one.rows > 1 and len(one.titles) > 1)
    first, second = card.titles[:2]
    pulled.desk.take(shown, dict.fromkeys(card.patterns, first), whole=True, person="ann")
    edited = pulled.desk.take(shown, dict.fromkeys(card.patterns, second), whole=True, person="bob")
    assert (edited.moved, set(edited.left.values())) == (0, {"ann"})
    assert pulled.rules.decided()[["title", "person"]].to_numpy().tolist() == [[first, "ann"]]
    assert pulled.deciding.last_edit("bob") is None


def test_a_list_that_nobody_keeps_any_more_is_refused(pulled: Workspace) -> None:
    """What was on the screen then is not known."""
    shown = pulled.desk.open()
    assert pulled.desk.shown(shown.name) is shown
    with pytest.raises(InputError, match="changed too much"):
        pulled.desk.shown(("earlier", "earlier"))


def test_slow_proposals_are_made_anew_while_those_of_before_are_shown(
    pulled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are those that are open all the same, and soon the proposals are current, too."""
    shown = pulled.desk.open()
    monkeypatch.setattr(desk, "QUICK", -1.0)
    pulled.desk.take(shown, ticked(shown), person="ann")
    after = pulled.desk.open()
    assert not after.is_current
    assert len(after) == pulled.desk.to_do()[0] < len(shown)
    _until_current(pulled.desk)
    pulled.deciding.undo(person="ann")
    assert set(keys(pulled.desk.open().rows)) == set(keys(shown.rows))


def test_a_large_term_is_ready_after_a_while(pulled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is told so at once, and what is made meanwhile is there then."""
    monkeypatch.setattr(desk, "LARGE", 0)
    assert not pulled.desk.is_ready()
    wait_until(pulled.desk.is_ready)
    assert pulled.desk.open().is_current


@pytest.mark.parametrize("large", [0, 30_000])
def test_a_defect_in_making_proposals_is_told_and_tried_again_on_request(
    pulled: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, large: int
) -> None:
    """Nobody waits for ever, also for those of a large term that are made beside; the log has the details."""
    monkeypatch.setattr(desk, "LARGE", large)
    with monkeypatch.context() as broken:
        broken.setattr(desk, "meaning", lambda *_: 1 / 0)
        assert not pulled.desk.is_ready()
        wait_until(lambda: pulled.desk.failure() is not None)
        assert "Try again" in str(pulled.desk.failure())
        assert "ZeroDivisionError" in caplog.text
        with pytest.raises(GpbError, match="Try again"):
            pulled.desk.open()
    assert not pulled.desk.is_ready()
    pulled.desk.again()
    wait_until(pulled.desk.is_ready)
    shown = pulled.desk.open()
    assert shown.is_current
    with monkeypatch.context() as broken:
        broken.setattr(desk, "meaning", lambda *_: 1 / 0)
        pulled.desk.take(shown, ticked(shown), person="ann")
        assert len(pulled.desk.open()) == pulled.desk.to_do()[0] < len(shown)
        assert pulled.desk.failure() is not None
    pulled.desk.again()
    assert pulled.desk.open().is_current
    assert pulled.desk.failure() is None


def _until_current(made: Desk) -> None:
    wait_until(lambda: made.open().is_current)

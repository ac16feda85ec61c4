"""Drafts are durable, idempotent, and can be taken back edit by edit."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from gpb.store.database import Database, draft_edits
from gpb.store.drafts import DraftStore, Replaced, Stored, Undone, Wish
from tests.examples import examples


def wish(section: int, category: str | None = "c1", *, group: int = 1, change: bool = True, source: str = "") -> Wish:
    """A wish for a section of group 1; of a source, its reason says so."""
    return Wish(group, section, category, category, None, change, source, source and f"as {source} says")


def stored(drafts: DraftStore) -> dict[tuple[int, int], str | None]:
    """Category by key."""
    frame = drafts.frame()
    values = frame["category_id"].astype(object).where(frame["category_id"].notna(), None)
    return dict(zip(zip(frame["group_id"], frame["section_id"], strict=True), values, strict=True))


def test_a_draft_survives_the_process(database_url: str) -> None:
    """A second connection to the same store sees it."""
    DraftStore(Database(database_url), "scope").put([wish(1)], "ann", "grid")
    assert stored(DraftStore(Database(database_url), "scope")) == {(1, 1): "c1"}


def test_putting_the_same_twice_moves_nothing(database: Database) -> None:
    """The page stores edits in its callback and again in its body."""
    drafts = DraftStore(database, "scope")
    assert [drafts.put([wish(1)], "ann", "grid").moved for _ in range(2)] == [1, 0]


def test_a_wish_for_what_canvas_stores_removes_the_draft(database: Database) -> None:
    """Setting a cell back is no change."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1)], "ann", "grid")
    drafts.put([wish(1, None, change=False)], "ann", "grid")
    assert stored(drafts) == {}


def test_scopes_do_not_see_each_other(database: Database) -> None:
    """A term's drafts stay its own."""
    DraftStore(database, "fall").put([wish(1)], "ann", "grid")
    assert stored(DraftStore(database, "spring")) == {}


def test_undo_takes_back_the_persons_own_last_edit(database: Database) -> None:
    """A bulk edit is one edit; another person's edits stay."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1), wish(2)], "ann", "bulk")
    drafts.put([wish(1, "c2")], "ann", "grid")
    drafts.put([wish(3)], "bob", "grid")
    assert getattr(drafts.last_edit("ann"), "label", None) == "grid"
    drafts.undo("ann")
    assert stored(drafts) == {(1, 1): "c1", (1, 2): "c1", (1, 3): "c1"}
    assert drafts.undo("ann") == Undone(2, {})
    assert stored(drafts) == {(1, 3): "c1"}
    assert drafts.undo("ann") == Undone(0, {})


def test_undo_leaves_what_somebody_changed_since(database: Database) -> None:
    """A colleague's newer draft, and a draft that a colleague discarded, stay; who it was is told."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1), wish(2), wish(3)], "ann", "bulk")
    drafts.put([wish(1, "c2")], "bob", "grid")
    drafts.discard([(1, 2)], "cleo")
    assert drafts.undo("ann") == Undone(1, {(1, 1): "bob", (1, 2): "cleo"})
    assert stored(drafts) == {(1, 1): "c2"}


def test_undo_leaves_a_draft_that_somebody_made_again(database: Database) -> None:
    """It is the colleague's own by now, although it asks for the same."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1, "c1")], "ann", "grid")
    drafts.put([wish(1, "c2")], "bob", "grid")
    drafts.put([wish(1, "c1")], "bob", "grid")
    assert drafts.undo("ann") == Undone(0, {(1, 1): "bob"})
    assert stored(drafts) == {(1, 1): "c1"}


def test_undo_takes_an_edit_back_whose_successor_was_taken_back(database: Database) -> None:
    """The draft is again as the edit left it."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1, "c1")], "ann", "grid")
    drafts.put([wish(1, "c2")], "bob", "grid")
    drafts.undo("bob")
    assert drafts.undo("ann") == Undone(1, {})
    assert stored(drafts) == {}


def test_what_was_put_over_a_discard_stays(database: Database) -> None:
    """Undoing a discard does not bring an older draft back over a newer one."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1, "c1"), wish(2, "c1")], "ann", "grid")
    drafts.discard([(1, 1), (1, 2)], "ann")
    drafts.put([wish(1, "c2")], "bob", "grid")
    assert drafts.undo("ann") == Undone(1, {(1, 1): "bob"})
    assert stored(drafts) == {(1, 1): "c2", (1, 2): "c1"}


def test_discard_is_an_edit_that_undo_brings_back(database: Database) -> None:
    """Discarding by mistake loses nothing."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1), wish(2)], "ann", "bulk")
    assert drafts.discard([(1, 1), (1, 2), (9, 9)], "ann") == 2
    drafts.undo("ann")
    assert stored(drafts) == {(1, 1): "c1", (1, 2): "c1"}


def test_a_proposal_leaves_what_a_person_drafted(database: Database) -> None:
    """By hand, or somebody else by whatever way; one's own proposals of before it replaces, and all of it is undone."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1, "c2"), wish(5)], "ann", "grid")
    drafts.put([wish(2, "c2", source="bulk")], "bob", "bulk")
    drafts.put([wish(3, "c2", source="name")], "ann", "accepted")
    before = drafts.frame()
    accepted = drafts.put([wish(n, source="last term") for n in (1, 2, 3, 4, 5)], "ann", "accepted")
    assert accepted == Stored(2, {(1, 1): "ann", (1, 2): "bob"}, {})  # 5 is as wanted
    made = drafts.frame().set_index("section_id")
    assert stored(drafts) == {(1, 1): "c2", (1, 2): "c2", (1, 3): "c1", (1, 4): "c1", (1, 5): "c1"}
    assert made.loc[[1, 2, 3, 5], "source"].tolist() == ["", "bulk", "last term", ""]
    assert made.loc[4, "reason"] == "as last term says"
    drafts.undo("ann")
    assert (
        drafts.frame()
        .sort_values("section_id", ignore_index=True)
        .equals(before.sort_values("section_id", ignore_index=True))
    )


def test_a_proposal_does_not_take_away_what_a_person_drafted(database: Database) -> None:
    """Although Canvas stores what it proposes by now."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1)], "ann", "grid")
    assert drafts.put([wish(1, None, change=False, source="name")], "ann", "x").left == {(1, 1): "ann"}
    assert stored(drafts) == {(1, 1): "c1"}


def test_a_choice_by_hand_replaces_a_proposal(database: Database) -> None:
    """Whoever accepted it; nothing of the proposal stays."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1, source="name")], "ann", "accepted")
    assert drafts.put([wish(1, "c2")], "bob", "grid") == Stored(1, {}, {(1, 1): Replaced("ann", "c1")})
    assert drafts.frame()[["category_id", "person", "source", "reason"]].to_numpy().tolist() == [["c2", "bob", "", ""]]


def test_an_edit_of_an_older_release_is_taken_back(database: Database) -> None:
    """Its log knows of no sources."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1)], "ann", "grid")
    with database.write() as connection:
        after = json.loads(connection.execute(select(draft_edits.c.after)).scalar_one())
        del after["source"], after["reason"]
        connection.execute(update(draft_edits).values(after=json.dumps(after)))
    assert drafts.undo("ann") == Undone(1, {})


def test_settled_drafts_do_not_come_back_by_undo(database: Database) -> None:
    """What a run has carried out is no wish any more."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1), wish(2)], "ann", "bulk")
    drafts.settle({(1, 1): "c1"})
    drafts.undo("ann")
    assert stored(drafts) == {}


def test_a_row_drafted_anew_during_a_run_keeps_its_newer_draft(database: Database) -> None:
    """The run carried out the older wish; unassociating counts as a wish, too."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1, "newer"), wish(2, None), wish(3, "done")], "ann", "grid")
    drafts.settle({(1, 1): "older", (1, 2): "older", (1, 3): "done"})
    assert stored(drafts) == {(1, 1): "newer", (1, 2): None}


EDITS = st.lists(
    st.lists(st.builds(wish, st.integers(1, 3), st.sampled_from(["c1", "c2", None])), min_size=1, max_size=3),
    max_size=5,
)


@given(edits=EDITS)
@settings(max_examples=examples(25), deadline=None)
def test_undoing_every_edit_leaves_no_draft(edits: list[list[Wish]]) -> None:
    """Undo is the inverse of put, whatever the order."""
    drafts = DraftStore(Database("sqlite://"), "scope")
    states = [stored(drafts)]
    for edit in edits:
        unique = list({(w.group_id, w.section_id): w for w in edit}.values())
        if drafts.put(unique, "ann", "edit").moved:
            states.append(stored(drafts))
    while drafts.last_edit("ann"):
        assert stored(drafts) == states.pop()
        drafts.undo("ann")
    assert [stored(drafts)] == states


def test_undo_takes_back_edits_of_its_own_session_alone(database: Database) -> None:
    """Browsers of one person are told apart."""
    drafts = DraftStore(database, "scope")
    drafts.put([wish(1)], "ann", "grid", "left")
    drafts.put([wish(2)], "ann", "grid", "right")
    drafts.discard([(1, 2)], "ann", "discard", "right")
    assert [getattr(drafts.last_edit("ann", session), "label", None) for session in ("left", "right", "")] == [
        "grid",
        "discard",
        None,
    ]
    drafts.undo("ann")
    drafts.undo("ann", "left")
    assert stored(drafts) == {}
    drafts.undo("ann", "right")
    assert stored(drafts) == {(1, 2): "c1"}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["put", "discard", "settle", "undo"]),
        st.sampled_from(["ann", "bob"]),
        st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True),
        st.sampled_from(["c1", "c2", None]),
    ),
    max_size=12,
)


@given(acts=ACTS)
@settings(max_examples=examples(60), deadline=None)
def test_undo_changes_nothing_that_is_not_the_persons_own(acts: list[tuple[str, str, list[int], str | None]]) -> None:
    """Whatever two people do: undo moves only rows whose last mover is that person, and names the others."""
    drafts, movers = DraftStore(Database("sqlite://"), "scope"), {section: list[str]() for section in (1, 2, 3)}
    for act, person, sections, category in acts:
        before = drafts.frame().set_index("section_id").to_dict("index")
        keys = [(1, section) for section in sections]
        if act == "put":
            drafts.put([wish(section, category) for section in sections], person, "edit")
        elif act == "discard":
            drafts.discard(keys, person)
        elif act == "settle":
            drafts.settle(dict.fromkeys(keys, category))
        else:
            undone = drafts.undo(person)
            assert all(movers[section][-1] == who for (_, section), who in undone.left.items())
        after = drafts.frame().set_index("section_id").to_dict("index")
        for section in [n for n in movers if repr(before.get(n)) != repr(after.get(n))]:
            if act == "undo":
                assert movers[section].pop() == person
            elif act == "settle":
                movers[section].clear()
            else:
                movers[section].append(person)

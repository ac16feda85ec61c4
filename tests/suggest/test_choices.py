"""What a bulk edit would change: just that happens, and nothing of anybody is overwritten by the way."""

from __future__ import annotations

from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.frames.overlay import with_drafts
from gpb.keys import Key, keys
from gpb.store.database import Database
from gpb.store.drafts import DraftStore
from gpb.suggest import choices
from gpb.suggest.choices import Apart
from gpb.sync.drafting import edit, seen_in
from tests.builders import HOMEWORK, RETIRED, TESTS, group, mapped, snapshot

SHOWN = snapshot([group(1, "HW", mapped(class_1=HOMEWORK, class_2=RETIRED)), group(2, "Quiz"), group(3, "Lab")])
DATABASE, SCOPES = Database("sqlite://"), count()
KEYS = keys(SHOWN.associations())
DRAFTED = st.dictionaries(
    st.sampled_from(KEYS), st.tuples(st.sampled_from("ab"), st.sampled_from([HOMEWORK, TESTS, None]))
)
ASKED = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([HOMEWORK, TESTS, "Others", None]))


def state(drafts: DraftStore) -> dict[Key, tuple[str, str]]:
    """Person and category of every draft."""
    frame = drafts.frame()
    found = zip(frame["person"], frame["category_id"].fillna(""), strict=True)
    return dict(zip(keys(frame), found, strict=True))


@settings(max_examples=15)
@given(DRAFTED, ASKED, st.sets(st.sampled_from(Apart)))
def test_what_is_ticked_in_the_list_is_what_happens_and_undo_takes_exactly_that_back(
    drafted: dict[Key, tuple[str, str | None]], asked: dict[Key, str | None], ticked: set[Apart]
) -> None:
    """Rows with an association or a draft stand apart from the free ones; a part that is not ticked is untouched."""
    drafts, associations = DraftStore(DATABASE, str(next(SCOPES))), SHOWN.associations()
    for person in "ab":
        theirs = {key: choice for key, (whose, choice) in drafted.items() if whose == person}
        edit(SHOWN, drafts, theirs, seen=seen_in(associations), person=person, label="by hand")
    before, rows = state(drafts), with_drafts(associations, drafts.frame())
    lines = choices.changes(rows, asked, SHOWN.validity)
    stored = keys(rows.loc[rows["stored_reference"].notna()])
    assert not {*keys(lines.loc[lines["apart"].eq(Apart.FREE)])} & {*before, *stored}
    assert {*keys(lines.loc[lines["apart"].eq(Apart.DRAFTED)])} == {*keys(lines)} & {*before}
    chosen = lines.loc[lines["apart"].isin(list(ticked))]
    wanted = choices.wanted(chosen)
    source = {key: "" if key in choices.drafted(chosen) else "bulk" for key in wanted}
    edited = edit(SHOWN, drafts, wanted, seen=seen_in(associations), person="c", label="bulk", source=source)
    assert (edited.moved, edited.refused, edited.left) == (len(chosen), (), {})
    untouched = {key: value for key, value in before.items() if key not in wanted}
    assert {key: value for key, value in state(drafts).items() if key not in wanted} == untouched
    after = with_drafts(associations, drafts.frame())
    now = dict(
        zip(keys(after), after["category_id"].astype(object).where(after["category_id"].notna(), None), strict=True)
    )
    assert {key: now[key] for key in wanted} == wanted
    if wanted:
        drafts.undo("c")
    assert state(drafts) == before

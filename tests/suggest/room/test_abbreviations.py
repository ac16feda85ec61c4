"""The abbreviations of a district, over those of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.errors import InputError
from gpb.suggest.by_name import propose
from gpb.suggest.room.abbreviations import Abbreviations
from gpb.workspace import Workspace
from tests.suggest.room.test_deciding import opened as opened  # noqa: PLC0414  # a fixture

TITLES = ["Bell Work", "Homework"]


def proposal(known: Abbreviations, name: str) -> str | None:
    """What the name alone proposes."""
    return propose(name, TITLES, known.vocabulary()).title


def test_an_edit_changes_what_names_propose_for_this_district_alone(tmp_path: Path) -> None:
    """Added, changed and taken away; what equals the program's own table is not kept, and a restart knows the rest."""
    known = Abbreviations(tmp_path, "https://a.example")
    version, table = known.version(), known.table()
    assert (proposal(known, "BW"), proposal(known, "HW")) == (None, "Homework")
    del table["hw"]
    assert known.put({**table, "BW": "Bell Works"}) == 2
    assert known.version() != version
    for one in (known, Abbreviations(tmp_path, "https://a.example")):
        assert (proposal(one, "1. B.W."), proposal(one, "HW")) == ("Bell Work", None)
    assert proposal(Abbreviations(tmp_path, "https://b.example"), "BW") is None
    (file,) = tmp_path.glob("*.csv")
    assert file.read_text(encoding="utf-8").split() == ["short,long", "bw,bell", "work", "hw,"]
    assert known.put({**table, "hw": "homework"}) == 2
    assert (proposal(known, "BW"), proposal(known, "HW")) == (None, "Homework")


@pytest.mark.parametrize(
    ("entry", "told"),
    [(("", "x"), "is no abbreviation"), (("two words", "x"), "is no abbreviation"), (("xy", " 5 "), "short for"),
     (("x" * 61, "x"), "is no abbreviation"), (("H.W.", "hand work"), "stands twice")],
)  # fmt: skip
def test_an_entry_that_makes_no_sense_is_refused_and_nothing_kept(
    tmp_path: Path, entry: tuple[str, str], told: str
) -> None:
    """The message says which."""
    known = Abbreviations(tmp_path, "https://a.example")
    with pytest.raises(InputError, match=told):
        known.put({**known.table(), entry[0]: entry[1]})
    assert list(tmp_path.iterdir()) == []


def test_proposals_of_the_whole_term_follow_an_edit(opened: Workspace) -> None:
    """“Stuff” means nothing until somebody says what it is short for."""

    def found() -> set[object]:
        rows = opened.deciding.proposals()
        names = opened.term.rows().set_index(["group_id", "section_id"])["group"]
        is_stuff = names.reindex(list(zip(rows["group_id"], rows["section_id"], strict=True))).eq("Stuff").to_numpy()
        return set(rows.loc[is_stuff, "category"].dropna())

    assert found() == set()
    opened.abbreviations.put({**opened.abbreviations.table(), "stuff": "tests"})
    assert "Tests" in found()

"""The abbreviations of a district, over those of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.errors import InputError
from gpb.exchange.decisions_file import export_decisions, read_decisions
from gpb.store.choices.abbreviations import AbbreviationStore
from gpb.store.database import Database
from gpb.suggest.by_name import propose
from gpb.suggest.room.abbreviations import Abbreviations
from gpb.workspace import Workspace
from tests.store.conftest import database as database  # noqa: PLC0414  # a fixture
from tests.suggest.room.test_deciding import opened as opened  # noqa: PLC0414  # a fixture

TITLES = ["Bell Work", "Homework"]


def proposal(known: Abbreviations, name: str) -> str | None:
    """What the name alone proposes."""
    return propose(name, TITLES, known.vocabulary()).title


def of(database: Database, source: str = "https://a.example", file: Path | None = None) -> Abbreviations:
    """Those of a district, as another process sees them."""
    return Abbreviations(AbbreviationStore(database, source), file)


def test_an_edit_changes_what_names_propose_for_this_district_alone(database: Database) -> None:
    """Added, changed and taken away, by whom; what equals the program's own table is not kept, and others see it."""
    known = of(database)
    version, table = known.version(), known.table()
    assert (proposal(known, "BW"), proposal(known, "HW")) == (None, "Homework")
    del table["hw"]
    assert known.put({**table, "BW": "Bell Works"}, person="ann") == 2
    assert known.version() != version
    for one in (known, of(database)):
        assert (proposal(one, "1. B.W."), proposal(one, "HW")) == ("Bell Work", None)
    assert proposal(of(database, "https://b.example"), "BW") is None
    own = known.own()
    assert own[["short", "long", "person"]].to_numpy().tolist() == [["bw", "bell work", "ann"], ["hw", "", "ann"]]
    assert known.put({**table, "hw": "homework"}, person="bob") == 2
    assert (proposal(known, "BW"), proposal(known, "HW")) == (None, "Homework")
    assert known.own().empty


def test_what_an_older_release_kept_in_a_file_is_taken_over_once(database: Database, tmp_path: Path) -> None:
    """What was changed in the store since stays as it is there; the file is kept under another name."""
    file = tmp_path / "abbreviations.csv"
    file.write_text("short,long\nbw,bell work\nhw,\nstuff,tests\n", encoding="utf-8")
    of(database).put({**of(database).table(), "stuff": "homework"}, person="ann")
    known = of(database, file=file)
    assert known.table().items() >= {"bw": "bell work", "stuff": "homework"}.items()
    assert "hw" not in known.table()
    assert known.own()["person"].tolist() == ["before 0.7", "before 0.7", "ann"]
    known.put({**known.table(), "hw": "homework"}, person="ann")
    assert "hw" in of(database, file=file).table()
    assert [one.name for one in tmp_path.glob("abbr*")] == ["abbreviations.csv.taken"]


def test_abbreviations_go_to_another_district_with_its_decisions(database: Database, opened: Workspace) -> None:
    """The file that is exported brings both, what was taken away too; importing it twice changes nothing."""
    known = opened.abbreviations
    table = known.table()
    del table["hw"]
    known.put({**table, "bw": "bell work"}, person="ann")
    lines = read_decisions(export_decisions(opened.rules.handed_on(with_off=True))).lines
    read = opened.rules.read(lines, "imported")
    assert (read.problems, read.short) == ((), {"bw": "bell work", "hw": ""})
    other = of(database)
    assert [other.take(read.short, person="bob") for _ in range(2)] == [2, 0]
    assert other.table() == known.table()
    bad = opened.rules.read([(2, {"kind": "abbreviation", "group": "two words", "title": "x"})], "imported")
    assert bad.problems == ("Line 2: “two words” is no abbreviation: write one word of letters.",)


@pytest.mark.parametrize(
    ("entry", "told"),
    [(("", "x"), "is no abbreviation"), (("two words", "x"), "is no abbreviation"), (("xy", " 5 "), "short for"),
     (("x" * 61, "x"), "is no abbreviation"), (("H.W.", "hand work"), "stands twice")],
)  # fmt: skip
def test_an_entry_that_makes_no_sense_is_refused_and_nothing_kept(
    database: Database, entry: tuple[str, str], told: str
) -> None:
    """The message says which."""
    known = of(database)
    with pytest.raises(InputError, match=told):
        known.put({**known.table(), entry[0]: entry[1]}, person="ann")
    assert known.own().empty


def test_proposals_of_the_whole_term_follow_an_edit(opened: Workspace) -> None:
    """“Stuff” means nothing until somebody says what it is short for."""

    def found() -> set[object]:
        rows = opened.deciding.proposals()
        names = opened.term.rows().set_index(["group_id", "section_id"])["group"]
        is_stuff = names.reindex(list(zip(rows["group_id"], rows["section_id"], strict=True))).eq("Stuff").to_numpy()
        return set(rows.loc[is_stuff, "category"].dropna())

    assert found() == set()
    opened.abbreviations.put({**opened.abbreviations.table(), "stuff": "tests"}, person="ann")
    assert "Tests" in found()

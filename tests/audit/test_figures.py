"""The desk's numbers against the prediction of the next passback, assignment by assignment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from gpb.audit.figures import WORDS, Figure, by_place, counted, figures, weight, where
from gpb.audit.tonight.lines import tonight
from gpb.frames.overlay import DRAFT_COLUMNS, with_drafts
from gpb.frames.passback import Outcome, Reason
from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.sandbox import SandboxConfig
from gpb.workspace import Workspace
from tests.builders import HOMEWORK, TESTS, assignments, default_categories, group, mapped, snapshot
from tests.lent import lent, settings_for

KEY = ["group_id", "section_id"]


@pytest.fixture(scope="module", params=[1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """What was read of a district of some seed; the smallest ones are the same whatever the seed."""
    folder: Path = tmp_path_factory.mktemp("read")
    with lent(SandboxConfig(port=0, schools=3, courses=40, seed=request.param)) as box:
        workspace = Workspace(settings_for(box, folder))
        asyncio.run(workspace.term.pull())
        yield workspace.term.latest()
        workspace.close()


def drafted(snapshot: Snapshot, *drafts: tuple[int, int, str]) -> pd.DataFrame:
    """The association frame with these drafts: group, section, category id."""
    wishes = [(*one, "title", "ann", "", "", "") for one in drafts]
    return with_drafts(snapshot.associations(), pd.DataFrame(wishes, columns=list(DRAFT_COLUMNS)))


def told(rows: pd.DataFrame) -> dict[str, tuple[int, int, int | None]]:
    """Figure → (rows, groups, assignments), the last None where it is not known."""
    table = figures(rows).astype(object)
    return {
        name: (counted, groups, None if pd.isna(behind) else behind)
        for name, _, counted, groups, behind in table.itertuples(index=False)
    }


def lines_by_row(snapshot: Snapshot, outcome: Outcome, *reasons: Reason) -> pd.Series[int]:
    """How many published assignments of each row the prediction gives this outcome, for one of these reasons if any."""
    published = snapshot.tables["assignments"].set_index("assignment_id")["published"]
    lines = tonight(snapshot)
    lines = lines.loc[lines["outcome"].eq(outcome) & lines["assignment_id"].map(published)]
    lines = lines.loc[lines["reason"].isin(reasons)] if reasons else lines
    rows = pd.MultiIndex.from_frame(snapshot.associations()[KEY])
    return lines.groupby(KEY).size().reindex(rows, fill_value=0).astype("Int64")


def test_each_row_says_what_the_prediction_says_of_its_assignments(read: Snapshot) -> None:
    """Row by row: what is not passed back, and what arrives by a name that nobody chose."""
    rows = drafted(read)
    expected = {
        Figure.NOT_PASSED_BACK: lines_by_row(read, Outcome.NOT_PASSED),
        Figure.NAME_ALONE: lines_by_row(read, Outcome.PASSED, Reason.NAME),
    }
    for figure, expects in expected.items():
        assert expects.sum() > 0
        assert weight(rows, figure).tolist() == expects.tolist()
        assert where(rows, figure).tolist() == expects.gt(0).tolist()


def test_every_number_counts_its_rows_groups_and_assignments(read: Snapshot) -> None:
    """Each number is the count of the rows that its filter keeps, a group once per section."""
    rows = drafted(read)
    table = told(rows)
    assert list(table) == list(WORDS) == list(Figure)
    for figure in Figure:
        kept = rows.loc[where(rows, figure)]
        assert table[figure] == (len(kept), kept["group_id"].nunique(), int(weight(kept, figure).sum()))
    statuses = [Figure.SYNCHRONIZED, Figure.BROKEN, Figure.NO_CATEGORIES, Figure.NO_SIS_CLASS, Figure.ELSEWHERE]
    unassociated = int(rows["status"].eq(Status.UNASSOCIATED).sum())
    assert sum(table[figure][0] for figure in statuses) + unassociated == len(rows) == table[Figure.ALL][0]


def test_a_draft_ends_what_is_to_do_and_changes_nothing_of_tonight() -> None:
    """Only what Canvas stores counts tonight; a drafted row is not to do any more."""
    read = snapshot(
        [group(1, "Labs", counts=assignments(2)), group(2, "Homework", mapped(class_1=TESTS))],
        categories=default_categories(),
    )
    section = int(read.associations()["section_id"].iloc[0])
    before, after = told(drafted(read)), told(drafted(read, (1, section, HOMEWORK)))
    assert after[Figure.TO_DO][0] == before[Figure.TO_DO][0] - 1
    assert after[Figure.DRAFTED][0] == 1
    assert after[Figure.NOT_PASSED_BACK] == before[Figure.NOT_PASSED_BACK]


def test_where_canvas_shows_no_assignments_rows_count_and_assignments_are_unknown() -> None:
    """A row whose category nobody can decide is not passed back; how many assignments that are is not guessed."""
    read = snapshot([group(1, "Labs"), group(2, "Homework")], categories=default_categories())
    assert read.facts.assignments is None
    hidden = read.tables["groups"].assign(assignments=pd.array([pd.NA, pd.NA], dtype="Int64"))
    table = told(drafted(Snapshot(read.id, read.facts, {**read.tables, "groups": hidden})))
    assert table[Figure.NOT_PASSED_BACK][0] > 0
    assert table[Figure.NOT_PASSED_BACK][2] is None
    assert table[Figure.BROKEN] == (0, 0, 0)


def test_the_numbers_of_a_place_are_those_of_its_rows(read: Snapshot) -> None:
    """By school and teacher, in whatever order; a row without a teacher is in no line."""
    rows = drafted(read)
    rows["teacher"] = rows["teacher"].where(rows["course_id"].ne(rows["course_id"].iloc[0]))
    table = by_place(rows, ["school", "teacher"])
    assert table.index.is_unique
    assert table[Figure.ALL].sum() == rows["teacher"].notna().sum() < len(rows)
    for line in table.reset_index().to_dict("records"):
        school, teacher = line["school"], line["teacher"]
        alone = counted(rows.loc[rows["school"].eq(school) & rows["teacher"].eq(teacher)])
        assert {one: line[one.value] for one in Figure} == {one: alone[one].rows for one in Figure}
        assert line["assignments_to_do"] == alone[Figure.TO_DO].assignments
    assert by_place(rows.iloc[:0], ["school"]).empty

"""Whatever a file holds: choices, or sentences and not one draft."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpb.cli import main
from gpb.errors import InputError
from gpb.exchange import import_csv
from gpb.keys import keys
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.examples import examples
from tests.faults.machine import TinyDistrict, tiny_district

COLUMNS = ("group_id", "section_id", "category_id", "category", "group", "")
HEADERS = ("group_id,section_id,category\n", "group_id;section_id;category_id\r\n")
FUZZ = settings(deadline=None, max_examples=examples(30))
CELLS = st.one_of(
    st.text(max_size=12),
    st.integers().map(str),
    st.sampled_from(
        ["", "Unassociated", "'=1", "3001", "2001", "Homework", "3001.0", "1e5", "٣", '"', "\0", "9" * 5000]
    ),
)


@lru_cache(maxsize=1)
def district() -> TinyDistrict:
    """One for all examples: none of them may change it."""
    return tiny_district("sistemic")


@pytest.fixture(scope="module")
def opened() -> Iterator[Workspace]:
    """A workspace with two drafts."""
    made = district().begin()
    rows = made.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated")].head(2)
    options = made.term.latest().validity.options
    edit_now(
        made,
        {key: next(iter(options(class_id))) for key, class_id in zip(keys(free), free["class_id"], strict=True)},
        person="ann",
        label="test",
    )
    yield made
    made._database.close()


@FUZZ
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode("utf-16"))))
def test_arbitrary_bytes_are_refused_with_a_sentence(opened: Workspace, content: bytes) -> None:
    """No bytes crash the reader, and without the columns nothing is read."""
    with pytest.raises(InputError) as refused:
        import_csv(content, opened.term.rows(), opened.term.latest().validity)
    assert str(refused.value).endswith(".")


@FUZZ
@given(tail=st.binary(max_size=120), start=st.sampled_from(HEADERS))
def test_arbitrary_bytes_after_a_good_header(opened: Workspace, tail: bytes, start: str) -> None:
    """Choices, problems with their line, or one refusal."""
    try:
        imported = import_csv(start.encode() + tail, opened.term.rows(), opened.term.latest().validity)
    except InputError as refused:
        assert str(refused).endswith(".")
    else:
        assert all(problem.startswith("Line ") for problem in imported.problems)
        assert all(len(key) == 2 for key in imported.choices)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=6),
    lines=st.lists(st.lists(CELLS, max_size=7), max_size=5),
)
def test_a_refused_table_leaves_every_draft_as_it_was(
    opened: Workspace, tmp_path: Path, header: list[str], lines: list[list[str]]
) -> None:
    """By the command line: exit code 1, sentences, and the same drafts; nothing else counts as refused."""
    text = io.StringIO()
    csv.writer(text, escapechar="\\").writerows([header, *lines])
    file = tmp_path / "in.csv"
    file.write_bytes(text.getvalue().encode("utf-8", "replace"))
    before = opened.term.drafts().frame().to_dict("list")
    environment = {**district().box.settings, "GPB_DATA_DIR": str(district().data)}
    result = CliRunner().invoke(main, ["import", str(file)], env=environment)
    assert result.exit_code in (0, 1)
    assert "Traceback" not in result.output
    if result.exit_code == 1:
        assert result.stderr.strip().endswith(".")
        assert str(opened.term.drafts().frame().to_dict("list")) == str(before)
    else:
        assert '"drafts_moved"' in result.stdout

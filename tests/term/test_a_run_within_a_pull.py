"""A pull that begins before and ends after a run shows what Canvas holds, over real HTTP and in several processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gpb.sync.gates import NAMES
from gpb.sync.row_history import ANOTHER_HAND
from tests.conftest import look
from tests.processes import PATIENCE, program
from tests.sync.conftest import apply
from tests.term.conftest import WHENEVER, District, at_the_end, at_the_start, in_the_middle, in_thread


@pytest.mark.parametrize("when", WHENEVER)
@pytest.mark.slow
def test_what_the_run_wrote_is_on_the_screen(district: District, when: Callable[[int, int], bool]) -> None:
    """All twelve rows, no draft, nothing that another hand changed, and the run can be undone whole."""
    district.pull(when, district.sync)
    assert district.shown() == district.held() == district.wishes
    assert district.app.term.drafts().frame().empty
    assert not district.app.term.rows()["moved"].any()
    assert not district.app.audit.findings()["finding"].eq("changed_outside").any()
    history = district.app.runs.row_history(*next(iter(district.wishes)))
    assert ANOTHER_HAND not in set(history["what"])
    undo = district.app.runs.undo(district.summary["run"])
    assert (len(undo.plan.changes), undo.skipped) == (12, ())
    run = asyncio.run(district.app.door.begin(undo.plan, NAMES, "ann"))
    taken_back = asyncio.run(district.app.runs.perform(run))
    assert taken_back["confirmed"] == 12
    assert set(district.held().values()) == {None}


@pytest.mark.slow
@pytest.mark.parametrize("when", WHENEVER)
def test_a_teacher_who_comes_after_the_run_is_not_hidden(district: District, when: Callable[[int, int], bool]) -> None:
    """Neither where the pull has read the row by then nor where it has not: the newest value is shown."""
    keys = list(district.wishes)
    changed, emptied = keys[0], keys[-1]

    def both() -> None:
        district.sync()
        district.teacher(changed, district.other_category(changed))
        district.teacher(emptied, None)

    district.pull(when, both)
    held = district.held()
    assert held[changed] == district.other_category(changed)
    assert held[emptied] is None
    assert district.shown() == held
    assert district.app.runs.undo(district.summary["run"]).skipped != ()


@pytest.mark.slow
def test_a_teacher_who_comes_before_the_run_is_known_to_it(district: District) -> None:
    """The run leaves the row as a conflict, and the screen shows the teacher's value, not that of before."""
    key = next(iter(district.wishes))

    def both() -> None:
        district.teacher(key, district.other_category(key))
        district.sync()

    district.pull(at_the_end, both)
    assert (district.summary["confirmed"], district.summary["conflict"]) == (11, 1)
    assert district.shown() == district.held()
    assert district.app.term.rows()["moved"].sum() == 1


def test_a_pull_within_a_run_loses_nothing_of_either(district: District) -> None:
    """The run ends last: its rows are laid over the newer pull, which keeps what it alone has read."""
    rows = district.app.term.rows()
    others = rows.loc[
        rows["status"].eq("Synchronized") & ~rows["group_id"].isin([group for group, _ in district.wishes])
    ]
    outside = int(others["group_id"].iloc[0]), int(others["section_id"].iloc[0])
    pulled = False

    def progress(done: int, total: int, _text: str) -> None:
        nonlocal pulled
        if not pulled and 2 * done >= total > 0:
            pulled = True
            district.teacher(outside, None)
            in_thread(lambda: asyncio.run(district.cron.term.pull()))

    summary = apply(district.app, progress=progress)
    assert (pulled, summary["confirmed"]) == (True, 12)
    assert district.shown() == district.held() == district.wishes
    rows = district.app.term.rows().set_index(["group_id", "section_id"])
    assert rows.loc[outside, "status"] == "Unassociated"


def test_a_teacher_after_the_write_and_before_a_pull_within_the_run_is_not_hidden(district: District) -> None:
    """When the run ends, what it wrote at its beginning is older than what the pull has read since."""
    written: list[tuple[int, int]] = []

    def progress(done: int, total: int, _text: str) -> None:
        if not written and 2 * done >= total > 0:
            held = district.held()
            written.extend(key for key in district.wishes if held[key] is not None)
            district.teacher(written[0], district.other_category(written[0]))
            in_thread(lambda: asyncio.run(district.cron.term.pull()))

    assert apply(district.app, progress=progress)["confirmed"] == 12
    held = district.held()
    assert held[written[0]] == district.other_category(written[0])
    assert district.shown() == held


@pytest.mark.slow
def test_a_run_of_another_process_within_a_pull(district: District) -> None:
    """A shell syncs while the dashboard reads."""

    def sync() -> None:
        with program(district.app.settings, "apply", "--yes") as shell:
            assert shell.wait(PATIENCE) == 0

    district.pull(in_the_middle, sync)
    assert district.shown() == district.held() == district.wishes
    assert district.shown(district.cron) == district.wishes
    assert district.app.term.drafts().frame().empty


@pytest.mark.slow
def test_only_what_a_run_touched_is_asked_for_again(district: District) -> None:
    """A quiet pull costs no request more, and one beside a run at most one for each group of it."""
    groups = {f"/{group}" for group, _ in district.wishes}
    district.pull(at_the_start, lambda: None)
    quiet = [seen for seen in look(district.box, "requests") if seen["path"].endswith(tuple(groups))]
    district.pull(at_the_end, district.sync)
    singles = [
        seen
        for seen in look(district.box, "requests")
        if seen["path"].endswith(tuple(groups)) and seen["method"] == "GET"
    ]
    assert quiet == []
    assert len(singles) == 2 * len(groups)  # one by the run before its write, one by the pull at its end

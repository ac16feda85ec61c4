"""A pull reads the whole term, from either dialect, or nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gpb.errors import ApiError, NotAccepted, NotPermitted, TokenRejected
from gpb.frames.schemas import STATUSES
from gpb.sandbox import Running, SandboxConfig, running
from gpb.workspace import Workspace
from tests.conftest import look, tell
from tests.lent import confirm, settings_for
from tests.sync.conftest import choose_first, free_rows


def test_the_summary_counts_what_the_district_has(box: Running, workspace: Workspace) -> None:
    """Courses, sections and groups of the current term alone."""
    summary = asyncio.run(workspace.term.pull())
    term = workspace.term.latest().facts.term_id
    of_term = [course for course in box.world.courses.values() if course.term_id == term]
    current = [course for course in of_term if course.workflow_state != "deleted"]
    assert summary["courses"] == len(current) == 8
    assert summary["groups"] == sum(len(course.group_ids) for course in current)
    assert summary["rows"] == len(workspace.term.rows())
    assert summary["unassociated"] == int(workspace.term.rows()["status"].eq("Unassociated").sum())
    assert summary["requests"] == len(look(box, "requests"))


def test_the_small_district_shows_every_status(workspace: Workspace) -> None:
    """So that tests and newcomers meet them all."""
    asyncio.run(workspace.term.pull())
    assert set(workspace.term.rows()["status"]) == set(STATUSES)


def test_both_dialects_give_the_same_frame(box: Running, tmp_path: Path) -> None:
    """Focus' native API and OneRoster describe one district."""
    frames = []
    for dialect in ("focus", "oneroster"):
        workspace = Workspace(settings_for(box, tmp_path / dialect, sis_dialect=dialect))
        asyncio.run(workspace.term.pull())
        frames.append(workspace.term.latest().associations())
    assert frames[0].to_csv() == frames[1].to_csv()


@pytest.mark.slow
def test_the_flat_shape_reads_like_the_nested_one(tmp_path: Path) -> None:
    """The codec is the only difference between two districts of one seed."""
    counts = []
    for shape in ("sistemic", "flat"):
        with running(SandboxConfig(port=0, schools=2, courses=8, shape=shape)) as box:
            workspace = Workspace(settings_for(box, tmp_path / shape))
            asyncio.run(workspace.term.pull())
            counts.append(workspace.term.rows()["status"].value_counts().to_dict())
    assert counts[0] == counts[1]


def test_no_student_data_is_asked_for(box: Running, workspace: Workspace) -> None:
    """No submissions, enrollments, users or students in any request."""
    asyncio.run(workspace.term.pull())
    paths = " ".join(seen["path"] for seen in look(box, "requests")).replace("enrollment_term_id", "")
    assert [word for word in ("submission", "enrollment", "student", "users") if word in paths] == []


def test_a_failed_pull_leaves_the_old_snapshot(box: Running, workspace: Workspace) -> None:
    """Half a district is never taken for a whole one."""
    asyncio.run(workspace.term.pull())
    newest = workspace.term.latest_id()
    tell(box, "faults", {"503": 1.0})
    with pytest.raises(ApiError):
        asyncio.run(workspace.term.pull())
    assert workspace.term.latest_id() == newest


def test_a_token_without_sis_rights_is_refused_and_the_old_snapshot_stays(box: Running, tmp_path: Path) -> None:
    """Canvas just leaves the SIS ids out; an empty term must not take the place of a whole one."""
    workspace = Workspace(settings_for(box, tmp_path))
    asyncio.run(workspace.term.pull())
    newest = workspace.term.latest_id()
    tokens = [token for token in look(box, "tokens") if token["system"] == "canvas" and not token["expired"]]
    blind = next(token["token"] for token in tokens if "read_sis" not in token["rights"])
    with pytest.raises(NotPermitted, match="SIS Data – read"):
        asyncio.run(Workspace(settings_for(box, tmp_path, canvas_token=blind)).term.pull())
    assert workspace.term.latest_id() == newest


def test_a_wrong_token_is_one_sentence(box: Running, tmp_path: Path) -> None:
    """Not a group of errors."""
    workspace = Workspace(settings_for(box, tmp_path, canvas_token="wrong"))
    with pytest.raises(TokenRejected, match="GPB_CANVAS_TOKEN"):
        asyncio.run(workspace.term.pull())


def test_progress_counts_the_courses(workspace: Workspace) -> None:
    """So that a page can show a bar."""
    seen: list[tuple[int, int, str]] = []
    asyncio.run(workspace.term.pull(lambda *progress: seen.append(progress)))
    assert seen[-1] == (8, 8, "8 of 8 courses loaded")


def test_a_pull_that_shrank_stops_the_plan_until_it_is_confirmed(box: Running, workspace: Workspace) -> None:
    """Half a district looks like a district whose other half is gone."""
    asyncio.run(workspace.term.pull())
    assert workspace.term.shrunk() == 0.0
    before, rows = len(workspace.term.rows()), workspace.term.rows()
    for group_id in rows["group_id"].unique()[: len(rows["group_id"].unique()) // 4]:
        box.world.delete_group(int(group_id))
    asyncio.run(workspace.term.pull())
    confirm(workspace)
    choose_first(workspace, free_rows(workspace, 1))
    assert workspace.term.shrunk() == pytest.approx(1 - len(workspace.term.rows()) / before)
    with pytest.raises(NotAccepted, match="fewer rows") as refused:
        asyncio.run(workspace.door.begin(workspace.plan(), (), "ann"))
    assert [name.partition(":")[0] for name in refused.value.missing] == ["snapshot_shrank"]
    assert asyncio.run(workspace.door.begin(workspace.plan(), refused.value.missing, "ann"))

"""The doctor recognises a test instance, and a Canvas that went back in time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gpb.doctor.instance import of_address
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import look, tell
from tests.doctor.told import told
from tests.lent import settings_for
from tests.sync.conftest import apply, choose_first, free_rows


@pytest.mark.parametrize(
    ("url", "account", "words"),
    [
        ("https://alden.test.instructure.com", "self", "test instance of Canvas, which is overwritten"),
        ("https://alden.beta.instructure.com/api/v1", "self", "every week"),
        ("https://ALDEN.BETA.Instructure.com:443", "self", "every week"),
        ("https://siteadmin.instructure.com", "self", "Site Admin"),
        ("https://siteadmin.test.instructure.com", "self", "test instance of Canvas"),
        ("https://alden.instructure.com", "site_admin", "Site Admin"),
        ("https://canvas-staging.alden.example", "self", "looks like that of a test instance"),
        ("https://alden.instructure.com", "self", "does not look like a test instance"),
        ("https://testa.instructure.com", "self", "does not look like a test instance"),
        ("https://test.instructure.com.example", "self", "looks like that of a test instance"),
    ],
)
def test_the_name_of_a_server_tells_what_it_is(url: str, account: str, words: str) -> None:
    """Hosted test and beta instances by their names; others by the usual words. None of these is a failure."""
    check = of_address(url, account)
    assert check is not None
    assert (check.ok, words in check.sentence) == (True, True), check.sentence


def test_a_server_on_this_machine_says_nothing(box: Running) -> None:
    """The sandbox is one."""
    assert of_address(box.settings["GPB_CANVAS_URL"], "self") is None


def same_canvas(box: Running, folder: Path) -> tuple[bool, str]:
    """What the doctor says about whether it is still the same."""
    check = told(settings_for(box, folder))["Same Canvas"]
    return check.ok, check.sentence


def test_a_canvas_without_its_newest_groups_went_back(box: Running, tmp_path: Path, pulled: Workspace) -> None:
    """One course that was deleted is no reason; before the first pull there is nothing to compare with."""
    assert "Same Canvas" not in told(settings_for(box, tmp_path / "empty"))
    assert same_canvas(box, tmp_path) == (True, "Canvas has what was read and synced last.")
    groups = pulled.term.latest().tables["groups"].sort_values("group_id").drop_duplicates("course_id", keep="last")
    newest = groups["group_id"].tolist()
    tell(box, f"groups/{newest[-1]}", {"deleted": True})
    assert same_canvas(box, tmp_path)[0]
    for group_id in newest[:-1]:
        tell(box, f"groups/{group_id}", {"deleted": True})
    assert same_canvas(box, tmp_path)[0] is False
    assert "the newest assignment groups of the last snapshot are gone" in same_canvas(box, tmp_path)[1]


@pytest.mark.slow
def test_a_canvas_that_lost_the_last_syncs_went_back(box: Running, tmp_path: Path, pulled: Workspace) -> None:
    """Not where one of several was changed."""
    before: dict[str, Any] = look(box, "state")["groups"]
    rows = free_rows(pulled, 4)
    choose_first(pulled, rows)
    assert apply(pulled)["confirmed"] == 4
    first, *others = rows["group_id"]
    tell(box, f"integration_data/{first}", before[str(first)])
    assert same_canvas(box, tmp_path)[0]
    for group_id in others:
        tell(box, f"integration_data/{group_id}", before[str(group_id)])
    is_same, sentence = same_canvas(box, tmp_path)
    assert (is_same, "4 of the 4 groups that were synced last are no longer as synced" in sentence) == (False, True)
    asyncio.run(pulled.term.pull())
    assert same_canvas(box, tmp_path)[0] is False

"""The doctor tells of every right that a sync needs, without writing anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.sandbox import Running
from tests.conftest import look, tell
from tests.doctor.told import told
from tests.lent import settings_for


@pytest.mark.parametrize(
    ("rights", "is_well", "sentence"),
    [
        ({"manage_assignments"}, True, "can edit assignments in all 8 sampled courses"),
        (set(), False, "cannot edit assignments in 8 of 8 sampled courses"),
        ({"manage_assignments@10"}, False, "cannot edit assignments in 1 of 8 sampled courses"),
    ],
)
def test_a_token_that_may_not_edit_everywhere_is_told_before_the_first_sync(
    box: Running, tmp_path: Path, rights: set[str], is_well: bool, sentence: str
) -> None:
    """Nowhere, or in one school alone; nothing is written for it."""
    settings = settings_for(box, tmp_path)
    token = settings.canvas_token.get_secret_value()
    tell(box, "tokens", {"token": token, "rights": ["read_courses", "read_sis", *rights]})
    check = told(settings)["Edit rights"]
    assert (check.ok, sentence in check.sentence) == (is_well, True), check.sentence
    assert {seen["method"] for seen in look(box, "requests") if seen["path"].startswith("/canvas")} == {"GET"}


def test_each_of_several_tokens_is_checked(box: Running, tmp_path: Path) -> None:
    """By its place, never by what it is; one that sees less would make a reading depend on which was free."""
    known = {frozenset() if key.expired else key.rights: key.token for key in box.keyring.canvas.values()}
    good = max(known, key=len)
    for worse, sentence in ((good - {"read_sis"}, "SIS ids"), (frozenset[str](), "does not accept the token")):
        checks = told(settings_for(box, tmp_path, canvas_token=f"{known[good]}, {known[worse]}"))
        assert [checks[f"Token {place} of 2"].ok for place in (1, 2)] == [True, False]
        assert sentence in checks["Token 2 of 2"].sentence
        assert not any(token in str(checks) for token in known.values())


def test_a_canvas_that_does_not_tell_rights_is_no_failure(box: Running, tmp_path: Path) -> None:
    """A key with scopes may have all that a sync needs, and not this one."""
    tell(box, "script", [{"fault": "scope", "path": "/permissions"}])
    check = told(settings_for(box, tmp_path))["Edit rights"]
    assert (check.ok, "the first sync will show it" in check.sentence) == (True, True)


@pytest.mark.parametrize("fault", ["forbidden", "expired-token", "500"])
def test_a_client_that_may_not_read_assignments_in_one_school_is_told(box: Running, tmp_path: Path, fault: str) -> None:
    """With what cannot be checked for it, and the name under which that is accepted."""
    settings = settings_for(box, tmp_path)
    school = next(iter(box.world.schools))
    own = [one.uuid for one in box.world.sis_sections.values() if one.school.uuid == school]
    tell(box, "script", [{"fault": fault, "path": f"/{uuid}/assignments"} for uuid in own])
    check = told(settings)["Assignments"]
    assert not check.ok
    assert "in 1 of 2 schools sampled" in check.sentence
    assert "could_not_look" in check.sentence


def test_a_client_that_sees_one_school_only_is_told(box: Running, tmp_path: Path) -> None:
    """It gets shorter lists and no error; a school may also not use Focus at all, so this is a hint."""
    settings = settings_for(box, tmp_path)
    assert "Schools in Focus" not in told(settings)
    uuid, *_ = box.world.schools
    for one in [one for one in box.world.sis_sections.values() if one.school.uuid == uuid]:
        del box.world.sis_sections[one.uuid]
    check = told(settings)["Schools in Focus"]
    assert (check.ok, "Focus shows no section of 1 of 2 Canvas accounts" in check.sentence) == (True, True)

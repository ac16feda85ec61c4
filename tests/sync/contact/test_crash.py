"""A first contact whose program is killed between two steps goes on, or is taken back, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import look
from tests.faults.programs import Ended, Program, Trouble
from tests.lent import settings_for
from tests.vendor import Vendor

MOMENTS = [
    pytest.param(("Contacts", "add", 1, "after"), marks=pytest.mark.slow),
    pytest.param(("Journal", "begin", 1, "after"), marks=pytest.mark.slow),
    pytest.param(("Journal", "intend", 1, "after"), marks=pytest.mark.slow),
    ("Journal", "settle", 1, "before"),
    pytest.param(("Journal", "end", 1, "after"), marks=pytest.mark.slow),
    pytest.param(("Contacts", "save", 2, "before"), marks=pytest.mark.slow),
]
"""After the choice; while the program's row is begun, sent, noted and told."""


class Person:
    """Somebody at the command line, whose program may be killed at a moment."""

    def __init__(self, box: Running, folder: Path) -> None:
        self.box, self.folder, self.term = box, folder, str(max(box.world.terms))
        self.environment = {**box.settings, "GPB_DATA_DIR": str(folder / "data"), "GPB_TERM": self.term}

    def __call__(self, *words: str, kill_at: tuple[str, str, int, str] | None = None) -> Ended:
        """Run ``python -m gpb`` to its end."""
        ended = Program([*words], self.environment, self.folder / "out", Trouble(kill_at=kill_at)).wait()
        assert "Traceback" not in ended.err
        return ended

    def workspace(self) -> Workspace:
        """The same term and store, for looking."""
        return Workspace(settings_for(self.box, self.folder / "data", term=self.term))


def meaning(groups: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What Canvas stores, but for an empty key of the vendor's, which nobody can remove."""
    return {
        group: {name: value for name, value in data.items() if (name, value) != ("sistemic", {})}
        for group, data in groups.items()
    }


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("ends", [pytest.param(True, marks=pytest.mark.slow), False])
@pytest.mark.slow
def test_what_was_begun_goes_on_or_is_taken_back(
    box: Running, tmp_path: Path, moment: tuple[str, str, int, str], ends: bool
) -> None:
    """The row that the program wrote is in its journal, whenever it was killed."""
    person = Person(box, tmp_path)
    assert person("pull").code == 0
    opened = person.workspace()
    before = look(box, "state")["groups"]
    row = opened.first_contact.choices().iloc[0]
    choice = ["first-contact", "--group", str(row["group_id"]), "--section", str(row["section_id"])]
    ended = person(*choice, kill_at=moment if moment[1] == "add" else None)
    assert ended.code == (-9 if moment[1] == "add" else 1)
    contact = opened.first_contact.under_way()
    assert contact is not None
    vendor = Vendor(box, "mapping")
    vendor.associates(contact)
    assert person("first-contact", "--look").code == 1
    if moment[1] != "add":
        assert person("first-contact", "--write", kill_at=moment).code == -9
    if not ends:
        assert "Look in Canvas" in person("first-contact", "--write").out
        assert vendor.shows(contact.ours)
        assert person("first-contact", "--answer", "yes").code == 0
    taken = person("first-contact", "--take-back")
    assert "Both were taken back" in taken.out, taken
    assert taken.code == (1 if ends else 0)
    assert meaning(look(box, "state")["groups"]) == meaning(before)
    assert opened.first_contact.under_way() is None
    opened.close()

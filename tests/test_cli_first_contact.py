"""``python -m gpb first-contact``: guided, step by step, and as one word on plain evidence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gpb.cli import main
from gpb.sandbox import Running
from gpb.store.database import Database
from gpb.store.shape.contacts import Contact, Contacts
from tests.conftest import look
from tests.test_cli import Shell
from tests.variants import first_quick
from tests.vendor import Vendor


def guided(shell: Shell, *answers: str) -> Result:
    """The guide, with these lines typed."""
    return CliRunner().invoke(main, ["first-contact"], env=shell.environment, input="".join(f"{a}\n" for a in answers))


def draft_one(shell: Shell, box: Running) -> None:
    """Import one edit, with the first category that fits an unassociated row."""
    rows = shell.exported()
    free = [row for row in reversed(rows) if row["status"] == "Unassociated"]
    row = next(row for row in free if box.world.valid_categories(row["sis_section_id"]))
    row["category_id"] = box.world.valid_categories(row["sis_section_id"])[0].uuid
    row["category"] = ""
    assert shell("import", shell.write(rows)).exit_code == 0


def under_way(shell: Shell, box: Running) -> Contact:
    """The first contact as it is kept."""
    database = Database(f"sqlite:///{shell.folder / 'data' / 'gpb.sqlite'}")
    (found,) = (one for one in Contacts(database, box.settings["GPB_CANVAS_URL"]).all() if one.is_open)
    database.close()
    return found


@pytest.mark.slow
def test_the_guide_asks_for_one_step_after_the_other_and_goes_on_where_it_was_left(
    box: Running, tmp_path: Path
) -> None:
    """On an empty term: choose, associate in Canvas, try, look, take back; then the term can be synced."""
    shell = Shell({**box.settings, "GPB_TERM": str(max(box.world.terms))}, tmp_path)
    shell("pull")
    left = guided(shell, "1", "n")
    assert left.exit_code == 1
    assert "associate “" in left.stdout
    contact = under_way(shell, box)
    Vendor(box, "mapping").associates(contact)
    done = guided(shell, "y", "y", "y", "y")
    assert done.exit_code == 0, done.output
    assert "id in “ref” and title in “shownAs”" in done.stdout
    assert "Both were taken back" in done.stdout
    draft_one(shell, box)
    assert shell("apply", "--yes").exit_code == 0
    assert guided(shell).exit_code == 0


@pytest.mark.slow
def test_plain_evidence_needs_one_word_which_apply_takes_too(box: Running, tmp_path: Path) -> None:
    """Without it nothing is written, not even by force; whoever says yes to apply says it, and the name is kept."""
    shell = Shell(box.settings, tmp_path)
    shell("pull")
    draft_one(shell, box)
    refused = shell("apply", "--force")
    assert refused.exit_code == 1
    assert "first-contact --confirm" in refused.stderr
    assert not any(seen["method"] == "PUT" for seen in look(box, "requests"))
    assert "Nobody has confirmed this yet" in shell("doctor").stdout
    assert guided(shell, "n", "1", "n").exit_code == 1
    assert shell("first-contact", "--take-back").exit_code == 1
    applied = shell("apply", "--yes")
    assert applied.exit_code == 0
    assert "has confirmed this for this Canvas" in applied.stderr
    assert re.search(r"confirmed it on \d\d \w+ \d{4}", shell("doctor").stdout)
    assert shell("first-contact", "--confirm").exit_code == 0


@pytest.mark.parametrize(
    ("answers", "asked", "code"),
    first_quick([("yy", 2, 0), ("yn", 2, 1), ("n", 1, 1)], 2),
)
def test_at_a_terminal_apply_asks_for_the_word_and_for_the_write(
    box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: str, asked: int, code: int
) -> None:
    """Each by itself; a word stays though nothing is written, and only two times yes writes."""
    shell = Shell(box.settings, tmp_path)
    shell("pull")
    draft_one(shell, box)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    typed = "".join(f"{answer}\n" for answer in answers)
    done = CliRunner().invoke(main, ["apply"], env=shell.environment, input=typed)
    questions = [question in done.output for question in ("Is this right? [y/N]", "Write this to Canvas? [y/N]")]
    assert (questions, done.exit_code) == ([True, asked == 2], code)
    assert ("confirmed it on" in shell("doctor").stdout) == (answers[0] == "y")
    assert any(seen["method"] == "PUT" for seen in look(box, "requests")) == (answers == "yy")


def test_steps_out_of_turn_are_sentences(box: Running, tmp_path: Path) -> None:
    """And none of them writes anything."""
    shell = Shell({**box.settings, "GPB_TERM": str(max(box.world.terms))}, tmp_path)
    shell("pull")
    for step in (["--look"], ["--write"], ["--answer", "yes"], ["--take-back"], ["--group", "1", "--section", "1"]):
        told = shell("first-contact", *step)
        assert told.exit_code == 1
        assert told.stderr.strip().endswith(".")
    assert "No association made in Canvas" in shell("first-contact", "--confirm").stderr
    assert shell("first-contact", "--look", "--write").exit_code == 64
    assert shell("first-contact", "--group", "1").exit_code == 64
    assert not any(seen["method"] == "PUT" for seen in look(box, "requests"))


@pytest.mark.slow
def test_the_flag_alone_is_known_and_said_by_doctor_and_apply(box: Running, tmp_path: Path) -> None:
    """Of a migrated district; exit code 0, since it is known, and nothing can be written."""
    shell = Shell({**box.settings, "GPB_TERM": str(max(box.world.terms))}, tmp_path)
    shell("pull")
    draft_one(shell, box)
    guided(shell, "1", "n")
    Vendor(box, "flag only").associates(under_way(shell, box))
    told = shell("first-contact", "--look")
    assert (told.exit_code, "Only the flag came" in told.stdout) == (0, True)
    assert "not with what" in shell("doctor").stdout
    assert "not with what" in shell("apply", "--yes", "--force").stderr
    assert shell("audit").exit_code == 0

"""The command that drafts categories which sections do not have in Focus yet."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import click

from gpb.cli.common import open_term
from gpb.errors import InputError
from gpb.keys import Key
from gpb.numbers import whole_number
from gpb.printable import one_line
from gpb.settings import operating_system_user

NOT_ALL = 3


@click.command("add-categories")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def add_categories(file: Path) -> None:
    """Draft categories that sections do not have yet (needs GPB_WRITE_FOCUS=true); nothing is written.

    FILE: CSV with group_id, section_id and category, a title or the id of a category. `plan` shows what is added to
    Focus, `apply` does it first, then associates. Exits with code 3 if some lines could not be drafted.
    """
    choices = _read(file)
    edited = open_term().add_categories(choices, person=operating_system_user(), label=f"add-categories {file.name}")
    for refusal in edited.refused:
        click.echo(one_line(f"Not drafted: group {refusal.key[0]} in section {refusal.key[1]}: {refusal.reason}."),
                   err=True)  # fmt: skip
    click.echo(json.dumps({"drafted": edited.moved, "refused": len(edited.refused)}))
    if edited.refused:
        sys.exit(NOT_ALL)


def _read(file: Path) -> dict[Key, str]:
    """The choices of a file; raises InputError, which names the line, where one cannot be read."""
    choices: dict[Key, str] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=2):
                group_id, section_id = (whole_number(row.get(name) or "") for name in ("group_id", "section_id"))
                if group_id is None or section_id is None:
                    raise InputError(f"Line {number} of {file} has no group_id and section_id as whole numbers.")
                choices[group_id, section_id] = (row.get("category") or "").strip()
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} is not a CSV file in UTF-8. Save it as CSV UTF-8, then try again.") from error
    if not choices:
        raise InputError(f"{file} has no lines below group_id, section_id, category. Nothing was drafted.")
    return choices

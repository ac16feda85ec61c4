"""Proposals for names in a file, so that anyone can measure them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import click

from gpb.errors import InputError
from gpb.suggest.by_name import propose
from gpb.suggest.vocabulary import read_vocabulary

NEEDED = ("case", "group", "categories")
GIVEN = ("case", "proposal", "tier", "reason")


@click.command("propose")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def propose_(file: Path) -> None:
    """Propose a category for bare group names; needs no district.

    FILE is a CSV file with the columns case, group and categories (the titles of the section, as a JSON list). Written
    to stdout: case, proposal, tier (A, B or C; empty where there is nothing to ask) and reason.
    """
    vocabulary = read_vocabulary()
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(GIVEN)
    for case, group, titles in _cases(file):
        found = propose(group, titles, vocabulary)
        writer.writerow([case, found.title or "", found.tier or "", found.reason])
    click.echo(out.getvalue().encode(), nl=False)  # UTF-8 whatever the terminal takes, as every CSV


def _cases(file: Path) -> list[tuple[str, str, list[str]]]:
    """Raises InputError, with the number of the line, where the file is not as it should be."""
    try:
        lines = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline=""))
        missing = [name for name in NEEDED if name not in (lines.fieldnames or ())]
        if missing:
            raise InputError(f"{file} has no column {missing[0]}. It needs the columns {', '.join(NEEDED)}.")
        return [
            (line["case"] or "", line["group"] or "", _titles(line["categories"], lines.line_num)) for line in lines
        ]
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text. Save it as “CSV UTF-8”.") from error
    except csv.Error as error:
        raise InputError(f"{file} cannot be read as CSV ({error}). Save it as “CSV UTF-8”.") from error


def _titles(text: str | None, line: int) -> list[str]:
    try:
        found = json.loads(text or "")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(title, str) for title in found):
        raise InputError(f'Line {line}: categories must be a list of titles like ["Homework", "Tests"].')
    return found

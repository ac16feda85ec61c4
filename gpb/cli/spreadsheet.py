"""The association frame out as a file, and edits of it back in."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import Provenance
from gpb.cli.common import open_term
from gpb.errors import InputError
from gpb.exchange import Imported, check_size, export_csv, export_xlsx, import_csv, problem_table, rows_in
from gpb.printable import one_line
from gpb.settings import operating_system_user


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--no-bom", is_flag=True, help="Plain UTF-8, without the byte order mark that Excel looks for.")
def export(file: Path, no_bom: bool) -> None:
    """Write all associations, drafts included, as CSV, or as an Excel workbook if FILE ends in .xlsx."""
    workspace = open_term()
    rows, snapshot = workspace.term.rows(), workspace.term.latest()
    provenance = Provenance(snapshot.id, snapshot.facts, zone=workspace.settings.zone)
    is_workbook = file.suffix.lower() == ".xlsx"
    file.write_bytes(
        export_xlsx(rows, snapshot.validity, provenance)
        if is_workbook
        else export_csv(rows, provenance, bom=not no_bom)
    )
    click.echo(f"{len(rows):,} rows written to {file}.", err=True)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--take-away",
    is_flag=True,
    help="Let empty category cells remove associations even if the file does not record what it showed.",
)
@click.option(
    "--replace-drafts", is_flag=True, help="Replace drafts that someone else made since the file was exported."
)
@click.option(
    "--problems",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all lines that cannot be imported as CSV to this file, each with the nearest category.",
)
def import_(file: Path, take_away: bool, replace_drafts: bool, problems: Path | None) -> None:
    """Import edits from CSV, TXT or XLSX as drafts; a file with bad lines or open questions is refused as a whole."""
    workspace, person = open_term(), operating_system_user()
    snapshot = workspace.term.latest()
    check_size(file.stat().st_size)
    imported = import_csv(
        file.read_bytes(),
        workspace.term.rows(snapshot),
        snapshot.validity,
        person=person,
        earlier=workspace.term.earlier,
        newest=snapshot.id,
    )
    if problems is not None:
        problems.write_bytes(safe_csv(problem_table(imported.bad)))
    for problem in (*imported.notes, *imported.problems, *filter(None, [imported.more, imported.nothing])):
        click.echo(one_line(problem), err=True)
    if imported.bad:
        raise InputError(f"Nothing was imported from {file}. Correct the lines listed above, then import it again.")
    taken = imported.taken(take_away=take_away, replace=replace_drafts)
    if len(taken) < len(imported.edits):
        raise InputError(f"Nothing was imported from {file}: {_open_questions(imported, take_away, replace_drafts)}")
    edited = workspace.edit(
        {key: edit.choice for key, edit in taken.items()},
        seen={key: edit.seen for key, edit in taken.items()},
        person=person,
        label=f"import of {file.name}",
    )
    moved = sum(edit.has_moved for edit in taken.values())
    if moved:
        click.echo(
            f"{moved} of these rows changed in Canvas since the file was exported. Their drafts wait for a decision "
            "on the Review page.",
            err=True,
        )
    click.echo(json.dumps({"edits": len(taken), "drafts_moved": edited.moved}))


def _open_questions(imported: Imported, take_away: bool, replace_drafts: bool) -> str:
    """What has to be answered by an option before the file is taken, with the lines in question."""
    emptied = [edit.line for edit in imported.edits.values() if edit.takes_away and not take_away]
    drafted = [edit.line for edit in imported.edits.values() if edit.replaces is not None and not replace_drafts]
    told = []
    if emptied:
        told.append(
            "it does not record what it showed when it was exported, and its empty cells would remove the category "
            f"of {rows_in(emptied)}. Delete these lines, or add --take-away if that is what you want."
        )
    if drafted:
        told.append(
            f"someone else drafted {rows_in(drafted)} since it was exported. Export again to see those drafts, or "
            "add --replace-drafts to replace them."
        )
    return " Also, ".join(told)

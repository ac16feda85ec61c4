"""The group of all commands, and those that read Canvas or write nothing but drafts and files."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
import pandas as pd

from gpb.analysis import audited
from gpb.audit.output import audit_files
from gpb.audit.reports.registry import Provenance
from gpb.audit.terminal import audit_text, text_table
from gpb.cli.common import open_term, open_workspace, read_settings, tell_stand_in, told_progress
from gpb.cli.syncing import apply, plan_, resume, undo, worker
from gpb.doctor import diagnose
from gpb.errors import GpbError, InputError, NotAccepted
from gpb.exchange import Imported, check_size, export_csv, import_csv, rows_in
from gpb.frames.schemas import STATUSES
from gpb.printable import one_line
from gpb.sandbox.command import sandbox
from gpb.settings import operating_system_user
from gpb.sync.pull import no_progress

FAILED_ON = 2
USAGE = 64  # EX_USAGE of sysexits.h; click's own 2 means here that there are changes


class Commands(click.Group):
    """Turns every error of the program into its sentence on stderr and exit code 1, a typing mistake into USAGE."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command line, and end the process with its exit code."""
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as asked:
            click.echo(asked.format_message(), err=True)
            code = USAGE
        except click.UsageError as error:
            path = error.ctx.command_path if error.ctx else "python -m gpb"
            click.echo(f"{error.format_message()} See `{path} --help`.", err=True)
            code = USAGE
        except click.ClickException as error:
            click.echo(error.format_message(), err=True)
            code = error.exit_code
        except click.Abort:
            click.echo("Stopped.", err=True)
            code = 1
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except NotAccepted as error:
            options = " ".join(f"--accept {name}" for name in error.missing)
            click.echo(f"{error} To confirm just that, add {options} to the command." if options else error, err=True)
            ctx.exit(1)
        except GpbError as error:
            click.echo(str(error), err=True)
            ctx.exit(1)
        except OSError as error:
            click.echo(f"The file {error.filename} cannot be used ({error.strerror}).", err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Associate Canvas assignment groups with the grading categories of Focus, a whole term at once."""


for command in (sandbox, plan_, apply, undo, resume, worker):
    main.add_command(command)


@main.command()
def doctor() -> None:
    """Check both connections: address, token, rights, a sample read, the codec, sections that resolve."""
    checks = asyncio.run(diagnose(read_settings()))
    for check in checks:
        click.echo(f"{'ok    ' if check.ok else 'FAILED'}  {check.name:<14} {one_line(check.sentence)}")
    if not all(check.ok for check in checks):
        sys.exit(1)


@main.command()
def pull() -> None:
    """Refresh the snapshot of the term."""
    click.echo(json.dumps(asyncio.run(open_workspace().pull(told_progress()))))


FILE = click.Path(path_type=Path, dir_okay=False)
FILE_OR_STDOUT = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@main.command()
@click.option("--pull", "pull_first", is_flag=True, help="Take a new snapshot first.")
@click.option("--csv", type=FILE_OR_STDOUT, metavar="FILE", help="Write the findings as CSV; - is stdout.")
@click.option("--xlsx", type=FILE, metavar="FILE", help="Write all reports as a workbook.")
@click.option("--zip", "bundle", type=FILE, metavar="FILE", help="Write a workbook per school, in a zip.")
@click.option("--mail", type=FILE_OR_STDOUT, metavar="FILE", help="Write a mail: .html as HTML, else, and -, Markdown.")
@click.option("--new-only", is_flag=True, help="Leave out what the last audit had, in everything but the mail.")
@click.option("--fail-on", multiple=True, type=click.Choice(STATUSES, case_sensitive=False), metavar="STATUS",
              help="Exit code 2 when a row has this status; may be repeated.")  # fmt: skip
@click.option("--fail-on-new", is_flag=True, help="Exit code 2 when scores are lost that the last audit did not miss.")
def audit(pull_first: bool, new_only: bool, fail_on: tuple[str, ...], fail_on_new: bool, **files: Path | None) -> None:
    """List what grade passback would not serve, and who can fix it; the findings as a table, or as files."""
    workspace = open_workspace()
    if pull_first:
        asyncio.run(workspace.pull(told_progress() if sys.stderr.isatty() else no_progress))  # cron mails every line
    tell_stand_in(workspace)
    result, rows = audited(workspace), workspace.rows()
    contents = audit_files(result, rows, new_only=new_only)
    for kind, file in files.items():
        if file is not None:
            _write(file, contents[kind](file))
    if not any(files.values()):
        click.echo(audit_text(result, new_only=new_only))
    workspace.audits().mark(result.provenance.snapshot)  # last: an audit that nobody got to see was none
    if rows["status"].isin(fail_on).any() or (fail_on_new and result.lost_anew):
        sys.exit(FAILED_ON)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--no-bom", is_flag=True, help="Plain UTF-8, without the mark that spreadsheets look for.")
def export(file: Path, no_bom: bool) -> None:
    """Write the association frame as CSV, drafts included."""
    workspace = open_term()
    rows, snapshot = workspace.rows(), workspace.latest()
    file.write_bytes(export_csv(rows, Provenance(snapshot.id, snapshot.facts), bom=not no_bom))
    click.echo(f"{len(rows)} rows written to {file}.", err=True)


@main.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--take-away",
    is_flag=True,
    help="An empty category takes the association away, also where the file does not tell what it showed.",
)
@click.option("--replace-drafts", is_flag=True, help="Replace what somebody else drafted since the file was exported.")
def import_(file: Path, take_away: bool, replace_drafts: bool) -> None:
    """Take the edits in a CSV as drafts; a file with bad lines, or with an open question, is refused whole."""
    workspace, person = open_term(), operating_system_user()
    snapshot = workspace.latest()
    check_size(file.stat().st_size)
    imported = import_csv(
        file.read_bytes(),
        workspace.rows(snapshot),
        snapshot.validity,
        person=person,
        earlier=workspace.earlier,
    )
    for problem in (*imported.problems, *filter(None, [imported.more])):
        click.echo(one_line(problem), err=True)
    if imported.problems:
        raise InputError(f"Nothing was taken from {file}: correct the lines above, then import it again.")
    taken = imported.taken(take_away=take_away, replace=replace_drafts)
    if len(taken) < len(imported.edits):
        raise InputError(f"Nothing was taken from {file}: {_open_questions(imported, take_away, replace_drafts)}")
    edited = workspace.edit(
        {key: edit.choice for key, edit in taken.items()},
        seen={key: edit.seen for key, edit in taken.items()},
        person=person,
        label=f"import of {file.name}",
    )
    moved = sum(edit.has_moved for edit in taken.values())
    if moved:
        click.echo(
            f"{moved} of these rows changed in Canvas since the file was exported: their drafts wait on the Review "
            "page for a decision.",
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
            f"it does not tell what it showed, and an empty cell would take the category of {rows_in(emptied)} away. "
            "Remove these lines, or add --take-away if that is meant."
        )
    if drafted:
        told.append(
            f"somebody else drafted {rows_in(drafted)} since it was exported. Export again and look, or add "
            "--replace-drafts to replace these drafts."
        )
    return " Also, ".join(told)


@main.command()
def runs() -> None:
    """List all runs, the newest first."""
    journal = open_workspace().journal
    listed = [
        {"run": r.run_id, "started": r.started_at, "person": r.person, "term": r.term, "state": r.state}
        | journal.summary(r.run_id)
        for r in journal.runs()
    ]
    click.echo(text_table(pd.DataFrame(listed)) if listed else "There have been no runs yet.")


def _write(file: Path, content: bytes) -> None:
    if file == Path("-"):
        click.echo(content, nl=False)
    else:
        file.write_bytes(content)

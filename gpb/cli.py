"""The command line: the same verbs as the pages. Names and exit codes are fixed, others script against them."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click
import pandas as pd

from gpb.analysis import audited, configured
from gpb.audit.output import audit_files
from gpb.audit.reports.registry import Provenance
from gpb.audit.terminal import audit_text, text_table
from gpb.doctor import diagnose
from gpb.errors import GpbError, InputError
from gpb.exchange import Imported, check_size, export_csv, import_csv, rows_in
from gpb.frames.schemas import STATUSES
from gpb.logfile import start_log
from gpb.printable import one_line
from gpb.sandbox.command import sandbox
from gpb.settings import Settings, operating_system_user
from gpb.sync.gates import passed_back_objection
from gpb.sync.plan import Plan, rows_of
from gpb.sync.pull import no_progress
from gpb.worker import Worker
from gpb.workspace import Workspace

CHANGES, FAILED_ON, NOT_ALL = 2, 2, 3
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
        except GpbError as error:
            click.echo(str(error), err=True)
            ctx.exit(1)
        except OSError as error:
            click.echo(f"The file {error.filename} cannot be used ({error.strerror}).", err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Associate Canvas assignment groups with the grading categories of Focus, a whole term at once."""


main.add_command(sandbox)


@main.command()
def doctor() -> None:
    """Check both connections: address, token, rights, a sample read, the codec, sections that resolve."""
    checks = asyncio.run(diagnose(_settings()))
    for check in checks:
        click.echo(f"{'ok    ' if check.ok else 'FAILED'}  {check.name:<14} {one_line(check.sentence)}")
    if not all(check.ok for check in checks):
        sys.exit(1)


@main.command()
def pull() -> None:
    """Refresh the snapshot of the term."""
    click.echo(json.dumps(asyncio.run(_workspace().pull(_progress()))))


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
    workspace = _workspace()
    if pull_first:
        asyncio.run(workspace.pull(_progress() if sys.stderr.isatty() else no_progress))  # cron mails every line
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
    workspace = _workspace()
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
    workspace, person = _workspace(), operating_system_user()
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


@main.command("plan")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan as JSON.")
def plan_(output: Path | None) -> None:
    """Show the changes that the drafts ask for; writes nothing to Canvas. Exit code 2 when there are any."""
    workspace = _workspace()
    plan = workspace.plan()
    _show_plan(plan, output)
    for objection in workspace.objections(plan):  # ``apply`` will refuse it
        click.echo(str(objection), err=True)
    moved = int(workspace.rows()["moved"].sum())
    if moved:
        click.echo(
            f"{moved} drafts are left out: Canvas stores something else now than when they were made. "
            "Decide about them on the Review page.",
            err=True,
        )
    if plan.changes:
        sys.exit(CHANGES)


@main.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Apply although a gate asks for a second look.")
def apply(file: Path | None, yes: bool, force: bool) -> None:
    """Apply a plan, or the present drafts. Exit code 3 when some rows were not confirmed."""
    workspace = _workspace()
    _apply(workspace, _read_plan(file) if file else workspace.plan(), yes=yes, force=force)


@main.command()
def runs() -> None:
    """List all runs, the newest first."""
    journal = _workspace().journal
    listed = [
        {"run": r.run_id, "started": r.started_at, "person": r.person, "term": r.term, "state": r.state}
        | journal.summary(r.run_id)
        for r in journal.runs()
    ]
    click.echo(text_table(pd.DataFrame(listed)) if listed else "There have been no runs yet.")


@main.command()
@click.argument("run")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Only write the plan, as JSON.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Apply although a gate asks for a second look.")
def undo(run: str, output: Path | None, yes: bool, force: bool) -> None:
    """Take a run back: a new plan from its journal, applied after a question."""
    workspace = _workspace()
    back = workspace.undo(run)
    for change in back.skipped:
        click.echo(one_line(f"Left alone, changed since: “{change.group}” in section {change.section}."), err=True)
    if output is not None:
        _show_plan(back.plan, output)
        sys.exit(CHANGES if back.plan.changes else 0)
    _apply(workspace, back.plan, yes=yes, force=force)


@main.command()
def resume() -> None:
    """Finish what a crash or an error left. Exit code 3 when some rows were not confirmed."""
    workspace = _workspace()
    _watch_the_holder(workspace)
    left = workspace.unfinished()
    if not left:
        click.echo("No run was left unfinished.", err=True)
    are_done = [_is_done(workspace, workspace.resume(one.run_id, operating_system_user())) for one in reversed(left)]
    if not all(are_done):
        sys.exit(NOT_ALL)


@main.command()
def worker() -> None:
    """Carry out the runs that the pages queue (GPB_WORKER=process), until SIGTERM or Ctrl-C; one line per event."""
    carrier = Worker(_settings(), lambda line: click.echo(one_line(line), err=True))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: carrier.stop())
    carrier.work()


def _watch_the_holder(workspace: Workspace) -> None:
    """Wait until it is known whether the holder of the term lives; only another machine's, or one that stands still."""
    scope = workspace.latest().facts.scope
    if workspace.journal.is_in_doubt(scope):
        click.echo("Watching whether the process that syncs this term still lives.", err=True)
    while workspace.journal.is_in_doubt(scope):
        time.sleep(0.2)
    live = workspace.live_run()
    if live is not None:
        click.echo(f"Run {live.run_id} of {live.person} is {live.state} and is left alone.", err=True)


def _settings() -> Settings:
    settings = configured()
    start_log(settings.data_dir)
    return settings


def _workspace() -> Workspace:
    return Workspace(_settings())


def _read_plan(file: Path) -> Plan:
    try:
        return Plan.from_json(json.loads(file.read_text(encoding="utf-8")))
    except ValueError as error:
        raise InputError(f"{file} is no plan. Make one with `plan -o FILE.json`.") from error


def _show_plan(plan: Plan, output: Path | None) -> None:
    if output is not None:
        output.write_text(json.dumps(plan.to_json(), ensure_ascii=False, indent=1), encoding="utf-8")
        click.echo(f"The plan is in {output}.", err=True)
    if plan.changes:
        click.echo(text_table(rows_of(plan).drop(columns=["course_id", "group_id", "section_id"])))
    click.echo(", ".join(f"{count} to {kind}" for kind, count in plan.kinds.items()))


def _apply(workspace: Workspace, plan: Plan, *, yes: bool, force: bool) -> None:
    workspace.check(plan, force=True)
    if not force:
        _raise_objections(workspace, plan)  # also to an empty one: drafts on rows that a pull has lost are in no plan
    if not plan.changes:
        click.echo(json.dumps({"run": None, **workspace.journal.summary("")}))
        return
    if not yes:
        _show_plan(plan, None)
        if not sys.stdin.isatty():
            raise InputError("Nothing was written: add --yes to apply without a question.")
        click.confirm("Write this to Canvas?", abort=True)
    if not _is_done(workspace, workspace.begin(plan, operating_system_user())):
        sys.exit(NOT_ALL)


def _raise_objections(workspace: Workspace, plan: Plan) -> None:
    """Say everything that speaks against the plan before anybody overrules it; raises the first of these gates."""
    against = [*workspace.objections(plan), *passed_back_objection(asyncio.run(workspace.passed_back(plan)))]
    for objection in against[1:]:
        click.echo(str(objection), err=True)
    if against:
        raise type(against[0])(f"{against[0]} To confirm it here, add --force.")


def _is_done(workspace: Workspace, run_id: str) -> bool:
    """Carry a run out and tell how it ended; whether all of its rows are confirmed."""
    summary = asyncio.run(workspace.perform(run_id, _progress()))
    click.echo(json.dumps(summary))
    rows = workspace.outcomes(workspace.journal.run(run_id))
    failed = rows.loc[~rows["outcome"].isin(["confirmed", "unchanged"])]
    if len(failed):
        click.echo(text_table(failed[["outcome", "school", "course", "group", "section", "reason"]]), err=True)
    return failed.empty


def _progress() -> Callable[[int, int, str], None]:
    """Progress on stderr: a line at most every 5 %."""
    last = -1

    def show(done: int, total: int, text: str) -> None:
        nonlocal last
        step = 20 * done // total if total else 0
        if step != last:
            last = step
            click.echo(one_line(text), err=True)

    return show


def _write(file: Path, content: bytes) -> None:
    if file == Path("-"):
        click.echo(content, nl=False)
    else:
        file.write_bytes(content)

"""Commands that read Canvas and Focus, and tell what was read and what was written."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

import click
import pandas as pd

from gpb.analysis import audited
from gpb.audit.reports.output import audit_files
from gpb.audit.reports.terminal import audit_text, text_table
from gpb.cli.common import (
    FILE_OR_STDOUT,
    open_workspace,
    read_settings,
    take_term,
    tell_stand_in,
    tell_terms,
    tell_unread,
    told_progress,
    write_out,
)
from gpb.doctor.doctor import diagnose
from gpb.doctor.setup import PLACES, wrong_settings
from gpb.frames.schemas import STATUSES
from gpb.printable import one_line
from gpb.settings import refusal
from gpb.term.pull import no_progress

FAILED_ON = 2


@click.command()
def doctor() -> None:
    """Check both connections: addresses, token, permissions, a sample of the data, and how associations are stored."""
    _, wrong = wrong_settings()
    if {one.name for one in wrong} - PLACES:  # of the store there is a check, beside which the others go on
        raise refusal(wrong)
    checks = asyncio.run(diagnose(read_settings()))
    for check in checks:
        click.echo(f"{'ok    ' if check.ok else 'FAILED'}  {check.name:<14} {one_line(check.sentence)}")
    if not all(check.ok for check in checks):
        sys.exit(1)


@click.command()
@click.option(
    "--use-term",
    metavar="TERM",
    help="Use this term from now on: an id, or sis_term_id:X. Without GPB_TERM it is remembered.",
)
@click.option("--past", metavar="TERM", help="Read an earlier term instead: an id, sis_term_id:X, or its name.")
@click.option("--full", is_flag=True, help="Read all courses, and not only those that have changed.")
def pull(use_term: str | None, past: str | None, *, full: bool) -> None:
    """Pull the term from Canvas and Focus and keep it as a new snapshot."""
    if use_term is not None and past is not None:
        raise click.UsageError("--use-term and --past are about different terms: give one at a time.")
    workspace = open_workspace()
    if past is not None:
        summary = asyncio.run(workspace.earlier.pull(past, told_progress()))
        tell_unread(workspace, summary["snapshot"])
        click.echo(json.dumps(summary))
        return
    if use_term is not None:
        workspace = take_term(workspace, use_term)
    summary = asyncio.run(workspace.term.pull(told_progress(), is_whole=full))
    if (missed := workspace.term.changed.missed.told()) is not None:
        click.echo(one_line(missed), err=True)
    tell_terms(workspace)
    tell_unread(workspace)
    click.echo(json.dumps(summary))


FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--pull", "pull_first", is_flag=True, help="Take a new snapshot first.")
@click.option("--csv", type=FILE_OR_STDOUT, metavar="FILE", help="Write the findings as CSV; - is stdout.")
@click.option("--xlsx", type=FILE, metavar="FILE", help="Write all reports as a workbook.")
@click.option("--zip", "bundle", type=FILE, metavar="FILE", help="Write a workbook per school, in a zip.")
@click.option(
    "--mail",
    type=FILE_OR_STDOUT,
    metavar="FILE",
    help="Write an email: HTML if FILE ends in .html, otherwise (and for -) Markdown.",
)
@click.option("--new-only", is_flag=True, help="Leave out what the last audit already found, except in the email.")
@click.option("--fail-on", multiple=True, type=click.Choice(STATUSES, case_sensitive=False), metavar="STATUS",
              help="Exit with code 2 if any row has this status; can be repeated.")  # fmt: skip
@click.option(
    "--fail-on-new",
    is_flag=True,
    help="Exit with code 2 if there is a new finding of severity lost, or of a sync that no longer stands, that "
    "nobody accepted.",
)
def audit(pull_first: bool, new_only: bool, fail_on: tuple[str, ...], fail_on_new: bool, **files: Path | None) -> None:
    """List what would not be passed back, why, and who can fix it, as a table or as files."""
    workspace = open_workspace()
    if pull_first:
        progress = told_progress() if sys.stderr.isatty() else no_progress  # cron mails every line
        asyncio.run(workspace.term.pull(progress, is_whole=True))
        tell_terms(workspace)
        tell_unread(workspace)
    tell_stand_in(workspace)
    result, rows = audited(workspace), workspace.term.rows()
    contents = audit_files(result, rows, new_only=new_only)
    for kind, file in files.items():
        if file is not None:
            write_out(file, contents[kind](file))
    if not any(files.values()):
        click.echo(audit_text(result, new_only=new_only))
    workspace.audit.marks().mark(result.provenance.snapshot)  # last: an audit that nobody got to see was none
    if rows["status"].isin(fail_on).any() or (fail_on_new and result.lost_anew):
        sys.exit(FAILED_ON)


@click.command()
def runs() -> None:
    """List all runs, the newest first; times are those of the district."""
    workspace = open_workspace()
    known, zone = workspace.runs, workspace.settings.zone
    listed = [
        {
            "run": r.run_id,
            "started": f"{datetime.fromisoformat(r.started_at).astimezone(zone):%Y-%m-%d %H:%M %Z}",
            "person": r.person,
            "term": r.term,
            "state": r.state,
        }
        | known.counts(r.run_id)
        for r in known.all()
    ]
    click.echo(text_table(pd.DataFrame(listed)) if listed else "There have been no runs yet.")

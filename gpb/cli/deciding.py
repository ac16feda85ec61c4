"""Commands about decisions: the list of them, as a file out and in; and what earlier terms had, carried forward."""

from __future__ import annotations

import json
import sys
from datetime import tzinfo
from pathlib import Path

import click

from gpb.audit.kinds import days
from gpb.audit.reports.terminal import text_table
from gpb.cli.common import FILE_OR_STDOUT, open_term, open_workspace, write_out
from gpb.errors import InputError
from gpb.exchange.decisions_file import export_decisions, read_decisions
from gpb.exchange.reading import check_size
from gpb.printable import one_line
from gpb.settings import operating_system_user
from gpb.suggest.decisions.carry import LEFT, Outcome
from gpb.suggest.room.carrying import Carried
from gpb.suggest.room.rules import Rules
from gpb.workspace import Workspace

SHOWN = ["decision_id", "kind", "group", "title", "titles", "scope", "scope_value", "person", "made_at"]
TOLD = ["outcome", "group", "rows", "assignments", "schools", "reason"]
LISTED = 20
"""Patterns; the rest is counted."""
CONTRADICTED = 2
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--csv", type=FILE_OR_STDOUT, metavar="FILE", help="Write them as CSV; - is stdout.")
@click.option("--all", "with_off", is_flag=True, help="Also those that are off.")
@click.option("--import", "file", type=FILE, metavar="FILE", help="Tell what the decisions of a CSV file would do ...")
@click.option("--yes", is_flag=True, help="... and turn them on.")
@click.option("--on", "on", type=int, multiple=True, metavar="ID", help="Turn a decision on; can be repeated.")
@click.option("--off", "off", type=int, multiple=True, metavar="ID", help="Turn a decision off; can be repeated.")
def decisions(
    csv: Path | None, with_off: bool, file: Path | None, yes: bool, on: tuple[int, ...], off: tuple[int, ...]
) -> None:
    """List what was decided for group names, and the rules of the district; as a file out and in, on and off."""
    if sum((csv is not None or with_off, file is not None, bool(on), bool(off))) > 1:
        raise click.UsageError("List, import, turn on and turn off are steps of their own: give one at a time.")
    if yes and file is None:
        raise click.UsageError("--yes belongs to --import.")
    if file is not None:
        _import(open_term(), file, yes=yes)
        return
    workspace = open_workspace()
    rules = workspace.rules
    if on or off:
        moved = rules.turn(on or off, on=bool(on), person=operating_system_user())
        click.echo(json.dumps({"turned_on" if on else "turned_off": moved}))
    elif csv is not None:
        write_out(csv, export_decisions(rules.handed_on(with_off=with_off)))
    else:
        _list(rules, workspace.settings.zone, with_off=with_off)


def _list(rules: Rules, zone: tzinfo | None, *, with_off: bool) -> None:
    table = rules.table(with_off=with_off)
    columns = [*SHOWN[:1], "is_on", *SHOWN[1:]] if with_off else SHOWN
    told = table[columns].assign(made_at=days(table["made_at"], zone))
    click.echo(text_table(told) if len(told) else "Nothing has been decided yet.")


def _import(workspace: Workspace, file: Path, *, yes: bool) -> None:
    check_size(file.stat().st_size)
    found = read_decisions(file.read_bytes())
    read = workspace.rules.read(found.lines, f"imported from {file.name}")
    for told in (*found.notes, *read.notes, *found.problems, *read.problems):
        click.echo(one_line(told), err=True)
    if found.problems or read.problems:
        raise InputError(f"Nothing was imported from {file}. Correct the lines listed above, then import it again.")
    if not read.made and not read.short:
        raise InputError(f"{file} has no lines below its header, so nothing was imported.")
    would = workspace.rules.preview(read.made)
    click.echo(would.sentence, err=True)
    moved = 0
    if yes:
        label = f"import of {file.name}"
        moved = workspace.rules.take(read.made, short=read.short, person=operating_system_user(), label=label)
    else:
        click.echo("Nothing was imported: add --yes to turn them on.", err=True)
    counts = {name: getattr(would, name) for name in ("decide", "assignments", "contradict", "agree", "disputed")}
    click.echo(json.dumps({"decisions": len(read.made), "abbreviations": len(read.short), **counts, "imported": moved}))


@click.command("carry-forward")
@click.option("--term", "wanted", metavar="TERM", help="Only this earlier term: an id, sis_term_id:X, or its name.")
@click.option("--yes", is_flag=True, help="Draft what it decides.")
def carry_forward(wanted: str | None, yes: bool) -> None:
    """Tell what earlier terms decide for the open rows of this one; exits with 2 where they contradict each other."""
    workspace = open_term()
    found = workspace.carrying.preview(wanted)
    _tell_carried(workspace, found)
    drafted = left = 0
    if yes:
        edited = workspace.carrying.draft(found, person=operating_system_user())
        drafted, left = edited.moved, len(edited.left)
        for refused in edited.refused:
            click.echo(one_line(f"Group {refused.key[0]} in section {refused.key[1]}: {refused.reason}."), err=True)
    elif len(found.decided):
        click.echo("Nothing was drafted: add --yes to draft it.", err=True)
    counts = found.counts()
    against = sum(counts[one] for one in LEFT)
    summary = {"open": len(found.lines), "decided": counts[Outcome.DECIDED], "contradictions": against}
    undecided = len(found.lines) - counts[Outcome.DECIDED] - against
    click.echo(json.dumps({**summary, "undecided": undecided, "drafted": drafted, "left": left}))
    if against:
        sys.exit(CONTRADICTED)


def _tell_carried(workspace: Workspace, found: Carried) -> None:
    """What is decided, what is not and why, on stderr."""
    missing = [one for one in workspace.carrying.terms() if one.snapshot_id is None]
    if missing:
        names = ", ".join(f"{one.term} ({one.term_id})" for one in missing)
        click.echo(one_line(f"Earlier terms without a snapshot: {names}. `pull --past ID` reads one."), err=True)
    click.echo(one_line(found.sentence), err=True)
    for title, table in (("They contradict each other in", found.contradictions), ("Not decided:", found.cannot)):
        if len(table):
            click.echo(f"{title} {int(table['rows'].sum()):,} rows in {len(table):,} patterns:", err=True)
            click.echo(text_table(table[TOLD].head(LISTED)), err=True)
            if len(table) > LISTED:
                click.echo(f"... and {len(table) - LISTED:,} more patterns.", err=True)

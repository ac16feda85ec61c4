"""The command by which a person finds out how Canvas keeps associations: guided, or step by step for scripts."""

from __future__ import annotations

import asyncio
import sys

import click

from gpb.audit.reports.terminal import text_table
from gpb.cli.common import open_term
from gpb.cli.syncing import ACCEPT
from gpb.errors import InputError
from gpb.printable import one_line
from gpb.settings import operating_system_user
from gpb.store.shape.contacts import Contact, ContactState
from gpb.workspace import Workspace

UNKNOWN = 1
OFFERED = 10
"""So many rows are offered to choose from."""


@click.command("first-contact")
@click.option("--confirm", is_flag=True, help="Say that the stored associations show it rightly, where they are many.")
@click.option("--group", type=int, help="Begin with this assignment group (its Canvas id) ...")
@click.option("--section", type=int, help="... in this section (its Canvas id).")
@click.option("--look", is_flag=True, help="You have associated the row in Canvas: see what Canvas stores now.")
@click.option("--write", is_flag=True, help="Associate the other row, in the form that was found.")
@click.option("--answer", type=click.Choice(["yes", "no"]), help="Whether Canvas' own screen shows the other row.")
@click.option("--take-back", is_flag=True, help="Take both associations away again, and end it.")
@ACCEPT
def first_contact(
    confirm: bool,
    group: int | None,
    section: int | None,
    look: bool,
    write: bool,
    answer: str | None,
    take_back: bool,
    accept: tuple[str, ...],
) -> None:
    """Find out, with a person, how this Canvas stores associations. Exits with code 1 while that is not known.

    Without an option it asks, step by step, and goes on where it was left. Each option is one step.
    """
    if sum((confirm, group is not None or section is not None, look, write, answer is not None, take_back)) > 1:
        raise click.UsageError("Each of these options is a step of its own: give one at a time.")
    workspace, who = open_term(), operating_system_user()
    first = workspace.first_contact
    if confirm:
        _tell(first.confirm(who))
    elif group is not None or section is not None:
        if group is None or section is None:
            raise click.UsageError("Give both, --group and --section.")
        _instruct(workspace, asyncio.run(first.choose(group, section, who)))
    elif look:
        _tell(asyncio.run(first.look(who)))
    elif write:
        _tell(asyncio.run(first.write(who, accept)))
    elif answer is not None:
        _tell(first.answer(answer == "yes", who))
    elif take_back:
        _tell(asyncio.run(first.take_back(who, accept)))
    else:
        _guide(workspace, who, accept)
    sys.exit(0 if _is_known(workspace) else UNKNOWN)


def _is_known(workspace: Workspace) -> bool:
    return workspace.term.shape().is_flag_only or workspace.term.confirmation() is not None


def _guide(workspace: Workspace, who: str, accept: tuple[str, ...]) -> None:
    """Ask for one step after the other, until nothing is left to do."""
    first = workspace.first_contact
    while (contact := first.under_way()) is not None or not _is_known(workspace):
        if contact is None and not _begin(workspace, who):
            return
        if contact is None:
            continue
        if contact.state == ContactState.CHOSEN:
            _instruct(workspace, contact)
            click.confirm("Have you saved it there?", abort=True)
            _tell(asyncio.run(first.look(who)))
        elif contact.state == ContactState.LEARNED and contact.ours is not None:
            ours = contact.ours
            row = f"“{ours.group}” in {ours.section} with “{ours.category}”"
            click.confirm(one_line(f"Shall this program associate {row} now?"), abort=True)
            _tell(asyncio.run(first.write(who, accept)))
        elif contact.state == ContactState.WRITTEN:
            _tell(first.answer(click.confirm("Does Canvas' own screen show it?", default=None), who))
        else:
            click.confirm("Shall both be taken back now?", default=True, abort=True)
            _tell(asyncio.run(first.take_back(who, accept)))
    click.echo(one_line(workspace.term.shape().sentence))


def _begin(workspace: Workspace, who: str) -> bool:
    """Take the word on plain evidence, or begin with a row; whether there is more to do."""
    click.echo(one_line(workspace.term.shape().sentence))
    first = workspace.first_contact
    if first.may_confirm():
        if click.confirm("Is this right?"):
            _tell(first.confirm(who))
            return True
        click.echo("Then find it out in Canvas' own screen.")
    rows = first.choices().drop_duplicates("group_id").head(OFFERED).reset_index(drop=True)
    if rows.empty:
        raise InputError("No row of this term can be used. Set GPB_TERM to a term with unassociated rows.")
    click.echo("Choose a row that nobody will miss; another one of its course is used, too, and both are taken back.")
    rows.insert(0, "number", rows.index + 1)
    click.echo(text_table(rows[["number", "school", "course", "group", "section", "assignments"]]))
    number = click.prompt("Number", type=click.IntRange(1, len(rows)), default=1)
    row = rows.iloc[number - 1]
    _tell(asyncio.run(first.choose(int(row["group_id"]), int(row["section_id"]), who)))
    return True


def _instruct(workspace: Workspace, contact: Contact) -> None:
    theirs = contact.theirs
    if theirs is None:
        return
    click.echo(
        one_line(
            f"In Canvas' own screen ({workspace.first_contact.screen(theirs.course_id)}), associate “{theirs.group}” "
            f"in {theirs.section} with “{theirs.category}”, and save."
        )
    )


def _tell(contact: Contact) -> None:
    click.echo(one_line(contact.steps[-1].told))

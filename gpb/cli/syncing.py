"""The commands that write to Canvas, or take that back: plan, apply, undo, draft-again, resume, worker."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import click

from gpb.audit.reports.terminal import text_table
from gpb.cli.common import open_term, read_settings, told_progress
from gpb.errors import InputError, NotAccepted
from gpb.keys import keys
from gpb.printable import one_line
from gpb.settings import operating_system_user
from gpb.store.run_records import ChangeKind, RowOutcome
from gpb.sync.door import Review
from gpb.sync.evidence import lasting_icons
from gpb.sync.gates import NAMES, OLD_RUN, WITH_ALL_OTHERS
from gpb.sync.plan import IDENTITY, Plan, rows_of, told, waiting
from gpb.sync.planning.room import Drafted
from gpb.worker import Worker
from gpb.workspace import Workspace

CHANGES, NOT_ALL = 2, 3


def _known_names(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [one for one in given if one.partition(":")[0] not in NAMES]
    if unknown:
        raise click.BadParameter(f"{unknown[0]} is not the name of an objection. The names are: {', '.join(NAMES)}.")
    return given


ACCEPT = click.option("--accept", multiple=True, metavar="NAME", callback=_known_names,
                      help="Accept the objection with this name: NAME:MARK accepts exactly what was printed, NAME "
                          "alone accepts it whatever it turns out to be; can be repeated.")  # fmt: skip

YES = click.option(
    "--yes", is_flag=True, help="Do not ask: write the plan, in the form in which your Canvas stores associations."
)
FORCE = click.option("--force", is_flag=True,
                     help="Accept every objection that can be accepted, but for writes_focus: add --accept "
                          "writes_focus to let the sync change categories in Focus.")  # fmt: skip


@click.command("plan")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan to a JSON file.")
def plan_(output: Path | None) -> None:
    """Show the changes that the drafts ask for; nothing is written to Canvas. Exits with code 2 if there are any."""
    workspace = open_term()
    drafted = workspace.planning.drafted()
    plan = drafted.plan
    _show_plan(plan, output)
    _tell_left_out(drafted)
    _say_form(workspace, plan)
    for objection in workspace.door.standing(plan):  # ``apply`` will refuse it
        click.echo(one_line(f"{objection.name}: {objection.sentence}"), err=True)
    moved = int(workspace.term.rows()["moved"].sum())
    if moved:
        click.echo(
            f"{moved} drafts are left out because Canvas has changed since they were made. Decide on the Review page "
            "which value to keep.",
            err=True,
        )
    _tell_unread(workspace)
    if plan.changes:
        sys.exit(CHANGES)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@YES
@ACCEPT
@FORCE
def apply(file: Path | None, yes: bool, accept: tuple[str, ...], force: bool) -> None:
    """Sync a plan, or the current drafts, to Canvas. Exits with code 3 if some rows were not confirmed."""
    workspace = open_term()
    if file is not None:
        _apply(workspace, _read_plan(file), yes=yes, accept=accept, force=force)
        return
    drafted = workspace.planning.drafted()
    _tell_unread(workspace)
    _tell_left_out(drafted)
    _apply(workspace, drafted.plan, yes=yes, accept=accept, force=force)
    if drafted.left_out:
        sys.exit(NOT_ALL)


@click.command()
@click.argument("run")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the plan to a JSON file instead of applying it.",
)
@YES
@ACCEPT
@FORCE
def undo(run: str, output: Path | None, yes: bool, accept: tuple[str, ...], force: bool) -> None:
    """Undo a run: show a plan that reverses it, and apply that plan once you confirm."""
    workspace = open_term()
    back = workspace.runs.undo(run)
    for change in back.skipped:
        click.echo(
            one_line(f"Left as is because it changed since: “{change.group}” in section {change.section}."), err=True
        )
    for change in back.needed:
        told = f"Section {change.section} stays in the category “{change.after_title}”: other rows still use it there."
        click.echo(one_line(told), err=True)
    if output is not None:
        _show_plan(back.plan, output)
        sys.exit(CHANGES if back.plan.changes else 0)
    _apply(workspace, back.plan, yes=yes, accept=accept, force=force)


@click.command("draft-again")
@click.argument("run", required=False)
def draft_again(run: str | None) -> None:
    """Draft again what a sync had confirmed and somebody else changed since; nothing is written to Canvas or Focus.

    That is associations, names of groups, and sections in categories of Focus. RUN: only what this run had confirmed.
    Review the drafts with `plan`, then `apply` them. Rows that somebody has drafted, and findings that were accepted,
    are left out. Exits with code 3 if some rows could not be drafted.
    """
    workspace = open_term()
    lost = workspace.audit.no_longer_standing()
    if run is not None:
        lost = lost.loc[lost["run"].eq(workspace.runs.run(run).run_id)]
    again = workspace.draft_again(lost, person=operating_system_user())
    names = dict(zip(keys(lost), "“" + lost["group"] + "” in " + lost["section"], strict=True))
    for refusal in again.edited.refused:
        click.echo(one_line(f"Not drafted: {names[refusal.key]}: {refusal.reason}."), err=True)
    for key, person in again.drafted_already.items():
        click.echo(one_line(f"Left as it is because {person} has drafted it: {names[key]}."), err=True)
    refused, left = len(again.edited.refused), len(again.drafted_already)
    click.echo(json.dumps({"drafted": again.edited.moved, "drafted_already": left, "refused": refused}))
    if refused:
        sys.exit(NOT_ALL)


@click.command()
@click.argument("run", required=False)
@ACCEPT
@click.option("--close", is_flag=True, help="Close RUN for good instead: its remaining rows will never be written.")
def resume(run: str | None, accept: tuple[str, ...], close: bool) -> None:
    """Finish all interrupted runs, or only RUN. Exits with code 3 if some rows were not confirmed."""
    workspace = open_term()
    if close:
        if run is None:
            raise click.UsageError("Name the run to close: resume --close RUN.")
        workspace.runs.close(run, operating_system_user())
        click.echo(json.dumps(workspace.runs.summary(run)))
        return
    _watch_the_holder(workspace)
    left = [one.run_id for one in reversed(workspace.runs.unfinished()) if run in (None, one.run_id)]
    if not left:
        click.echo("There is no unfinished run.", err=True)
        if run is not None:
            asyncio.run(workspace.door.review_resume(run))  # raises for one that is closed, or that nobody knows
    reviews = [asyncio.run(workspace.door.review_resume(run_id)) for run_id in left]
    ready = [review for review in reviews if not review.not_accepted(accept)]
    are_done = [
        _is_done(workspace, asyncio.run(workspace.door.resume(review, accept, operating_system_user())))
        for review in ready
    ]
    asked = [review for review in reviews if review not in ready]
    for review in asked:
        _show_open_rows(review)
        _tell(review)
    _raise_unless(accept, asked, "The remaining rows were not written.")
    if not all(are_done):
        sys.exit(NOT_ALL)


@click.command()
def worker() -> None:
    """Carry out the syncs that people start in the dashboard (GPB_WORKER=process), until SIGTERM or Ctrl-C."""
    carrier = Worker(read_settings(), lambda line: click.echo(one_line(line), err=True))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: carrier.stop())
    carrier.work()


def _watch_the_holder(workspace: Workspace) -> None:
    """Wait until it is known whether the holder of the term lives; only another machine's, or one that stands still."""
    if workspace.runs.is_in_doubt():
        click.echo("Checking whether the process that is syncing this term is still running.", err=True)
    while workspace.runs.is_in_doubt():
        time.sleep(0.2)
    live = workspace.runs.live()
    if live is not None:
        click.echo(f"Run {live.run_id} of {live.person} is {live.state}, so it was not touched.", err=True)


def _read_plan(file: Path) -> Plan:
    try:
        return Plan.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not a plan. Make one with `plan -o FILE.json`.") from error


def _show_plan(plan: Plan, output: Path | None) -> None:
    if output is not None:
        output.write_text(json.dumps(plan.to_json(), ensure_ascii=False, indent=1), encoding="utf-8")
        click.echo(f"The plan was written to {output}.", err=True)
    if plan.changes:
        click.echo(text_table(rows_of(plan).drop(columns=IDENTITY)))
    click.echo(", ".join(f"{count} to {verb}" for verb, count in plan.kinds.items()))


def _apply(workspace: Workspace, plan: Plan, *, yes: bool, accept: tuple[str, ...], force: bool) -> None:
    accepted = (*WITH_ALL_OTHERS, *accept) if force else accept
    if plan.is_of(ChangeKind.ASSOCIATION) and workspace.first_contact.may_confirm():
        _ask_for_the_shape(workspace, yes=yes)
    review = asyncio.run(workspace.door.review(plan))
    _tell(review)
    left_out = review.told
    if left_out is not None:
        click.echo(one_line(left_out), err=True)
    # also for an empty plan: rows that a pull has lost are not in it
    _raise_unless(accepted, [review], "Nothing was written.")
    if not review.plan.changes:
        click.echo(json.dumps({"run": None, **workspace.runs.counts("")}))
        if left_out is not None:
            sys.exit(NOT_ALL)
        return
    if not yes:
        _show_plan(review.plan, None)
        _say_form(workspace, review.plan)
        if not sys.stdin.isatty():
            raise InputError("Nothing was written. Add --yes to apply without being asked.")
        click.confirm("Write this to Canvas?", abort=True)
    shown = review.plan if yes or force else review  # nobody looked at it in between: a name is whatever it comes to
    begun = workspace.door.begin(shown, accepted, operating_system_user())
    if not _is_done(workspace, asyncio.run(begun)) or left_out is not None:
        sys.exit(NOT_ALL)


def _ask_for_the_shape(workspace: Workspace, *, yes: bool) -> None:
    """Once per Canvas: where the stored associations are plain, the word of the person who applies opens it."""
    click.echo(one_line(workspace.term.shape().sentence), err=True)
    if not yes and not sys.stdin.isatty():
        return
    if yes or click.confirm("Nobody has confirmed yet that your Canvas stores associations so. Is this right?"):
        person = operating_system_user()
        workspace.first_contact.confirm(person)
        click.echo(one_line(f"{person} has confirmed this for this Canvas. History keeps it."), err=True)


def _tell_unread(workspace: Workspace) -> None:
    """Say which drafts wait until their rows can be read again."""
    sentence = told(waiting(workspace.term.rows()))
    if sentence is not None:
        click.echo(one_line(sentence), err=True)


def _tell_left_out(drafted: Drafted) -> None:
    """Say which drafts people hold back, and which no name can bring about, each with its reason."""
    for person in sorted(set(drafted.held.values())):
        number = sum(one == person for one in drafted.held.values())
        are = "1 draft is" if number == 1 else f"{number} drafts are"
        click.echo(
            one_line(f"{are} left out by {person} on the Review page, where they can be ticked again."), err=True
        )
    for one in drafted.left_out:
        place = f"“{one.change.group}” in {one.change.section} ({one.change.course})"
        click.echo(one_line(f"Left out: {place}: {one.reason}."), err=True)


def _say_form(workspace: Workspace, plan: Plan) -> None:
    """How new associations are written, where that is known; and which icons nobody can take back."""
    shape = workspace.term.shape()
    if plan.is_of(ChangeKind.ASSOCIATION) and shape.closed is None:
        click.echo(one_line(shape.sentence), err=True)
    lasting = lasting_icons(plan, workspace.term.latest())
    if lasting:
        click.echo(
            f"Canvas will keep showing its icon on groups that lose their last association: {lasting}. The key "
            "behind it cannot be deleted.",
            err=True,
        )


def _tell(review: Review) -> None:
    """Say everything that speaks against it, before anybody overrules it."""
    for objection in review.objections:
        click.echo(one_line(f"{objection.name}: {objection.sentence}"), err=True)


def _raise_unless(accepted: tuple[str, ...], reviews: list[Review], otherwise: str) -> None:
    """Raise NotAccepted where something speaks against one of the reviews that these names do not accept."""
    missing = [objection for review in reviews for objection in review.not_accepted(accepted)]
    if missing:
        raise NotAccepted(otherwise, tuple(one.acceptance for one in missing if one.may_be_accepted))


def _show_open_rows(review: Review) -> None:
    if any(objection.name == OLD_RUN for objection in review.objections):
        maybe = ["perhaps" if change.target in review.sent else "no" for change in review.plan.changes]
        click.echo(text_table(rows_of(review.plan).drop(columns=IDENTITY).assign(was_sent=maybe)), err=True)


def _is_done(workspace: Workspace, run_id: str) -> bool:
    """Carry a run out and tell how it ended; whether all of its rows are confirmed."""
    summary = asyncio.run(workspace.runs.perform(run_id, told_progress()))
    click.echo(json.dumps(summary))
    rows = workspace.runs.outcomes(workspace.runs.run(run_id))
    failed = rows.loc[~rows["outcome"].isin([RowOutcome.CONFIRMED, RowOutcome.UNCHANGED])]
    if len(failed):
        click.echo(text_table(failed[["outcome", "school", "course", "group", "section", "reason"]]), err=True)
    return failed.empty

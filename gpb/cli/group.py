"""The group of all commands. Each is loaded when it is called: help, and a typing mistake, take a moment only."""

from __future__ import annotations

import errno
import io
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from gpb.errors import GpbError, NotAccepted
from gpb.printable import one_line

USAGE = 64  # EX_USAGE of sysexits.h; click's own 2 means here that there are changes
COMMANDS = {
    "sandbox": (
        "gpb.sandbox.serve.command:sandbox",
        "Serve a made-up district to try things with: Canvas and Focus on 127.0.0.1.",
    ),
    "doctor": (
        "gpb.cli.reading:doctor",
        "Check both connections: addresses, token, permissions, a sample of the data, and how associations are stored.",
    ),
    "pull": ("gpb.cli.reading:pull", "Pull the term from Canvas and Focus and keep it as a new snapshot."),
    "audit": (
        "gpb.cli.reading:audit",
        "List what would not be passed back, why, and who can fix it, as a table or as files.",
    ),
    "tonight": (
        "gpb.cli.tonight:tonight",
        "Predict what the next passback does with every flagged assignment in every section, and why.",
    ),
    "export": (
        "gpb.cli.spreadsheet:export",
        "Write all associations, drafts included, as CSV, or as an Excel workbook if FILE ends in .xlsx.",
    ),
    "import": (
        "gpb.cli.spreadsheet:import_",
        "Import edits from CSV, TXT or XLSX as drafts; a file with bad lines or open questions is refused as a whole.",
    ),
    "add-categories": (
        "gpb.cli.categories:add_categories",
        "Draft categories that sections do not have yet (needs GPB_WRITE_FOCUS=true); nothing is written.",
    ),
    "propose": ("gpb.cli.proposing:propose_", "Propose a category for bare group names; needs no district."),
    "decisions": (
        "gpb.cli.deciding:decisions",
        "List what was decided for group names, and the rules of the district; as a file out and in, on and off.",
    ),
    "carry-forward": (
        "gpb.cli.deciding:carry_forward",
        "Tell what earlier terms decide for the open rows of this one; exits with 2 where they contradict each other.",
    ),
    "plan": ("gpb.cli.syncing:plan_", "Show the changes that the drafts ask for; nothing is written to Canvas."),
    "apply": ("gpb.cli.syncing:apply", "Sync a plan, or the current drafts, to Canvas."),
    "undo": ("gpb.cli.syncing:undo", "Undo a run: show a plan that reverses it, and apply that plan once you confirm."),
    "first-contact": (
        "gpb.cli.first_contact:first_contact",
        "Find out, with a person, how this Canvas stores associations.",
    ),
    "resume": ("gpb.cli.syncing:resume", "Finish all interrupted runs, or only RUN."),
    "draft-again": (
        "gpb.cli.syncing:draft_again",
        "Draft again what a sync had confirmed and somebody else changed since; nothing is written to Canvas or Focus.",
    ),
    "runs": ("gpb.cli.reading:runs", "List all runs, the newest first; times are those of the district."),
    "worker": (
        "gpb.cli.syncing:worker",
        "Carry out the syncs that people start in the dashboard (GPB_WORKER=process), until SIGTERM or Ctrl-C.",
    ),
}
"""Where a command is, and what the list of commands says of it."""


class Commands(click.Group):
    """Turns every error of the program into its sentence on stderr and exit code 1, a typing mistake into USAGE."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's own signature
        """All names, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command line, and end the process with its exit code."""
        _make_usable_streams()
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
        except OSError as error:  # help that cannot be written; what a command meets is told by ``invoke``
            click.echo(_of_system(error), err=True)
            code = 1
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except NotAccepted as error:
            options = " ".join(f"--accept {name}" for name in error.missing)
            click.echo(f"{error} To accept exactly this, add {options} to the command." if options else error, err=True)
            ctx.exit(1)
        except GpbError as error:
            click.echo(str(error), err=True)
            ctx.exit(1)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # the reader has seen enough, as `head` has: click ends without a word
            click.echo(_of_system(error), err=True)
            ctx.exit(1)


def _of_system(error: OSError) -> str:
    """What the system said, as a sentence."""
    where = "This did not work" if error.filename is None else f"The file {error.filename} cannot be used"
    return one_line(f"{where} ({error.strerror})." if error.strerror else error)


def _make_usable_streams() -> None:
    """A stream that the caller has closed is an empty one, and what its encoding lacks is a question mark.

    The first also keeps files from taking the place of the closed stream. What is written for other programs, as CSV,
    is bytes and keeps every character.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # for the whole process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Associate Canvas assignment groups with the grading categories of Focus, a whole term at once."""

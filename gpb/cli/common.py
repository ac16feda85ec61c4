"""What the families of commands share: settings, the workspace, progress on stderr."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from gpb.analysis import configured
from gpb.errors import SettingsError
from gpb.frames.unread import WITHOUT_COUNTS
from gpb.logfile import start_log
from gpb.printable import one_line
from gpb.settings import Settings, operating_system_user
from gpb.workspace import Workspace

FILE_OR_STDOUT = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


def read_settings() -> Settings:
    """Those of the environment, with the log begun; raises SettingsError where they lead to no Canvas."""
    settings = configured()
    start_log(settings.data_dir)
    return settings


def open_workspace() -> Workspace:
    """The workspace of the settings."""
    return Workspace(read_settings())


def open_term() -> Workspace:
    """The workspace, for a command that uses the newest snapshot."""
    workspace = open_workspace()
    tell_stand_in(workspace)
    return workspace


def tell_stand_in(workspace: Workspace) -> None:
    """Say on stderr that an older snapshot stands in; where there is none at all, the command itself says so."""
    told = workspace.term.stand_in()
    if told is not None and workspace.term.latest_id() is not None:
        click.echo(told, err=True)


def tell_unread(workspace: Workspace, identifier: str | None = None) -> None:
    """Say on stderr what the newest pull, or that of a snapshot, could not read, and what Canvas left out of it."""
    snapshot = workspace.term.latest() if identifier is None else workspace.term.snapshot(identifier)
    for reason in snapshot.unread["reason"]:
        click.echo(one_line(f"Could not be read: {reason}"), err=True)
    if not snapshot.counts_assignments:
        click.echo(WITHOUT_COUNTS, err=True)


def told_progress() -> Callable[[int, int, str], None]:
    """Progress on stderr: a line at most every 5 %."""
    last = -1

    def show(done: int, total: int, text: str) -> None:
        nonlocal last
        step = 20 * done // total if total else 0
        if step != last:
            last = step
            with suppress(BrokenPipeError):  # a sync or a pull goes on, whether or not anybody reads how far it is
                click.echo(one_line(text), err=True)

    return show


def tell_terms(workspace: Workspace) -> None:
    """Say on stderr that several terms are current, and which one is used."""
    told = workspace.term.several()
    if told is not None:
        click.echo(one_line(told), err=True)


def take_term(workspace: Workspace, wanted: str) -> Workspace:
    """The workspace after a choice of its term, which is remembered; raises SettingsError where GPB_TERM names one."""
    if workspace.settings.term:
        raise SettingsError(
            f"GPB_TERM is {workspace.settings.term}, so the term cannot be chosen otherwise. Take GPB_TERM out of the "
            "environment and .env first."
        )
    asyncio.run(workspace.term.use_named(wanted, operating_system_user()))
    return workspace


def write_out(file: Path, content: bytes) -> None:
    """Into a file, or to stdout where it is named -."""
    if file == Path("-"):
        click.echo(content, nl=False)
    else:
        file.write_bytes(content)

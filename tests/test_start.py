"""Importing the package, and asking the command line for help, load nothing that takes time."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from gpb.cli.group import COMMANDS, main

HEAVY = ("pandas", "numpy", "pyarrow", "pandera", "alembic", "sqlalchemy", "httpx", "starlette", "uvicorn", "streamlit")
CALL = "import sys; sys.argv = ['gpb', {words}]; from gpb.cli import main\ntry: main()\nexcept SystemExit: pass"
LOADED = "\nprint('loaded:', *sorted({name.partition('.')[0] for name in sys.modules}))"


@pytest.mark.parametrize("start", ["import sys, gpb", CALL.format(words="'--help'"), CALL.format(words="'plam'")])
def test_what_takes_time_is_loaded_when_it_is_used(start: str) -> None:
    """Help comes at once, and so does the sentence about a typing mistake."""
    done = subprocess.run([sys.executable, "-c", start + LOADED], capture_output=True, text=True, check=True)
    loaded = done.stdout.rpartition("loaded:")[2].split()
    assert "gpb" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    """The list is written by hand, for it loads none of them."""
    with click.Context(main) as context:
        for name in main.list_commands(context):
            command = main.get_command(context, name)
            assert command is not None
            assert (command.name, command.get_short_help_str(200)) == (name, COMMANDS[name][1])

"""What the command line writes for other programs, whatever the shell's encoding is, and progress that nobody reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gpb.cli.common import told_progress
from gpb.settings import ROOT


def test_csv_on_stdout_keeps_every_letter_in_a_poor_encoding(tmp_path: Path) -> None:
    """As in a shell whose locale is not UTF-8: a name with question marks would be another name."""
    file = tmp_path / "names.csv"
    file.write_text('case,group,categories\nŁ1,Übung,"[""Łódź"", ""Tests""]"', encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-m", "gpb", "propose", str(file)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode("utf-8").splitlines()[1][:2]) == (0, "Ł1")


def test_a_sync_goes_on_when_nobody_reads_its_progress_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `2>&1 | head -1`: a run that ends in the middle would have to be resumed."""

    def gone(_: str, *, err: bool) -> None:
        raise BrokenPipeError(f"nobody reads, {err}")

    monkeypatch.setattr(click, "echo", gone)
    show = told_progress()
    show(1, 2, "1 of 2")
    show(2, 2, "2 of 2")

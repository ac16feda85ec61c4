"""The wheel, installed into an environment that has what the program asks for and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from itertools import takewhile
from pathlib import Path

import pytest

from tests.pins import ROOT, asked_for, closure
from tests.processes import PATIENCE

pytestmark = pytest.mark.slow
TABLES = {"data/district": "gpb/sandbox/tables", "data/names": "gpb/suggest/tables"}
"""Where tables of the checkout are in the wheel."""


def run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """A command that ends well; what it prints."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, cwd=cwd, env=env)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the environment's programs; what the wheel needs is linked, for tests fetch nothing."""
    place = tmp_path_factory.mktemp("wheel of gpb")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=ROOT)
    wheel = next(place.glob("*.whl"))
    venv.create(place / "empty", with_pip=False)
    programs = place / "empty" / ("Scripts" if os.name == "nt" else "bin")
    packages = next((place / "empty").rglob("site-packages"))
    for name in closure(asked_for()):
        for file in distribution(name).files or ():
            target = packages / file.parts[0]
            source = Path(str(distribution(name).locate_file(file.parts[0])))
            if file.parts[0] != ".." and source.exists() and not target.exists():
                target.symlink_to(source, target_is_directory=source.is_dir())
    run(sys.executable, "-m", "pip", "--python", programs / "python", "install", "--no-deps", "--no-index", wheel)
    return programs


@contextmanager
def sandbox(programs: Path, environment: dict[str, str], folder: Path) -> Iterator[dict[str, str]]:
    """``gpb sandbox``, and the settings that it prints."""
    command = [str(programs / "gpb"), "sandbox", "--port", "0", "--schools", "1", "--courses", "3"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder)
    try:
        assert process.stdout is not None
        printed = takewhile(lambda line: line != "ready\n", process.stdout)
        yield dict(line.strip().split("=", 1) for line in printed)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def test_the_installed_program_reads_and_audits_a_district(installed: Path, tmp_path: Path) -> None:
    """`gpb sandbox`, `gpb pull`, `gpb audit`, as a new user would; data go to the user's own directory."""
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "share")}
    before = sorted(installed.parent.rglob("*.sqlite"))
    with sandbox(installed, bare, tmp_path) as settings:
        pulled = json.loads(run(installed / "gpb", "pull", cwd=tmp_path, env={**bare, **settings}))
        assert pulled["courses"] == 3
        assert pulled["unassociated"] > 0
        findings = run(installed / "gpb", "audit", cwd=tmp_path, env={**bare, **settings})
        assert "Unassociated" in findings
    assert (tmp_path / "share" / "gpb" / "gpb.sqlite").is_file()
    assert sorted(installed.parent.rglob("*.sqlite")) == before == []


def test_the_wheel_has_what_the_dashboard_needs_and_no_tests(installed: Path) -> None:
    """Templates of the mail, migrations, tables of the sandbox and of names."""
    packages = next(installed.parent.rglob("site-packages"))
    names = {path.relative_to(packages / "gpb").as_posix() for path in (packages / "gpb").rglob("*") if path.is_file()}
    tracked = run("git", "ls-files", "gpb", *TABLES, cwd=ROOT).splitlines()
    for data, place in TABLES.items():
        tracked = [name.replace(data, place) for name in tracked]
    meant = {name.removeprefix("gpb/") for name in tracked}
    assert {name for name in names if not name.endswith(".pyc")} == meant
    assert not (packages / "tests").exists()

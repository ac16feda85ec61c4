"""Compiles the files of requirements from ``pyproject.toml``: ``python -m tests.lock``.

They pin all that is installed, for every system and Python that the project supports. Versions stay as they are while
they satisfy ``pyproject.toml``; ``--upgrade`` takes the newest, ``--upgrade-package NAME`` that of one.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM, TESTS = Path("requirements.txt"), Path("tests/requirements.txt")
SERVER, HISTORY = Path("deploy/requirements.txt"), Path("tests/history-requirements.txt")
S3 = Path("tests/s3-requirements.txt")
BASE = "-r ../requirements.txt\n"
MADE = "Made by `python -m tests.lock` from pyproject.toml."
APART = ("history", "s3", "spark")
"""The extra and the groups that the tests of every change do without: large, and needed by one module alone."""


def compile_pins(target: Path, *arguments: str, sources: Sequence[str] = ("pyproject.toml",)) -> None:
    """Write the pins of ``target``; what is pinned there already is preferred."""
    command = ["uv", "pip", "compile", "--universal", "--quiet", "--no-header", *sources, "-o", str(target)]
    subprocess.run([sys.executable, "-m", *command, *arguments], cwd=ROOT, check=True)


def with_header(target: Path, *lines: str) -> None:
    """Put these lines before the pins."""
    place = ROOT / target
    place.write_text("\n".join(lines) + "\n" + place.read_text(encoding="utf-8"), encoding="utf-8")


def lock(*arguments: str) -> None:
    """All files; those after the first use the versions of the program, or of the tests."""
    tests = ROOT / TESTS
    if tests.exists():
        tests.write_text(tests.read_text(encoding="utf-8").replace(BASE, ""), encoding="utf-8")
    compile_pins(PROGRAM, *arguments)
    with_header(PROGRAM, f"# What the dashboard and the command line need. {MADE}")
    program = ("--constraint", str(PROGRAM))
    extras = [word for extra in ("postgresql", "notebook") for word in ("--extra", extra)]
    compile_pins(TESTS, *extras, "--group", "test", "--group", "lint", *program, *arguments)
    compile_pins(SERVER, "--extra", "postgresql", *program, *arguments)
    compile_pins(HISTORY, "--extra", "history", "--constraint", str(TESTS), *arguments)
    compile_pins(S3, "--group", "s3", *arguments, sources=())
    with_header(TESTS, BASE.strip(), f"# And what the tests need. {MADE}")
    with_header(SERVER, f"# What a dashboard on PostgreSQL needs. {MADE}")
    with_header(S3, f"# A stand-in of S3, for an environment of its own. {MADE}")
    with_header(HISTORY, f"# The program with the extra `history`. {MADE}")


if __name__ == "__main__":
    lock(*sys.argv[1:])

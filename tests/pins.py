"""What ``pyproject.toml`` asks for, what the files of requirements pin, and what is installed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.lock import APART

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def asked_for(*, tests: bool = False) -> list[Requirement]:
    """The direct dependencies of the program, or of the program with its extras and its tests."""
    asked = list(PYPROJECT["project"]["dependencies"])
    if tests:
        groups = {**PYPROJECT["project"]["optional-dependencies"], **PYPROJECT["dependency-groups"]}
        asked += [one for name, group in groups.items() if name not in APART for one in group]
    return [Requirement(one) for one in asked]


def pins(name: str) -> dict[str, Requirement]:
    """The pins of a file of requirements by canonical name, without those that do not hold on this machine."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if re.match(r"[A-Za-z0-9]", line)]
    return {canonicalize_name(one.name): one for one in found if one.marker is None or one.marker.evaluate()}


def closure(asked: Iterable[Requirement]) -> set[str]:
    """Canonical names of all that must be installed for these on this machine, by what is installed."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    todo = [(one, extra) for one in asked for extra in ("", *one.extras)]
    while todo:
        wanted, extra = todo.pop()
        name = canonicalize_name(wanted.name)
        if (name, extra) in seen or (wanted.marker is not None and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add((name, extra))
        found.add(name)
        for line in distribution(name).requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                needed.marker = None
                todo += [(needed, own) for own in ("", *needed.extras)]
    return found

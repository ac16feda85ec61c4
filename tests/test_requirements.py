"""The files of requirements pin all that ``pyproject.toml`` leads to, and nothing else."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.lock import BASE, HISTORY, PROGRAM, SERVER, TESTS
from tests.pins import PYPROJECT, ROOT, asked_for, closure, pins


def pinned(one: Requirement) -> str:
    """The version of a pin."""
    return next(iter(one.specifier)).version


@pytest.mark.parametrize(("name", "tests"), [(PROGRAM, False), (TESTS, True)])
def test_the_pins_are_what_is_asked_for_and_all_that_it_brings(name: str, tests: bool) -> None:
    """``python -m tests.lock`` was run after the last change; nothing is installed in a version that nobody tested."""
    asked = asked_for(tests=tests)
    found = pins(str(name))
    assert found.keys() == closure(asked)
    for one in asked:
        if one.marker is None or one.marker.evaluate():
            assert pinned(found[canonicalize_name(one.name)]) in one.specifier, one
    assert {key: pinned(one) for key, one in found.items()} == {key: version(key) for key in found}


def test_the_tests_have_the_versions_of_the_program() -> None:
    """Their file begins with the other one, and says the same where both pin."""
    assert (ROOT / TESTS).read_text(encoding="utf-8").startswith(BASE)
    program, tests = pins(str(PROGRAM)), pins(str(TESTS))
    assert {name: str(one.specifier) for name, one in program.items()} == {
        name: str(tests[name].specifier) for name in program
    }


@pytest.mark.parametrize(("name", "extra"), [(SERVER, "postgresql"), (HISTORY, "history")])
def test_an_extra_adds_to_the_versions_of_the_program(name: Path, extra: str) -> None:
    """What the extra asks for is pinned beside them, and what the tests have too is the same there."""
    found, program, tests = pins(str(name)), pins(str(PROGRAM)), pins(str(TESTS))
    assert found.keys() > program.keys()
    for one in map(Requirement, PYPROJECT["project"]["optional-dependencies"][extra]):
        assert pinned(found[canonicalize_name(one.name)]) in one.specifier, one
    assert {key: pinned(one) for key, one in found.items() if key in tests} == {
        key: pinned(tests[key]) for key in found if key in tests
    }


def test_each_direct_dependency_has_its_reason() -> None:
    """Beside it, in pyproject.toml."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    for one in asked_for(tests=True):
        line = next(line for line in lines if f'"{one.name}' in line or f'= ["{one.name}' in line)
        assert " # " in line, line

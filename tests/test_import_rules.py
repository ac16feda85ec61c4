"""Every folder imports only what the architecture allows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE = [
    "gpb.api",
    "gpb.frames",
    "gpb.store",
    "gpb.term",
    "gpb.sync",
    "gpb.suggest",
    "gpb.audit",
    "gpb.errors",
    "gpb.settings",
]
LEAVES = ["gpb.errors", "gpb.settings", "gpb.numbers", "gpb.printable", "gpb.private", "gpb.version"]
ALLOWED = {
    "gpb/sandbox": ["gpb.sandbox"],
    "gpb/api": ["gpb.api", *LEAVES],
    "gpb/store": ["gpb.store", "gpb.errors", "gpb.private"],
    "gpb/frames": ["gpb.frames", "gpb.api.types", "gpb.errors"],
    "gpb/term": ["gpb.term", "gpb.frames", "gpb.store", "gpb.api", *LEAVES],
    "gpb/suggest": ["gpb.suggest", "gpb.frames", "gpb.store", "gpb.api", *LEAVES],
    "gpb/audit": ["gpb.audit", "gpb.frames", "gpb.store", "gpb.api", *LEAVES],
    "gpb/exchange": ["gpb.exchange", "gpb.audit", "gpb.sync.drafting", "gpb.frames", "gpb.store", *LEAVES],
    "gpb/sync": ["gpb.sync", "gpb.term", "gpb.frames", "gpb.store", "gpb.api", *LEAVES],
    "gpb/ui": [
        "gpb.ui",
        "gpb.workspace",
        "gpb.exchange",
        "gpb.doctor",
        "gpb.logfile",
        "gpb.numbers",
        "gpb.printable",
        *ENGINE,
    ],
    "pages": ["gpb.ui", "gpb.suggest"],
}


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_within(name: str, packages: list[str]) -> bool:
    """Whether a module is one of the packages or inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    """The engine does not know the pages, the sandbox does not know the engine."""
    files = list((ROOT / folder).rglob("*.py"))
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        for name in imports(file)
        if is_within(name, ["gpb"]) and not is_within(name, ALLOWED[folder])
    ]
    assert files
    assert wrong == []


@pytest.mark.parametrize(
    ("library", "places"),
    [
        ("httpx", ["gpb/api/transport.py"]),
        ("streamlit", ["app.py", "pages", "gpb/ui"]),
        ("click", ["gpb/cli", "gpb/sandbox/serve/command.py"]),
    ],
)
def test_a_library_has_its_place(library: str, places: list[str]) -> None:
    """So that changing one is a change of one place."""
    files = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "gpb").rglob("*.py")]
    users = [str(file.relative_to(ROOT)) for file in files if any(is_within(n, [library]) for n in imports(file))]
    assert users
    assert [user for user in users if not user.startswith(tuple(places))] == []


WAYS_TO_WRITE = {
    "begin": ["gpb/sync/door.py", "gpb/store/database.py", "gpb/workspace.py"],
    "take_over": ["gpb/sync/door.py"],
    "intend": ["gpb/sync/operation.py"],
    "write_integration_data": ["gpb/sync/operation.py"],
    "Door": ["gpb/workspace.py"],
    "Run": ["gpb/workspace.py"],
    "Operation": ["gpb/sync/run.py"],
}
"""What leads to a run or to a write, and who calls it; ``begin`` beside the door is a transaction, or leads there."""
FACES = ["opened", "there", "workspace"]


@pytest.mark.parametrize("name", WAYS_TO_WRITE)
def test_nothing_but_the_door_leads_to_a_write(name: str) -> None:
    """Pages, commands and the notebook have a workspace, and a workspace has nothing but the door."""
    files = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "gpb").rglob("*.py")]
    callers = {str(file.relative_to(ROOT)) for file in files if any(calls(file, name)) and "sandbox" not in file.parts}
    assert callers
    assert sorted(callers - set(WAYS_TO_WRITE[name])) == []


def calls(file: Path, name: str) -> Iterator[bool]:
    """A truth for every call of this name, but for those of a workspace by its usual names."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            of = node.func.value if isinstance(node.func, ast.Attribute) else None
            if called == name and not (isinstance(of, ast.Name) and of.id in FACES):
                yield True


def test_no_module_is_longer_than_400_lines() -> None:
    """A longer one has a seam inside."""
    files = [ROOT / "app.py", *(f for folder in ("gpb", "pages", "tests") for f in (ROOT / folder).rglob("*.py"))]
    assert [str(file) for file in files if len(file.read_text(encoding="utf-8").splitlines()) > 400] == []

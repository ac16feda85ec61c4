"""Every folder imports only what the architecture allows it."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEAVES = [
    *("gpb.errors", "gpb.keys", "gpb.matching", "gpb.numbers", "gpb.printable", "gpb.private"),
    *("gpb.setting_sources", "gpb.settings", "gpb.snapshot_urls", "gpb.version"),
]
ENGINE = ["gpb.api", "gpb.audit", "gpb.exchange", "gpb.frames", "gpb.store", "gpb.suggest", "gpb.sync", "gpb.term"]
FACES = [*ENGINE, *LEAVES, "gpb.doctor", "gpb.logfile", "gpb.workspace"]
BELOW_PAGES = ["gpb.ui.text", "gpb.ui.focus", "gpb.ui.entrance", "gpb.ui.shell", "gpb.ui.editing", "gpb.ui.sync"]
PAGES = ["associate", "audit", "connections", "decide", "history", "name_check", "overview", "review"]
ALLOWED = {
    "gpb/sandbox": ["gpb.sandbox"],
    "gpb/api": ["gpb.api", *LEAVES],
    "gpb/store": ["gpb.store", "gpb.errors", "gpb.keys", "gpb.private", "gpb.snapshot_urls", "gpb.version"],
    "gpb/frames": ["gpb.frames", "gpb.matching", "gpb.api.types", "gpb.errors", "gpb.keys"],
    "gpb/matching": ["gpb.matching", "gpb.errors"],
    "gpb/term": ["gpb.term", "gpb.frames", "gpb.store", "gpb.api", *LEAVES],
    "gpb/suggest": ["gpb.suggest", "gpb.term", "gpb.frames", "gpb.store", *LEAVES],
    "gpb/audit": ["gpb.audit", "gpb.suggest", "gpb.term", "gpb.frames", "gpb.store", *LEAVES],
    "gpb/exchange": ["gpb.exchange", "gpb.audit", "gpb.sync.drafting", "gpb.frames", "gpb.store", *LEAVES],
    "gpb/sync": ["gpb.sync", "gpb.term", "gpb.frames", "gpb.store", "gpb.api", *LEAVES],
    "gpb/doctor": ["gpb.doctor", "gpb.term", "gpb.frames", "gpb.store", "gpb.api", *LEAVES],
    "gpb/cli": ["gpb.cli", "gpb.analysis", "gpb.sandbox.serve.command", "gpb.worker", *FACES],
    "gpb/ui/entrance": ["gpb.ui.entrance", "gpb.ui.text", *LEAVES, "gpb.api"],
    "gpb/ui/shell": ["gpb.ui.shell", "gpb.ui.entrance", "gpb.ui.text", "gpb.ui.focus", *FACES],
    "gpb/ui/editing": ["gpb.ui.editing", "gpb.ui.shell", "gpb.ui.entrance", "gpb.ui.text", "gpb.ui.focus", *FACES],
    "gpb/ui/sync": ["gpb.ui.sync", "gpb.ui.shell", "gpb.ui.entrance", "gpb.ui.text", "gpb.ui.focus", *FACES],
    **{f"gpb/ui/{page}": [f"gpb.ui.{page}", *BELOW_PAGES, *FACES] for page in PAGES},
    "pages": ["gpb.ui"],
}
"""What each folder may import of the program; what stands in no list of another knows nothing of it."""
MOST_FILES = 13


@cache
def imports(file: Path) -> list[str]:
    """Every module that a file imports."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += (f"{node.module}.{name.name}" for name in node.names)
    return found


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


def test_no_page_is_forgotten() -> None:
    """Every folder of ``gpb/ui`` stands in the table."""
    folders = {f"gpb/ui/{place.name}" for place in (ROOT / "gpb" / "ui").iterdir() if (place / "__init__.py").is_file()}
    assert folders - ALLOWED.keys() == set()


def modules() -> dict[str, Path]:
    """Every module of the program by its dotted name."""
    files = (ROOT / "gpb").rglob("*.py")
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def module_graph() -> dict[str, set[str]]:
    """Module → modules that it imports, whether at its top or later."""
    files = modules()
    graph: dict[str, set[str]] = {name: set() for name in files}
    for name, file in files.items():
        for imported in imports(file):
            target = imported if imported in files else imported.rpartition(".")[0]
            if target in files and target != name:
                graph[name].add(target)
    return graph


def test_no_circle_between_files() -> None:
    """Whatever is imported is whole before its importer begins."""
    graphlib.TopologicalSorter(module_graph()).prepare()


def test_no_circle_between_folders() -> None:
    """Files of a root (``gpb``, ``gpb.ui``, ``gpb.sandbox``) stand for themselves; migrations are the store's."""
    files, roots = modules(), {"gpb", "gpb.ui", "gpb.sandbox"}

    def folder(name: str) -> str:
        place = name if files[name].name == "__init__.py" else name.rpartition(".")[0]
        return name if place in roots else place.removesuffix(".migrations")

    graph: dict[str, set[str]] = {}
    for name, targets in module_graph().items():
        graph.setdefault(folder(name), set()).update({folder(target) for target in targets} - {folder(name)})
    graphlib.TopologicalSorter(graph).prepare()


def test_no_folder_is_a_heap() -> None:
    """A reader finds his way by the names of folders."""
    folders = {file.parent for file in modules().values()}
    own = {str(place.relative_to(ROOT)): len([*place.glob("*.py")]) - 1 for place in folders}
    assert {name: number for name, number in own.items() if number > MOST_FILES} == {}


@pytest.mark.parametrize(
    ("library", "places"),
    [
        ("httpx", ["gpb/api/http/transport.py"]),
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
    "begin": ["gpb/sync/door.py", "gpb/store/database.py"],
    "take_over": ["gpb/sync/door.py"],
    "intend": ["gpb/sync/operation.py", "gpb/sync/underway/notes.py"],
    "write_integration_data": ["gpb/sync/kinds/association.py"],
    "rename_group": ["gpb/sync/kinds/group_name.py"],
    "write_category": ["gpb/sync/kinds/membership.py"],
    "delete_category": ["gpb/sync/kinds/membership.py"],
    "Door": ["gpb/workspace.py"],
    "Run": ["gpb/sync/runs.py"],
    "Operation": ["gpb/sync/run.py"],
}
"""What leads to a run or to a write, and who calls it; ``begin`` beside the door is a transaction, or leads there."""
DOOR = ".door"


@pytest.mark.parametrize("name", WAYS_TO_WRITE)
def test_nothing_but_the_door_leads_to_a_write(name: str) -> None:
    """Pages, commands and the notebook have a workspace, and a workspace has nothing but the door."""
    files = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "gpb").rglob("*.py")]
    callers = {str(file.relative_to(ROOT)) for file in files if any(calls(file, name)) and "sandbox" not in file.parts}
    assert callers
    assert sorted(callers - set(WAYS_TO_WRITE[name])) == []


@cache
def called_in(file: Path) -> list[ast.Call]:
    """Every call, read once for all names."""
    return [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def calls(file: Path, name: str) -> Iterator[bool]:
    """A truth for every call of this name, but for those at the door itself."""
    for node in called_in(file):
        if isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            of = node.func.value if isinstance(node.func, ast.Attribute) else None
            if called == name and not (of is not None and ast.unparse(of).endswith(DOOR)):
                yield True


def test_no_face_reaches_through_a_room() -> None:
    """Pages and commands have the rooms of a workspace, and nothing of what these are built on."""
    faces = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "gpb/ui").rglob("*.py")]
    faces += [*(ROOT / "gpb/cli").rglob("*.py"), *(ROOT / "gpb/analysis").glob("*.py"), ROOT / "gpb/worker.py"]
    behind = {"_database", "_journal", "journal", "readings", "snapshots", "shapes", "order"}
    found = [
        f"{file.relative_to(ROOT)}: {ast.unparse(node)}"
        for file in faces
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in behind
    ]
    assert found == []


def test_no_module_is_longer_than_400_lines() -> None:
    """A longer one has a seam inside."""
    files = [ROOT / "app.py", *(f for folder in ("gpb", "pages", "tests") for f in (ROOT / folder).rglob("*.py"))]
    assert [str(file) for file in files if len(file.read_text(encoding="utf-8").splitlines()) > 400] == []

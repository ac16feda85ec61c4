"""``python -m benchmarks``: the figures of this machine beside their aims, in one table.

Without names everything is measured but what takes long (LONG); with names just these. A wrong result ends it.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks import desk, history, large_pages, memory, pages, proposals, pulling, reports, sessions, store, writing
from benchmarks.figure import Figure, as_table
from gpb.settings import ROOT
from gpb.version import __version__

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
QUICK: dict[str, Callable[[], list[Figure] | Mapping[str, str]]] = {
    "pulling": pulling.measure,
    "writing": writing.measure,
    "store": store.measure,
    "memory": memory.measure,
    "reports": reports.measure,
    "pages": pages.measure,
    "proposals": proposals.measure,
}
LONG: dict[str, Callable[[], list[Figure] | Mapping[str, str]]] = {
    "large-pulls": pulling.measure_large,
    "large-pages": large_pages.measure,
    "history": history.measure,
    "sessions": sessions.measure,
    "desk": desk.measure,
}
PACKAGES = ("streamlit", "pandas", "pyarrow", "httpx", "SQLAlchemy")


def main() -> None:
    """Print the table, and write it to RESULTS where that is asked for."""
    wanted = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    wanted.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*QUICK, *LONG]))
    wanted.add_argument("--long", action="store_true", help="also what takes long")
    wanted.add_argument("--write", action="store_true", help=f"write benchmarks/{RESULTS.name}")
    wanted.add_argument("--add", action="store_true", help="add a table of what was measured alone to it")
    asked = wanted.parse_args()
    if unknown := set(asked.names) - {*QUICK, *LONG}:
        wanted.error(f"there is no {', '.join(sorted(unknown))}")
    parts = QUICK | LONG if asked.long or asked.names else QUICK
    print(_machine())
    lines: list[tuple[str, ...]] = []
    for name, measure in parts.items():
        if not asked.names or name in asked.names:
            print(f"{name} …", flush=True)
            lines += _lines(measure())
    table = as_table(lines)
    print(table)
    if asked.write:
        RESULTS.write_text(f"# Benchmarks\n\n{_machine()}\n\n{table}", encoding="utf-8")
    elif asked.add:
        before = RESULTS.read_text(encoding="utf-8")
        part = f"## {', '.join(asked.names).capitalize()}, measured alone\n\n{_machine()}\n\n{table}"
        RESULTS.write_text(f"{before}\n{part}", encoding="utf-8")


def _lines(found: list[Figure] | Mapping[str, str]) -> list[tuple[str, ...]]:
    if isinstance(found, Mapping):
        return [(name, "", told, "", "") for name, told in found.items()]
    return [figure.line for figure in found]


def _machine() -> str:
    load = os.getloadavg()[0]
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{datetime.now(UTC):%d %b %Y}, version {__version__}, {platform.machine()}, "
        f"{os.cpu_count()} cores with a load of {load:.1f}, Python {platform.python_version()}, {packages}."
    )


if __name__ == "__main__":
    main()

"""``python -m benchmarks``: the figures of this machine, in one run."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

from benchmarks import desk, history, memory, pages, proposals, pulling, reports, sessions, store, writing


def main() -> None:
    """Print one line per figure, with the machine and the versions."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("streamlit", "pandas", "pyarrow", "httpx"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}")
    for part in (pulling, writing, store, memory, reports, proposals, history, pages, sessions, desk):
        for name, figure in part.measure().items():
            print(f"{name:<38} {figure}", flush=True)


main()

"""Which tests one test process plays together: those that share what takes seconds to start."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

FILES = (
    "tests/browser/test_other_websites.py",
    "tests/browser/test_sign_in.py",
    "tests/fuzz/test_damaged_store.py",
    "tests/fuzz/test_plan_files.py",
    "tests/test_notebook.py",
)
"""Each of these starts a dashboard, or makes a store, for all of its tests."""
POSTGRESQL = "postgresql"
"""One server is enough: the id of a test on it says so."""


def together(nodeid: str) -> str | None:
    """What a test shares with others; None for most."""
    file, _, name = nodeid.partition("::")
    if POSTGRESQL in name.partition("[")[2]:
        return POSTGRESQL
    return file if file in FILES else None


class Together(LoadScopeScheduling):
    """Every other test goes to the process that is free first."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid) or nodeid

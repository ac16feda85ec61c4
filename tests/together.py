"""Which tests one test process plays together: those of a file, which share what they make, and those on PostgreSQL."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

LONGEST = ("tests/browser/", "tests/faults/", "tests/pages/", "tests/sync/")
"""Files in these folders take longest, and begin before those of others: no process shall wait for one at the end."""
POSTGRESQL = "postgresql"
"""One server is enough: the id of a test on it says so."""


def together(nodeid: str) -> str:
    """What a test shares with others."""
    file, _, name = nodeid.partition("::")
    return POSTGRESQL if POSTGRESQL in name.partition("[")[2] else file


def turn(nodeid: str) -> int:
    """A test with a lower number begins earlier."""
    order = (POSTGRESQL, *LONGEST)
    return next((place for place, start in enumerate(order) if together(nodeid).startswith(start)), len(order))


class Together(LoadScopeScheduling):
    """The next of these goes to the process that is free first."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)

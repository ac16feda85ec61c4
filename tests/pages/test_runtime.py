"""What all sessions of the process share stays bounded."""

from __future__ import annotations

from gpb.ui.shell.runtime import OPEN_AT_MOST, Runtime
from gpb.workspace import Workspace


def test_one_visitor_cannot_open_stores_without_end(workspace: Workspace) -> None:
    """Every address with another term asks for a workspace; only the last used ones stay open."""
    runtime = Runtime()
    first = runtime.workspace(workspace.settings)
    opened = [
        runtime.workspace(workspace.settings.model_copy(update={"term": str(n)})) for n in range(OPEN_AT_MOST - 1)
    ]
    assert runtime.workspace(workspace.settings) is first
    more = [runtime.workspace(workspace.settings.model_copy(update={"term": f"more {n}"})) for n in range(40)]
    pools = [one._database.engine.pool.checkedin() for one in [*opened, *more]]  # type: ignore[attr-defined]  # of a queue
    assert sum(1 for size in pools if size) <= OPEN_AT_MOST
    assert runtime.workspace(more[-1].settings) is more[-1]
    assert runtime.workspace(workspace.settings) is not first

"""Memory that is free again is given back to the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Arrow has its own choice")
def test_arrow_has_the_allocator_that_holds_least() -> None:
    """Its readers take the one that was asked for when it was loaded, so the package asks before that."""
    code = "import gpb.workspace, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "jemalloc"

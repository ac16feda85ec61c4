"""Memory that is free again is given back to the machine."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from gpb import workspace as module
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.lent import settings_for


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Arrow has its own choice")
def test_arrow_has_the_allocator_that_holds_least() -> None:
    """Its readers take the one that was asked for when it was loaded, so the package asks before that."""
    code = "import gpb.workspace, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "jemalloc"


def test_what_was_imported_is_not_looked_through_for_garbage(box: Running, tmp_path: Path) -> None:
    """From the first workspace on: a full round of the collector would keep requests and pages waiting."""
    gc.unfreeze()
    module._set_imports_aside.cache_clear()
    Workspace(settings_for(box, tmp_path))
    assert gc.get_freeze_count() > len(sys.modules) * 50


FREED = """
import pandas as pd
from gpb.term.underway.memory import LARGE, give_back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) // 256  # MB, where a page has 4 kB

held = [bytearray(2_000) for _ in range(60_000)]
last = held[-1]
del held
before = resident()
give_back({"groups": pd.DataFrame({"group_id": range(%s)})})
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have no such function")
@pytest.mark.parametrize(("rows", "given"), [("LARGE", 60), ("LARGE - 1", 0)])
def test_what_a_step_of_a_large_pull_has_freed_is_not_kept_for_the_next(rows: str, given: int) -> None:
    """120 MB below something that is still in use; a small pull takes no time for it."""
    done = subprocess.run([sys.executable, "-c", FREED % rows], capture_output=True, text=True, check=True)
    assert (int(done.stdout) > given) == (given > 0)

"""Grade passback associations for analysts: ``import gpb; rows = gpb.pull().associations()``.

Everything below is loaded when it is first used, so that importing the package, or a part of it, stays cheap.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gpb.version import __version__

if TYPE_CHECKING:
    from gpb.analysis import figures, findings, latest, pull, scores, sections, trend, write_csv
    from gpb.errors import GpbError
    from gpb.frames.snapshot import Snapshot
    from gpb.settings import Settings, load_settings

__all__ = [
    "GpbError",
    "Settings",
    "Snapshot",
    "__version__",
    "figures",
    "findings",
    "latest",
    "load_settings",
    "pull",
    "scores",
    "sections",
    "trend",
    "write_csv",
]
if sys.platform == "linux":  # the allocator that holds least of what is free again; Arrow asks when it is loaded
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
_PLACES = {
    "GpbError": "gpb.errors",
    "Settings": "gpb.settings",
    "Snapshot": "gpb.frames.snapshot",
    "load_settings": "gpb.settings",
}


def __getattr__(name: str) -> Any:
    """Load a name of ``__all__`` (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'gpb' has no attribute {name!r}")
    return getattr(import_module(_PLACES.get(name, "gpb.analysis")), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

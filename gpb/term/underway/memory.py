"""Memory that the steps of a pull have freed, given back to the machine."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Mapping
from contextlib import suppress

import pandas as pd

LARGE = 10_000
"""Rows of a table from which it is worth the time, a few tenths of a second."""


def give_back(of: Mapping[str, pd.DataFrame]) -> None:
    """Let the next step begin with what is in use alone, where one of these tables is large.

    pandera leaves circles behind that hold whole tables; and the GNU library keeps what was freed for itself as long as
    anything above it is in use (malloc_trim(3)), so each step's peak would come on top of the last one's. Other
    libraries have no such function, and nothing more is done there.
    """
    if max(map(len, of.values()), default=0) < LARGE:
        return
    gc.collect()
    with suppress(AttributeError, OSError, TypeError):  # TypeError: Windows takes no None
        ctypes.CDLL(None).malloc_trim(0)

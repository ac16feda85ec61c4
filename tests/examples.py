"""How many examples a law is tried on: few in the quick part, all of them with ``--hypothesis-profile=full``.

``.ci/run`` plays the laws with all examples in its long part.
"""

from __future__ import annotations

from hypothesis import settings

FULL, QUICK = "full", "quick"
SHARE = 8
"""The quick part tries one of so many."""

_ALL = settings.default.max_examples if settings.default else 100
settings.register_profile(FULL, settings.default, deadline=None)
settings.register_profile(QUICK, settings.default, deadline=None, max_examples=_ALL // SHARE)


def examples(number: int) -> int:
    """So many in the full profile, else a share of them."""
    return max(3, number // SHARE) if settings.get_current_profile_name() == QUICK else number

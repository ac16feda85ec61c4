"""The checks of the doctor by name."""

from __future__ import annotations

import asyncio

from gpb.doctor.check import Check
from gpb.doctor.doctor import diagnose
from gpb.settings import Settings


def told(settings: Settings) -> dict[str, Check]:
    """All checks, the last one of each name."""
    return {check.name: check for check in asyncio.run(diagnose(settings))}

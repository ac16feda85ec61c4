"""Snapshots in the form in which older releases wrote them."""

from __future__ import annotations

from pathlib import Path

DERIVED = ("manifest.json", "rows.parquet", "stored.parquet")


def as_of_0_6(place: Path) -> None:
    """The folder of a whole snapshot as releases up to 0.6 wrote it: tables and facts, and nothing derived."""
    for name in DERIVED:
        (place / name).unlink()

"""Snapshots in the form in which older releases wrote them."""

from __future__ import annotations

from pathlib import Path

from tests.damage import its_id

DERIVED = ("manifest.json", "rows.parquet", "stored.parquet")


def as_of_0_6(place: Path) -> Path:
    """Make the folder of a whole snapshot one of releases up to 0.6: tables and facts beside all others; its new place.

    Nothing derived was kept, and no manifest.
    """
    for name in DERIVED:
        (place / name).unlink()
    return place.rename(place.parents[2] / its_id(place))

"""What can happen to snapshots on a disk, for the tests of pages and of the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path


def _facts(place: Path, **more: object) -> None:
    file = place / "facts.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | more), encoding="utf-8")


def _scrambled(place: Path) -> None:
    """Whole at both ends, as a failing disk leaves it."""
    file = place / "groups.parquet"
    content = file.read_bytes()
    file.write_bytes(content[:4] + bytes(len(content) - 4 - 4000) + content[-4000:])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a missing file": lambda place: (place / "groups.parquet").unlink(),
    "facts that say nothing": lambda place: (place / "facts.json").write_text("{}"),
    "a field of a newer release": lambda place: _facts(place, holograms=1),
    "zeros in the middle": _scrambled,
    "a folder that is gone": shutil.rmtree,
}
"""By name: what is done to the folder of a snapshot so that it cannot be used."""


def snapshots_in(folder: Path) -> list[Path]:
    """The folders of the snapshots below one, the oldest first; ``its_id`` tells the id."""
    return sorted((place.parent for place in folder.rglob("manifest.json")), key=its_id)


def its_id(place: Path) -> str:
    """The id of the snapshot in a folder."""
    return place.name.partition("=")[2]


def add_strangers(folder: Path) -> None:
    """What a system, or a person, leaves in the folder of the snapshots."""
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "backup").mkdir()

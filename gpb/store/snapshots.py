"""Snapshots on disk: one folder each, with a Parquet file per table and the facts as JSON."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from gpb.errors import StoreError
from gpb.private import make_folder, tighten, tighten_all

FACTS = "facts.json"


class SnapshotStore:
    """Snapshots below one folder; a snapshot is written beside its place and moved in whole, so no half one is seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tighten_all(folder)

    def save(self, facts: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> str:
        """Store a snapshot and return its id; ids sort by time. Raises StoreError when the disk refuses."""
        identifier = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:6]}"
        draft = self.folder / f".{identifier}.part"
        try:
            make_folder(draft)
            for name, table in tables.items():
                table.to_parquet(draft / f"{name}.parquet", index=False, compression="zstd")
            (draft / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
            for place in (*draft.iterdir(), draft):
                tighten(place)
                _sync(place)
            os.replace(draft, self.folder / identifier)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise StoreError(f"The snapshot cannot be stored in {self.folder} ({error.strerror}).") from error
        return identifier

    def load(self, identifier: str) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
        """Facts and tables of a snapshot; raises StoreError when it is not there or cannot be read."""
        folder = self.folder / identifier
        try:
            return self.facts(identifier), {file.stem: pd.read_parquet(file) for file in folder.glob("*.parquet")}
        except (OSError, ValueError) as error:
            raise StoreError(f"The snapshot {identifier} cannot be read. Press Refresh to take a new one.") from error

    def facts(self, identifier: str) -> dict[str, Any]:
        """The facts of a snapshot; raises StoreError when they cannot be read."""
        try:
            facts: dict[str, Any] = json.loads((self.folder / identifier / FACTS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"The snapshot {identifier} cannot be read. Press Refresh to take a new one.") from error
        return facts

    def integration_data(self, identifier: str, group_id: int) -> str | None:
        """What Canvas stored for one assignment group, as JSON text; None where the snapshot lacks it."""
        file = self.folder / identifier / "groups.parquet"
        try:
            found = pd.read_parquet(file, columns=["integration_data"], filters=[("group_id", "==", group_id)])
        except (OSError, ValueError) as error:
            raise StoreError(f"The snapshot {identifier} cannot be read. Press Refresh to take a new one.") from error
        return str(found["integration_data"].iloc[0]) if len(found) else None

    def has(self, identifier: str) -> bool:
        """Whether a snapshot is there."""
        return (self.folder / identifier / FACTS).is_file()

    def identifiers(self) -> list[str]:
        """Ids of all whole snapshots, the newest first."""
        if not self.folder.is_dir():
            return []
        return sorted((entry.name for entry in self.folder.iterdir() if not entry.name.startswith(".")), reverse=True)


def _sync(place: Path) -> None:
    """Have the disk keep a file or folder: when the power fails, a name must not outlive what it stands for."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def saved_at(identifier: str) -> datetime:
    """The moment at which a snapshot was stored, in UTC: its id begins with it."""
    return datetime.strptime(identifier.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)

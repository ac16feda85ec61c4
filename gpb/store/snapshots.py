"""Snapshots on disk: one folder each, with a Parquet file per table, the facts as JSON, and a manifest.

What a run wrote is a snapshot that has the lines of its assignment groups alone, and names the one that completes it.

Which of them is the newest the store knows (``order``), not their names.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import ArrowException, jemalloc_memory_pool, set_memory_pool, supported_memory_backends
from pyarrow.parquet import read_metadata

from gpb.errors import StoreError
from gpb.private import make_folder, tighten, tighten_all
from gpb.store.parquet import manifest
from gpb.store.parquet.manifest import BY_GROUP, DERIVED, Manifest, checked
from gpb.store.parquet.tables import Completed, Files, written
from gpb.version import __version__

FACTS = "facts.json"
log = logging.getLogger(__name__)
NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{6}")
DAMAGED = "damaged or incomplete"
UNREADABLE = (OSError, ValueError, ArrowException, RecursionError)


class SnapshotStore:
    """Snapshots below one folder; a snapshot is written beside its place and moved in whole, so no half one is seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manifests: dict[str, Manifest] = {}
        tighten_all(folder)
        _give_memory_back()

    def write(
        self,
        facts: Mapping[str, Any],
        tables: Mapping[str, pd.DataFrame],
        base: str | None = None,
        groups: Collection[int] = (),
    ) -> str:
        """Write a snapshot that nobody sees until ``place``; its id. Raises StoreError when the disk refuses.

        With a ``base``, a whole snapshot, only what is stored for these assignment groups is written: in all else, and
        in the groups that there are, it is equal to its base.
        """
        identifier = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:6]}"
        draft = self._draft(identifier)
        try:
            make_folder(draft)
            files = {
                name: _content(table, base, groups) for name, table in tables.items() if not base or name in BY_GROUP
            }
            for name, content in files.items():
                (draft / f"{name}.parquet").write_bytes(content)
            (draft / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
            (draft / manifest.NAME).write_text(Manifest.of(files, base, groups).text, encoding="utf-8")
            for place in (*draft.iterdir(), draft):
                tighten(place)
                _sync(place)
        except OSError as error:
            self.drop(identifier)
            raise self._refused(error) from error
        return identifier

    def place(self, identifier: str) -> None:
        """Move what ``write`` wrote to its place, in one step. Raises StoreError when the disk refuses."""
        try:
            os.replace(self._draft(identifier), self.folder / identifier)
            _sync(self.folder)
        except OSError as error:
            self.drop(identifier)
            raise self._refused(error) from error

    def remove(self, identifier: str) -> None:
        """Delete a snapshot for good; it is gone in one step, so no half one is seen. What cannot be deleted stays."""
        try:
            os.replace(self.folder / identifier, self._draft(identifier))
        except OSError as error:
            log.warning("the snapshot %s could not be deleted: %s", identifier, error)
            return
        self.drop(identifier)

    def drop(self, identifier: str) -> None:
        """Throw away what ``write`` wrote."""
        shutil.rmtree(self._draft(identifier), ignore_errors=True)

    def load(self, identifier: str) -> tuple[dict[str, Any], Mapping[str, pd.DataFrame]]:
        """Facts and tables of a snapshot; raises StoreError when it is not there or cannot be read.

        Its files are read, and found to be whole; each table is decoded when it is asked for. What another release has
        derived from the tables is left out.
        """
        return self.facts(identifier), self._tables(identifier)

    def _tables(self, identifier: str) -> Mapping[str, pd.DataFrame]:
        found = self._manifest(identifier)
        try:
            files = sorted((self.folder / identifier).glob("*.parquet"))
            if found is None:
                return {file.stem: pd.read_parquet(file) for file in files}
            contents = {name: (self.folder / identifier / f"{name}.parquet").read_bytes() for name in found.files}
        except UNREADABLE as error:
            raise unreadable(identifier) from error
        if any(checked(content) != found.files[name] for name, content in contents.items()):
            raise unreadable(identifier)
        if found.release != __version__:
            contents = {name: content for name, content in contents.items() if name not in DERIVED}
        own = Files(contents, lambda _: unreadable(identifier))
        return own if found.base is None else Completed(own, self._tables(found.base), found.groups)

    def base_of(self, identifier: str) -> str | None:
        """The snapshot that completes this one; None where it is whole, or cannot be read."""
        try:
            found = self._manifest(identifier)
        except StoreError:
            return None
        return found.base if found is not None else None

    def whole_of(self, identifier: str) -> tuple[str | None, frozenset[int]]:
        """The whole snapshot that one of this release rests on, and the groups in which they differ.

        None for one that cannot be rested on: it is of another release.
        """
        found = self._manifest(identifier)
        if found is None or found.release != __version__:
            return None, frozenset()
        return found.base or identifier, frozenset(found.groups)

    def _manifest(self, identifier: str) -> Manifest | None:
        """None for a snapshot of a release up to 0.6; raises StoreError for one that cannot be read."""
        if identifier not in self._manifests:
            try:
                text = (self.folder / identifier / manifest.NAME).read_text(encoding="utf-8")
                found = Manifest.from_text(text)
            except FileNotFoundError:
                return None
            except (*UNREADABLE, KeyError, TypeError, AttributeError) as error:
                raise unreadable(identifier) from error
            if found.base is not None and (found.base == identifier or not _is_identifier(found.base)):
                raise unreadable(identifier)
            self._manifests[identifier] = found
        return self._manifests[identifier]

    def facts(self, identifier: str) -> dict[str, Any]:
        """The facts of a snapshot; raises StoreError when they cannot be read."""
        try:
            facts = json.loads((self.folder / identifier / FACTS).read_text(encoding="utf-8"))
        except UNREADABLE as error:
            raise unreadable(identifier) from error
        if not isinstance(facts, dict):
            raise unreadable(identifier)
        return facts

    def require_whole(self, identifier: str, tables: Iterable[str]) -> None:
        """Raise StoreError when a table is not there or its file was cut short; quick, for it reads only their ends."""
        found = self._manifest(identifier)
        wanted = list(tables) if found is None else [name for name in found.files if name not in DERIVED]
        try:
            for name in wanted:
                read_metadata(self.folder / identifier / f"{name}.parquet")
        except UNREADABLE as error:
            raise unreadable(identifier) from error
        if found is not None and found.base is None and not found.files.keys() >= {*tables}:
            raise unreadable(identifier)
        if found is not None and found.base is not None:
            self.require_whole(found.base, tables)

    def integration_data(self, identifier: str, group_id: int) -> str | None:
        """What Canvas stored for one assignment group, as JSON text; None where the snapshot lacks it."""
        made = self._manifest(identifier)
        if made is not None and made.base is not None and group_id not in made.groups:
            return self.integration_data(made.base, group_id)
        file = self.folder / identifier / "groups.parquet"
        try:
            found = pd.read_parquet(file, columns=["integration_data"], filters=[("group_id", "==", group_id)])
        except UNREADABLE as error:
            raise unreadable(identifier) from error
        return str(found["integration_data"].iloc[0]) if len(found) else None

    def has(self, identifier: str) -> bool:
        """Whether a snapshot is there."""
        return (self.folder / identifier).is_dir()

    def identifiers(self) -> set[str]:
        """Ids of all snapshots that are there, whole or damaged."""
        return {name for name in self._names() if _is_identifier(name)}

    def strangers(self) -> list[str]:
        """Names in the folder that are no snapshot's."""
        return sorted(name for name in self._names() if not _is_identifier(name))

    def _names(self) -> list[str]:
        try:
            return [entry.name for entry in self.folder.iterdir() if not entry.name.startswith(".")]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(
                f"The snapshot folder, {self.folder}, cannot be read ({error.strerror}). Check GPB_DATA_DIR."
            ) from error

    def _draft(self, identifier: str) -> Path:
        return self.folder / f".{identifier}.part"

    def _refused(self, error: OSError) -> StoreError:
        return StoreError(
            f"The snapshot cannot be saved in {self.folder} ({error.strerror}). Check that this folder can be "
            "written to and that the disk is not full."
        )


@cache
def _give_memory_back() -> None:
    """Have Arrow take the allocator that holds least of what is free again: 130 MB less for 20,000 courses."""
    if "jemalloc" in supported_memory_backends():
        set_memory_pool(jemalloc_memory_pool())


def _content(table: pd.DataFrame, base: str | None, groups: Collection[int]) -> bytes:
    return written(table if base is None else table.loc[table["group_id"].isin(list(groups))])


def unreadable(identifier: str, why: str = DAMAGED) -> StoreError:
    """What a person reads of a snapshot that cannot be used."""
    return StoreError(
        f"The snapshot {identifier} cannot be read ({why}). It was ignored; press Refresh to take a new one."
    )


def saved_at(identifier: str) -> datetime:
    """The moment at which a snapshot was stored, in UTC, by the clock of its machine: its id begins with it."""
    return datetime.strptime(identifier.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


def _is_identifier(name: str) -> bool:
    try:
        return NAME.fullmatch(name) is not None and bool(saved_at(name))
    except ValueError:
        return False


def _sync(place: Path) -> None:
    """Have the disk keep a file or folder: when the power fails, a name must not outlive what it stands for."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Snapshots: one folder each, with a Parquet file per table, the facts as JSON, and a manifest.

What a run wrote is a snapshot that has the lines of its assignment groups alone, and names the one that completes it.

Which of them is the newest the store knows (``order``), not their names.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import ArrowException
from pyarrow.parquet import read_metadata

from gpb.errors import StoreError
from gpb.store.locations.location import Location
from gpb.store.locations.opened import located
from gpb.store.parquet import manifest
from gpb.store.parquet.manifest import BY_GROUP, DERIVED, Manifest, checked
from gpb.store.parquet.tables import Completed, Files, written
from gpb.version import __version__

FACTS = "facts.json"
log = logging.getLogger(__name__)
KINDS, DEPTH = ("reading", "run"), 2
"""Folders of snapshots, by their kind, and how deep they lie below the one of their Canvas."""
NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{6}")
DAMAGED = "damaged or incomplete"
UNREADABLE = (OSError, ValueError, ArrowException, RecursionError)


class SnapshotStore:
    """Snapshots of one Canvas account in a place that others may share, by Canvas, term and reading (Hive style).

    One that was taken as a whole is a ``reading=…``, one of what a run wrote a ``run=…``; its manifest is written last,
    and taken away first: without it nobody sees the rest. Releases up to 0.7.0 kept all beside each other.
    """

    def __init__(self, location: Location, source: str, setting: str = "GPB_SNAPSHOTS_URL") -> None:
        self.location = location
        self._setting = setting
        self._own = f"canvas={canvas_name(source)}"
        self._manifests: dict[str, Manifest] = {}
        self._paths: dict[str, str] = {}
        self._drafts: dict[str, Manifest] = {}

    @classmethod
    def at(cls, url: str, data_dir: Path, source: str) -> SnapshotStore:
        """Those in the place that GPB_SNAPSHOTS_URL names, else below GPB_DATA_DIR."""
        return cls(located(url, data_dir / "snapshots"), source, "GPB_SNAPSHOTS_URL" if url else "GPB_DATA_DIR")

    def write(
        self,
        facts: Mapping[str, Any],
        tables: Mapping[str, pd.DataFrame | Iterable[pd.DataFrame]],
        base: str | None = None,
        groups: Collection[int] = (),
    ) -> str:
        """Write a snapshot that nobody sees until ``place``; its id. Raises StoreError when the disk refuses.

        A table may come in parts; the facts are asked for last.
        With a ``base``, a whole snapshot, only what is stored for these assignment groups is written: in all else, and
        in the groups that there are, it is equal to its base.
        """
        identifier = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:6]}"
        kind = "reading" if base is None else "run"
        self._paths[identifier] = path = f"{self._own}/term_id={facts['term_id']}/{kind}={identifier}"
        files = {}
        try:
            for name in [name for name in tables if not base or name in BY_GROUP]:
                content = _content(tables[name], base, groups)
                self.location.write(f"{path}/{name}.parquet", content)
                files[name] = checked(content)
            told = json.dumps(facts, ensure_ascii=False, indent=1)
            self.location.write(f"{path}/{FACTS}", told.encode())
        except OSError as error:
            self.drop(identifier)
            raise self._refused(error) from error
        self._drafts[identifier] = Manifest(files, base, sorted(groups))
        return identifier

    def place(self, identifier: str) -> None:
        """Show what ``write`` wrote, in one step. Raises StoreError when the disk refuses."""
        made = self._drafts.pop(identifier)
        try:
            self.location.write(f"{self._paths[identifier]}/{manifest.NAME}", made.text.encode())
        except OSError as error:
            self.drop(identifier)
            raise self._refused(error) from error
        self._manifests[identifier] = made

    def remove(self, identifier: str) -> None:
        """Delete a snapshot for good; it is gone in one step, so no half one is seen. What cannot be deleted stays."""
        path = self._path(identifier)
        try:
            self.location.delete(f"{path}/{manifest.NAME if _is_seen_by_manifest(path) else FACTS}")
        except OSError as error:
            log.warning("the snapshot %s could not be deleted: %s", identifier, error)
            return
        self.location.delete_folder(path)

    def drop(self, identifier: str) -> None:
        """Throw away what ``write`` wrote."""
        self._drafts.pop(identifier, None)
        self.location.delete_folder(self._paths[identifier])

    def sweep(self, before: datetime) -> None:
        """Delete what was begun before that moment and never placed, because its program died."""
        for path in self.location.left_over(manifest.NAME, self._own, DEPTH):
            identifier = _identifier_in(path)
            if identifier is not None and saved_at(identifier) < before:
                self.location.delete_folder(path)

    def load(self, identifier: str) -> tuple[dict[str, Any], Mapping[str, pd.DataFrame]]:
        """Facts and tables of a snapshot; raises StoreError when it is not there or cannot be read.

        Its files are read, and found to be whole; each table is decoded when it is asked for. What another release has
        derived from the tables is left out.
        """
        return self.facts(identifier), self._tables(identifier)

    def _tables(self, identifier: str) -> Mapping[str, pd.DataFrame]:
        found, path = self._manifest(identifier), self._path(identifier)
        try:
            names = _tables_in(self.location.sizes(path)) if found is None else found.files
            contents = {name: self.location.read(f"{path}/{name}.parquet") for name in names}
        except UNREADABLE as error:
            raise unreadable(identifier) from error
        if found is None:
            return Files(contents, lambda _: unreadable(identifier))
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
                text = self.location.read(f"{self._path(identifier)}/{manifest.NAME}").decode()
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
        """The facts of a snapshot, as they are now; raises StoreError when they cannot be read."""
        try:
            facts = _parsed(self.location.read(f"{self._path(identifier)}/{FACTS}"))
        except UNREADABLE as error:
            raise unreadable(identifier) from error
        if not isinstance(facts, dict):
            raise unreadable(identifier)
        return facts

    def require_whole(self, identifier: str, tables: Iterable[str]) -> None:
        """Raise StoreError when a table is not there or was cut short; quick, for it reads none of them."""
        found, path = self._manifest(identifier), self._path(identifier)
        try:
            if found is None:
                for name in tables:
                    with self.location.open(f"{path}/{name}.parquet") as file:
                        read_metadata(file)
                return
            wanted = {f"{name}.parquet": size for name, (size, _) in found.files.items() if name not in DERIVED}
            if not wanted.items() <= self.location.sizes(path).items():
                self.location.look_again()  # a long list may have been told while the files were written
                if not wanted.items() <= self.location.sizes(path).items():
                    raise unreadable(identifier)
        except UNREADABLE as error:
            raise unreadable(identifier) from error
        if found.base is not None:
            self.require_whole(found.base, tables)
        elif not found.files.keys() >= {*tables}:
            raise unreadable(identifier)

    def integration_data(self, identifier: str, group_id: int) -> str | None:
        """What Canvas stored for one assignment group, as JSON text; None where the snapshot lacks it."""
        made = self._manifest(identifier)
        if made is not None and made.base is not None and group_id not in made.groups:
            return self.integration_data(made.base, group_id)
        try:
            with self.location.open(f"{self._path(identifier)}/groups.parquet") as file:
                wanted = [("group_id", "==", group_id)]
                found = pd.read_parquet(file, columns=["integration_data"], filters=wanted)
        except UNREADABLE as error:
            raise unreadable(identifier) from error
        return str(found["integration_data"].iloc[0]) if len(found) else None

    def has(self, identifier: str) -> bool:
        """Whether a snapshot is there; raises StoreError where nobody can tell."""
        path = self._path(identifier)
        with self._told():
            return self.location.has(f"{path}/{manifest.NAME}" if _is_seen_by_manifest(path) else path)

    def identifiers(self, newest: str | None = None) -> set[str]:
        """Ids of all snapshots that are there, whole or damaged.

        Where the one that is known to be the ``newest`` is not among them, what is remembered is asked for anew.
        """
        found = self._listed()
        if newest is not None and newest not in found:
            self.location.look_again()
            found = self._listed()
        self._paths |= found
        return {*found}

    def strangers(self) -> list[str]:
        """Names in the place of the snapshots that are no snapshot's."""
        with self._told():
            names = self.location.names()
        return sorted(name for name in names if not _is_identifier(name) and not name.startswith("canvas="))

    def told_path(self, identifier: str) -> str:
        """Where a snapshot lies."""
        return f"{self.location.told}/{self._path(identifier)}"

    def _path(self, identifier: str) -> str:
        if identifier not in self._paths:
            self._paths |= self._listed()
        return self._paths.get(identifier, identifier)

    def _listed(self) -> dict[str, str]:
        """The folder of each snapshot."""
        with self._told():
            placed = self.location.folders_with(manifest.NAME, self._own, DEPTH)
            old = [name for name in self.location.names() if _is_identifier(name)]
        found = {_identifier_in(path): path for path in placed}
        return {**dict(zip(old, old, strict=True)), **{name: path for name, path in found.items() if name is not None}}

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"The place of the snapshots, {self.location.told}, cannot be read ({_reason(error)}). Check "
                f"{self._setting}."
            ) from error

    def _refused(self, error: OSError) -> StoreError:
        return StoreError(
            f"The snapshot cannot be saved in {self.location.told} ({_reason(error)}). Check {self._setting}, and that "
            "this place can be written to and is not full."
        )


@lru_cache(maxsize=16)
def _parsed(text: bytes) -> object:
    """Facts are asked for many times a page, and long where a district has many schools."""
    return json.loads(text)


def _content(table: pd.DataFrame | Iterable[pd.DataFrame], base: str | None, groups: Collection[int]) -> bytes:
    parts = [table] if isinstance(table, pd.DataFrame) else table
    return written(part if base is None else part.loc[part["group_id"].isin(list(groups))] for part in parts)


def unreadable(identifier: str, why: str = DAMAGED) -> StoreError:
    """What a person reads of a snapshot that cannot be used."""
    return StoreError(
        f"The snapshot {identifier} cannot be read ({why}). It was ignored; press Refresh to take a new one."
    )


def saved_at(identifier: str) -> datetime:
    """The moment at which a snapshot was stored, in UTC, by the clock of its machine: its id begins with it."""
    return datetime.strptime(identifier.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


@lru_cache(maxsize=10_000)
def _is_identifier(name: str) -> bool:
    try:
        return NAME.fullmatch(name) is not None and bool(saved_at(name))
    except ValueError:
        return False


def canvas_name(source: str) -> str:
    """A Canvas account as part of a path: ``district.instructure.com_self``."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", source.rpartition("://")[2])


def _identifier_in(path: str) -> str | None:
    kind, _, name = path.rpartition("/")[2].partition("=")
    return name if kind in KINDS and _is_identifier(name) else None


def _is_seen_by_manifest(path: str) -> bool:
    return "/" in path


def _tables_in(names: Iterable[str]) -> list[str]:
    return sorted(name.removesuffix(".parquet") for name in names if name.endswith(".parquet"))


def _reason(error: OSError) -> str:
    """In few words; the whole is in the log."""
    log.warning("the place of the snapshots: %s", error)
    told = re.search(r"AWS Error \w+", str(error))
    return told[0] if told else error.strerror or str(error).partition("\n")[0]

"""The state file: changes made through the APIs, one JSON line each, replayed when a sandbox starts again."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any, TextIO

from gpb.sandbox.config import SandboxConfig
from gpb.sandbox.district.names import edition
from gpb.sandbox.district.world import World
from gpb.sandbox.serve.midyear import add_section

_LOG = logging.getLogger(__name__)
_EDITION = "edition"


class StateFile:
    """Append-only; its first line names the district, for ids mean nothing in another one."""

    def __init__(self, path: Path, config: SandboxConfig) -> None:
        """Remember where, not yet opening anything."""
        self.path = path
        self.district = {
            "seed": config.seed,
            "schools": config.schools,
            "courses": config.courses,
            "shape": config.shape,
            _EDITION: edition(),
            # Only where it was asked for, so that files of a release that did not know it stay good.
            **{name: True for name in ("drawn_layout", "unassociated") if getattr(config, name)},
        }
        self._file: TextIO | None = None

    def attach(self, world: World) -> None:
        """Replay the file into the world and keep what comes next; raise ValueError for another district's file."""
        changes = self._changes()
        for kind, key, fields in changes:
            if kind == "section" and key in world.courses:
                add_section(world, world.courses[key])
            else:
                world.replay(kind, key, fields)
        self._rewrite(changes)
        world.memory = self

    def append(self, kind: str, key: Any, changes: dict[str, Any]) -> None:
        """Write one change and hand it to the operating system."""
        if self._file is not None:
            self._file.write(json.dumps([kind, key, changes], ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file; later changes are not kept."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _changes(self) -> list[tuple[str, Any, dict[str, Any]]]:
        if not self.path.exists():
            return []
        # A killed sandbox may leave its last line without an end: that change was never answered for.
        *lines, _ = self.path.read_text(encoding="utf-8").split("\n")
        parsed = [json.loads(line) for line in lines]
        if not parsed:
            return []
        if self._is_of_other_tables(parsed[0]):
            aside = self.path.with_suffix(f"{self.path.suffix}.{parsed[0].get(_EDITION, 'earlier')}")
            self.path.replace(aside)
            _LOG.warning(
                "The made-up district has changed with this release and begins anew; its old state is now %s.",
                aside.name,
            )
            return []
        if parsed[0] != self.district:
            raise ValueError(
                f"The state file {self.path.name} belongs to another district ({parsed[0]}); "
                "start with the same options or name another file."
            )
        return [(kind, key, fields) for kind, key, fields in parsed[1:]]

    def _is_of_other_tables(self, district: dict[str, Any]) -> bool:
        """Whether the file names this district, as it was before its tables changed."""
        return district | {_EDITION: edition()} == self.district and district.get(_EDITION) != edition()

    def _rewrite(self, changes: list[tuple[str, Any, dict[str, Any]]]) -> None:
        _make_folder(self.path.parent)
        fresh = self.path.with_suffix(self.path.suffix + ".new")
        rows: list[Any] = [self.district, *changes]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        fresh.unlink(missing_ok=True)  # a crash may have left one, with rights of its own
        with open(fresh, "x", encoding="utf-8", opener=_for_the_owner) as file:
            file.write(text)
        fresh.replace(self.path)
        self._file = self.path.open("a", encoding="utf-8")


def _make_folder(folder: Path) -> None:
    """With those above it that are missing; each for its owner alone, as the file."""
    for one in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        one.mkdir(0o700, exist_ok=True)


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

"""The manifest of a snapshot: its files with their sizes and checksums, and the snapshot that completes it.

It is written last: a snapshot that has none is of a release up to 0.6, or is still being written.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field

from gpb.version import __version__

NAME = "manifest.json"
BY_GROUP = ("groups", "stored", "rows")
"""Tables of which a snapshot with a base has the lines of some assignment groups alone; all others are its base's."""
DERIVED = ("stored", "rows")
"""What a release has computed from the other tables; another one computes it anew."""


@dataclass(frozen=True)
class Manifest:
    """``files``: by table, number of bytes and CRC-32; in some ``groups`` it is otherwise than its ``base``."""

    files: Mapping[str, tuple[int, int]]
    base: str | None = None
    groups: Collection[int] = ()
    release: str = field(default=__version__)

    @classmethod
    def from_text(cls, text: str) -> Manifest:
        """The inverse of ``text``; raises ValueError, TypeError or KeyError for what is none."""
        found = json.loads(text)
        files = {str(name): (int(size), int(crc)) for name, (size, crc) in found["files"].items()}
        base = found["base"]
        return cls(files, None if base is None else str(base), [int(one) for one in found["groups"]], found["release"])

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))


def checked(content: bytes) -> tuple[int, int]:
    """Number of bytes and CRC-32."""
    return len(content), zlib.crc32(content)

"""The place for snapshots that the settings name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from gpb.store.locations.disk import Disk
from gpb.store.locations.location import Location


def located(url: str, folder: Path) -> Location:
    """The place that GPB_SNAPSHOTS_URL names (see ``snapshot_urls``); where it is empty, ``folder``."""
    parts = urlsplit(url)
    if not url:
        return Disk(folder)
    if parts.scheme == "file":
        return Disk(Path(unquote(parts.path)))
    from gpb.store.locations.object_storage import ObjectStorage  # noqa: PLC0415  # most districts never need it

    return ObjectStorage(url)

"""The way of a store from each released version of its tables to the present one, with Alembic.

A change of the tables is a new file in ``versions`` and the new number in ``database.VERSION``; a released file never
changes. The tests compare where the way ends with ``database.metadata``.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from gpb.errors import StoreError
from gpb.store.sound import damaged

UNVERSIONED = "1"  # what release 0.1 made, without writing a version down


def upgrade(connection: Connection, *, is_unversioned: bool) -> None:
    """Bring the store to the present version inside the connection's transaction: wholly or not at all.

    ``is_unversioned`` says that the tables of release 0.1 are there. Raises StoreError when there is no way.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        if is_unversioned:
            command.stamp(config, UNVERSIONED)
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            f"The store could not be upgraded to the current version ({error}). Nothing was changed. Restore the "
            "version of this program that you had before, and report this."
        ) from error
    except (TypeError, ValueError, KeyError) as error:  # values that no release has written
        raise damaged("a row of an older release") from error

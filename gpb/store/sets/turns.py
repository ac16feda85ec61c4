"""One writer at a time, and how the next one gets its turn.

SQLite knows no queue. What waits by ``busy_timeout`` looks again ever more seldom, every 0.1 s in the end
(https://www.sqlite.org/src/file/src/main.c, ``sqliteDefaultBusyCallback``), and one who writes part after part would
hardly ever let it in; so here all look again equally often.
"""

from __future__ import annotations

import random
import time

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

WAIT = 10
"""Seconds for which a writer waits for another one."""
LOOK_AGAIN = 0.01
"""Seconds between two attempts to write to SQLite while another one does."""
LOCK_OUT_WRITERS = {
    "sqlite": ["BEGIN IMMEDIATE"],
    # One writer at a time, as SQLite has it: a transaction then sees all that was committed before it, so nothing in
    # it has to be tried again, and writes here are far too few for anybody to wait.
    "postgresql": [f"SET LOCAL lock_timeout = '{WAIT}s'", "SELECT pg_advisory_xact_lock(71150218)"],
}


def lock_out_writers(connection: Connection) -> None:
    """Be the only one that writes, until the end of the transaction."""
    if connection.dialect.name != "sqlite":
        for statement in LOCK_OUT_WRITERS[connection.dialect.name]:
            connection.exec_driver_sql(statement)
        return
    until = time.monotonic() + WAIT
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        while not _begins(connection, until):
            time.sleep(LOOK_AGAIN * random.uniform(0.5, 1.5))
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={WAIT * 1000}")


def give_way(dialect: str) -> None:
    """Let those who wait write first; PostgreSQL keeps a queue."""
    if dialect == "sqlite":
        time.sleep(2 * LOOK_AGAIN)  # to stay away for longer does not shorten the longest wait


def _begins(connection: Connection, until: float) -> bool:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        is_busy = getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY")
        if not is_busy or time.monotonic() > until:
            raise
        return False
    return True

"""What a reading has read so far, course by course, on disk: when it is cut short, the next one goes on there.

One SQLite file per term and Canvas, to which rows are only added, for its owner alone. A process that is killed loses
nothing of it; after a power cut it may be damaged, and then the reading begins anew. While one reading holds the file
another one of the same term has a file of its own that nobody else sees.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gpb.errors import StoreError
from gpb.private import make_file, make_folder, tighten

OLDEST = timedelta(hours=2)
"""What was read longer ago than that is read again: a snapshot shall be of one time."""
FORGOTTEN = timedelta(days=1)
"""After that a file that nobody has gone on with is deleted."""
ENDINGS = ("", "-journal")
TABLES = """
CREATE TABLE IF NOT EXISTS head (began INTEGER NOT NULL, started TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS courses (
    course_id INTEGER PRIMARY KEY, number INTEGER NOT NULL, is_odd INTEGER NOT NULL, text TEXT NOT NULL
);
"""
log = logging.getLogger(__name__)


class Spool:
    """The file of one reading; ``began`` is the store's order before its first request.

    ``earlier`` are the seconds that lie between the begin of a reading that was cut short and this one, which goes on.
    Every method raises StoreError when the disk refuses.
    """

    def __init__(self, file: Path, began: int) -> None:
        self._file = file
        self.began, self.earlier = began, 0.0
        try:
            make_folder(file.parent)
            _forget(file.parent)
            self._connection = self._held() or _begun(sqlite3.connect(""))
            self._take_up()
        except (OSError, sqlite3.Error) as error:
            raise self._refused(error) from error
        self._number = len(self.courses())

    def courses(self) -> set[int]:
        """Ids of the courses that are read."""
        return {course_id for (course_id,) in self._connection.execute("SELECT course_id FROM courses")}

    def add(self, course_id: int, text: str, *, is_odd: bool) -> None:
        """Keep a course; one in which something was odd is asked for again by a reading that goes on."""
        self._number += 1
        row = course_id, self._number, is_odd, text
        try:
            self._connection.execute("INSERT OR REPLACE INTO courses VALUES (?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def texts(self) -> Iterator[tuple[int, str]]:
        """All courses, in the order in which they were read."""
        yield from self._connection.execute("SELECT course_id, text FROM courses ORDER BY number")

    def keep_only(self, wanted: Iterable[int]) -> None:
        """Forget the other courses: they are no longer in the term."""
        gone = self.courses() - set(wanted)
        self._connection.executemany("DELETE FROM courses WHERE course_id = ?", [(one,) for one in gone])

    def close(self) -> None:
        """Leave it for the next reading."""
        self._connection.close()

    def discard(self) -> None:
        """Delete it: a snapshot has all of it, or nobody shall go on with it."""
        is_own = bool(self._connection.execute("PRAGMA database_list").fetchone()[2])
        self.close()
        if is_own:
            _delete(self._file)

    def _held(self) -> sqlite3.Connection | None:
        """The file, for this reading alone; None while another one holds it."""
        for _ in range(2):
            make_file(self._file)
            connection = sqlite3.connect(self._file, isolation_level=None, timeout=0, check_same_thread=False)
            try:
                return _begun(connection)
            except sqlite3.OperationalError as error:
                connection.close()
                if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    return None
                raise
            except sqlite3.DatabaseError as error:  # after a power cut
                connection.close()
                log.warning("what was read before cannot be used: %s", error)
                _delete(self._file)
        return None

    def _take_up(self) -> None:
        """Go on with what is there, unless it is too old or from another store; else begin."""
        now = datetime.now(UTC)
        head = self._connection.execute("SELECT began, started FROM head").fetchone()
        if head is not None:
            began, started = head[0], datetime.fromisoformat(head[1])
            if began <= self.began and timedelta(0) <= now - started <= OLDEST:
                self.began, self.earlier = began, (now - started).total_seconds()
                self._connection.execute("DELETE FROM courses WHERE is_odd")
                return
        for statement in ("DELETE FROM courses", "DELETE FROM head"):
            self._connection.execute(statement)
        self._connection.execute("INSERT INTO head VALUES (?, ?)", (self.began, now.isoformat()))

    def _refused(self, error: Exception) -> StoreError:
        log.warning("%s: %s", self._file, error)
        return StoreError(
            f"What is read cannot be saved in {self._file.parent}. Check that this folder can be written to and that "
            "the disk is not full."
        )


def _begun(connection: sqlite3.Connection) -> sqlite3.Connection:
    """With its tables, locked until it is closed; each statement is kept at once, but the disk is not waited for."""
    connection.isolation_level = None
    for statement in ("locking_mode = EXCLUSIVE", "synchronous = OFF", "journal_mode = TRUNCATE"):
        connection.execute(f"PRAGMA {statement}")
    connection.executescript(f"BEGIN EXCLUSIVE; {TABLES} COMMIT;")
    return connection


def _forget(folder: Path) -> None:
    """Delete what was left behind long ago."""
    before = (datetime.now(UTC) - FORGOTTEN).timestamp()
    for file in folder.glob("*.sqlite"):
        tighten(file)
        with suppress(OSError):
            if file.stat().st_mtime < before:
                _delete(file)


def _delete(file: Path) -> None:
    for ending in ENDINGS:
        with suppress(OSError):
            file.with_name(file.name + ending).unlink(missing_ok=True)


def compact(value: object) -> str:
    """JSON in as few signs as there are; all of them ASCII, whatever a name holds."""
    return json.dumps(value, separators=(",", ":"))

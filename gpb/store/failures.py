"""What went wrong with a database, told to a coordinator: one sentence or two, with the advice that helps there.

A store knows nothing of Canvas: whether anything was sent, only the run can tell. These sentences say what became of
the step that failed, and nothing else.
"""

from __future__ import annotations

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gpb.store.sets.turns import WAIT

_NOTHING = ", and nothing from this step was saved"
_LOCKED = (
    "was locked by another process for more than {wait} seconds{left}. Try again in a moment; if that does not "
    "help, close whatever is using it: a copy, a backup, another program."
)
_FULL = "cannot be used: its disk is full{left}. Free some space, then try again."
_READ_ONLY = (
    "cannot be used: it is read-only for this program{left}. Fix the permissions of the database and its folder."
)
_GONE = (
    "is not the one that the program started with: it was replaced, emptied, removed or restored from a "
    "backup{left}. Restart the program."
)
_DAMAGED = "is damaged ({cause}){left}. Stop the program, keep a copy of the damaged file, and restore the last backup."
_NO_STORE = (
    "cannot be used: it is not a database, or a badly damaged one{left}. Check {setting}, or restore the last backup."
)
_NOT_OURS = (
    "cannot be used: tables of this program are missing ({cause}){left}. Check {setting}, or restore the last backup."
)
_NOT_OPENED = (
    "cannot be used: its file cannot be opened{left}. Check that its folder exists and that this program can write "
    "to it."
)
_DISK = "cannot be used: its disk fails to read or write ({cause}){left}. Check the disk."
_UNREACHABLE = (
    "cannot be used: the database server does not respond or refuses the connection ({cause}){left}. Check that it "
    "is running, and check {setting}."
)
_OTHER = "cannot be used ({cause}){left}. If this keeps happening, check its disk and permissions."

_BY_SQLITE = (  # https://www.sqlite.org/rescode.html; the first that the name of the code begins with holds
    ("SQLITE_BUSY", _LOCKED),
    ("SQLITE_LOCKED", _LOCKED),
    ("SQLITE_FULL", _FULL),
    ("SQLITE_READONLY_DBMOVED", _GONE),
    ("SQLITE_READONLY", _READ_ONLY),
    ("SQLITE_PERM", _READ_ONLY),
    ("SQLITE_CORRUPT", _DAMAGED),
    ("SQLITE_MISMATCH", _DAMAGED),
    ("SQLITE_NOTADB", _NO_STORE),
    ("SQLITE_CANTOPEN", _NOT_OPENED),
    ("SQLITE_IOERR", _DISK),
)
_BY_POSTGRESQL = (  # https://www.postgresql.org/docs/current/errcodes-appendix.html, in the same way
    ("55P03", _LOCKED),
    ("53100", _FULL),
    ("25006", _READ_ONLY),
    ("42501", _READ_ONLY),
    ("XX001", _DAMAGED),
    ("XX002", _DAMAGED),
    ("22021", _DAMAGED),
    ("42P01", _NOT_OURS),
    ("42703", _NOT_OURS),
    ("58", _DISK),
    ("08", _UNREACHABLE),
    ("28", _UNREACHABLE),
    ("3D", _UNREACHABLE),
    ("53", _UNREACHABLE),
    ("57P", _UNREACHABLE),
)
_BY_WORDS = (  # where the driver gives no code
    ("no such table", _NOT_OURS),
    ("no such column", _NOT_OURS),
    ("has no column", _NOT_OURS),
    ("malformed database schema", _DAMAGED),
    ("could not decode", _DAMAGED),
    ("connection", _UNREACHABLE),
)


def place(url: URL) -> str:
    """The address for people: without the password, and without the options, which may hold one, too."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{url.database or ''}"  # a path as people know it, not as addresses write it
    return url.set(query={}).render_as_string(hide_password=True)


def sentence(error: SQLAlchemyError, url: URL, setting: str, *, is_writing: bool) -> str:
    """What happened to the store, what became of the step, and what to do; ``setting`` is the one that leads to it."""
    cause = _cause(error, url)
    left = _NOTHING if is_writing else ""
    if is_writing and isinstance(error, DBAPIError) and error.connection_invalidated:
        left = ". We don't know whether the last step was saved: check before you repeat it"
    told = _kind(error).format(wait=WAIT, cause=cause, left=left, setting=setting)
    return f"The store at {place(url)} {told}"


def gone(url: URL, *, is_writing: bool) -> str:
    """As ``sentence``, where there is no error of the database: another store is in the place of the first one."""
    return f"The store at {place(url)} {_GONE.format(left=_NOTHING if is_writing else '')}"


def lacks_tables(error: SQLAlchemyError) -> bool:
    """Whether a store has been emptied, or is not one of this program."""
    return _kind(error) is _NOT_OURS


def _kind(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None)
    words = str(original or error).casefold()
    code = getattr(original, "sqlite_errorname", None)
    state = getattr(original, "sqlstate", None)
    for table, name in ((_BY_SQLITE, code), (_BY_POSTGRESQL, state)):
        found = next((told for start, told in table if name and name.startswith(start)), None)
        if found is not None:
            return found
    return next((told for part, told in _BY_WORDS if part in words), _OTHER)


def _cause(error: SQLAlchemyError, url: URL) -> str:
    """The database's own words, on one line and without a password."""
    words = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split()).rstrip(".")
    for secret in _secrets(url):
        words = words.replace(secret, "***")
    return words if len(words) <= 200 else f"{words[:200]}…"


def _secrets(url: URL) -> list[str]:
    values = [url.query[name] for name in url.query if "pass" in name.casefold()]
    found = [str(url.password)] if url.password else []
    for value in values:
        found += [value] if isinstance(value, str) else list(value)
    return [secret for secret in found if secret]

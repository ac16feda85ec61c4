"""``python -m gpb`` as processes of their own, forked from a server process that has imported the program once.

A process can be told to be in trouble: to kill itself at a boundary of the journal, to live with a clock that jumps, or
on a disk without room. The program itself knows nothing of it.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, cycle
from pathlib import Path
from typing import Any

import stamina
from sqlalchemy import Connection

from gpb.api.http import concurrency
from gpb.store.database import Database
from tests.pauses import QUICK

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["gpb.cli.reading", "gpb.cli.spreadsheet", "gpb.cli.syncing", "tests.faults.programs"])
JUMPS = (0.0, 86_400.0, -3_600.0, 31_536_000.0, -604_800.0)
"""Seconds by which a jumping clock is wrong, one after the other."""
LONGEST = 300.0
_STORE = threading.RLock()


@dataclass(frozen=True)
class Trouble:
    """What befalls a process.

    ``kill_at`` is (class, method, call, moment): SIGKILL just ``before`` or ``after`` that call of the method, counted
    from 1; ``stop_at`` is the same for SIGSTOP. ``jumping_clock`` makes the wall clock jump at every look at it.
    ``room`` is the size in bytes beyond which no file can grow.
    """

    kill_at: tuple[str, str, int, str] | None = None
    stop_at: tuple[str, str, int, str] | None = None
    jumping_clock: bool = False
    room: int | None = None


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (negative: the signal) and what it printed."""

    code: int
    out: str
    err: str


class Program:
    """One process; ``wait`` for its end, or ``kill`` it."""

    def __init__(self, words: list[str], environment: Mapping[str, str], folder: Path, trouble: Trouble) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._place = folder / f"{time.monotonic_ns()}"
        self._process = CONTEXT.Process(target=_main, args=(words, dict(environment), self._place, trouble))
        self._process.start()

    def kill(self) -> None:
        """SIGKILL: no clean-up code runs."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid or 0, signal.SIGKILL)

    @property
    def stands_still(self) -> bool:
        """Whether SIGSTOP holds it (proc(5): the state follows the name, which is in brackets)."""
        status = _text(Path(f"/proc/{self._process.pid}/stat"))
        return status.rpartition(")")[2].split()[:1] == ["T"]

    def go_on(self) -> None:
        """SIGCONT."""
        os.kill(self._process.pid or 0, signal.SIGCONT)

    def wait(self, seconds: float = LONGEST) -> Ended:
        """Wait for the end; a process that takes longer is killed, which its exit code then shows."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            self.kill()
            self._process.join()
        texts = [_text(self._place.with_suffix(kind)) for kind in (".out", ".err")]
        return Ended(self._process.exitcode or 0, *texts)

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self._process.exitcode is not None


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _main(words: list[str], environment: dict[str, str], place: Path, trouble: Trouble) -> None:
    """Be ``python -m gpb WORDS``; waits between attempts are left out."""
    for number, kind in ((1, ".out"), (2, ".err")):
        file = os.open(place.with_suffix(kind), os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(file, number)
    for name in [name for name in os.environ if name.startswith("GPB_")]:
        del os.environ[name]
    os.environ.update(environment)
    os.chdir(place.parent)
    concurrency.PAUSES = QUICK
    stamina.set_testing(True, attempts=10, cap=True)
    if trouble.room is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (trouble.room, trouble.room))
    if trouble.jumping_clock:
        _let_the_clock_jump()
    if trouble.kill_at is not None:
        _signal_at(signal.SIGKILL, *trouble.kill_at)
    if trouble.stop_at is not None:
        _hold_while_writing()
        _signal_at(signal.SIGSTOP, *trouble.stop_at)
    from gpb.cli import main  # noqa: PLC0415  # only the process itself needs it

    main(words, prog_name="gpb")


def _signal_at(sent: signal.Signals, owner: str, method: str, call: int, moment: str) -> None:
    """Wrap a method so that the process gets a signal at one of its calls."""
    places = [module for module in _own_modules() if owner in vars(module)]
    kind = vars(places[0])[owner]
    inner: Callable[..., Any] = getattr(kind, method)
    numbers = count(1)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        number = next(numbers)  # of this call: several threads make some
        if number == call and moment == "before":
            _befall(sent)
        result = inner(*arguments, **named)
        if number == call and moment == "after":
            _befall(sent)
        return result

    setattr(kind, method, wrapped)


def _befall(sent: signal.Signals) -> None:
    """A signal that stops or ends the process, before this thread does anything else: another one may get it first.

    A process that stands still does not hold the store: nobody could do anything then.
    """
    with _STORE if sent == signal.SIGSTOP else nullcontext():
        os.kill(os.getpid(), sent)
        time.sleep(0.1)


def _hold_while_writing() -> None:
    """Have all threads that write to the store take the lock that a standstill takes."""
    write = Database.write

    @contextmanager
    def locked(self: Database) -> Iterator[Connection]:
        with _STORE, write(self) as connection:
            yield connection

    Database.write = locked  # type: ignore[method-assign]


def _let_the_clock_jump() -> None:
    """Replace the wall clock everywhere in the program; the monotonic one stays."""
    jumps = cycle(JUMPS)
    true_time = time.time

    class JumpingDatetime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=next(jumps))

    time.time = lambda: true_time() + next(jumps)
    for module in _own_modules():
        if vars(module).get("datetime") is datetime:
            module.datetime = JumpingDatetime


def _own_modules() -> Iterator[Any]:
    yield from (module for name, module in list(sys.modules.items()) if name.startswith("gpb."))

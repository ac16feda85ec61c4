"""Dashboards that start at once: a process that has imported the libraries makes a copy of itself for each.

To import them takes longer than most of what a test does. The program's pages are imported by the copy alone, as by a
dashboard that a person starts; who tests the start itself starts one (``Dashboard``).
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import random
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NoReturn

import psutil


class Warm:
    """The process that makes copies, for as long as this one lives."""

    def __init__(self) -> None:
        ours, its = os.pipe()
        asked, ask = os.pipe()
        command = [sys.executable, "-m", __name__, str(asked), str(its)]
        self._process = subprocess.Popen(command, pass_fds=(asked, its))
        os.close(asked)
        os.close(its)
        self._ask, self._told = os.fdopen(ask, "w"), os.fdopen(ours)

    def streamlit(self, words: Sequence[str], folder: str, environment: Mapping[str, str]) -> psutil.Process:
        """``python -m streamlit`` with these words."""
        self._ask.write(json.dumps([list(words), folder, dict(environment)]) + "\n")
        self._ask.flush()
        return psutil.Process(int(self._told.readline()))

    def end(self) -> None:
        """Nobody asks any more."""
        self._ask.close()
        self._process.wait(10)
        self._told.close()


@cache
def warm() -> Warm:
    """The one of this process."""
    made = Warm()
    atexit.register(made.end)
    return made


def _serve(asked: int, told: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to ask how a copy ended
    with os.fdopen(asked) as lines:
        for line in lines:
            if not (copy := os.fork()):
                os.close(told)
                _become(*json.loads(line))
            os.write(told, f"{copy}\n".encode())


def _become(words: list[str], folder: str, environment: dict[str, str]) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    random.seed()  # else each copy waits as long as the others
    sys.argv = ["streamlit", *words]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    for name in ("streamlit.web.bootstrap", "streamlit.web.server.server", "gpb.worker", "gpb.workspace"):
        importlib.import_module(name)
    _serve(int(sys.argv[1]), int(sys.argv[2]))

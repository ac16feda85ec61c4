"""Sandboxes that one test after the other borrows, and the data of a workspace that has pulled from one.

To serve a district, to end it and above all to pull it takes longer than most tests look at it. So each test process
serves a district of a kind once, and every loan begins with everything made anew behind the same port: the records of
both systems, keys, faults, throttle and log of requests.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gpb.api.http import concurrency
from gpb.sandbox import Running, SandboxConfig
from gpb.settings import Settings
from gpb.store.database import now
from gpb.store.shape.contacts import Answer, ContactState, Kind
from gpb.workspace import Workspace
from tests.processes import wait_until


class Lent(Running):
    """A sandbox that can begin anew while it serves."""

    def renew(self) -> None:
        """Make everything anew but the port; a connection from before ends, and what a fault held goes on."""
        fresh = Running(self.config)
        fresh._socket.close()
        self.world, self.keyring, self.log = fresh.world, fresh.keyring, fresh.log
        self.faults, self.throttle = fresh.faults, fresh.throttle
        before, self._server._gate = self._server._gate, fresh._server._gate
        self._server.config.loaded_app = fresh._server._gate  # connections that are made from now on speak to it
        loop = self._server.servers[0].get_loop()
        loop.call_soon_threadsafe(before.stopping.set)
        for connection in list(self._server.server_state.connections):
            loop.call_soon_threadsafe(connection.shutdown)


_FREE: dict[str, list[Lent]] = {}
_EVERY: list[Lent] = []
_FOLDERS: dict[str, Path] = {}
"""What ``data`` has made, by kind and port."""


@contextmanager
def lent(config: SandboxConfig) -> Iterator[Running]:
    """A sandbox as if it were started now; its limiter begins anew, too."""
    concurrency._SHARED.clear()
    free = _FREE.setdefault(repr(config), [])
    if free:
        sandbox = free.pop()
        sandbox.renew()
    else:
        sandbox = Lent(config)
        sandbox.__enter__()
        _EVERY.append(sandbox)
    try:
        yield sandbox
    finally:
        free.append(sandbox)


def settled(sandbox: Running) -> None:
    """Come back when nothing is on its way to a sandbox any more from a process that stands still or is dead.

    What such a process has sent lies in the sandbox's sockets. The answer to a request that is made now comes when its
    loop has looked at all of these; two of them, for it may have begun the round before. Then each is a task. One that
    stands still may have sent the head of a request alone.
    """
    for _ in range(2):
        urllib.request.urlopen(f"{sandbox.base_url}/_sandbox/state", timeout=60).close()
    server = sandbox._server
    wait_until(lambda: len(server.server_state.tasks) <= server._gate.receiving)


def end_all() -> None:
    """End all sandboxes at once, and take away what was pulled."""
    for sandbox in _EVERY:
        sandbox.stop()
    for sandbox in _EVERY:
        sandbox.__exit__(None, None, None)
    for folder in _FOLDERS.values():
        shutil.rmtree(folder, ignore_errors=True)


def settings_for(box: Running, folder: Path, **changes: Any) -> Settings:
    """The settings that lead to this sandbox, with a store in ``folder``."""
    printed = {name.removeprefix("GPB_").lower(): value for name, value in box.settings.items()}
    return Settings(_env_file=None, **{**printed, "data_dir": folder, **changes})  # type: ignore[call-arg]  # pydantic-settings takes it


def put_data(box: Running, folder: Path, *, pulled: bool) -> None:
    """Put into ``folder`` what a workspace on this fresh sandbox keeps: an empty store, or all that a pull brings.

    Of what was pulled somebody has said that it shows rightly how this Canvas stores associations.
    """
    kind = f"pulled from {box.port}" if pulled else "empty"
    if kind not in _FOLDERS:
        made = Path(tempfile.mkdtemp(prefix="gpb-"))
        workspace = Workspace(settings_for(box, made))
        if pulled:
            _in_thread(workspace)
            concurrency._SHARED.clear()
            if isinstance(box, Lent):
                box.renew()
        workspace._database.close()
        _FOLDERS[kind] = made
    shutil.copytree(_FOLDERS[kind], folder, dirs_exist_ok=True)


def confirm(workspace: Workspace) -> None:
    """Say that what is known of how this Canvas stores associations is right; where it rests on little, as if seen."""
    term, shape = workspace.term, workspace.term.shape()
    if workspace.first_contact.may_confirm():
        workspace.first_contact.confirm("ann")
    elif shape.closed is None and term.confirmation() is None:
        said = {"shape": shape.to_json(), "answer": Answer.YES, "answered_by": "ann", "answered_at": now()}
        term.contacts.add(term.latest().facts.scope, Kind.PROOF, ContactState.CLOSED, "ann", **said)


def _in_thread(workspace: Workspace) -> None:
    """Pull, whether a loop runs in this thread or not."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(workspace.term.pull())
            confirm(workspace)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]

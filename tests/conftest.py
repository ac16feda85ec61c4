"""A district in a box for each test that asks for one, and back-off without waiting."""

from __future__ import annotations

import asyncio
import gc
import json
import ssl
import sys
import urllib.request
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import certifi
import pytest
import stamina
from hypothesis import settings
from sqlalchemy import Engine
from xdist.remote import Producer

from gpb.api.http import concurrency, credentials
from gpb.keys import Key
from gpb.sandbox import Running, SandboxConfig
from gpb.suggest.room import desk
from gpb.sync.drafting import Edited, seen_in
from gpb.workspace import Workspace
from tests.databases import empty_database, postgresql_server
from tests.examples import QUICK as QUICK_PROFILE
from tests.lent import confirm, end_all, lent, put_data, settings_for, settled
from tests.once import once
from tests.pauses import QUICK
from tests.together import Together, turn

settings.load_profile(QUICK_PROFILE)  # pytest loads another one after this where it is told to

SMALL = SandboxConfig(port=0, schools=2, courses=8)
ON_BOTH = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
"""For a test that takes long: on PostgreSQL it is slow."""
PULLED = {"pulled", "live"}
"""Fixtures whose workspace begins with a pulled term."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    """Where nothing else is asked for, tests are spread over the processes as ``Together`` says."""
    if config.getvalue("dist") != "load":
        return None
    config.option.loadscopereorder = False  # by the number of tests; ``turn`` knows better what takes long
    return Together(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no process waits for it at the end."""
    items.sort(key=lambda item: turn(item.nodeid))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Imports leave nothing to collect: a fifth of the time that they take would go into looking for it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """No collection of garbage looks at the modules again, half a million objects, and few take place."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True, scope="session")
def _ends_what_was_lent() -> Iterator[None]:
    """Sandboxes serve until the last test of the process has ended."""
    yield
    end_all()


@pytest.fixture(autouse=True, scope="session")
def _found_out_once() -> Iterator[None]:
    """Of a snapshot."""
    with once():
        yield


@pytest.fixture(autouse=True, scope="session")
def _authorities_read_once() -> Iterator[None]:
    """The usual authorities are read from their file once a process, not by each client of the loopback."""
    read = ssl.create_default_context
    usual = read(cafile=certifi.where())

    def context(*arguments: Any, **named: Any) -> ssl.SSLContext:
        only_usual = not arguments and {k: v for k, v in named.items() if v} == {"cafile": certifi.where()}
        return usual if only_usual else read(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", context)
        yield


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Retries come at once, as often as in real life; settings of the machine do not reach the tests."""
    names = ("CANVAS_URL", "CANVAS_TOKEN", "TERM", "SIS_URL", "STORE_URL", "CODEC", "SIS_DIALECT", "DATA_DIR", "WORKER")
    sign_in = ("SIGN_IN", "DASHBOARD_URL", "ALLOWED_PEOPLE", "ALLOWED_DOMAINS", "ALLOWED_GROUPS")
    for name in (*names, *sign_in):
        monkeypatch.delenv(f"GPB_{name}", raising=False)
    monkeypatch.setenv("GPB_FULL_REFRESH_HOURS", "0")  # what tests change by hand is read, whatever Canvas tells of it
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # AppTest leaves its script in this place
    monkeypatch.setattr(concurrency, "PAUSES", QUICK)
    monkeypatch.setattr(concurrency, "_KEPT", {})  # each test is a process of its own to the servers
    monkeypatch.setattr(credentials, "_GIVEN", {})
    monkeypatch.setattr(desk, "QUICK", 1e9)  # a busy machine makes no proposals beside
    stamina.set_testing(True, attempts=10, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def box() -> Iterator[Running]:
    """A small district: 2 schools, 8 courses a term."""
    with lent(SMALL) as sandbox:
        yield sandbox


@dataclass(frozen=True)
class Slow:
    """A slow district and a workspace on it."""

    box: Running
    workspace: Workspace

    def writes(self) -> list[str]:
        """Ids of the groups whose write has begun to arrive, in order."""
        return [seen["path"].rsplit("/", 1)[1] for seen in self._puts()]

    def effects(self) -> list[str]:
        """Ids of the groups whose write was carried out, sorted."""
        return sorted(seen["path"].rsplit("/", 1)[1] for seen in self._puts() if seen["status"] == 200)

    def arrived(self) -> list[str]:
        """``writes``, when also what was on its way from a process that stands still or is dead has ended."""
        settled(self.box)
        return self.writes()

    def _puts(self) -> list[Any]:
        return [seen for seen in look(self.box, "requests") if seen["method"] == "PUT"]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Engine]:
    """The PostgreSQL server of this test process, started when the first test asks for it."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty store's URL, on both databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    with empty_database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture
def slow(database_url: str, tmp_path: Path) -> Iterator[Slow]:
    """A pulled workspace on both databases, whose servers take their time: what happens in between can be caught."""
    with lent(replace(SMALL, latency_ms=250)) as sandbox:
        made = Workspace(settings_for(sandbox, tmp_path, store_url=database_url))
        asyncio.run(made.term.pull())
        confirm(made)
        yield Slow(sandbox, made)
        made._database.close()


@pytest.fixture
def workspace(box: Running, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """A workspace on the small district: not pulled yet, unless a fixture is asked for that says so."""
    put_data(box, tmp_path, pulled=not PULLED.isdisjoint(request.fixturenames))
    made = Workspace(settings_for(box, tmp_path))
    yield made
    made._database.close()


@pytest.fixture
def pulled(workspace: Workspace) -> Workspace:
    """The workspace with a snapshot of the current term."""
    return workspace


def edit_now(
    workspace: Workspace, choices: Mapping[Key, str | None], *, person: str = "ann", label: str = "test"
) -> Edited:
    """Choices of somebody who has the newest snapshot on the screen."""
    seen = seen_in(workspace.term.latest().associations())
    return workspace.edit(choices, seen=seen, person=person, label=label)


def look(box: Running, what: str) -> Any:
    """``state``, ``requests`` or ``tokens`` of the sandbox, from outside."""
    with urllib.request.urlopen(f"{box.base_url}/_sandbox/{what}", timeout=60) as reply:
        return json.load(reply)


def tell(box: Running, what: str, content: Any) -> None:
    """Change something in the sandbox from outside: ``faults``, ``integration_data/ID``."""
    request = urllib.request.Request(f"{box.base_url}/_sandbox/{what}", json.dumps(content).encode(), method="POST")
    urllib.request.urlopen(request, timeout=60).close()

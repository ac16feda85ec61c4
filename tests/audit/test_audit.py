"""The audit of a term as a room: what it finds is found once, however many ask, and of a large term before they ask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from gpb.audit import audit
from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings
from gpb.workspace import Workspace
from tests.processes import wait_until


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that looked for findings, in turn."""
    looked: list[str] = []

    def find(evidence: Evidence) -> pd.DataFrame:
        looked.append(threading.current_thread().name)
        return findings(evidence)

    monkeypatch.setattr(audit, "findings", find)
    return looked


def test_findings_that_many_ask_for_at_once_are_looked_for_once(pulled: Workspace, found: list[str]) -> None:
    """After a Refresh everybody comes to the page."""
    with ThreadPoolExecutor(8) as people:
        frames = list(people.map(lambda _: pulled.audit.findings(), range(8)))
    assert len(found) == 1
    assert all(frame is frames[0] for frame in frames)


def test_a_large_term_is_looked_at_before_somebody_asks(
    pulled: Workspace, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside whoever is there, once for each snapshot."""
    monkeypatch.setattr(audit, "LARGE", 0)
    for _ in range(3):
        pulled.audit.look_ahead()
    wait_until(lambda: found == ["gpb-audit"])
    assert len(pulled.audit.findings())
    assert pulled.audit.losing() is not None
    assert found == ["gpb-audit"]


def test_nobody_looks_at_a_small_term_before_somebody_asks(pulled: Workspace, found: list[str]) -> None:
    """The page has its findings soon enough."""
    pulled.audit.look_ahead()
    assert "gpb-audit" not in [thread.name for thread in threading.enumerate()]
    assert found == []


def test_a_defect_before_somebody_asks_is_logged_and_told_to_whoever_asks(
    pulled: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A thread has nobody to tell."""
    monkeypatch.setattr(audit, "LARGE", 0)
    monkeypatch.setattr(audit, "findings", lambda _: 1 / 0)
    pulled.audit.look_ahead()
    wait_until(lambda: "ZeroDivisionError" in caplog.text)
    with pytest.raises(ZeroDivisionError):
        pulled.audit.findings()

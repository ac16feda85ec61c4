"""The sandbox as a process of its own: what the dashboard works on while no Canvas is configured."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from gpb.errors import SettingsError
from gpb.settings import ROOT, Settings, load_settings

USUAL_PORT = 8790  # the default of the command `sandbox`


@dataclass
class SandboxProcess:
    """A running sandbox; ``values`` are the settings that it printed, as lower-case field names.

    Its standard input stays open as long as this process lives, and it stops when that closes.
    """

    process: subprocess.Popen[str]
    values: dict[str, str]

    @property
    def is_running(self) -> bool:
        """Whether the process still lives."""
        return self.process.poll() is None

    def settings(self) -> Settings:
        """The settings with which the dashboard speaks to it."""
        return load_settings(**self.values, started_sandbox=True)


def start_sandbox(data_dir: Path) -> SandboxProcess:
    """Start a sandbox that keeps its changes below ``data_dir``, and wait until it is ready.

    Raises SettingsError when it ends before that.
    """
    port = USUAL_PORT if _is_free(USUAL_PORT) else 0
    command = [sys.executable, "-m", "gpb.sandbox", "--port", str(port), "--stop-with-parent"]
    process = subprocess.Popen(
        [*command, "--state-file", str(data_dir.resolve() / "sandbox-state.jsonl")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return SandboxProcess(process, _printed_settings(process))


def _printed_settings(process: subprocess.Popen[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for line in process.stdout or ():
        if line.strip() == "ready":
            return values
        name, found, value = line.strip().partition("=")
        if found and name.startswith("GPB_"):
            values[name.removeprefix("GPB_").lower()] = value
    raise SettingsError(
        "The sandbox did not start. Try `python -m gpb sandbox` to see why, or set GPB_CANVAS_URL to a real Canvas."
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

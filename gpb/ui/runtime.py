"""What all sessions of this process share: the jobs, the sandbox if one was started, and the open workspaces.

Nothing here speaks to the browser: jobs run in a thread that belongs to no session.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from gpb.logfile import start_log
from gpb.settings import Settings, load_settings
from gpb.sync.jobs import Job, Jobs, Work
from gpb.ui.sandbox_process import SandboxProcess, start_sandbox
from gpb.workspace import Workspace


@dataclass
class Runtime:
    """One per process, see ``runtime``."""

    jobs: Jobs = field(default_factory=Jobs)
    sandbox: SandboxProcess | None = None
    _workspaces: list[Workspace] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def settings(self) -> Settings:
        """The present settings; without a Canvas in them the sandbox is started, and its settings are returned.

        Raises SettingsError when a setting makes no sense or the sandbox does not start.
        """
        settings = load_settings()
        start_log(settings.data_dir)
        if not settings.is_sandbox:
            return settings
        with self._lock:
            if self.sandbox is None or not self.sandbox.is_running:
                self.sandbox = start_sandbox(settings.data_dir)
            return self.sandbox.settings()

    def workspace(self, settings: Settings) -> Workspace:
        """The workspace of these settings, the same one for every session."""
        with self._lock:
            for workspace in self._workspaces:
                if workspace.settings == settings:
                    return workspace
            self._workspaces.append(Workspace(settings))
            return self._workspaces[-1]

    def job(self, kind: str, workspace: Workspace) -> Job | None:
        """The running or last job of a kind (``pull``, ``sync``, ``check``) for a workspace."""
        return self.jobs.get(_name(kind, workspace))

    def start(self, kind: str, workspace: Workspace, person: str, work: Work) -> Job:
        """Start a job for a workspace, or return the one of this kind that is still running there."""
        return self.jobs.start(_name(kind, workspace), person, work)


_shared: Runtime | None = None
_shared_lock = threading.Lock()


def runtime() -> Runtime:
    """The runtime of this process; made when the first session asks."""
    global _shared  # noqa: PLW0603  # one per process is the purpose
    with _shared_lock:
        if _shared is None:
            _shared = Runtime()
        return _shared


def _name(kind: str, workspace: Workspace) -> str:
    settings = workspace.settings
    return f"{kind} {settings.source} {settings.term} {settings.effective_store_url}"

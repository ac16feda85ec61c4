"""What all sessions of this process share: the jobs, the sandbox if one was started, and the open workspaces.

Nothing here speaks to the browser: jobs run in a thread that belongs to no session.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from gpb.errors import SettingsError
from gpb.logfile import start_log
from gpb.settings import Settings, load_settings, sandbox_by_accident
from gpb.ui.shell.jobs import Job, Jobs, Work
from gpb.ui.shell.sandbox_process import SandboxProcess, start_sandbox
from gpb.workspace import Workspace

OPEN_AT_MOST = 8
"""Workspaces; an address can name any term, and each holds snapshots and connections of its own."""


@dataclass
class Runtime:
    """One per process, see ``runtime``."""

    jobs: Jobs = field(default_factory=Jobs)
    sandbox: SandboxProcess | None = None
    _sound: Settings | None = None
    _workspaces: list[Workspace] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def settings(self) -> Settings:
        """The present settings; without a Canvas in them the sandbox is started, and its settings are returned.

        Raises SettingsError when a setting makes no sense, when one of a real district is set without the address of
        its Canvas, or when the sandbox does not start.
        """
        settings = load_settings()
        accident = sandbox_by_accident(settings)
        if accident is not None:
            raise SettingsError(accident.sentence, (accident,))
        start_log(settings.data_dir)
        if not settings.is_sandbox:
            return settings
        with self._lock:
            if self.sandbox is None or not self.sandbox.is_running:
                self.sandbox = start_sandbox(settings.data_dir)
            return self.sandbox.settings()

    def workspace(self, settings: Settings) -> Workspace:
        """The workspace of these settings, the same one for every session while it is among the last used ones."""
        with self._lock:
            found = next((known for known in self._workspaces if known.settings == settings), None)
            if found is None:
                found = Workspace(settings)
            self._workspaces = [*(known for known in self._workspaces if known is not found), found]
            while len(self._workspaces) > OPEN_AT_MOST:  # whoever is at work in it has hold of it, and ends in peace
                self._workspaces.pop(0).close()
            return found

    def is_sound(self, settings: Settings) -> bool:
        """Whether pages were opened with these settings before, so that they need not be looked through again."""
        return settings == self._sound

    def note_sound(self, settings: Settings) -> None:
        """See ``is_sound``."""
        self._sound = settings

    def job(self, kind: str, workspace: Workspace) -> Job | None:
        """The running or last job of a kind (``pull``, ``sync``, ``check``) for a workspace."""
        return self.jobs.get(_name(kind, workspace))

    def jobs_beside(self, workspace: Workspace) -> list[tuple[str, str, Job]]:
        """Kind and term (as a setting) of all jobs that are about the same Canvas and store, with the job."""
        start, end = _place(workspace)
        found = []
        for job in self.jobs.all():
            kind, is_same, term = job.kind.partition(start)
            if is_same and term.endswith(end):
                found.append((kind, term.removesuffix(end), job))
        return found

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
    start, end = _place(workspace)
    return f"{kind}{start}{workspace.settings.term}{end}"


def _place(workspace: Workspace) -> tuple[str, str]:
    """What stands around the term in the name of a job."""
    settings = workspace.settings
    return f" {settings.source} ", f" {settings.effective_store_url}"

"""Serving a district: for good from the command line, or in a background thread for tests and the dashboard."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType

import uvicorn
from starlette.routing import Mount, Router

from gpb.sandbox.canvas.courses import CourseRoutes
from gpb.sandbox.canvas.graphql import GraphqlRoutes
from gpb.sandbox.canvas.groups import GroupRoutes
from gpb.sandbox.canvas.sis import SisRoutes
from gpb.sandbox.canvas.throttle import Throttle
from gpb.sandbox.config import SandboxConfig
from gpb.sandbox.district.generate import generate
from gpb.sandbox.district.world import World
from gpb.sandbox.faults.gate import Gate
from gpb.sandbox.faults.scripts import Faults, OpenProtocol
from gpb.sandbox.focus.native import NativeRoutes
from gpb.sandbox.focus.oneroster import OneRosterRoutes
from gpb.sandbox.layout import FLAT, SISTEMIC
from gpb.sandbox.log import RequestLog
from gpb.sandbox.serve.control import ControlRoutes
from gpb.sandbox.serve.outside import OutsideRoutes
from gpb.sandbox.serve.pages import PageRoutes
from gpb.sandbox.serve.persistence import StateFile
from gpb.sandbox.tokens import Keyring
from gpb.sandbox.vendor.screen import ScreenRoutes

HOST = "127.0.0.1"
NATIVE, ONEROSTER = "/focus/api/1.0", "/focus/api/1.0/ims/oneroster/v1p1"
SECONDS_TO_START = 60


class Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready, leaves signals alone and frees held requests at its end."""

    def __init__(self, config: uvicorn.Config, gate: Gate, on_ready: Callable[[], None]) -> None:
        """Serve a gate; `on_ready` is called once the port answers."""
        super().__init__(config)
        self._gate = gate
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Free the requests that a fault holds, then stop."""
        self._gate.stopping.set()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to whoever runs the server."""
        yield


class Running:
    """A sandbox, from its bound port to its end; as a context manager it serves in a background thread.

    `world`, `keyring`, `faults`, `throttle` and `log` are its live parts, for tests to look into and to change.
    """

    def __init__(self, config: SandboxConfig) -> None:
        """Make the district and take the port; raise OSError with a sentence when the port is taken."""
        self.config = config
        self.world: World = generate(config)
        self.keyring = Keyring(config.seed)
        self.log = RequestLog()
        self.faults = Faults(config.seed, config.faults)
        self.throttle = Throttle()
        self._state_file = StateFile(config.state_file, config) if config.state_file else None
        if self._state_file:
            self._state_file.attach(self.world)
        self._socket = _bound(config.port)
        self.port: int = self._socket.getsockname()[1]
        self.base_url = f"http://{HOST}:{self.port}"
        self.canvas_url = f"{self.base_url}/canvas"
        self.sis_url = self.base_url + NATIVE
        self.oneroster_url = self.base_url + ONEROSTER
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._server = self._make_server()

    @property
    def settings(self) -> dict[str, str]:
        """The `GPB_*` settings with which the program reaches this sandbox."""
        return {
            "GPB_CANVAS_URL": self.canvas_url,
            "GPB_CANVAS_TOKEN": self.keyring.admin.token,
            "GPB_CANVAS_ACCOUNT": "self",
            "GPB_SIS_DIALECT": "focus",
            "GPB_SIS_URL": self.sis_url,
            "GPB_SIS_CLIENT_ID": self.keyring.client.client_id,
            "GPB_SIS_CLIENT_SECRET": self.keyring.client.client_secret,
            "GPB_FOCUS_SECTION_LINK": f"{self.base_url}/focus/Modules.php?section_uuid={{class_id}}",
            "GPB_CODEC": FLAT if self.config.shape == FLAT else SISTEMIC,
        }

    def _make_server(self) -> Server:
        gate = Gate(self._router(), self.log, self.faults, self.throttle, self.config.latency_ms)
        config = uvicorn.Config(
            gate,
            http=OpenProtocol,
            ws="none",
            lifespan="off",
            proxy_headers=False,
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=2,
        )
        return Server(config, gate, self._ready.set)

    def _router(self) -> Router:
        pages = PageRoutes(self.world)
        both = self.world, self.keyring
        control = ControlRoutes(self.world, self.keyring, self.log, self.faults)
        outside = OutsideRoutes(self.world, self.keyring, self.faults, self.throttle)
        graphql = GraphqlRoutes(*both, lambda name: self.faults.rates.get(name, 0) > 0)
        return Router(
            [
                Mount("/canvas/api/v1", routes=[*GroupRoutes(*both).routes, *CourseRoutes(*both).routes]),
                Mount("/canvas/api/sis", routes=SisRoutes(*both).routes),
                Mount("/canvas", routes=[*graphql.routes, *pages.canvas, *ScreenRoutes(self.world).routes]),
                Mount(ONEROSTER, routes=OneRosterRoutes(*both).routes),
                Mount(NATIVE, routes=NativeRoutes(*both).routes),
                Mount("/focus", routes=pages.focus),
                Mount("/_sandbox", routes=[*control.routes, *outside.routes]),
            ]
        )

    def run(self, announce: Callable[[], None]) -> None:
        """Serve in this thread until `stop`; `announce` is called once the port answers."""
        threading.Thread(target=self._announce, args=(announce,), daemon=True).start()
        self._server.run(sockets=[self._socket])
        self._close()

    def _announce(self, announce: Callable[[], None]) -> None:
        if self._ready.wait(SECONDS_TO_START):
            announce()

    def stop(self) -> None:
        """Ask the server to end; safe from any thread and from a signal handler."""
        self._server.should_exit = True

    def __enter__(self) -> Running:
        """Serve in the background; return once the port answers."""
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        if not self._ready.wait(SECONDS_TO_START):
            raise TimeoutError("The sandbox did not start; look for an error above and start it again.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop and wait for the end."""
        self.stop()
        if self._thread:
            self._thread.join()
        self._close()

    def _close(self) -> None:
        self._socket.close()
        if self._state_file:
            self._state_file.close()


def _bound(port: int) -> socket.socket:
    # Naming TCP makes asyncio send small replies at once; otherwise each one waits 40 ms for an acknowledgement.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise OSError(f"Port {port} of this computer is taken; choose another one, or 0 for any free one.") from error
    return bound


def running(config: SandboxConfig) -> Running:
    """Return a sandbox to use in a `with` statement; it serves in a background thread until the end of the block."""
    return Running(config)


def serve(config: SandboxConfig, stop_with_parent: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, or with `stop_with_parent` until standard input closes.

    Prints the settings to use, one `NAME=value` a line, then `ready`. Raises OSError when the port is taken.
    """
    sandbox = Running(config)

    def handle(_number: int, _frame: FrameType | None) -> None:
        sandbox.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    if stop_with_parent:
        threading.Thread(target=_wait_for_parent, args=(sandbox,), daemon=True).start()
    sandbox.run(lambda: _print_settings(sandbox))


def _wait_for_parent(sandbox: Running) -> None:
    sys.stdin.buffer.read()
    sandbox.stop()


def _print_settings(sandbox: Running) -> None:
    for name, value in sandbox.settings.items():
        print(f"{name}={value}")
    print("ready", flush=True)

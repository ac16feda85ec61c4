"""Both systems at once, as the settings describe them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from gpb.api.canvas import CanvasClient
from gpb.api.focus import FocusClient
from gpb.api.http.addresses import is_loopback, origin
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.oneroster import OneRosterClient
from gpb.api.sis import SisClient
from gpb.errors import SettingsError
from gpb.settings import Dialect, Settings


@dataclass(frozen=True, slots=True)
class Connections:
    """The clients of both systems, for one event loop."""

    canvas: CanvasClient
    sis: SisClient

    @property
    def requests(self) -> int:
        """How many requests were sent to both, retries included."""
        return self.canvas.requests + self.sis.requests


@asynccontextmanager
async def connect(settings: Settings, *, concurrency: int = DEFAULT_CONCURRENCY) -> AsyncIterator[Connections]:
    """Both clients, closed at the end of the block; no request is sent yet.

    ``concurrency`` is the largest number of requests in flight per system. Raises SettingsError for a missing address
    or token.
    """
    _require("GPB_CANVAS_URL", settings.canvas_url, "the address of your Canvas site")
    _require("GPB_CANVAS_TOKEN", settings.canvas_token.get_secret_value(), "an access token created in Canvas")
    _require("GPB_SIS_URL", settings.sis_url, "the address of the Focus API")
    _require_address("GPB_CANVAS_URL", settings.canvas_url, settings)
    _require_address("GPB_SIS_URL", settings.sis_url, settings)
    async with AsyncExitStack() as stack:
        canvas = CanvasClient.at(settings.canvas_url, _sendable_token(settings), concurrency=concurrency)
        stack.push_async_callback(canvas.aclose)
        sis = _sis_client(settings, concurrency)
        stack.push_async_callback(sis.aclose)
        yield Connections(canvas, sis)


def _sis_client(settings: Settings, concurrency: int) -> SisClient:
    kind = FocusClient if settings.sis_dialect is Dialect.FOCUS else OneRosterClient
    return kind.at(settings.sis_url, settings.sis_client_id, settings.sis_client_secret, concurrency=concurrency)


def _require(name: str, value: str, what: str) -> None:
    if not value.strip():
        raise SettingsError(f"The setting {name} is missing. Set it to {what}, in the environment or in .env.")


def _require_address(name: str, value: str, settings: Settings) -> None:
    """The settings have looked at scheme and host; a port can still be none, and a secret needs encryption."""
    found = origin(value)
    if found is None:
        raise SettingsError(
            f"The setting {name} is not a usable web address. Correct it in the environment or in .env."
        )
    scheme, server, _ = found
    if scheme == "http" and not is_loopback(value) and not settings.may_be_unencrypted(server):
        raise SettingsError(
            f"The setting {name} starts with http://, so anyone on the network between here and {server} could read "
            f"the token. Use https:// instead; if the network itself is protected, add {server} to "
            "GPB_UNENCRYPTED_HOSTS."
        )


def _sendable_token(settings: Settings) -> SecretStr:
    """The token without the white space that copying adds; what no header can carry is refused before it is sent."""
    token = settings.canvas_token.get_secret_value().strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError(
            "The setting GPB_CANVAS_TOKEN contains characters that a token cannot have. Copy the token from Canvas "
            "again."
        )
    return SecretStr(token)

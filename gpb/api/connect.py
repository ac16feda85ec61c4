"""Both systems at once, as the settings describe them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from pydantic import SecretStr

from gpb.api.canvas import CanvasClient
from gpb.api.focus import FocusClient
from gpb.api.http.addresses import is_loopback, origin
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.http.credentials import tokens_of
from gpb.api.http.network import certificates, proxy_for
from gpb.api.oneroster import OneRosterClient
from gpb.api.sis import SisClient
from gpb.errors import SettingsError
from gpb.settings import Dialect, Settings

UNSENDABLE = (
    "The setting GPB_CANVAS_TOKEN contains characters that a token cannot have. Copy the token from Canvas again; "
    "write several with commas or blanks between them."
)


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

    ``concurrency`` is the largest number of requests in flight per system. Raises SettingsError, which tells of all
    addresses, tokens, proxies and certificates that are missing or cannot be used.
    """
    _refuse_unusable(settings)
    async with AsyncExitStack() as stack:
        canvas = CanvasClient.at(settings.canvas_url, settings.canvas_token, concurrency=concurrency)
        stack.push_async_callback(canvas.aclose)
        sis = _sis_client(settings, concurrency)
        stack.push_async_callback(sis.aclose)
        yield Connections(canvas, sis)


def _sis_client(settings: Settings, concurrency: int) -> SisClient:
    kind = FocusClient if settings.sis_dialect is Dialect.FOCUS else OneRosterClient
    return kind.at(settings.sis_url, settings.sis_client_id, settings.sis_client_secret, concurrency=concurrency)


def _refuse_unusable(settings: Settings) -> None:
    """All at once: whoever corrects one setting after the other has to try each time."""
    token = " ".join(one.get_secret_value() for one in tokens_of(settings.canvas_token))
    secret = settings.sis_client_secret.get_secret_value()
    problems = [
        _about_address("GPB_CANVAS_URL", settings.canvas_url, "https://district.instructure.com", settings),
        _about_text("GPB_CANVAS_TOKEN", token, "an access token created in Canvas"),
        None if all(map(_is_sendable, tokens_of(settings.canvas_token))) else UNSENDABLE,
        _about_address("GPB_SIS_URL", settings.sis_url, "https://district.example/focus/api/1.0", settings),
        _about_text("GPB_SIS_CLIENT_ID", settings.sis_client_id, "the id of the API client that Focus gave you"),
        _about_text("GPB_SIS_CLIENT_SECRET", secret, "the secret of the API client that Focus gave you"),
        *_about_network(settings),
    ]
    found = list(dict.fromkeys(problem for problem in problems if problem))
    if found:
        raise SettingsError(" ".join(found))


def _about_text(name: str, value: str, what: str) -> str | None:
    return None if value else f"The setting {name} is missing. Set it to {what}, in the environment or in .env."


def _about_address(name: str, value: str, example: str, settings: Settings) -> str | None:
    """The settings have looked at scheme and host; a port can still be none, and a secret needs encryption."""
    if not value:
        return _about_text(name, value, f"an address like {example}")
    found = origin(value)
    if found is None:
        return f"The setting {name} is not a usable web address. Write it like {example}."
    scheme, server, _ = found
    if scheme == "http" and not is_loopback(value) and not settings.may_be_unencrypted(server):
        return (
            f"The setting {name} starts with http://, so anyone on the network between here and {server} could read "
            f"the token. Use https:// instead; if the network itself is protected, add {server} to "
            "GPB_UNENCRYPTED_HOSTS."
        )
    return None


def _about_network(settings: Settings) -> Iterator[str]:
    """The environment's proxies and certificates, where they are needed."""
    addresses = [url for url in (settings.canvas_url, settings.sis_url) if origin(url) is not None]
    checks: list[Callable[[], object]] = [partial(proxy_for, url) for url in addresses]
    if any(url.startswith("https:") for url in addresses):
        checks.append(certificates)
    for check in checks:
        try:
            check()
        except SettingsError as error:
            yield str(error)


def _is_sendable(token: SecretStr) -> bool:
    """Whether a header can carry it."""
    text = token.get_secret_value()
    return text.isascii() and text.isprintable()

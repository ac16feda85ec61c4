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
from gpb.errors import SettingsError, WrongSetting
from gpb.settings import Dialect, Settings, example_of

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


def unusable(settings: Settings) -> list[WrongSetting]:
    """All addresses, tokens, proxies and certificates that are missing or cannot be used; no request is sent."""
    token = " ".join(one.get_secret_value() for one in tokens_of(settings.canvas_token))
    secret = settings.sis_client_secret.get_secret_value()
    problems = [
        _about_address("canvas_url", settings.canvas_url, settings),
        _about_text("canvas_token", token, "an access token created in Canvas"),
        None if all(map(_is_sendable, tokens_of(settings.canvas_token))) else _wrong("canvas_token", UNSENDABLE),
        _about_address("sis_url", settings.sis_url, settings),
        _about_text("sis_client_id", settings.sis_client_id, "the id of the API client that Focus gave you"),
        _about_text("sis_client_secret", secret, "the secret of the API client that Focus gave you"),
        *_about_network(settings),
    ]
    return list(dict.fromkeys(problem for problem in problems if problem))


def _refuse_unusable(settings: Settings) -> None:
    """All at once: whoever corrects one setting after the other has to try each time."""
    found = unusable(settings)
    if found:
        raise SettingsError(" ".join(one.sentence for one in found), tuple(found))


def _wrong(field: str, sentence: str) -> WrongSetting:
    return WrongSetting(f"GPB_{field.upper()}", sentence, example_of(field))


def _about_text(field: str, value: str, what: str) -> WrongSetting | None:
    if value:
        return None
    name = f"GPB_{field.upper()}"
    return _wrong(field, f"The setting {name} is missing. Set it to {what}, in the environment or in .env.")


def _about_address(field: str, value: str, settings: Settings) -> WrongSetting | None:
    """The settings have looked at scheme and host; a port can still be none, and a secret needs encryption."""
    name, example = f"GPB_{field.upper()}", example_of(field)
    if not value:
        return _about_text(field, value, f"an address like {example}")
    found = origin(value)
    if found is None:
        return _wrong(field, f"The setting {name} is not a usable web address. Write it like {example}.")
    scheme, server, _ = found
    if scheme == "http" and not is_loopback(value) and not settings.may_be_unencrypted(server):
        return _wrong(field, (
            f"The setting {name} starts with http://, so anyone on the network between here and {server} could read "
            f"the token. Use https:// instead; if the network itself is protected, add {server} to "
            "GPB_UNENCRYPTED_HOSTS."
        ))  # fmt: skip
    return None


def _about_network(settings: Settings) -> Iterator[WrongSetting]:
    """The environment's proxies and certificates, where they are needed."""
    addresses = [url for url in (settings.canvas_url, settings.sis_url) if origin(url) is not None]
    checks: list[tuple[str, str, Callable[[], object]]] = [
        ("HTTPS_PROXY", "http://proxy.district.example:8080", partial(proxy_for, url)) for url in addresses
    ]
    if any(url.startswith("https:") for url in addresses):
        checks.append(("SSL_CERT_FILE", "/etc/ssl/district.pem", certificates))
    for name, example, check in checks:
        try:
            check()
        except SettingsError as error:
            yield WrongSetting(name, str(error), example)


def _is_sendable(token: SecretStr) -> bool:
    """Whether a header can carry it."""
    text = token.get_secret_value()
    return text.isascii() and text.isprintable()

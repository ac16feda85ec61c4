"""Who asks: the header that authorizes a request, and how a new one is got. No secret appears in a ``repr``."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from pydantic import SecretStr

PostForm = Callable[[str, Mapping[str, str]], Awaitable[Any]]
LONGEST_MARGIN = 30.0
"""Seconds before its end at which a token is given up, but never more than a tenth of its life."""
USUAL_LIFE = 3600.0
"""Seconds that a token is taken to live when its reply does not say (RFC 6749, 5.1 only recommends ``expires_in``)."""


class Credential(Protocol):
    """What a transport asks before each request."""

    async def headers(self, post_form: PostForm) -> dict[str, str]:
        """The headers that authorize a request; ``post_form`` asks the server for a token where one is needed."""

    def renew(self, used: Mapping[str, str], *, lacks_right: bool = False) -> bool:
        """After a 401 or a 403 (``lacks_right``) to these headers: True when the next ``headers`` may do better."""


class BearerToken:
    """A token that a person made, as Canvas' are: when it is refused, only a person can make another one."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    async def headers(self, post_form: PostForm) -> dict[str, str]:  # noqa: ARG002  # other credentials need it
        """The Authorization header of Canvas (https://canvas.instructure.com/doc/api/file.oauth.html)."""
        return _bearer(self._token)

    def renew(self, used: Mapping[str, str], *, lacks_right: bool = False) -> bool:  # noqa: ARG002
        """Never, whatever was refused: the same token would be sent again."""
        # the arguments are the protocol's, by which its callers name them
        return False


def tokens_of(tokens: SecretStr) -> list[SecretStr]:
    """The tokens that a person wrote one after the other, with commas or blanks between them; none twice."""
    several = tokens.get_secret_value().replace(",", " ").split()
    return [SecretStr(one) for one in dict.fromkeys(several)]


_Asker = tuple[str, ...]
_GIVEN: dict[_Asker, tuple[SecretStr, float]] = {}
"""Tokens by who asked where, of what may be secret a digest; and until when each is used, by ``time.monotonic()``."""


class ClientCredentials:
    """A token that the server gives out for a client id and secret (RFC 6749, 4.4).

    Focus shares a token between requests, so ``expires_in`` is the life that is left of it, in seconds. All in this
    process who ask one ``server`` (its address) use the same one; without that, nobody else does. One that another
    connection got may be older than a right that was granted since, so it is replaced once where a right is missing.
    """

    def __init__(
        self, client_id: str, client_secret: SecretStr, scope: str = "", path: str = "/token", server: str = ""
    ) -> None:
        self._form = {"grant_type": "client_credentials", "client_id": client_id}
        if scope:
            self._form["scope"] = scope
        self._secret = client_secret
        self._path = path
        told = (client_id, client_secret.get_secret_value(), scope, path)
        self._asker = (server, *(hashlib.sha256(one.encode()).hexdigest() for one in told))
        self._given = _GIVEN if server else {}
        self._own: SecretStr | None = None
        self._asking = asyncio.Lock()

    async def headers(self, post_form: PostForm) -> dict[str, str]:
        """The present token, or a new one when it is about to end; many callers at once ask only once."""
        async with self._asking:
            token, ends = self._given.get(self._asker, (None, 0.0))
            if token is None or time.monotonic() >= ends:
                form = {**self._form, "client_secret": self._secret.get_secret_value()}
                reply = await post_form(self._path, form)
                token = self._own = SecretStr(reply["access_token"])
                self._given[self._asker] = token, time.monotonic() + _usable_life(reply.get("expires_in"))
            return _bearer(token)

    def renew(self, used: Mapping[str, str], *, lacks_right: bool = False) -> bool:
        """Forget the refused token, unless another request has replaced it already."""
        if lacks_right and self._own is not None and used == _bearer(self._own):
            return False
        token, _ = self._given.get(self._asker, (None, 0.0))
        if token is not None and used == _bearer(token):
            self._given.pop(self._asker, None)
        return True


def _usable_life(expires_in: Any) -> float:
    try:
        left = float(expires_in)
    except (TypeError, ValueError):
        left = USUAL_LIFE
    return left - min(LONGEST_MARGIN, left / 10)


def _bearer(token: SecretStr) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.get_secret_value()}"}

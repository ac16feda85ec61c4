"""The keys to both systems: Canvas tokens with rights, Focus clients and the tokens that they are given."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

READ_COURSES = "read_courses"
"""See the accounts, terms and all courses of the district."""
READ_SIS = "read_sis"
"""See SIS ids; without it Canvas leaves the keys out."""
EDIT_ASSIGNMENTS = "manage_assignments"
"""Change assignment groups, all that `integration_data` needs; `manage_assignments@2` is so in account 2 alone."""
SIS_READ, SIS_WRITE = "read", "write"
FOCUS_TOKEN_LIFE = 3600.0


@dataclass(frozen=True)
class CanvasToken:
    """An access token of Canvas and what it may do.

    Without `allows_include` it belongs to a developer key with enforced scopes whose box "Allow Include Parameters" is
    not ticked: Canvas then drops every `include[]` without a word.
    """

    token: str
    rights: frozenset[str]
    expired: bool = False
    allows_include: bool = True


@dataclass(frozen=True)
class FocusClient:
    """Credentials of a Focus API client and what its tokens may do."""

    client_id: str
    client_secret: str
    rights: frozenset[str]


@dataclass
class FocusToken:
    """A token that Focus gave out; `ends` is a time of the keyring's clock, in seconds."""

    token: str
    client: FocusClient
    ends: float


def _secret(seed: int, name: str) -> str:
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=20).hexdigest()


class Keyring:
    """All keys of one sandbox; equal seeds give equal Canvas tokens and client secrets."""

    def __init__(self, seed: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Make the keys; `focus_token_life` (seconds) may be changed by tests."""
        everything = frozenset({READ_COURSES, READ_SIS, EDIT_ASSIGNMENTS})
        self.admin = CanvasToken(f"1~{_secret(seed, 'admin')}", everything)
        others = [
            CanvasToken(f"1~{_secret(seed, 'no sis')}", everything - {READ_SIS}),
            CanvasToken(f"1~{_secret(seed, 'no edit')}", everything - {EDIT_ASSIGNMENTS}),
            CanvasToken(f"1~{_secret(seed, 'no account')}", frozenset({EDIT_ASSIGNMENTS})),
            CanvasToken(f"1~{_secret(seed, 'expired')}", everything, expired=True),
            CanvasToken(f"1~{_secret(seed, 'no include')}", everything, allows_include=False),
        ]
        self.canvas = {key.token: key for key in (self.admin, *others)}
        self.client = FocusClient("alden-gpb", _secret(seed, "focus"), frozenset({SIS_READ, SIS_WRITE}))
        reader = FocusClient("alden-reports", _secret(seed, "focus reader"), frozenset({SIS_READ}))
        self.clients = {client.client_id: client for client in (self.client, reader)}
        self.focus_token_life = FOCUS_TOKEN_LIFE
        self._seed = seed
        self._clock = clock
        self._given: dict[str, FocusToken] = {}
        self._count = 0

    def give(self, client: FocusClient) -> tuple[FocusToken, float]:
        """Return the client's token and its *remaining* life in seconds: one token serves many requests for one."""
        now = self._clock()
        for given in self._given.values():
            if given.client is client and given.ends > now:
                return given, given.ends - now
        self._count += 1
        fresh = FocusToken(_secret(self._seed, f"focus token {self._count}"), client, now + self.focus_token_life)
        self._given[fresh.token] = fresh
        return fresh, self.focus_token_life

    def focus(self, token: str) -> FocusToken | None:
        """Return a token that is still good, or None."""
        given = self._given.get(token)
        return given if given is not None and given.ends > self._clock() else None

    def change(
        self,
        text: str,
        *,
        rights: list[str] | None = None,
        expired: bool | None = None,
        allows_include: bool | None = None,
    ) -> CanvasToken:
        """Change a Canvas token's rights or its end; what is None stays. Raise KeyError for one that is not known."""
        old = self.canvas[text]
        changed = CanvasToken(
            text,
            old.rights if rights is None else frozenset(rights),
            old.expired if expired is None else expired,
            old.allows_include if allows_include is None else allows_include,
        )
        self.canvas[text] = changed
        return changed

    def expire_focus_tokens(self) -> None:
        """End all tokens that Focus gave out."""
        self._given.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """Return every key with its system and rights, for people and tests."""
        canvas = [
            {
                "system": "canvas",
                "token": key.token,
                "rights": sorted(key.rights),
                "expired": key.expired,
                "allows_include": key.allows_include,
            }
            for key in self.canvas.values()
        ]
        focus = [
            {
                "system": "focus",
                "token": next((given.token for given in self._given.values() if given.client is client), None),
                "client_id": client.client_id,
                "client_secret": client.client_secret,
                "rights": sorted(client.rights),
                "expired": False,
            }
            for client in self.clients.values()
        ]
        return canvas + focus

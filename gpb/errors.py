"""Every error a person can meet, as one tree.

The message of each is one plain sentence for a data coordinator: what happened, to what, what to do now.
Details (status, server's request id, body) belong into the log, tokens and student data nowhere.

    GpbError
    ├── SettingsError           a GPB_* setting is missing or makes no sense
    ├── NotAdmitted             somebody who is not, or no longer, admitted to the dashboard
    ├── ApiError                Canvas or Focus did not do what was asked
    │   ├── FatalError          the next request would fail in the same way: the run stops
    │   │   ├── Unreachable         no connection (name, refused, TLS), after retries
    │   │   ├── Unavailable         the server answered with errors until the retry budget was spent
    │   │   │   └── Overloaded          the rate limit refused everything for too long
    │   │   ├── TokenRejected       401, or the SIS refused the client id and secret
    │   │   ├── NotPermitted        403: the token lacks a right
    │   │   ├── WrongServer         the address answers, but not as this kind of server
    │   │   ├── Blocked             something between here and the server answers in its place
    │   │   ├── TooMuchUnread       so much of a term could not be read that the rest is no snapshot
    │   │   └── LeaseLost           somebody took the run over: it is no longer this process's to write
    │   ├── RetriableError      the same request may succeed a moment later
    │   │   ├── Throttled           the request was not carried out
    │   │   ├── ServerFault         500, 502, 503, 504: may have been carried out
    │   │   ├── ConnectionLost      broken off or timed out: may have been carried out
    │   │   ├── NotSent             no connection: certainly not carried out
    │   │   ├── StaleReading        kept here, since what it was made from is too old: certainly not carried out
    │   │   └── BrokenReply         cut short, not JSON, HTML: may have been carried out
    │   └── SkippableError      only this course, group or section is concerned: the others go on
    │       ├── NotFound            404
    │       ├── OddReply            whole, and of another form than it should have
    │       └── Refused             400: the server does not take this value
    ├── InputError              a file or a choice that cannot be taken as it is
    ├── StoreError              the local store or a snapshot cannot be read or written
    ├── RunInProgress           somebody else's run holds the term
    └── GateError               a plan that must not be applied without a second look
        ├── NotAccepted             nobody has accepted everything that speaks against it
        └── PlanStale               it does not fit what the newest reading shows
"""

from __future__ import annotations

from dataclasses import dataclass

from gpb.printable import one_line


@dataclass(frozen=True, slots=True)
class WrongSetting:
    """A setting that is missing or wrong: its name, a whole sentence, and a right value as an example (or empty).

    Never its value: it may be a secret.
    """

    name: str
    sentence: str
    example: str = ""


class GpbError(Exception):
    """Base of all errors; ``str()`` is the sentence that a coordinator reads, on one line whatever names it holds."""

    def __str__(self) -> str:
        return one_line(super().__str__())


class SettingsError(GpbError):
    """A setting is missing or cannot be understood; ``wrong`` has all that are, one by one, where that is known."""

    def __init__(self, sentence: str, wrong: tuple[WrongSetting, ...] = ()) -> None:
        super().__init__(sentence)
        self.wrong = wrong


class NotAdmitted(GpbError):
    """Somebody asks for something of the district who is not, or no longer, admitted to the dashboard."""


class ApiError(GpbError):
    """Canvas or Focus did not do what was asked.

    ``system`` is ``"Canvas"`` or ``"Focus"``, ``status`` the HTTP status (None when there was no reply) and
    ``request_id`` the server's own id of the request, for its support; both go to the log.
    """

    def __init__(self, sentence: str, *, system: str, status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(sentence)
        self.system = system
        self.status = status
        self.request_id = request_id


class FatalError(ApiError):
    """The next request would fail in the same way."""


class Unreachable(FatalError):
    """No connection could be made."""


class Unavailable(FatalError):
    """The server kept failing until the retry budget was spent."""


class Overloaded(Unavailable):
    """The rate limit refused every request for too long."""


class TokenRejected(FatalError):
    """The token, or the client id and secret, is not accepted."""


class NotPermitted(FatalError):
    """The token is accepted but lacks a right."""


class WrongServer(FatalError):
    """Something answers at this address, but not the expected kind of server."""


class Blocked(FatalError):
    """Something between this machine and the server, a firewall, web filter or proxy, answers in its place."""


class TooMuchUnread(FatalError):
    """So much of a term could not be read that the rest is no snapshot of it."""


class ToldOtherwise(ApiError):
    """What Canvas tells of many courses at once is another thing than it lists course by course."""


class LeaseLost(FatalError):
    """Somebody took the run over while this process stood still."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, system="the store")


class RetriableError(ApiError):
    """The same request may succeed a moment later."""


class Throttled(RetriableError):
    """Turned away by the rate limit; the request was not carried out."""


class ServerFault(RetriableError):
    """The server failed; the request may or may not have been carried out."""


class ConnectionLost(RetriableError):
    """The connection broke or timed out; the request may or may not have been carried out."""


class NotSent(RetriableError):
    """No connection came about; the request was certainly not carried out."""


class StaleReading(RetriableError):
    """A write was kept here because what it was made from is too old; it was certainly not carried out."""


class BrokenReply(RetriableError):
    """The reply cannot be read; the request may or may not have been carried out."""


class SkippableError(ApiError):
    """Only the thing asked for is concerned."""


class NotFound(SkippableError):
    """The course, group or section does not exist (any more)."""


class OddReply(SkippableError):
    """The reply is whole, and of another form than it should have: asking again would bring the same one."""


class Refused(SkippableError):
    """The server does not take this value."""


class InputError(GpbError):
    """A file or a choice cannot be taken as it is."""


class StoreError(GpbError):
    """The local store or a snapshot cannot be read or written."""


class RunInProgress(GpbError):
    """Another run holds this term."""


class GateError(GpbError):
    """A plan that must not be applied without a second look."""


class NotAccepted(GateError):
    """Something speaks against the plan, or against resuming a run, that nobody has accepted by name.

    ``missing`` names each as whoever has read the sentence may accept it; what nobody may accept is not among them.
    """

    def __init__(self, sentence: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.missing = missing


class PlanStale(GateError):
    """The plan does not fit the rows of the newest snapshot, or the drafts, as they are now."""

"""What a reading could not read, collected while it goes on, and when that is too much of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gpb.api.http.replies import CANVAS
from gpb.api.records import Odd
from gpb.errors import ApiError, Blocked, RetriableError, TooMuchUnread
from gpb.frames.unread import Kind, Unread, label

FEW = 10
"""So many objects make a reading stop, or one percent of the courses where that is more."""
LISTED = 20


@dataclass
class Collected:
    """``courses`` is the number of those in the term, as soon as it is known; raises TooMuchUnread from ``check``."""

    courses: int = 0
    found: list[Unread] = field(default_factory=list)

    @property
    def limit(self) -> int:
        """How many objects are too many."""
        return max(FEW, -(-self.courses // 100))

    def odd(self, kind: Kind, odd: Iterable[Odd], course_id: int | None = None) -> None:
        """Objects of one list, each odd by itself."""
        for one in odd:
            own = int(one.identity) if kind == Kind.COURSE and one.identity.isdecimal() else course_id
            name = label(kind, one.identity, course_id, one.name)
            reason = f"{name[0].upper()}{name[1:]} {one.why}."
            self.found.append(Unread(kind, one.identity, own, one.name, reason))

    def course(self, course_id: int, name: str, error: ApiError) -> None:
        """A course of which a list could not be read."""
        cause = error.__cause__  # where retries came to an end, without the advice to try again
        told = cause if isinstance(cause, RetriableError) and not isinstance(error, Blocked) else error
        self.found.append(Unread(Kind.COURSE, str(course_id), course_id, name, str(told)))

    def check(self) -> None:
        """Raise TooMuchUnread, with the list, when the rest is no snapshot of the term."""
        if len(self.found) >= self.limit:
            raise too_much(self.found, self.limit)


def too_much(found: list[Unread], limit: int) -> TooMuchUnread:
    """The error that lists them."""
    lines = [
        f"({place}) {label(one.kind, one.identity, one.course_id, one.name)}: {one.reason}"
        for place, one in enumerate(found[:LISTED], 1)
    ]
    more = f" And {len(found) - LISTED} more." if len(found) > LISTED else ""
    bound = f" (limit: {limit}; it is 10, or one percent of the courses)" if limit > 1 else "; no course could be read"
    return TooMuchUnread(
        f"{len(found)} objects could not be read, so the Refresh was stopped and the last snapshot stays{bound}. "
        "Show this list to an administrator of Canvas or Focus. "
        f"{' '.join(lines)}{more}",
        system=CANVAS,
    )

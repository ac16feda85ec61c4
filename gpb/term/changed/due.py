"""When a Refresh reads everything, and when only what has changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from gpb.frames.facts import SnapshotFacts
from gpb.matching.section_key import section_rule
from gpb.settings import Settings


def why_whole(settings: Settings, newest: SnapshotFacts | None, missed: str | None, now: datetime) -> str | None:
    """The rest of the sentence “all courses are read, because …”; None where those that have changed will do.

    ``newest`` are the facts of the last snapshot of what the settings ask for, ``missed`` why marks are no longer
    trusted here, ``now`` is in UTC.
    """
    untold = why_untold(settings, newest, missed)
    if untold is not None or newest is None or newest.whole_at is None:
        return untold
    if newest.whole_at.astimezone(settings.zone).date() != now.astimezone(settings.zone).date():
        return "it is the first Refresh of the day"
    if not timedelta(0) <= now - newest.whole_at < timedelta(hours=settings.full_refresh_hours):
        return f"the last time is {settings.full_refresh_hours:g} hours ago or more"
    return None


def why_untold(settings: Settings, newest: SnapshotFacts | None, missed: str | None) -> str | None:
    """The same where it is because nobody can tell what has changed; see ``why_whole``."""
    if (never := why_never(settings, missed)) is not None:
        return never
    if newest is None or newest.whole_at is None or newest.assignments is None:
        return "the last Refresh noted nothing to compare with"
    return None


def why_never(settings: Settings, missed: str | None) -> str | None:
    """The same where it does not hang on what was read before."""
    if not settings.full_refresh_hours:
        return "GPB_FULL_REFRESH_HOURS is 0"
    if section_rule(settings.section_key).field != "sis_section_id":
        return "GPB_SECTION_KEY reads integration ids, and Canvas does not tell when one changes"
    return "Canvas has failed to tell of a change before" if missed is not None else None

"""Who can fix what keeps scores from arriving."""

from __future__ import annotations

COORDINATOR, TEACHER, SIS_ADMINISTRATOR = "coordinator", "teacher", "SIS administrator"

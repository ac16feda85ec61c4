"""What findings are made from: one snapshot, the pull before it, and what this tool wrote in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key


@dataclass(frozen=True)
class Evidence:
    """``before`` is the pull before the snapshot's, None at the first one.

    ``written`` holds what runs of this tool wrote since then: (group id, section id) → the values that Canvas may
    store for it (id and title), (None,) where the association was taken away.
    """

    snapshot: Snapshot
    before: Snapshot | None = None
    written: Mapping[Key, tuple[str | None, ...]] = field(default_factory=dict)

    @property
    def rows(self) -> pd.DataFrame:
        """The association frame."""
        return self.snapshot.associations()

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Assignment groups with at least one row: ``schemas.GROUPS`` with ``schemas.COURSES`` and the links."""
        places = self.courses.drop(columns=["assignments", "unpublished"])
        return self.snapshot.tables["groups"].merge(places, on="course_id")

    @cached_property
    def sections(self) -> pd.DataFrame:
        """SIS sections with at least one row, with their course; ``assignments`` sums over the course's groups."""
        rows = self.rows
        first = rows.drop_duplicates("section_id").drop(columns="assignments")
        weights = rows.groupby("section_id", as_index=False)["assignments"].sum(min_count=1)
        sections = first.merge(weights, on="section_id")
        url = self.snapshot.facts.canvas_url
        numbers = sections["course_id"].astype("str") + "/sections/" + sections["section_id"].astype("str")
        return sections.assign(canvas_link=f"{url}/courses/" + numbers)

    @cached_property
    def courses(self) -> pd.DataFrame:
        """Courses with at least one row; ``assignments`` and ``unpublished`` sum over the groups."""
        tables = self.snapshot.tables
        links = self.rows.drop_duplicates("course_id")[["course_id", "canvas_link", "focus_link"]]
        counts = tables["groups"].groupby("course_id", as_index=False)[["assignments", "unpublished"]]
        sums = counts.sum(min_count=1)
        return tables["courses"].merge(links, on="course_id").merge(sums, on="course_id")

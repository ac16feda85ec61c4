"""What findings are made from: one snapshot, the pull before it, and what runs of this tool confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property, partial

import numpy as np
import pandas as pd

from gpb.frames.rows.coded import is_among, places
from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.store.run_records import no_name_confirmed, nothing_confirmed
from gpb.suggest.schemas import DECISIONS, empty

UNTOLD = [
    "term",
    "course_state",
    "position",
    "weight",
    "canvas_icon",
    "not_read",
    "tonight",
    "not_passed_back",
    "by_name",
]


@dataclass(frozen=True)
class Evidence:
    """``before`` is the pull before the snapshot's, None at the first one.

    ``confirmed`` (columns ``run_records.CONFIRMED``) is what runs of this tool said last about rows: the category that
    Canvas stored (missing: none), the run with its person and start, and whether it is sure; beside a sure line, or
    instead of it, stand those that are not, of what a run may have written since. ``decided`` are the decisions of the
    district that are on (``suggest.schemas.DECISIONS``). ``confirmed_names`` (columns ``run_records.NAMED``) is what
    runs said last about the names of groups, ``confirmed_memberships`` (as ``confirmed``) about the categories of Focus
    that sections came into. Days are told in ``zone`` (None: this machine's own).
    """

    snapshot: Snapshot
    before: Snapshot | None = None
    confirmed: pd.DataFrame = field(default_factory=nothing_confirmed)
    decided: pd.DataFrame = field(default_factory=partial(empty, DECISIONS))
    confirmed_names: pd.DataFrame = field(default_factory=no_name_confirmed)
    confirmed_memberships: pd.DataFrame = field(default_factory=nothing_confirmed)
    zone: tzinfo | None = None

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The association frame, without the columns that no finding tells of: to copy texts is most of the work."""
        return self.snapshot.associations().drop(columns=UNTOLD)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Assignment groups with at least one row: ``schemas.GROUPS`` with ``schemas.COURSES``.

        Without what Canvas stores for the SIS.
        """
        places = self.courses.drop(columns=["assignments", "unpublished"])
        groups = self.snapshot.tables["groups"].drop(columns=["integration_data", "sis_source_id"])
        return groups.merge(places, on="course_id")

    @cached_property
    def sections(self) -> pd.DataFrame:
        """SIS sections with at least one row, with their course; ``assignments`` sums over the course's groups."""
        rows = self.rows
        weights = rows.groupby("section_id")["assignments"].sum(min_count=1)
        first = rows.drop_duplicates("section_id", ignore_index=True)
        return first.assign(assignments=weights.loc[first["section_id"]].array)

    @cached_property
    def has_class(self) -> pd.Series[bool]:
        """Which of ``sections`` Focus knows."""
        return is_among(self.sections["class_id"], self.snapshot.tables["classes"]["class_id"])

    @cached_property
    def courses(self) -> pd.DataFrame:
        """Courses with at least one row; ``assignments`` and ``unpublished`` sum over the groups."""
        tables = self.snapshot.tables
        with_rows = self.rows[["course_id"]].drop_duplicates()
        counts = tables["groups"].groupby("course_id", as_index=False)[["assignments", "unpublished"]]
        sums = counts.sum(min_count=1)
        return tables["courses"].merge(with_rows, on="course_id").merge(sums, on="course_id")

    @cached_property
    def broken(self) -> pd.DataFrame:
        """Broken rows; ``reason`` (str) is the name of the kind of finding that they are a case of."""
        rows = self.rows
        rows = rows.loc[rows["status"].eq(Status.BROKEN)]
        validity = self.snapshot.validity
        place = places(rows["stored_category_id"], validity.categories["category_id"])
        is_active = np.append(validity.categories["active"], False)[place]
        beside = validity.is_of_course(rows, place, self.snapshot.tables["sections"])
        reason = pd.Series("category_not_valid", index=rows.index, dtype="str")
        reason = reason.mask(beside & rows["origin_course_id"].notna(), "category_of_other_course")
        reason = reason.mask(~is_active, "category_inactive")
        is_known = (place >= 0) | is_among(rows["stored_category_id"], validity.by_title.titles)  # some store titles
        return rows.assign(reason=reason.mask(~is_known, "category_deleted"))

    @cached_property
    def matching(self) -> pd.Series[int]:
        """How many categories bear the group's name, of each Unassociated row whose group bears that of one."""
        rows, by_title = self.rows, self.snapshot.validity.by_title
        is_meant = rows["status"].eq(Status.UNASSOCIATED) & rows["name_match_id"].notna()
        named = rows.loc[is_meant, ["class_id", "group"]]
        classes, titles = places(named["class_id"], by_title.classes), places(named["group"], by_title.titles)
        return pd.Series(by_title.sizes(classes, titles), index=named.index)

    @cached_property
    def held(self) -> pd.DataFrame:
        """The rows that runs have a word of, once for each word, with the columns of ``confirmed``.

        ``stands`` (bool): one of the row's words is what Canvas stores; some districts store the title alone.
        """
        held = self.rows.merge(self.confirmed, on=["group_id", "section_id"])
        reference, wanted = held["stored_reference"], held["after_id"]
        fits = reference.eq(wanted) | reference.eq(held["after_title"]) | held["stored_category_id"].eq(wanted)
        fits = fits | (reference.isna() & wanted.isna())
        return held.assign(stands=fits.groupby([held["group_id"], held["section_id"]]).transform("any"))

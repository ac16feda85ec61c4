"""One audit as it is told to people: the findings of a snapshot, beside the audit before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import pandas as pd

from gpb.audit.kinds import LOST, SEVERITIES
from gpb.audit.links import audit_address
from gpb.audit.reports.registry import Provenance
from gpb.audit.score import district
from gpb.audit.tonight.sections import DTYPES, fix_first
from gpb.frames.facts import SnapshotFacts

ENDING_DAYS = 14
MAX_LINES, MAX_LINES_OF_SCHOOL = 60, 10
"""Of new findings in one mail: mail programs cut long ones short, and the dashboard has all of them."""

WHOLE_TERM = "Whole term"
"""Stands for the school of a finding that is about no school."""


@dataclass(frozen=True)
class SchoolNews:
    """The new findings of one school; ``lines`` are the weightiest of them, ``address`` leads to all."""

    school: str
    findings: int
    lost: int
    lines: pd.DataFrame
    address: str


@dataclass(frozen=True)
class AuditResult:
    """``found`` is ``Audit.findings()``, ``before`` the facts of the snapshot audited before, None at the first.

    ``numbers`` are the desk's (``figures.figures``), ``losing`` the sections that lose grades tonight, None where that
    is not known.
    """

    provenance: Provenance
    found: pd.DataFrame
    before: SnapshotFacts | None
    dashboard_url: str
    numbers: pd.DataFrame
    losing: pd.DataFrame | None

    @property
    def facts(self) -> SnapshotFacts:
        """Where and when the snapshot was taken."""
        return self.provenance.facts

    @cached_property
    def open(self) -> pd.DataFrame:
        """Findings that nobody accepted."""
        return self.found.loc[self.found["accepted_until"].isna()]

    @cached_property
    def new(self) -> pd.DataFrame:
        """Open findings that the audit before did not have."""
        return self.open.loc[self.open["is_new"]]

    @property
    def accepted(self) -> int:
        """How many findings are accepted."""
        return len(self.found) - len(self.open)

    @property
    def lost_anew(self) -> bool:
        """Whether scores are lost that were not lost at the audit before, or what a run confirmed is not there now."""
        return bool((self.new["severity"].eq(LOST) | self.new["run"].notna()).any())

    @cached_property
    def state(self) -> dict[str, object]:
        """Score and counts of all schools together, see ``score.district``."""
        return district(self.facts.counts)

    @property
    def score(self) -> str:
        """``64 of 100 (66 before)``, with the score of the audit before; ``–`` where no assignment waits."""
        score = self.state["score"]
        text = "–" if score is None else f"{score} of 100"
        before = district(self.before.counts)["score"] if self.before else None
        return text if before is None else f"{text} ({'unchanged' if before == score else f'{before} before'})"

    @property
    def counts(self) -> str:
        """``57 lost, 38 at risk, 41 notes``, of the open findings."""
        numbers = [(severity, int(self.open["severity"].eq(severity).sum())) for severity in SEVERITIES]
        return ", ".join(
            f"{count:,} {name}" + ("s" if name == "note" and count != 1 else "") for name, count in numbers
        )

    @staticmethod
    def kinds(found: pd.DataFrame) -> pd.DataFrame:
        """Findings by kind and severity: ``severity, title, who``, int64 ``findings, new``, Int64 ``assignments``."""
        keys = ["severity", "title", "who"]
        sums = found.assign(findings=1, new=found["is_new"].astype("int64")).groupby(keys, observed=True)
        table = sums[["findings", "assignments", "new"]].sum(min_count=1).reset_index()
        order = ["severity", "assignments", "findings"]
        return table.sort_values(order, ascending=[True, False, False], kind="stable", ignore_index=True)

    def first(self, found: pd.DataFrame) -> pd.DataFrame:
        """The sections to fix first, see ``fix_first``, with ``address`` str on the dashboard; none where not known."""
        if self.losing is None:
            return pd.DataFrame(columns=[*DTYPES, "address"])
        sections = fix_first(self.losing, found)
        addresses = [self.address(section=section_id) for section_id in sections["section_id"]]
        return sections.assign(address=pd.Series(addresses, index=sections.index, dtype="str"))

    @property
    def news(self) -> Iterator[SchoolNews]:
        """New findings by school, the school that loses most first; districtwide, at most MAX_LINES of them."""
        lost = self.new["assignments"].where(self.new["severity"].eq(LOST), 0)
        schools = self.new["school"].fillna(WHOLE_TERM)
        order = lost.groupby(schools).sum().sort_values(ascending=False, kind="stable")
        shown = min(MAX_LINES_OF_SCHOOL, max(1, MAX_LINES // max(1, len(order))))
        for school in order.index:
            lines = self.new.loc[schools.eq(school)]
            lost_here = int(lines["severity"].eq(LOST).sum())
            place = {} if school == WHOLE_TERM else {"school": school}
            yield SchoolNews(school, len(lines), lost_here, lines.head(shown), self.address(**place, state="new"))

    def ending(self, today: date) -> pd.DataFrame:
        """Acceptances of findings that end within ENDING_DAYS, the next one first.

        Columns: ``until, title, school, person, reason`` str, ``findings`` int64.
        """
        last = (today + timedelta(days=ENDING_DAYS)).isoformat()
        soon = self.found.loc[self.found["accepted_until"].le(last).fillna(False)]
        names = {"accepted_until": "until", "accepted_by": "person", "accepted_reason": "reason"}
        keys = ["until", "title", "school", "person", "reason"]
        return soon.rename(columns=names).groupby(keys, dropna=False).size().rename("findings").reset_index()

    def address(self, **filters: object) -> str:
        """The address of the Audit page with these filters."""
        return audit_address(self.dashboard_url, self.facts.term_id, **filters)

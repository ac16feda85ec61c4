"""The reports by name, their columns with one line of meaning each, and what every report says about its origin.

The names of reports and columns are stable: others build on them. A column of one name means the same everywhere,
except where a report says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from gpb.audit.figures import COUNTED, WORDS
from gpb.audit.kinds import SEVERITIES
from gpb.frames.facts import SnapshotFacts
from gpb.frames.schemas import STATUSES

STATUS_COLUMNS = {status.lower().replace(" ", "_"): status for status in STATUSES}
TONIGHT_COLUMNS = ("not_passed_back", "assignments_not_passed_back", "name_alone", "assignments_name_alone")
SEVERITY_COLUMNS = {f"findings_{severity.replace(' ', '_')}": severity for severity in SEVERITIES}
MEANING = {
    "school": "school (Canvas sub-account)",
    "term": "term",
    "course_id": "Canvas id of the course",
    "assignment": "assignment",
    "assignment_id": "Canvas id of the assignment",
    "course": "course",
    "teacher": "teachers of the course",
    "group_id": "Canvas id of the assignment group",
    "group": "assignment group",
    "weight": "weight of the group in percent",
    "section_id": "Canvas id of the section",
    "section": "section",
    "sis_section_id": "SIS ID of the section in Canvas",
    "class_id": "id of the class in Focus",
    "origin_course_id": "Canvas id of the course that a cross-listed section came from, where that was read",
    "category_id": "id of the category, the draft where there is one; empty: Unassociated",
    "category": "title of the category, the draft where there is one; empty: Unassociated",
    "category_in_canvas": "title of the category that Canvas stores",
    "exported_category_id": "category_id at the time of export; `import` detects edits by it, so do not change it",
    "exported_category": "category at the time of export; do not change it",
    "exported_reference": "what Canvas stored for the row at the time of export; do not change it",
    "status": "status of the row in the snapshot, without drafts",
    "not_read": "whether something there could not be read: the row shows what was there before and is not synced",
    "unassociated_in_group": "Unassociated rows of the group, drafts counted as if synced",
    "changed": "whether a draft is waiting to be synced",
    "assignments": "assignments of the group that are published and flagged for passback",
    "name_match": "category with the same name as the group, which passback uses if there is no association",
    "canvas_icon": "icon that Canvas shows on the group",
    "canvas_link": "the course in Canvas",
    "focus_link": "Focus",
    "dashboard_link": "the rows in this dashboard",
    "severity": "lost, at risk or note",
    "finding": "name of the kind of finding",
    "title": "the kind of finding in words",
    "sentence": "what is wrong here",
    "who": "who can fix it",
    "remedy": "how to fix it",
    "key": "name of this finding, the same from audit to audit",
    "is_new": "whether the previous audit did not have it",
    "accepted_until": "last day on which the finding counts as accepted; empty: it is open",
    "accepted_by": "who accepted it",
    "accepted_reason": "why it was accepted",
    "rows": "rows: assignment group × SIS section",
    **{name: f"rows that are {status}" for name, status in STATUS_COLUMNS.items()},
    "associated_share": "Synchronized rows as a share of all rows, 0 to 1",
    "score": "assignments_delivered in percent of assignments, rounded down; empty where there are none",
    "assignments_delivered": "those of them whose row is Synchronized",
    **{name: f"open findings that are “{severity}”" for name, severity in SEVERITY_COLUMNS.items()},
    "accepted": "findings that are accepted",
    "courses": "courses with at least one row",
    **{
        figure: f"rows of “{words.label}”; the summary of a workbook says what it means"
        for figure, words in WORDS.items()
        if figure not in STATUS_COLUMNS
    },
    **{
        f"assignments_{figure}": f"assignments of “{WORDS[figure].label}”, counted once per section"
        for figure in COUNTED
    },
    "run": "id of the run",
    "person": "who started it",
    "started": "when it started, UTC",
    "outcome": "confirmed, unchanged, conflict, rejected, unknown or not attempted",
    "reason": "why the row was not confirmed",
    "before": "category before the run",
    "after": "category that the run set",
    "why": "why this category was chosen; empty where a person chose it for this very row",
}
STAMP_COLUMNS = {
    "snapshot": "id of the snapshot that the report was made from",
    "read_at": "when that snapshot was taken from Canvas and Focus, UTC",
}


@dataclass(frozen=True)
class Report:
    """One report: ``name`` (also of its file), ``title`` (also of its sheet), one sentence, and column → meaning."""

    name: str
    title: str
    about: str
    columns: Mapping[str, str]


def _report(name: str, title: str, about: str, columns: str, /, **meanings: str) -> Report:
    return Report(name, title, about, {column: MEANING[column] for column in columns.split()} | meanings)


_ALL = [
    _report(
        "unassociated_sections",
        "Unassociated sections",
        "Every row with the status Unassociated, most assignments first.",
        "assignments school course teacher group weight section sis_section_id name_match category term "
        "course_id group_id section_id canvas_link focus_link",
        category="title of the category that a draft will set; empty: there is no draft",
    ),
    _report(
        "findings",
        "Findings",
        "Every finding of the audit, most serious first.",
        "severity title sentence who remedy assignments school course teacher group section sis_section_id class_id "
        "category is_new accepted_until accepted_by accepted_reason finding key run course_id group_id section_id "
        "canvas_link focus_link dashboard_link",
        assignments="assignments affected by the finding",
        run="id of the run that confirmed what is no longer there",
        category="title of the category that Canvas stores",
    ),
    _report(
        "by_school",
        "By school",
        "One line per school, lowest score first.",
        f"school rows {' '.join(STATUS_COLUMNS)} associated_share score assignments assignments_delivered "
        f"{' '.join(SEVERITY_COLUMNS)} accepted {' '.join(TONIGHT_COLUMNS)} nothing_waiting to_do drafted",
        assignments="assignments published and flagged, counted once per SIS section, without rows stored elsewhere",
    ),
    _report(
        "by_teacher",
        "By teacher",
        "One line per school and teacher, most assignments not passed back tonight first.",
        "school teacher courses rows unassociated broken to_do drafted not_passed_back assignments_not_passed_back",
    ),
    _report(
        "all_associations",
        "All associations",
        "All associations, drafts included; `import` reads the file back in.",
        "school term course_id course teacher group_id group weight section_id section sis_section_id "
        "origin_course_id category_id category status not_read unassociated_in_group changed category_in_canvas "
        "assignments name_match canvas_icon canvas_link focus_link exported_category_id exported_category "
        "exported_reference",
    ),
    _report(
        "sections_tonight",
        "Sections tonight",
        "Every section that loses grades tonight, most assignments first.",
        "assignments rows title who why school course teacher section sis_section_id reason course_id section_id",
        assignments="published assignments flagged for passback that are not passed back tonight",
        rows="rows they are in: assignment group × SIS section",
        title="the main reason, in words",
        who="who can fix the main reason",
        why="all reasons with their assignments",
        reason="the main reason, as a name that stays the same",
    ),
    _report(
        "tonight",
        "Tonight",
        "Every flagged assignment in every section: what the next passback does with it, and why.",
        "outcome reason title category assignment school course teacher group section sis_section_id term "
        "category_id course_id group_id assignment_id section_id canvas_link",
        outcome="passed back, not passed back or not certain",
        reason="why, as a name that stays the same",
        title="why, in words",
        category="title of the category in which it arrives; empty: it does not, or nobody can know",
        category_id="id of that category",
        canvas_link="the assignment in Canvas",
    ),
    _report(
        "changes_of_a_run",
        "Changes of a run",
        "Every row that a run was meant to change, and the outcome.",
        "run person started outcome reason school course group section sis_section_id before after "
        "course_id group_id section_id why",
    ),
]
REPORTS = {report.name: report for report in _ALL}
AUDIT_REPORTS = ("by_school", "by_teacher", "findings", "unassociated_sections", "all_associations")
"""Those that come from rows and findings alone, in the order of their sheets."""


@dataclass(frozen=True)
class Provenance:
    """What a report was made from: id and facts of the snapshot, and when it was made (UTC).

    ``zone`` is the one that people read its times in; None is this machine's own.
    """

    snapshot: str
    facts: SnapshotFacts
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    zone: tzinfo | None = UTC

    @property
    def read_at(self) -> datetime:
        """When the snapshot was read."""
        return self.facts.taken_at

    def at(self, moment: datetime) -> str:
        """A time as people read it: ``2026-11-28 07:30 CST``."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M %Z}"


def readme_table() -> str:
    """The reports with their columns as a Markdown table."""
    lines = [
        f"| {report.title} | {report.about} | {', '.join(f'`{name}`' for name in report.columns)} |"
        for report in REPORTS.values()
    ]
    return "\n".join(["| report | what it lists | columns |", "|---|---|---|", *lines])

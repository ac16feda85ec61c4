"""The assignments of a group: made up anew from its id whenever somebody asks, so that they take no memory.

Only hand-made groups carry theirs, for what an audit finds in them is written down.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gpb.sandbox.district.model import Course, GivenAssignment, Group
from gpb.sandbox.district.names import read_names
from gpb.sandbox.district.world import World

IDS_PER_GROUP = 100
LONGEST_SIS_NAME = 40
DESCRIPTION = "<p>Read the pages that we marked in class, answer in full sentences, and bring your notes.</p>" * 4


@dataclass(frozen=True, slots=True)
class Assignment:
    """One Canvas assignment; `due` is a day, or None where the teacher gave none."""

    id: int
    course_id: int
    group_id: int
    name: str
    points: float
    due: date | None
    published: bool
    post_to_sis: bool
    differentiated: bool
    updated: date

    def as_json(self, with_sis: bool) -> dict[str, Any]:
        """Return the assignment as Canvas shows it; the SIS keys only for those who may see them."""
        body: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "description": DESCRIPTION,
            "course_id": self.course_id,
            "assignment_group_id": self.group_id,
            "points_possible": self.points,
            "due_at": f"{self.due.isoformat()}T23:59:59Z" if self.due else None,
            "published": self.published,
            "workflow_state": "published" if self.published else "unpublished",
            "post_to_sis": self.post_to_sis,
            "grading_type": "points",
            "submission_types": ["online_upload"],
            "only_visible_to_overrides": self.differentiated,
            "max_name_length": LONGEST_SIS_NAME,
            "due_date_required": True,
            "updated_at": f"{self.updated.isoformat()}T12:00:00Z",
        }
        if with_sis:
            body |= {"sis_assignment_id": None, "integration_id": None, "integration_data": {}}
        return body


def assignments_of(world: World, group: Group) -> list[Assignment]:
    """Return the assignments of a group, the same ones every time."""
    course = world.courses[group.course_id]
    start = world.terms[course.term_id].start or date(2020, 1, 1)
    given = world.given_assignments.get(group.id)
    if given is not None:
        return [_as_given(one, group, number, start) for number, one in enumerate(given, start=1)]
    rng = random.Random(world.config.seed * 1_000_003 + group.id)
    return [_assignment(rng, course, group, number, start) for number in range(1, group.assignments + 1)]


def _as_given(given: GivenAssignment, group: Group, number: int, start: date) -> Assignment:
    return Assignment(
        id=group.id * IDS_PER_GROUP + number,
        course_id=group.course_id,
        group_id=group.id,
        name=given.name,
        points=10.0,
        due=start + timedelta(days=7 * number) if given.has_due_date else None,
        published=given.published,
        post_to_sis=given.post_to_sis,
        differentiated=given.differentiated,
        updated=start,
    )


def _assignment(rng: random.Random, course: Course, group: Group, number: int, start: date) -> Assignment:
    titles = read_names().assignment_titles
    name = f"{titles[rng.randrange(len(titles))]} {number}"
    if rng.random() < 0.04:
        name = f"{name}, with a title far longer than the grade book can take"
    return Assignment(
        id=group.id * IDS_PER_GROUP + number,
        course_id=course.id,
        group_id=group.id,
        name=name,
        points=float(rng.choice((5, 10, 20, 50, 100))),
        due=None if rng.random() < 0.08 else start + timedelta(days=rng.randrange(150)),
        published=course.workflow_state != "created" and rng.random() < 0.88,
        post_to_sis=rng.random() < 0.78,
        differentiated=rng.random() < 0.05,
        updated=start + timedelta(days=rng.randrange(30)),
    )

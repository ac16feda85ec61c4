"""Evidence made by hand: a small term with two sets of titles, and what may be known beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from gpb.frames.overlay import DRAFT_COLUMNS, with_drafts
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.suggest.evidence import Evidence
from gpb.suggest.patterns import titles_key
from gpb.suggest.schemas import DECISIONS, PAST, framed
from gpb.suggest.vocabulary import read_vocabulary
from tests.builders import COURSE, category, course, group, section, sis_class, snapshot

VOCABULARY = read_vocabulary()
LEVELS, KINDS = ("Major", "Minor"), ("Homework", "Tests", "Minor")
NAMES = ("Quizzes", "Homework", "HW", "Tests 40%", "OLD Tests", "Q1", "Stuff")
"""Groups of the term, from 1."""
CLASSES = {1: "class-1", 2: "class-2", 3: "class-3", 4: "class-4"}
"""Sections: 1 and 2 have LEVELS, 3 has KINDS and is of the same course, 4 has LEVELS and is of another one."""


def term(names: Sequence[str] = NAMES, *, account_id: int = 2) -> Snapshot:
    """Two courses of one teacher, in each a group of each name; groups of the second course are numbered from 101.

    With ``account_id`` 1 the second course is in no school.
    """
    sets = [("a", LEVELS, ("class-1", "class-2", "class-4")), ("b", KINDS, ("class-3",))]
    categories = [category(f"{letter}-{title}", title, *some) for letter, titles, some in sets for title in titles]
    return snapshot(
        {
            COURSE: [group(number, name) for number, name in enumerate(names, 1)],
            8: [group(number, name) for number, name in enumerate(names, 101)],
        },
        courses=[course(), course(8, name="Biology", account_id=account_id)],
        sections=[*(section(number, CLASSES[number]) for number in (1, 2, 3)), section(4, "class-4", course_id=8)],
        classes=[sis_class(name) for name in CLASSES.values()],
        categories=categories,
    )


def evidence(
    found: Snapshot,
    *,
    drafts: Mapping[Key, str] | None = None,
    past: Sequence[Mapping[str, object]] = (),
    decided: Sequence[Mapping[str, object]] = (),
    assignments: Mapping[int, Sequence[str]] | None = None,
) -> Evidence:
    """What is known of a snapshot: drafts by row with the title, cases of ``case``, decisions of ``decision``."""
    rows = found.associations()
    classes = dict(zip(zip(rows["group_id"], rows["section_id"], strict=True), rows["class_id"], strict=True))
    lines = [
        dict.fromkeys(DRAFT_COLUMNS, "")
        | {"group_id": key[0], "section_id": key[1], "category": title, "person": "Ada"}
        | {"category_id": found.validity.titled(classes[key], title)}
        for key, title in (drafts or {}).items()
    ]
    whole = pd.DataFrame(lines, columns=list(DRAFT_COLUMNS)).astype({"group_id": "int64", "section_id": "int64"})
    named = [(number, name) for number, names in (assignments or {}).items() for name in names]
    return Evidence(
        rows=with_drafts(rows, whole),
        validity=found.validity,
        vocabulary=VOCABULARY,
        past=framed(pd.DataFrame(list(past), columns=list(PAST)), PAST),
        decided=framed(pd.DataFrame(list(decided), columns=list(DECISIONS)), DECISIONS),
        assignments=pd.DataFrame(named, columns=["group_id", "assignment"]).astype({"group_id": "int64"}),
    )


def case(name: str, title: str, rows: int = 1, **changes: object) -> dict[str, object]:
    """What an earlier term had: the teacher of the term, in the course of the term, in sections with LEVELS."""
    plain: dict[str, object] = {"term": "Spring", "school": "North High", "teacher": "Zoë Núñez", "course": "Math 9"}
    plain |= {"group": name, "titles": titles_key(LEVELS), "category": title, "rows": rows, "assignments": rows}
    return plain | changes


def decision(name: str, title: str | None, **changes: object) -> dict[str, object]:
    """What somebody decided for the district, for a normalised name in sections with LEVELS."""
    plain: dict[str, object] = {"decision_id": 1, "kind": "decision", "group": name, "titles": titles_key(LEVELS)}
    plain |= {"title": title, "scope": "district", "scope_value": "", "person": "Ada", "made_at": "2026-09-01T10:00"}
    return plain | {"evidence": ""} | changes

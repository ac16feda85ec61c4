"""Districts that keep associations in a form of their own, which the judge knows; for tests of the evidence."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gpb.api.types import AssignmentGroup, Section, SisCategory
from tests.builders import COURSE, category, group, section

NAMES = ("a", "b", "c", "id", "title", "category", "name", "number", "key", "categoryId", "categoryTitle", "value")
TITLES = ("Homework", "Tests", "Quizzes", "Projects", "Labs", "Participation")
OTHERS = ("HW", "Unit 1", "Big tests", "Warm-ups", "Extra", "Late work")


@dataclass
class Form:
    """What the vendor of this district writes: names of the fields that it uses, None for what it leaves out."""

    codec: str
    id_field: str | None
    title_field: str | None
    ids: str
    decoys: dict[str, str] = field(default_factory=dict)

    def entry(self, rng: random.Random, identifier: str, title: str, group_name: str) -> Any:
        """The value that the vendor stores."""
        value: dict[str, Any] = {name: self._decoy(rng, kind, group_name) for name, kind in self.decoys.items()}
        if self.id_field is not None:
            value[self.id_field] = int(identifier) if self.ids == "numbers" else identifier
        if self.title_field is not None:
            value[self.title_field] = title
        return value.get("", value)

    def _decoy(self, rng: random.Random, kind: str, group_name: str) -> Any:
        return {
            "group": group_name,
            "order": rng.randint(1, 6),
            "order as text": str(rng.randint(1, 6)),
            "constant": "teacher",
            "time": f"2026-09-{rng.randint(1, 28):02}",
            "nothing": None,
            "points": rng.choice([1, 2, 5, 10, 100]),
            "assignment": str(rng.randint(4900, 5300)),
            "lower case": group_name.lower(),
        }[kind]


def random_form(rng: random.Random) -> Form:
    """A form with fields under random names; decoys beside them, unless a value is no object."""
    ids = rng.choice(["uuid", "uuid", "small", "numbers", "big"])
    names = rng.sample(NAMES, len(NAMES))
    if rng.random() < 0.15:
        return Form(rng.choice(["sistemic", "flat"]), *rng.choice([("", None), (None, "")]), ids)
    has_id, has_title = rng.choice([(True, True), (True, True), (True, False), (False, True)])
    kinds = ["group", "order", "order as text", "constant", "time", "nothing", "points", "assignment", "lower case"]
    decoys = {names.pop(): rng.choice(kinds) for _ in range(rng.randint(0, 3))}
    return Form("sistemic", names.pop() if has_id else None, names.pop() if has_title else None, ids, decoys)


@dataclass
class District:
    """Groups, sections and categories of one course; ``entries`` by (group id, section SIS id)."""

    groups: list[AssignmentGroup]
    sections: list[Section]
    categories: list[SisCategory]
    entries: dict[tuple[int, str], Any]

    def tables(self) -> dict[str, pd.DataFrame]:
        """What ``tally`` reads of a snapshot, unchecked, since a property test makes thousands."""
        pairs = [(one.id, class_id) for one in self.categories for class_id in one.class_ids or ()]
        keys = [one["sis_section_id"] for one in self.sections]
        groups = [(one["id"], COURSE, one["name"], json.dumps(one["integration_data"])) for one in self.groups]
        return {
            "sections": pd.DataFrame({"course_id": COURSE, "sis_section_id": keys, "class_id": keys}),
            "groups": pd.DataFrame(groups, columns=["group_id", "course_id", "group", "integration_data"]),
            "categories": pd.DataFrame(
                [(one.id, one.title, one.class_ids is None) for one in self.categories],
                columns=["category_id", "category", "is_global"],
            ),
            "category_sections": pd.DataFrame(pairs, columns=["category_id", "class_id"]),
        }


def random_district(rng: random.Random, form: Form) -> District:
    """Up to eight groups in up to four sections, associated the vendor's way; some ids dead, some titles old.

    In some, another tool writes in a way of its own; what it wrote is not among the entries.
    """
    classes = [f"class-{number}" for number in range(1, rng.randint(2, 4) + 1)]
    shared, categories = rng.random() < 0.5, []
    number = rng.choice([1, 10])
    for some in [classes] if shared else [[one] for one in classes]:
        for title in rng.sample(TITLES, rng.randint(1, len(TITLES))):
            identifier = {"uuid": f"{rng.getrandbits(64):016x}-x", "big": str(5000 + 7 * number)}.get(
                form.ids, str(number)
            )
            categories.append(category(identifier, title, *some))
            number += 1
    dead, old = rng.choice([0, 0, 0.1, 0.5, 1]), rng.choice([0, 0, 0.1, 0.5])
    same_name = rng.choice([0, 0.5, 1])
    by_others, others = rng.choice([0, 0, 0, 0.1, 0.3]), rng.choice([("id", "title"), ("oid", "label"), ("", "")])
    groups: list[AssignmentGroup] = []
    entries: dict[tuple[int, str], Any] = {}
    foreign: set[tuple[int, str]] = set()
    for group_id in range(1, rng.randint(1, 8) + 1):
        title = rng.choice(TITLES)
        name = title if rng.random() < same_name else rng.choice(OTHERS)
        values = {}
        for class_id in classes:
            fitting = [one for one in categories if class_id in (one.class_ids or ()) and one.title == title]
            if not fitting or rng.random() < 0.1:
                continue
            dead_id = f"{rng.getrandbits(64):016x}-y" if form.ids == "uuid" else str(rng.randint(9000, 9999))
            used = dead_id if rng.random() < dead else fitting[0].id
            shown = rng.choice(["Old", name, title]) if rng.random() < old else title
            values[class_id] = form.entry(rng, used, shown, name)
            if rng.random() < by_others and form.codec != "flat":
                values[class_id] = used if others[0] == "" else {others[0]: used, others[1]: title}
                foreign.add((group_id, class_id))
        data = values if form.codec == "flat" else {"sistemic": {"categoryMapping": values}} if values else {}
        groups.append(group(group_id, name, data))
        entries |= {(group_id, one): value for one, value in values.items() if (group_id, one) not in foreign}
    sections = [section(place, class_id) for place, class_id in enumerate(classes, 1)]
    return District(groups, sections, categories, entries)

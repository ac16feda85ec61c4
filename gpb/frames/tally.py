"""What stored associations testify about their own form, entry by entry.

An entry is the value that Canvas keeps for one section of one assignment group. Each of its fields gets *marks*: it
holds the id of a category of that very section, that category's title, the group's own name, a number. Entries with the
same marks are one *form* and are counted together, so that a whole district comes to a few lines, which can be kept and
added up over terms. ``shape`` judges by them.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd

from gpb.frames.codec import FLAG, fields_of, mapping_of, section_keys, text_of
from gpb.frames.rows.coded import places
from gpb.matching.section_key import same_spelling

ID, TITLE, GROUP = "id", "title", "group"
"""Marks: the id of a category of this section; the title of one; the name of the group.

``title:F`` says more: the title of the very category whose id is in the field F.
"""
TELLING, DIGITS, SMALL, NUMBER = "telling", "digits", "small", "number"
"""Marks of a value by itself: no id by chance; only digits; such of at most three digits; a number of JSON."""
SCALAR, ALIKE = "scalar", "alike"
"""Marks: a text or a number; one that is no id here, and has the look of those that Focus gives to its categories."""
LONG = 16
VALUES, FORMS, EXAMPLES = 50, 300, 3
"""How many different values of a field, forms of one reading, and examples of one form are kept at most."""

FLAG_ALONE = "flag"
"""In the place of a codec: groups that bear the flag, and no association that could be read."""

NOTHING: tuple[dict[str, str], frozenset[str]] = ({}, frozenset())

Written = Mapping[int, Mapping[str, Any]]
"""Group id → section SIS id (or the flag's key) → what this program wrote there."""


@dataclass(frozen=True)
class Form:
    """What entries have in common: ``codec``, the marks by field, and whether the group bears Canvas' flag."""

    codec: str
    has_flag: bool
    fields: Mapping[str, frozenset[str]]

    @cached_property
    def text(self) -> str:
        """As JSON text, the same for the same form."""
        marks = {name: sorted(found) for name, found in self.fields.items()}
        return json.dumps({"codec": self.codec, "flag": self.has_flag, "fields": marks}, sort_keys=True)

    @property
    def key(self) -> str:
        """Names the form, however long its text is."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @classmethod
    def from_text(cls, text: str) -> Form:
        """The inverse of ``text``; raises ValueError for what is none."""
        try:
            content = json.loads(text)
            marks = {name: frozenset(found) for name, found in content["fields"].items()}
            form = cls(content["codec"], content["flag"], marks)
            if form.text == text:
                return form
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError("no form of an association") from error
        raise ValueError("no form of an association")

    def marks(self, name: str) -> frozenset[str]:
        """The marks of a field, none where it is missing."""
        return self.fields.get(name, frozenset())


ONLY_FLAG = Form(FLAG_ALONE, True, {})


@dataclass
class Tally:
    """So many entries of one form. ``values``: by field, small numbers that tell different values apart, and no more.

    ``examples`` bear the place of an entry and those of its fields that hold an id or a title; nothing else is kept.
    """

    form: Form
    entries: int
    values: Mapping[str, Collection[int]]
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Count:
    form: Form
    entries: int = 0
    values: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    examples: list[dict[str, Any]] = field(default_factory=list)


def tally(tables: Mapping[str, pd.DataFrame], written: Written) -> list[Tally]:
    """What the entries of a snapshot's tables testify, the most frequent form first.

    Entries of sections that are not in the group's course say nothing, nor does what this program wrote itself.
    """
    known, looks = _known(tables), {_look(text) for text in tables["categories"]["category_id"]}
    counts: dict[object, _Count] = {}
    for group_id, group, codec, has_flag, key, class_id, value in _entries(tables, written):
        fields = fields_of(value)
        marks = _marks(fields, *known.get(class_id, NOTHING), group)
        marks = {name: found | _alike(fields[name], found, looks, (key, class_id)) for name, found in marks.items()}
        alike = codec, has_flag, frozenset(marks.items())
        count = counts.get(alike) or counts.setdefault(alike, _Count(Form(codec, has_flag, marks)))
        count.entries += 1
        _add(count, group_id, key, fields)
    found = sorted(counts.values(), key=lambda count: (-count.entries, count.form.text))[:FORMS]
    flagged = _only_flagged(tables, written)
    only_flag = [Tally(ONLY_FLAG, flagged, {})] if flagged else []
    return [*(Tally(one.form, one.entries, one.values, one.examples) for one in found), *only_flag]


def _only_flagged(tables: Mapping[str, pd.DataFrame], written: Written) -> int:
    """The groups that bear Canvas' flag and no association of any section of their course."""
    sections = tables["sections"].dropna(subset="sis_section_id")
    keys = sections.groupby("course_id")["sis_section_id"].agg(set).to_dict()
    groups = tables["groups"].loc[tables["groups"]["integration_data"].str.contains(FLAG, regex=False)]
    found = 0
    for group_id, course_id, text in groups[["group_id", "course_id", "integration_data"]].itertuples(index=False):
        data, here = json.loads(text), keys.get(course_id, set())
        is_flagged = FLAG in data and FLAG not in written.get(group_id, {})
        is_kept_here = not here.isdisjoint(section_keys(mapping_of(data).keys() | data.keys(), here))
        found += bool(here) and is_flagged and not is_kept_here
    return found


def _known(tables: Mapping[str, pd.DataFrame]) -> dict[str, tuple[dict[str, str], frozenset[str]]]:
    """By class: title by category id of every category that it has or had, those of all classes too, and the titles."""
    categories, lists = tables["categories"], tables["category_sections"]
    ids, titles = [same_spelling(one) for one in categories["category_id"]], categories["category"].tolist()
    everywhere = {ids[place]: titles[place] for place in np.flatnonzero(categories["is_global"])}
    found = {class_id: dict(everywhere) for class_id in tables["sections"]["class_id"].dropna()}
    place, (code, classes) = places(lists["category_id"], categories["category_id"]), pd.factorize(lists["class_id"])
    order = np.argsort(place, kind="stable")  # that of the categories
    of_class = [found.get(class_id) for class_id in classes.tolist()]
    for at, one in zip(place[order].tolist(), code[order].tolist(), strict=True):
        own = of_class[one]
        if at >= 0 and own is not None:
            own[ids[at]] = titles[at]  # the same text for each class: of a large term these are hundreds of thousands
    stripped = cache(lambda texts: frozenset(text.strip() for text in texts))  # one for all classes with these titles
    return {class_id: (own, stripped(tuple(own.values()))) for class_id, own in found.items()}


def _entries(
    tables: Mapping[str, pd.DataFrame], written: Written
) -> Iterator[tuple[int, str, str, bool, str, str, Any]]:
    """Group id and name, codec, whether the flag is there, section SIS id, class and value of every entry."""
    classes: dict[int, dict[str, str]] = defaultdict(dict)
    sections = tables["sections"].dropna(subset=["sis_section_id", "class_id"])
    for course_id, key, class_id in sections[["course_id", "sis_section_id", "class_id"]].itertuples(index=False):
        classes[course_id][key] = class_id
    columns = tables["groups"][["group_id", "course_id", "group", "integration_data"]]
    for group_id, course_id, group, text in columns.itertuples(index=False):
        data, here, ours = json.loads(text), classes[course_id], written.get(group_id, {})
        has_flag = data.get(FLAG) is True and FLAG not in ours
        flat = {key: value for key, value in data.items() if text_of(value) is not None}
        for codec, values in (("sistemic", mapping_of(data)), ("flat", flat)):
            meant = {key: own for own, keys in section_keys(values, here).items() for key in keys}
            for key, value in values.items():
                is_there = meant[key] in here and value is not None and value != ""
                if is_there and not (key in ours and ours[key] == value):
                    yield group_id, group, codec, has_flag, key, here[meant[key]], value


def _marks(
    fields: Mapping[str, Any], known: Mapping[str, str], titles: Collection[str], group: str
) -> dict[str, frozenset[str]]:
    texts = {name: text_of(value) for name, value in fields.items()}
    ids = {name: same_spelling(text) for name, text in texts.items() if text is not None}
    named = {name: known[text].strip() for name, text in ids.items() if text in known}
    return {name: frozenset(_marks_of(fields[name], text, name, named, titles, group)) for name, text in texts.items()}


def _marks_of(
    value: Any, text: str | None, name: str, named: Mapping[str, str], titles: Collection[str], group: str
) -> Iterator[str]:
    if text is None:
        return
    yield SCALAR
    if isinstance(value, int):
        yield NUMBER
    if text.strip().isdecimal():
        yield DIGITS
        if len(text.strip()) <= len("999"):
            yield SMALL
    elif len(text) >= len("HW01"):
        yield TELLING
    if name in named:
        yield ID
    if text.strip() in titles:
        yield TITLE
    if text.strip().casefold() == group.strip().casefold():
        yield GROUP
    yield from (f"{TITLE}:{other}" for other, title in named.items() if other != name and text.strip() == title)


def _alike(value: Any, marks: frozenset[str], looks: Collection[str], section: tuple[str, str]) -> frozenset[str]:
    text = text_of(value)
    is_id = ID in marks or text in section or text is None
    return frozenset() if is_id or DIGITS in marks or _look(text) not in looks else frozenset({ALIKE})


def _look(text: str | None) -> str:
    """How an id looks, whatever it names: of a long one, letters and digits come as they like."""
    words = text or ""
    if len(words) >= LONG:
        return re.sub("[0-9A-Za-z]", "x", words)
    return re.sub("[A-Za-z]", "a", re.sub("[0-9]", "9", words))


def _add(count: _Count, group_id: int, key: str, fields: Mapping[str, Any]) -> None:
    speaking = {}
    for name, value in fields.items():
        text, marks = text_of(value), count.form.marks(name)
        if text is None:
            continue
        if len(count.values[name]) < VALUES:
            count.values[name].add(zlib.crc32(text.encode("utf-8", "replace")) & 0xFFFF)
        if ID in marks or TITLE in marks:
            speaking[name] = text
    if speaking and len(count.examples) < EXAMPLES:
        count.examples.append({"group": group_id, "section": key, "fields": speaking})

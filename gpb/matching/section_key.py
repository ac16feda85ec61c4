"""GPB_SECTION_KEY: the rule by which a Canvas section finds its class in the SIS.

* ``sis_section_id`` or ``integration_id``: that id of the section is the id of its class;
* ``template:cls-222-{sis_section_id}``: the class' id is made of the section's;
* ``regex:^CANVAS_(.+)$``: it is the group in the section's SIS id;
* ``regex:^CANVAS_(.+)$<=>^cls-222-(.+)$``: the groups in both ids are equal;
* ``csv:FILE``: a table of two columns, the section's SIS id and the id of its class.

``nocase:`` before any of these makes letter case of no account; in UUIDs it never counts (RFC 9562). What is found is
always the SIS' own spelling.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gpb.errors import SettingsError

FIELDS = ("sis_section_id", "integration_id")
NO_CASE, TEMPLATE, REGEX, TABLE = "nocase:", "template:", "regex:", "csv:"
EQUALS = "<=>"
HEADER = ("sis_section_id", "class_id")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def same_spelling(identifier: str) -> str:
    """An id in the form in which it is compared: letter case is of no account in a UUID, and counts in all else."""
    return identifier.lower() if _UUID.fullmatch(identifier) else identifier


@dataclass(frozen=True)
class SectionRule:
    """A rule as it was read; ``key`` tells what of a section is looked for among ``class_keys``."""

    field: str = FIELDS[0]
    before: str = ""
    after: str = ""
    pattern: re.Pattern[str] | None = None
    class_pattern: re.Pattern[str] | None = None
    file: Path | None = None
    ignores_case: bool = False

    def keys(self, ids: Iterable[str | None]) -> list[str | None]:
        """What of these sections, by the ids in ``field``, is looked for; raises SettingsError for a wrong table."""
        if self.file is not None:
            table = {self._plain(one): class_id for one, class_id in read_table(self.file).items()}
            return [None if one is None else table.get(self._plain(one)) for one in ids]
        if self.pattern is not None:
            return [None if one is None else _group(self.pattern, one) for one in ids]
        return [None if one is None else f"{self.before}{one}{self.after}" for one in ids]

    def classes(self, keys: Iterable[str | None], class_ids: Iterable[str]) -> list[str | None]:
        """The class for each of these keys, as the SIS spells it; the key itself where there is none, and it is an id.

        Of several classes with the same key none is meant, unless one has it to the letter.
        """
        exact: dict[str, str | None] = {}
        alike: dict[str, str | None] = {}
        for class_id in class_ids:
            key = class_id if self.class_pattern is None else _group(self.class_pattern, class_id)
            for found, name in ((exact, key), (alike, key and self._plain(key))):
                if name is not None:
                    found[name] = None if found.get(name, class_id) != class_id else class_id
        otherwise = (lambda _: None) if self.class_pattern is not None else (lambda key: key)
        return [
            None if key is None else exact.get(key) or alike.get(self._plain(key)) or otherwise(key) for key in keys
        ]

    def _plain(self, identifier: str) -> str:
        return identifier.casefold() if self.ignores_case else same_spelling(identifier)


def section_rule(text: str) -> SectionRule:
    """The rule of GPB_SECTION_KEY; raises SettingsError where it is none."""
    try:
        return read_rule(text)
    except ValueError as error:
        raise SettingsError(
            f"The setting GPB_SECTION_KEY {error}. Correct it in the environment or in .env."
        ) from error


def read_rule(text: str) -> SectionRule:
    """The same; raises ValueError with the rest of a sentence about the setting."""
    ignores_case = text.startswith(NO_CASE)
    rule = text.removeprefix(NO_CASE).strip()
    if rule in FIELDS:
        return SectionRule(rule, ignores_case=ignores_case)
    if rule.startswith(TEMPLATE):
        return _template(rule.removeprefix(TEMPLATE), ignores_case=ignores_case)
    if rule.startswith(TABLE):
        file = Path(rule.removeprefix(TABLE).strip())
        if not (file.is_file() and os.access(file, os.R_OK)):
            raise ValueError(f"names the file {file}, which cannot be read")
        return SectionRule(file=file, ignores_case=ignores_case)
    if not rule.startswith(REGEX):
        raise ValueError(
            "must be sis_section_id, integration_id, template:TEXT with {sis_section_id} in it, regex:PATTERN, "
            "regex:PATTERN<=>PATTERN or csv:FILE, each also with nocase: in front"
        )
    own, equals, other = rule.removeprefix(REGEX).partition(EQUALS)
    flags = re.IGNORECASE if ignores_case else re.NOFLAG
    of_class = _pattern(other.strip(), flags) if equals else None
    return SectionRule(pattern=_pattern(own.strip(), flags), class_pattern=of_class, ignores_case=ignores_case)


def _template(text: str, *, ignores_case: bool) -> SectionRule:
    used = [(field, text.count(f"{{{field}}}")) for field in FIELDS]
    if sum(times for _, times in used) != 1:
        raise ValueError(
            "needs exactly one {sis_section_id} or {integration_id} in its template, like cls-222-{sis_section_id}"
        )
    field = next(field for field, times in used if times)
    before, _, after = text.partition(f"{{{field}}}")
    return SectionRule(field, before, after, ignores_case=ignores_case)


def _pattern(text: str, flags: re.RegexFlag) -> re.Pattern[str]:
    try:
        pattern = re.compile(text, flags)
    except re.error as error:
        raise ValueError(f"contains a pattern that cannot be read ({error})") from error
    if pattern.groups != 1:
        raise ValueError("needs exactly one (group) in its pattern: the part that is the id of the SIS class")
    return pattern


def _group(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found.group(1) if found else None


def read_table(file: Path) -> Mapping[str, str]:
    """Class id by SIS id of the section, of a CSV with two columns; a header with these names may stand above.

    Raises SettingsError, with the line, where it is no such table or says two things about one section.
    """
    about = f"The file {file}, which GPB_SECTION_KEY names,"
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{about} cannot be read as UTF-8 text. Save it as “CSV UTF-8”.") from error
    first = text.partition("\n")[0]
    found: dict[str, str] = {}
    for number, cells in enumerate(csv.reader(text.splitlines(), delimiter=max(",;\t", key=first.count)), 1):
        row = [cell.strip() for cell in cells]
        if not any(row) or (not found and tuple(map(str.casefold, row[:2])) == HEADER):
            continue
        if len(row) < len(HEADER) or not all(row[:2]) or any(row[2:]):
            raise SettingsError(f"{about} needs two cells in line {number}: the SIS ID of a section and its class id.")
        if found.setdefault(row[0], row[1]) != row[1]:
            raise SettingsError(f"{about} gives section {row[0]} a second class in line {number}. Keep one of the two.")
    return found

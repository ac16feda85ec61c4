"""Decisions and rules as people write and hand them on: a table out, and lines of one back in, each checked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gpb.errors import InputError
from gpb.frames.schemas import Status
from gpb.store.choices.decisions import Decided, Kind, Scope
from gpb.suggest.decisions.short import KIND, entry
from gpb.suggest.normal import plain
from gpb.suggest.patterns import normalised, titles_key

LEVELS = ("elementary", "middle", "high")
NOTHING = Status.UNASSOCIATED.value
"""Stands for no category; a title that reads like it gets quotes and ``MARK``."""
MARK = " (category)"
_MARKED = re.compile(r"“(.*)” \(category\)", re.DOTALL)
_ON = {
    "": True,
    "on": True,
    "yes": True,
    "true": True,
    "1": True,
    "off": False,
    "no": False,
    "false": False,
    "0": False,
}
Cells = Mapping[str, str]


@dataclass(frozen=True)
class ReadRules:
    """The decisions of a file, one sentence for each line that is bad, and what else a person should know.

    ``short`` are its abbreviations, empty where a word is none.
    """

    made: tuple[Decided, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())
    short: Mapping[str, str] = field(default_factory=dict)


def as_table(decisions: pd.DataFrame) -> pd.DataFrame:
    """Decisions (``DecisionStore.frame``, with ``is_on`` or all of them on) as a table for people.

    ``title`` is Unassociated where there is none, and ``check`` tells a line that is as it was exported.
    """
    is_on = decisions["is_on"] if "is_on" in decisions else pd.Series(True, index=decisions.index, dtype="bool")
    shown = decisions.assign(
        is_on=is_on.map({True: "on", False: "off"}).astype("str"),
        title=[written(None if pd.isna(title) else title) for title in decisions["title"]],
    )
    shown["check"] = [_check(line) for line in shown[list(CHECKED)].to_dict("records")]
    columns = ["decision_id", "is_on", *CHECKED, "evidence", "person", "made_at", "check"]
    return shown[columns].astype({"title": "str", "check": "str"})


def with_abbreviations(table: pd.DataFrame, own: pd.DataFrame, usual: Mapping[str, str]) -> pd.DataFrame:
    """The table of ``as_table`` with a line for each abbreviation (``store.choices.abbreviations.COLUMNS``).

    One that a district has taken away is off, with what it is short for in the program's table (``usual``).
    """
    if own.empty:
        return table
    lines = own.rename(columns={"short": "group", "changed_at": "made_at"}).assign(
        is_on=own["long"].ne("").map({True: "on", False: "off"}),
        title=own["long"].where(own["long"].ne(""), own["short"].map(dict(usual)).fillna(own["short"])),
        kind=KIND,
        scope=Scope.DISTRICT.value,
    )
    found = pd.concat([table.astype({"decision_id": "Int64"}), lines], ignore_index=True)[list(table.columns)]
    texts = [name for name in table.columns if name != "decision_id"]
    return found.assign(**{name: found[name].fillna("").astype("str") for name in texts})


CHECKED = ("kind", "group", "title", "titles", "scope", "scope_value")


def read_rules(lines: Iterable[tuple[int, Cells]], titles: Iterable[str], evidence: str) -> ReadRules:
    """What lines (number, cells by column) decide; ``titles`` are those of Focus.

    A line that is as it was exported is taken as it is. In others the group may be any name, a title is spelled as in
    Focus where it is there, and what is not said is a rule of the whole district, for any section with the title.
    ``evidence`` stands where a line has none.
    """
    known = _known(titles)
    made: dict[str, tuple[int, Decided]] = {}
    problems, short = [], dict[str, str]()
    for number, cells in lines:
        try:
            if cells.get("kind", "").strip().casefold() == KIND:
                _add(short, cells)
                continue
            found = _decided(cells, known, evidence)
        except InputError as error:
            problems.append(f"Line {number}: {str(error).removesuffix('.')}.")
            continue
        before = made.setdefault(found.key, (number, found))
        if (before[1].title, before[1].is_on) != (found.title, found.is_on):
            problems.append(f"Line {number}: it contradicts line {before[0]}, which is for the same groups.")
    decided = tuple(one for _, one in made.values())
    strange = sorted({one.title for one in decided if one.title is not None} - set(known))
    notes = [f"No category in Focus is named {_listed(strange)}; lines with it decide nothing for now."]
    return ReadRules(decided, tuple(problems), tuple(notes if strange else ()), short)


def read_rule(cells: Cells, titles: Iterable[str], evidence: str) -> Decided:
    """The same for one line; raises InputError with a sentence where it decides nothing."""
    try:
        return _decided(cells, _known(titles), evidence)
    except InputError as error:
        told = str(error)
        raise InputError(f"{told[:1].upper()}{told[1:]}.") from None


def _known(titles: Iterable[str]) -> dict[str, str]:
    """Titles as Focus spells them, by how they may be written."""
    known = {title: title for title in titles}
    for title in list(known):
        known.setdefault(plain(title), title)
    return known


def _add(short: dict[str, str], cells: Cells) -> None:
    """Note the abbreviation of a line; raises InputError as ``_decided``."""
    key, meant = entry(cells.get("group", "").strip(), cells.get("title", "").strip())
    wanted = meant if _is_on(cells) else ""
    if short.setdefault(key, wanted) != wanted:
        raise InputError(f"“{key}” stands twice, for different words: keep one")


def _is_on(cells: Cells) -> bool:
    is_on = _ON.get(cells.get("is_on", "").strip().casefold())
    if is_on is None:
        raise InputError(f"is_on is “{cells['is_on'].strip()}”: write on or off")
    return is_on


def _decided(cells: Cells, known: Mapping[str, str], evidence: str) -> Decided:
    """What a line decides; raises InputError with the reason where it decides nothing."""
    is_on = _is_on(cells)
    line = {name: cells.get(name, "") for name in CHECKED}
    if cells.get("check") != _check(line):
        line = _by_hand({name: value.strip() for name, value in line.items()}, known)
    told = cells.get("evidence", "").strip() or evidence
    return Decided(**{**line, "title": _read(line["title"])}, evidence=told, is_on=is_on)  # type: ignore[arg-type]  # texts


def _by_hand(cells: Cells, known: Mapping[str, str]) -> dict[str, str]:
    """The cells of a line that somebody wrote, as an export has them; raises InputError as ``_decided``."""
    kind, scope = (cells["kind"] or Kind.RULE).casefold(), (cells["scope"] or Scope.DISTRICT).casefold()
    if kind not in set(Kind):
        raise InputError(f"the kind is “{cells['kind']}”: write rule, decision or {KIND}")
    if not cells["group"]:
        raise InputError("the group is empty: write the name of the groups that it is for")
    if not cells["title"]:
        raise InputError(f"the title is empty: write the title of a category, or {NOTHING}")
    where = _place(scope, cells["scope_value"])
    titles, title = _titles(cells["titles"], known), _read(cells["title"])
    if title is not None:
        title = _spelled(title, {name: one for one in titles for name in (plain(one), one)} or known)
        if titles and title not in titles:
            raise InputError(f"“{title}” is not among its titles")
    own = {"title": written(title), "titles": titles_key(titles) if titles else ""}
    return {**own, "kind": kind, "group": normalised(cells["group"]), "scope": scope, "scope_value": where}


def _titles(text: str, known: Mapping[str, str]) -> list[str]:
    """The titles of a cell as Focus spells them; raises InputError where it holds no list."""
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InputError(
            'titles is no list of titles like ["Homework", "Tests"]: leave it empty for any section with the title'
        )
    return [_spelled(one, known) for one in found]


def _spelled(title: str, known: Mapping[str, str]) -> str:
    return known.get(title) or known.get(plain(title), title)


def _place(scope: str, value: str) -> str:
    """Where a line holds, as it is stored; raises InputError where there is no such place."""
    if scope not in set(Scope):
        raise InputError(f"the scope is “{scope}”: write {', '.join(Scope)}, or nothing for the whole district")
    if scope == Scope.DISTRICT:
        if value:
            raise InputError(f"scope_value is “{value}”, and no scope says what that is: write {', '.join(Scope)}")
        return ""
    if not value:
        raise InputError(f"scope_value is empty: write which {scope} it is for")
    if scope == Scope.LEVEL and value.casefold() not in LEVELS:
        raise InputError(f"the level is “{value}”: write {', '.join(LEVELS)}")
    return value.casefold() if scope == Scope.LEVEL else value


def written(title: str | None) -> str:
    """A title as it stands in the table."""
    if title is None:
        return NOTHING
    reads_like = title.strip().casefold() in ("", NOTHING.casefold()) or _MARKED.fullmatch(title)
    return f"“{title}”{MARK}" if reads_like else title


def _read(text: str) -> str | None:
    """The inverse of ``_written``."""
    marked = _MARKED.fullmatch(text)
    return marked[1] if marked else None if text.casefold() == NOTHING.casefold() else text


def _check(line: Mapping[Any, object]) -> str:
    told = json.dumps([str(line[name]) for name in CHECKED])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _listed(titles: list[str]) -> str:
    more = f" and {len(titles) - 5:,} more" if len(titles) > 5 else ""
    return ", ".join(f"“{title}”" for title in titles[:5]) + more

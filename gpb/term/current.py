"""Which term is meant: the one that GPB_TERM names, else the one that is used already, else the current one.

Terms overlap: a year, its semesters, a short term inside them, and terms without dates, of which every Canvas has one.
So the first reading takes the current term with most courses and remembers it. Nothing but a person changes that: when
it is over, or has no courses, that is an error, for the next best term would be another set of rows without a word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gpb.api.canvas import CanvasClient
from gpb.api.types import Course, Term
from gpb.errors import SettingsError
from gpb.store.choices.term import CurrentTerm, TermChoice

MOST_COURSES = "it has the most courses"
USED_BEFORE = "it was used before"
WAYS = "Choose one in the dashboard's sidebar, with `python -m gpb pull --use-term ID`, or with GPB_TERM"


class Choices(Protocol):
    """What is kept of the choice, see ``TermChoices``."""

    def chosen(self) -> TermChoice | None:
        """What is used."""

    def note(self, current: Iterable[CurrentTerm]) -> None:
        """Keep which terms are current."""


@dataclass(frozen=True)
class Chosen:
    """The term that is read, its courses, and why it is this one."""

    term: Term
    courses: list[Course]
    reason: str


async def choose_term(
    canvas: CanvasClient, account_id: int, terms: Iterable[Term], wanted: str, today: datetime, choices: Choices
) -> Chosen:
    """The term that ``wanted`` (GPB_TERM) names, else the one of ``choices``, else a current one.

    Raises SettingsError where there is none, or where it is over or empty and nobody has named it.
    """
    known = [term for term in terms if term["workflow_state"] != "deleted"]
    if wanted:
        named = named_term(known, wanted)
        return Chosen(named, await canvas.courses(account_id, named["id"]), "GPB_TERM names it")
    current, before = current_terms(known, today), choices.chosen()
    used = [term for term in known if before is not None and term["id"] == before.term_id and term not in current]
    asked = [*current, *used]
    read = await asyncio.gather(*(canvas.courses(account_id, term["id"]) for term in asked))
    courses = {term["id"]: found for term, found in zip(asked, read, strict=True)}
    told = [_counted(term, len(courses[term["id"]])) for term in current]
    choices.note(told)
    term, reason = _used(before, asked, told, today) if before is not None else _first(known, current, courses)
    if not courses[term["id"]]:
        raise SettingsError(f"The term {term['name']} has no courses. {_others(told, term['id'])}")
    return Chosen(term, courses[term["id"]], reason)


def named_term(known: Sequence[Term], wanted: str) -> Term:
    """The term that GPB_TERM names: ``sis_term_id:X``, or a number."""
    sis_id = wanted.removeprefix("sis_term_id:")
    found = [term for term in known if (term.get("sis_term_id") if sis_id != wanted else str(term["id"])) == sis_id]
    if not found:
        names = ", ".join(f"{term['name']} ({term['id']})" for term in known)
        raise SettingsError(f"GPB_TERM is {wanted}, which Canvas does not have. Set GPB_TERM to one of: {names}.")
    return max(found, key=_order)


def current_terms(known: Sequence[Term], today: datetime) -> list[Term]:
    """The terms that have begun and are not over; those without any date only where no term has one."""
    dated = [term for term in known if term["start_at"] or term["end_at"]]
    return [term for term in dated or known if not _is_after(term["start_at"], today) and not is_over(term, today)]


def is_over(term: Mapping[str, object] | Term, today: datetime) -> bool:
    """Whether a term has ended; one without an end goes on."""
    end = term["end_at"]
    return bool(end) and datetime.fromisoformat(str(end)) < today


def _is_after(moment: str | None, today: datetime) -> bool:
    return bool(moment) and datetime.fromisoformat(str(moment)) > today


def _order(term: Term) -> tuple[str, int]:
    return term["start_at"] or "", term["id"]


def _counted(term: Term, courses: int) -> CurrentTerm:
    return CurrentTerm(term["id"], term["name"], term["start_at"], term["end_at"], courses)


def _used(before: TermChoice, asked: Sequence[Term], told: Sequence[CurrentTerm], today: datetime) -> tuple[Term, str]:
    term = next((term for term in asked if term["id"] == before.term_id), None)
    if term is None:
        raise SettingsError(f"The term {before.term}, which was used until now, is gone. {_others(told, None)}")
    if is_over(term, today):
        ended = datetime.fromisoformat(str(term["end_at"]))
        raise SettingsError(
            f"The term {term['name']}, which was used until now, ended on {ended:%d %b %Y}. {_others(told, None)}"
        )
    return term, before.reason


def _first(known: Sequence[Term], current: Sequence[Term], courses: Mapping[int, list[Course]]) -> tuple[Term, str]:
    filled = [term for term in current if courses[term["id"]]]
    if not filled:
        names = ", ".join(f"{term['name']} ({term['id']})" for term in known)
        what = "no current term" if not current else "no courses in any current term"
        raise SettingsError(f"Canvas has {what}. Set GPB_TERM to one of: {names}.")
    term = max(filled, key=lambda one: (len(courses[one["id"]]), *_order(one)))
    return term, MOST_COURSES


def _others(told: Sequence[CurrentTerm], but: int | None) -> str:
    left = [one for one in told if one.id != but]
    if not left:
        return f"No other term is current. {WAYS}."
    return f"Current now: {listed_terms(left)}. {WAYS}."


def listed_terms(told: Sequence[CurrentTerm]) -> str:
    """``Year (id 2, 812 courses) and Mini (id 7, no courses)``."""
    names = [f"{one.name} (id {one.id}, {_count(one.courses)})" for one in told]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _count(courses: int) -> str:
    return f"{courses:,} course{'' if courses == 1 else 's'}" if courses else "no courses"


def several_terms(told: Sequence[CurrentTerm], name: str, reason: str) -> str | None:
    """The sentence about several current terms, and which of them is used and why; None for one."""
    if len(told) < 2:
        return None
    return f"{len(told)} terms are current: {listed_terms(told)}. {name} is used, because {reason}."

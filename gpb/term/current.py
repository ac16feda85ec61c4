"""Which term is meant: the one that GPB_TERM names, else the one that is used already, else the current one.

Terms overlap: a year, its semesters, a short term inside them, and terms without dates, of which every Canvas has one.
So the first reading takes the current term with most courses and remembers it. Nothing but a person changes that: when
it is over, or has no courses, that is an error, for the next best term would be another set of rows without a word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from gpb.api.canvas import TERMS, CanvasClient, Met, courses_of
from gpb.api.http.replies import CANVAS
from gpb.api.lists import WholeList
from gpb.api.records import Odd, checked
from gpb.api.types import Course, Term
from gpb.errors import SettingsError
from gpb.store.choices.term import CurrentTerm, TermChoice

MOST_COURSES = "it has the most courses"
USED_BEFORE = "it was used before"
SHELL = "with `python -m gpb pull --use-term ID`, or with GPB_TERM"
WAYS = f"Choose one in the dashboard's sidebar, {SHELL}"
AsListed = Callable[[Term], Met | None]
"""Told the term that is meant before its courses are listed; whom to give them as they are, None for nobody."""


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
    odd: list[Odd]
    """Courses of it that could not be read."""
    listed: WholeList[Course | Odd]
    """The list of the courses, walked once: a long one is looked at again while the courses are read."""


@dataclass(frozen=True)
class Listed:
    """The courses of one term as one walk has met them."""

    courses: list[Course]
    odd: list[Odd]
    whole: WholeList[Course | Odd]

    @classmethod
    def of(cls, whole: WholeList[Course | Odd]) -> Listed:
        """What was met so far."""
        odd: list[Odd] = []
        return cls(courses_of(whole, odd), odd, whole)

    def __len__(self) -> int:
        return len(self.courses) + len(self.odd)


async def choose_term(
    canvas: CanvasClient,
    account_id: int,
    terms: Sequence[Term],
    wanted: str,
    today: datetime,
    choices: Choices,
    odd: Sequence[Odd] = (),
    as_listed: AsListed = lambda _: None,
) -> Chosen:
    """The term that ``wanted`` (GPB_TERM) names, else the one of ``choices``, else a current one.

    ``odd`` are the terms that could not be read; one that is meant is taken all the same, without its dates. As soon as
    it is certain which term it is, ``as_listed`` is told, and tells who is given the courses as they are listed. Raises
    SettingsError where there is none, or where it is over or empty and nobody has named it; days that it tells are
    those of the zone of ``today``.
    """
    before = choices.chosen()
    meant = _odd_term(odd, wanted or (str(before.term_id) if before is not None else ""))
    known = [term for term in [*terms, *meant] if term["workflow_state"] != "deleted"]

    async def read(term: Term, *, is_certain: bool) -> Listed:
        met = as_listed(term) if is_certain else None
        return Listed.of(await canvas.listed_courses(account_id, term["id"], met))

    try:
        if wanted:
            named = named_term(known, wanted)
            found = await read(named, is_certain=True)
            return Chosen(named, found.courses, "GPB_TERM names it", found.odd, found.whole)
        current = current_terms(known, today)
        used = [term for term in known if before is not None and term["id"] == before.term_id and term not in current]
        asked = [*current, *used]
        is_certain = len(asked) == 1 and _is_certain(asked[0], before, today)
        lists = await asyncio.gather(*(read(term, is_certain=is_certain) for term in asked))
        listed = {term["id"]: each for term, each in zip(asked, lists, strict=True)}
        told = [_counted(term, len(listed[term["id"]])) for term in current]
        choices.note(told)
        to_come = [term for term in known if _is_after(term["start_at"], today)]
        others = _Others(told, to_come, today.tzinfo)
        term, reason = _used(before, asked, others, today) if before is not None else _first(known, current, listed)
        found = listed[term["id"]]
        if not len(found):
            raise SettingsError(f"The term {term['name']} has no courses. {others.but(term['id'])}")
        return Chosen(term, found.courses, reason, found.odd, found.whole)
    except SettingsError as error:
        unread = " ".join(f"Term {one.identity} “{one.name}” {one.why}." for one in odd)
        raise (SettingsError(f"{error} What could not be read: {unread}") if unread else error) from error


def _odd_term(odd: Sequence[Odd], wanted: str) -> list[Term]:
    """The one of these terms that is meant, as far as it can be read."""
    for one in odd:
        sis_id = one.raw.get("sis_term_id") if isinstance(one.raw, dict) else None
        if one.identity and wanted in (one.identity, f"sis_term_id:{sis_id}"):
            named = {"id": int(one.identity), "name": one.name or f"Term {one.identity}", "sis_term_id": sis_id}
            return checked(TERMS, CANVAS, "the terms", [{**named, "workflow_state": "active"}])
    return []


def named_term(known: Sequence[Term], wanted: str) -> Term:
    """The term that GPB_TERM names: ``sis_term_id:X``, or a number."""
    sis_id = wanted.removeprefix("sis_term_id:")
    found = [term for term in known if (term.get("sis_term_id") if sis_id != wanted else str(term["id"])) == sis_id]
    if not found:
        listed = listed_forms(known)
        raise SettingsError(f"GPB_TERM is {wanted}, which Canvas does not have. Set GPB_TERM to one of: {listed}.")
    return max(found, key=_order)


def listed_forms(terms: Iterable[Term]) -> str:
    """``Fall 2026 (3 or sis_term_id:2026F), Default Term (1)``: each as GPB_TERM can name it."""
    forms = ((term["name"], term["id"], term.get("sis_term_id")) for term in terms)
    return ", ".join(
        f"{name} ({number}{f' or sis_term_id:{sis_id}' if sis_id else ''})" for name, number, sis_id in forms
    )


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


def _is_certain(only: Term, before: TermChoice | None, today: datetime) -> bool:
    """Whether the only term that is asked for will be the one, unless it is empty."""
    return before is None or (before.term_id == only["id"] and not is_over(only, today))


def _used(before: TermChoice, asked: Sequence[Term], others: _Others, today: datetime) -> tuple[Term, str]:
    term = next((term for term in asked if term["id"] == before.term_id), None)
    if term is None:
        raise SettingsError(f"The term {before.term}, which was used until now, is gone. {others.but(None)}")
    if is_over(term, today):
        over = f"The term {term['name']}, which was used until now, {ended(term, today.tzinfo)}."
        raise SettingsError(f"{over} {others.but(None)} {stay(term)}")
    return term, before.reason


def ended(term: Term, zone: tzinfo | None) -> str:
    """When a term ended, as the rest of a sentence; the day is that of the zone (None: this machine's)."""
    return f"ended on {_day(term['end_at'], zone)}"


def _day(moment: object, zone: tzinfo | None) -> str:
    return f"{datetime.fromisoformat(str(moment)).astimezone(zone):%d %b %Y}"


def stay(term: Term) -> str:
    """The sentence that says how to read a term that is over all the same."""
    return f"To read {term['name']} all the same, set GPB_TERM={term['id']}."


def _first(known: Sequence[Term], current: Sequence[Term], listed: Mapping[int, Listed]) -> tuple[Term, str]:
    filled = [term for term in current if len(listed[term["id"]])]
    if not filled:
        names = ", ".join(f"{term['name']} ({term['id']})" for term in known)
        what = "no current term" if not current else "no courses in any current term"
        raise SettingsError(f"Canvas has {what}. Set GPB_TERM to one of: {names}.")
    term = max(filled, key=lambda one: (len(listed[one["id"]]), *_order(one)))
    return term, MOST_COURSES


@dataclass(frozen=True)
class _Others:
    """What can be chosen in place of a term: the ``current`` ones, and for want of these those that begin later."""

    current: Sequence[CurrentTerm]
    to_come: Sequence[Term]
    zone: tzinfo | None

    def but(self, term_id: int | None) -> str:
        """The sentences that name them, without one, and the ways to choose."""
        left = [one for one in self.current if one.id != term_id]
        if left:
            return f"Current now: {listed_terms(left)}. {WAYS}."
        if not self.to_come:
            return f"No other term is current, and none is to come. Choose one {SHELL}."
        names = [f"{one['name']} (id {one['id']}, from {_day(one['start_at'], self.zone)})" for one in self.to_come]
        return f"No other term is current. To come: {', '.join(names)}. Choose one {SHELL}."


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

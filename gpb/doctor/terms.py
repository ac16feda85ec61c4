"""Which term is read, whether it has courses, and which others are current."""

from __future__ import annotations

from collections.abc import Iterable

from gpb.api.types import Term
from gpb.doctor.check import Check
from gpb.store.choices.term import CurrentTerm, TermChoice, TermChoices
from gpb.term.current import USED_BEFORE, Chosen, listed_forms, several_terms
from gpb.term.readings import Readings


class Remembered:
    """The choice as it was found in the store; what is noted stays out of it, for the doctor writes nothing."""

    def __init__(self) -> None:
        self.choice: TermChoice | None = None
        self.current: list[CurrentTerm] = []

    def look(self, choices: TermChoices, readings: Readings) -> None:
        """Take the choice from the store, else the term that was read last."""
        self.choice = choices.chosen()
        newest = next(readings.with_facts(), None)
        if self.choice is None and newest is not None:
            self.choice = TermChoice(newest[1].term_id, newest[1].term, USED_BEFORE)

    def chosen(self) -> TermChoice | None:
        """See ``Choices``."""
        return self.choice

    def note(self, current: Iterable[CurrentTerm]) -> None:
        """See ``Choices``."""
        self.current = list(current)


def term_check(chosen: Chosen, current: list[CurrentTerm], terms: Iterable[Term]) -> Check:
    """Whether the term has courses, with the others that are current beside it, and those that GPB_TERM can name."""
    name, number = chosen.term["name"], len(chosen.courses)
    remedy = "" if number else " Set GPB_TERM to another term."
    several = several_terms(current, name, chosen.reason)
    said = f"{name} has {number} course{'' if number == 1 else 's'}.{remedy}"
    said = f"{said} {several}" if several else said
    others = [one for one in terms if one["id"] != chosen.term["id"] and one["workflow_state"] != "deleted"]
    return Check("Term", bool(number), f"{said} Other terms: {listed_forms(others)}." if others else said)

"""The room of a district's decisions: what is decided, what a file of them would do, and turning them on and off."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import pandas as pd

from gpb.frames.snapshot import Snapshot
from gpb.matching.labels import shown_title
from gpb.store.choices.decisions import Change, Decided, DecisionStore, Kind, stored_row
from gpb.store.database import now
from gpb.suggest.decisions.covered import would_decide
from gpb.suggest.decisions.rules import ReadRules, as_table, read_rule, read_rules, with_abbreviations
from gpb.suggest.room.abbreviations import Abbreviations
from gpb.suggest.schemas import DECISIONS, framed
from gpb.term.term import Term


@dataclass(frozen=True)
class Preview:
    """What decisions would do once they are on: ``lines`` has ``WOULD``, one for each in their order.

    ``decide`` rows (with ``assignments`` behind them) would be decided, ``contradict`` are associated or drafted
    otherwise, ``agree`` are so already, and ``disputed`` are open rows for which another decision, just as narrow, says
    otherwise.
    """

    lines: pd.DataFrame
    decide: int
    assignments: int
    contradict: int
    agree: int
    disputed: int

    @property
    def sentence(self) -> str:
        """For people."""
        told = f"Would decide {self.decide:,} rows ({self.assignments:,} assignments), contradict {self.contradict:,}"
        other = f"; {self.agree:,} already agree" if self.agree else ""
        other += f"; {self.disputed:,} more are disputed by another decision" if self.disputed else ""
        return f"{told}{other}."

    @property
    def off(self) -> str:
        """For people, of decisions that are on and may be turned off."""
        concerned = self.decide + self.disputed
        rows = f"{concerned:,} unassociated row{'' if concerned == 1 else 's'}" if concerned else "no unassociated row"
        return f"Turning off changes no draft and no association; {rows} will be judged without it."


CHANGED = {
    "changed_at": "str", "person": "str", "what": "str", "group": "str", "before": "str", "after": "str",
    "where": "str", "label": "str",
}  # fmt: skip
"""One change of a decision as people read it: ``before`` and ``after`` are titles (``off`` stands beside one that does
not hold), empty before there was any; ``label`` names the edit, a file's import for example."""


class Rules:
    """The decisions of the Canvas account, over the newest snapshot of one term."""

    def __init__(self, term: Term, decisions: DecisionStore, short: Abbreviations) -> None:
        self._term = term
        self._decisions = decisions
        self._short = short

    def decided(self, *, with_off: bool = False) -> pd.DataFrame:
        """The decisions that are on, see ``DecisionStore.frame``."""
        return self._decisions.frame(with_off=with_off)

    def table(self, *, with_off: bool = False) -> pd.DataFrame:
        """The same as people read, edit and hand them on, see ``decisions.rules.as_table``."""
        return as_table(self.decided(with_off=with_off))

    def handed_on(self, *, with_off: bool = False) -> pd.DataFrame:
        """The same as a file, with the abbreviations of the district as lines of their own kind."""
        return with_abbreviations(self.table(with_off=with_off), self._short.own(), self._short.usual())

    def history(self, decision_id: int | None = None) -> pd.DataFrame:
        """How one decision, or all, came to be: ``store.choices.decisions.CHANGES``, the newest first."""
        return self._decisions.history(decision_id)

    def changed(self, limit: int) -> pd.DataFrame:
        """The newest changes, at most ``limit``: CHANGED, the newest first."""
        lines = [_change(line) for line in self._decisions.history(limit=limit).to_dict("records")]
        return framed(pd.DataFrame(lines, columns=list(CHANGED)), CHANGED)

    def read(self, lines: Iterable[tuple[int, Mapping[str, str]]], evidence: str) -> ReadRules:
        """What the lines of a file decide, see ``read_rules``; raises InputError before the first pull."""
        return read_rules(lines, self._term.latest().validity.titles.values(), evidence)

    def read_one(self, cells: Mapping[str, str], evidence: str) -> Decided:
        """What one line decides, see ``read_rule``; raises InputError where it decides nothing."""
        return read_rule(cells, self._term.latest().validity.titles.values(), evidence)

    def preview(
        self, made: Sequence[Decided], snapshot: Snapshot | None = None, *, without: int | None = None
    ) -> Preview:
        """What these would do beside the decisions that are on, of which they replace those for the same groups.

        ``without`` is the id of one more that they replace.
        """
        shown = snapshot or self._term.latest()
        on = [(-place, one) for place, one in enumerate(made, 1) if one.is_on]
        keys, standing = {one.key for one in made}, self.decided()
        stays = [
            decided_of(line).key not in keys and line["decision_id"] != without for line in standing.to_dict("records")
        ]
        whole = pd.concat([standing.loc[stays], _frame(on)], ignore_index=True) if on else standing.loc[stays]
        lines = would_decide(self._term.rows(shown), shown.validity, framed(whole, DECISIONS))
        own = lines.set_index("decision_id").reindex([number for number, _ in on]).reset_index()
        sums = own.sum()
        return Preview(own, *(int(sums[name]) for name in ("rows", "assignments", "contradict", "agree", "disputed")))

    def take(
        self,
        made: Iterable[Decided],
        *,
        person: str,
        label: str,
        session: str = "",
        short: Mapping[str, str] | None = None,
    ) -> int:
        """Keep what a file decides, and its abbreviations (``ReadRules.short``); how many are new or otherwise."""
        moved = self._short.take(short or {}, person=person)
        return moved + self._decisions.decide(made, person, what=Change.IMPORTED, label=label, session=session)

    def write(self, rule: Decided, *, replaces: int | None = None, person: str, session: str = "") -> int:
        """Keep one rule, and turn off the one (its id) that it ``replaces`` where that is for other groups; how many
        decisions that changes."""
        made = [replace(rule, kind=Kind.RULE.value)]
        lines = self.decided(with_off=True)
        for line in lines.loc[lines["decision_id"].eq(-1 if replaces is None else replaces)].to_dict("records"):
            old = decided_of(line)
            if old.key != rule.key:
                made.append(replace(old, is_on=False))
        return self._decisions.decide(made, person, label=f"rule for “{rule.group}”", session=session)

    def turn(self, decision_ids: Collection[int], *, on: bool, person: str) -> int:
        """Turn decisions on or off; how many were not so already. Raises InputError for an id that is not there."""
        return self._decisions.turn(decision_ids, on=on, person=person)

    def undo(self, *, person: str, session: str = "") -> int:
        """Take back what the person decided or imported last in this session; how many decisions."""
        return self._decisions.undo(person, session)


def decided_of(line: Mapping[Hashable, Any], *, is_on: bool = True) -> Decided:
    """What a line of ``Rules.decided`` decides, on or off."""
    texts = {field.name: str(line[field.name]) for field in fields(Decided) if field.name not in ("is_on", "title")}
    return Decided(**texts, title=None if pd.isna(line["title"]) else str(line["title"]), is_on=is_on)


def _change(line: Mapping[Hashable, Any]) -> dict[str, Any]:
    """A line of CHANGED from one of the store's ``CHANGES``."""
    after = stored_row(line["after"])
    return {
        **{name: line[name] for name in ("changed_at", "person", "what", "label")},
        "group": after["group_name"],
        "before": "" if pd.isna(line["before"]) else _said(stored_row(line["before"])),
        "after": _said(after),
        "where": f"{after['scope']} {after['scope_value']}".strip(),
    }


def _said(row: Mapping[str, Any]) -> str:
    """What a stored decision says."""
    return shown_title(row["title"]) + ("" if row["is_on"] else " (off)")


def _frame(made: Sequence[tuple[int, Decided]]) -> pd.DataFrame:
    """Decisions as if they were on since now."""
    lines = [{**asdict(one), "decision_id": number, "person": "", "made_at": now()} for number, one in made]
    return framed(pd.DataFrame(lines), DECISIONS)

"""Any order of edits, changes by others, plans, runs, crashes, recoveries and undos keeps what a sync promises.

After each run: its plan is empty but for what was refused, every operation had at most one effect, nothing outside of
the plan changed, the outcomes add up, nothing was overwritten that was not as planned from, and an unsafe plan wrote
nothing. 200 orders are tried on SQLite and 20 on PostgreSQL;
``pytest tests/faults/test_machine.py --hypothesis-profile=thorough`` tries 2,000 and 200.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine

from gpb.errors import GateError, RunInProgress
from gpb.keys import Key, keys
from gpb.sync.gates import NAMES
from gpb.sync.plan import Plan
from tests.conftest import edit_now
from tests.databases import empty_database
from tests.faults.judge import judge, reference
from tests.faults.machine import Crash, leave_as_dead, tiny_district

THOROUGH = 10
"""Times as many orders."""
settings.register_profile("thorough", max_examples=100 * THOROUGH)
PLACES = st.integers(0, 10_000)


class Syncing(RuleBasedStateMachine):
    """A coordinator, a colleague in Canvas, an administrator of Focus, and processes that die."""

    shape = "sistemic"
    store_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.district = tiny_district(self.shape, self.store_url)
        self.workspace = self.district.begin()
        self.theirs = 0
        self.pending: str | None = None
        self.last: str | None = None
        self.redrafted: set[Key] = set()
        self._note(None)

    def teardown(self) -> None:
        """Close the store."""
        self.workspace._database.close()

    @initialize(places=st.lists(PLACES, min_size=1, max_size=6))
    def choose(self, places: list[int]) -> None:
        """Every example begins with some drafts."""
        self._edit(dict(self._choice(place, place) for place in places))

    @rule(place=PLACES, choice=PLACES)
    def edit_draft(self, place: int, choice: int) -> None:
        """Wish for any valid category of any row, or for none."""
        self._edit(dict([self._choice(place, choice)]))

    @rule()
    def take_everything_away(self) -> None:
        """What a bad import does."""
        rows = self.workspace.term.latest().associations()
        done = rows.loc[rows["stored_reference"].notna(), ["group_id", "section_id"]]
        self._edit({(int(group), int(section)): None for group, section in done.itertuples(index=False)})

    @rule(place=PLACES, kind=st.sampled_from(["association", "other key"]))
    def edit_canvas(self, place: int, kind: str) -> None:
        """Somebody else writes an association, or a key of another tool."""
        rows = self.workspace.term.latest().associations()
        row = rows.iloc[place % len(rows)]
        group, key = self.district.box.world.groups[int(row["group_id"])], str(row["sis_section_id"])
        self.theirs += 1
        data, value = group.integration_data, f"theirs-{self.theirs}"
        if kind == "other key":
            data["another tool"] = value
        elif self.shape == "flat":
            data[key] = value
        else:
            vendor = data.get("sistemic") or {}
            mapping = vendor.get("categoryMapping") or {}
            data["sistemic"] = {**vendor, "categoryMapping": {**mapping, key: {"categoryId": value}}}
        group.integration_data = data
        self.before[str(group.id)] = data
        if kind == "association":
            self.touched.add((group.id, int(row["section_id"])))

    @rule(place=PLACES, change=st.sampled_from(["deleted", "active", "title"]))
    def edit_focus(self, place: int, change: str) -> None:
        """A category goes and comes back, is switched off and on, gets another title."""
        categories = list(self.district.box.world.categories.values())
        category = categories[place % len(categories)]
        if change == "title":
            category.title += "'"
        else:
            setattr(category, change, not getattr(category, change))

    @rule()
    def pull(self) -> None:
        """Take a new snapshot; just those rows are told as changed outside that have not what runs said last."""
        asyncio.run(self.workspace.term.pull())
        self._check_standing()

    @rule()
    def apply(self) -> None:
        """Plan and carry out."""
        self._carry_out(self.workspace.plan(), self.workspace)

    @rule(writes=st.integers(1, 14), committed=st.booleans())
    @precondition(lambda self: self.pending is None)
    def apply_and_crash(self, writes: int, committed: bool) -> None:
        """The process dies at one of its transactions."""
        dying = self.district.dying(writes, committed=committed)
        plan = dying.plan()
        try:
            self._carry_out(plan, dying)
        except Crash:
            leave_as_dead(self.workspace)
            left = self.workspace.runs.unfinished()
            self.pending = left[0].run_id if left else None
        dying._database.close()

    @rule()
    @precondition(lambda self: self.pending is not None)
    def recover(self) -> None:
        """Take the dead run over and finish it."""
        run_id, self.pending = str(self.pending), None
        asyncio.run(self.workspace.runs.perform(asyncio.run(self.workspace.door.resume(run_id, NAMES, "bob"))))
        self._judge(run_id)

    @rule()
    @precondition(lambda self: self.last is not None and self.pending is None)
    def undo(self) -> None:
        """Take the last run back."""
        self._carry_out(self.workspace.runs.undo(str(self.last)).plan, self.workspace)

    # what the rules are made of

    def _choice(self, place: int, choice: int) -> tuple[Key, str | None]:
        rows = self.workspace.term.latest().associations()
        row = rows.iloc[place % len(rows)]
        options = [None, *self.workspace.term.latest().validity.options(row["class_id"])]
        return (int(row["group_id"]), int(row["section_id"])), options[choice % len(options)]

    def _edit(self, choices: dict[Key, str | None]) -> None:
        if self.pending is not None:
            self.redrafted |= choices.keys()
        edit_now(self.workspace, choices)

    def _note(self, plan: Plan | None) -> None:
        """A new plan: what Canvas holds before it, and whom others touched since."""
        self.planned: list[dict[str, Any]] = plan.to_json()["changes"] if plan else []
        self.before = self.district.groups()
        self.at_start = self.district.groups()
        self.touched: set[Key] = set()
        self.district.box.world.writes.clear()

    def _carry_out(self, plan: Plan, workspace: Any) -> None:
        """Check, begin, perform, judge; a refusal must leave Canvas as it is."""
        held = self.district.groups()
        try:
            if not plan.changes:
                return
            review = asyncio.run(workspace.door.review(plan))
            if self.pending is None and not review.objections:
                self._note(plan)
            run_id = asyncio.run(workspace.door.begin(review, (), "ann"))
        except (GateError, RunInProgress) as refusal:
            assert self.pending is not None or isinstance(refusal, GateError), refusal
            assert self.district.groups() == held
            return
        assert self.pending is None, "a second run began beside one that was interrupted"
        asyncio.run(workspace.runs.perform(run_id))
        self._judge(run_id)

    def _judge(self, run_id: str) -> None:
        outcomes = self._outcomes(run_id)
        certain = [one for one in self.planned if (one["group_id"], one["section_id"]) not in self.touched]
        masked = [one for one in self.planned if one not in certain]
        after = self.district.groups()
        for one in masked:  # others changed it since: neither value is ours to judge, but it must be one of the two
            group, key = str(one["group_id"]), one["sis_section_id"]
            found = reference(after[group], key, self.shape)
            assert found in (one["after_id"], reference(self.before[group], key, self.shape))
            after[group], self.before[group] = (self._without(data, key) for data in (after[group], self.before[group]))
        writes = self.district.box.world.writes
        known = {change["group_id"] for change in certain}
        figures = judge(certain, self.before, after, [one for one in writes if one in known], outcomes, self.shape)
        assert figures.failings == [], figures
        assert (figures.lost, figures.doubled, figures.wrong) == (0, 0, 0), figures
        self._check_overwritten(certain, outcomes)
        summary = self.workspace._journal.summary(run_id)
        assert sum(count for name, count in summary.items() if name != "planned") == summary["planned"]
        assert summary["planned"] == len(self.planned)
        assert (summary["unknown"], summary["not_attempted"]) == (0, 0)
        refused = {key for key, outcome in outcomes.items() if outcome == "rejected"}
        if self.workspace._journal.run(run_id).undo_of is None:
            ours = {(one["group_id"], one["section_id"]) for one in self.planned}
            left = {change.key for change in self.workspace.plan().changes} & ours
            assert left <= refused | self.redrafted, "applying a plan did not leave an empty plan"
        self.last, self.redrafted = run_id, set()

    def _outcomes(self, run_id: str) -> dict[Key, str | None]:
        table = self.workspace._journal.rows(run_id)
        columns = ("group_id", "section_id", "outcome")
        return {
            (group, section): told for group, section, told in zip(*(table[c].tolist() for c in columns), strict=True)
        }

    def _check_overwritten(self, certain: list[dict[str, Any]], outcomes: dict[Key, str | None]) -> None:
        for one in certain:
            held = reference(self.at_start[str(one["group_id"])], one["sis_section_id"], self.shape)
            if outcomes[one["group_id"], one["section_id"]] == "confirmed":
                assert held in (one["before"], one["after_id"]), f"{one} was overwritten although it was {held}"

    def _check_standing(self) -> None:
        words: dict[Key, str | None] = {}
        unsure: set[Key] = set()
        for record in reversed(self.workspace._journal.runs()):
            outcomes = self._outcomes(record.run_id)
            for one in self.workspace._journal.plan(record.run_id)["changes"]:
                key = (one["group_id"], one["section_id"])
                if outcomes[key] in ("confirmed", "unchanged"):
                    words[key] = one["after_id"]
                    unsure.discard(key)
                elif outcomes[key] == "unknown":
                    unsure.add(key)
        rows, now = self.workspace.term.latest().associations(), self.district.groups()
        names = dict(zip(keys(rows), rows["sis_section_id"], strict=True))
        wanted = {key for key in words if reference(now[str(key[0])], names[key], self.shape) != words[key]}
        found = self.workspace.audit.findings().query("finding == 'changed_outside'").dropna(subset="run")
        assert set(keys(found)) - unsure == wanted - unsure

    def _without(self, data: dict[str, Any], key: str) -> dict[str, Any]:
        if self.shape == "flat":
            return {name: value for name, value in data.items() if name != key}
        vendor = data.get("sistemic") or {}
        mapping = {name: value for name, value in (vendor.get("categoryMapping") or {}).items() if name != key}
        return {**data, "sistemic": {**vendor, "categoryMapping": mapping}}


class SyncingFlat(Syncing):
    """The same with the other shape of ``integration_data``."""

    shape = "flat"


class SyncingOnPostgresql(Syncing):
    """The same with the other store."""


def try_orders(machine: type[Syncing], orders: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Play so many examples of it, or many more in the thorough profile."""
    monkeypatch.setattr(ssl, "create_default_context", lru_cache(ssl.create_default_context))  # slow, and never used
    is_thorough = settings.get_current_profile_name() == "thorough"
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=orders * THOROUGH if is_thorough else orders,
            stateful_step_count=6,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],  # to explain a failure takes longer than to find it
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Syncing, SyncingFlat])
@pytest.mark.parametrize("half", [1, 2])  # so that two processes can share them
def test_any_order_of_events_keeps_every_promise(
    machine: type[Syncing], half: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edits, others, plans, runs, crashes, recoveries, undos."""
    try_orders(machine, 30, monkeypatch)


@pytest.mark.slow
def test_any_order_of_events_keeps_every_promise_on_postgresql(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same promises, the same judge."""
    with empty_database(postgresql) as url:
        monkeypatch.setattr(SyncingOnPostgresql, "store_url", url)
        try_orders(SyncingOnPostgresql, 12, monkeypatch)

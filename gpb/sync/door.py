"""The one door to Canvas: whoever wants to write asks for a review, and begins with what a person accepted of it.

``begin`` and ``resume`` trust nobody: they derive the plan anew from the newest snapshot (an undo from the journal),
evaluate every gate themselves, and raise unless everything that speaks against it was accepted by name. An acceptance
covers what was shown: a row that came since is asked about. What Focus has told for a review holds for its beginning;
the run asks anew before each write (``passed_back.Leaving``), so that nobody waits for thousands of questions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pandas as pd

from gpb.api.connect import connect
from gpb.errors import InputError, NotAccepted
from gpb.frames.snapshot import Snapshot
from gpb.settings import Settings
from gpb.store.accepted import Accepted
from gpb.store.database import now
from gpb.store.run_records import OperationState, RunRow, Target
from gpb.store.runs import Journal
from gpb.sync.derive import derived, derived_undo
from gpb.sync.drafting import wishes
from gpb.sync.evidence import shape_objection
from gpb.sync.gates import OLD_RUN, Limits, Objection, objections, switched_off
from gpb.sync.kinds.change import Change
from gpb.sync.old_runs import PATIENCE, old_run, span
from gpb.sync.passed_back import Answers, PassedBack, leaving, passed_back
from gpb.sync.plan import Plan, note_begun, plan_of, told, without
from gpb.sync.undo import undo_run
from gpb.term.term import Term


@dataclass(frozen=True)
class Review:
    """A plan with everything that speaks against it.

    ``run_id`` is that of the run that shall be resumed, whose open rows are the plan; ``sent`` are the targets whose
    write may have been carried out already. ``left_out`` are changes that were asked for and are not in the plan, since
    something there could not be read. ``answers`` are those of Focus.
    """

    plan: Plan
    objections: tuple[Objection, ...] = ()
    run_id: str | None = None
    sent: frozenset[Target] = frozenset()
    left_out: tuple[Change, ...] = ()
    answers: Answers = field(default_factory=Answers, compare=False)

    @property
    def told(self) -> str | None:
        """The sentence about what was left out; None where nothing was."""
        return told([(change.group, change.section) for change in self.left_out])

    def not_accepted(self, accepted: Collection[str]) -> list[Objection]:
        """The objections that these acceptances (names, or names with their mark) leave."""
        return [one for one in self.objections if not _is_named(one, accepted)]


class Door:
    """Reviews plans and runs of one term, and lets them in."""

    def __init__(self, settings: Settings, journal: Journal, term: Term) -> None:
        self._settings = settings
        self._journal = journal
        self._term = term
        self._limits = Limits.of(settings)

    def standing(self, plan: Plan) -> list[Objection]:
        """What speaks against a plan without asking Focus."""
        newest = self._term.latest()
        guess = shape_objection(self._term, plan, newest) if plan.changes else None
        age = datetime.now(UTC) - newest.since({change.course_id for change in plan.changes})
        off = switched_off(plan, self._settings)
        return [*off, *([guess] if guess else []), *objections(plan, self._limits, age)]

    async def review(self, plan: Plan, answers: Answers | None = None) -> Review:
        """The plan as it is now, with everything that speaks against it; Focus is asked, but for known ``answers``.

        Writes nothing.

        Raises PlanStale or InputError where the plan does not fit the newest snapshot, ApiError where Focus cannot be
        asked.
        """
        readable, left_out = without(plan, self._term.latest().not_read)
        fresh = self._derived(readable)
        known = {} if answers is None else {fresh.snapshot: Answers(dict(answers.told))}  # a page may still add to them
        return replace(self.reviewed(fresh, await self.look(fresh, known)), left_out=left_out)

    def reviewed(self, plan: Plan, seen: PassedBack) -> Review:
        """A plan that was made just now, with everything that speaks against it; ``seen`` is what ``look`` told.

        That may have been about more changes than these.
        """
        against = (*self.standing(plan), *seen.of(plan.changes).objections())
        return Review(plan, against, answers=seen.answers)

    async def look(
        self, plan: Plan, known: dict[str, Answers] | None = None, rows: pd.DataFrame | None = None
    ) -> PassedBack:
        """Ask Focus what it has under the categories that rows leave; raises ApiError where it cannot be asked.

        ``known`` has by snapshot what is on a screen already: as long as that snapshot is there it is not asked again,
        and what is new is added. ``rows`` are those that the plan was made from, for whoever has them.
        """
        latest = self._term.latest()
        left = leaving(plan, latest.associations() if rows is None else rows)
        if not left:
            return PassedBack()
        answers = Answers() if known is None else known.setdefault(latest.id, Answers())
        async with connect(self._settings) as connections:
            return await passed_back(left, connections.sis, answers)

    async def begin(
        self, reviewed: Review | Plan, accepted: Collection[str], person: str, *, queued: bool = False
    ) -> str:
        """Store a run, to be carried out here or (queued) by a worker; its id.

        ``accepted`` are names of objections: those that the review shows, or, without a review, whatever they come to;
        a name with its mark (``Objection.acceptance``) is just what was shown under it. Raises NotAccepted with all
        that is not, RunInProgress when the term is taken, and what ``review`` raises.
        """
        shown = reviewed if isinstance(reviewed, Review) else None
        plan = reviewed.plan if isinstance(reviewed, Review) else reviewed
        found = await self.review(plan, None if shown is None else shown.answers)
        if not found.plan.changes:
            raise InputError(found.told or "There is nothing to sync: the plan changes no rows.")
        noted = _noted(found, shown, accepted, person)
        rows = [RunRow(*change.key, change.target) for change in found.plan.changes]
        term, content = self._term.latest().facts.term, found.plan.to_json()
        run_id = self._journal.begin(content, rows, term=term, person=person, queued=queued, accepted=noted)
        note_begun(self._journal, run_id, found.plan)
        return run_id

    async def review_resume(self, run_id: str) -> Review:
        """What is open of a run that was left, with everything that speaks against writing it now.

        What was accepted when the run began needs no second word, unless so much happened since that the run itself is
        asked about. Raises InputError for a run that is closed or of another term.
        """
        record, snapshot = self._journal.run(run_id), self._term.latest()
        if record.closed_by is not None:
            raise InputError(
                f"Run {run_id} was closed by {record.closed_by} and cannot be resumed. Review and sync the current "
                "drafts instead."
            )
        self._refuse_other_scope(record.scope, snapshot)
        states = self._journal.open_operations(run_id)
        whole = plan_of(self._journal, run_id)
        still_open = tuple(change for change in whole.changes if change.target in states)
        associated = int(snapshot.associations()["stored_reference"].notna().sum())
        plan = replace(whole, changes=still_open, associated=associated, shrunk=self._term.shrunk())
        sent = frozenset(target for target, state in states.items() if state != OperationState.PLANNED)
        age = (
            old_run(record, plan, sent, self._journal, self._term.pulled(), self._term.facts()) if still_open else None
        )
        against: Sequence[Objection] = self.reviewed(plan, await self.look(plan)).objections
        if age is None:
            known = self._journal.accepted(run_id)
            against = [one for one in against if not _is_known(one, known)]
        return Review(plan, (*([age] if age else []), *against), run_id, sent)

    async def resume(
        self, reviewed: Review | str, accepted: Collection[str], person: str, *, queued: bool = False
    ) -> str:
        """Take a run over that was left, to be carried out here or (queued) by a worker; its id.

        As ``begin``; ``reviewed`` is what ``review_resume`` told, or the id of the run.
        """
        run_id = reviewed if isinstance(reviewed, str) else str(reviewed.run_id)
        found = await self.review_resume(run_id)
        noted = _noted(found, None if isinstance(reviewed, str) else reviewed, accepted, person)
        self._journal.take_over(run_id, person, queued=queued, accepted=noted)
        return run_id

    def claim(self, run_id: str) -> bool:
        """Take a queued run to carry it out; False when it is not queued any more, or has waited for too long.

        What was reviewed may not hold any more after that: the run stops, and Resume asks again.
        """
        since = self._journal.waits_since(run_id)
        if not self._journal.claim(run_id):
            return False
        waited = datetime.now(UTC) - datetime.fromisoformat(since or now())
        if waited <= PATIENCE:
            return True
        self._journal.end(
            run_id,
            f"The run waited {span(waited)} for a worker, so nothing was written. Press Resume to start it again.",
        )
        return False

    def _derived(self, plan: Plan) -> Plan:
        snapshot, shrunk = self._term.latest(), self._term.shrunk()
        self._refuse_other_scope(plan.scope, snapshot)
        if plan.undo_of is not None:
            self._refuse_other_scope(self._journal.run(plan.undo_of).scope, snapshot)
            undone = plan_of(self._journal, plan.undo_of)
            return derived_undo(plan, undo_run(self._journal, plan.undo_of, undone, snapshot).plan, shrunk)
        drafts = self._term.drafts().frame()
        return derived(plan, snapshot, shrunk, wishes(drafts))

    def _refuse_other_scope(self, scope: str, snapshot: Snapshot) -> None:
        if scope != snapshot.facts.scope:
            raise InputError(
                "This plan was made for another Canvas, account or term. Check the settings, then make a new plan."
            )


def _noted(found: Review, shown: Review | None, accepted: Collection[str], person: str) -> list[Accepted]:
    """What is stored of the accepted objections; raises NotAccepted when one is not."""
    missing = [one for one in found.objections if not _is_accepted(one, shown, accepted)]
    if missing:
        named = tuple(one.acceptance for one in missing if one.may_be_accepted)
        raise NotAccepted(" ".join(["Nothing was written.", *(one.sentence for one in missing)]), named)
    return [Accepted(one.name, one.sentence, person, now(), tuple(sorted(one.rows))) for one in found.objections]


def _is_accepted(found: Objection, shown: Review | None, accepted: Collection[str]) -> bool:
    if shown is None:
        return _is_named(found, accepted)
    return _is_named(found, accepted) and any(one.covers(found) for one in shown.objections)


def _is_named(one: Objection, accepted: Collection[str]) -> bool:
    return one.may_be_accepted and (one.name in accepted or one.acceptance in accepted)


def _is_known(found: Objection, known: Iterable[Accepted]) -> bool:
    """Whether it was accepted when the run began: of what is about the whole, the rest of the run is no more."""
    return found.name != OLD_RUN and any(one.name == found.name and found.rows <= frozenset(one.rows) for one in known)

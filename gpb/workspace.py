"""Everything that pages, command line and notebook can do with one term of one Canvas account, room by room."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache

import pandas as pd

from gpb.audit.audit import Audit
from gpb.errors import InputError
from gpb.keys import Key
from gpb.private import tighten
from gpb.settings import Settings
from gpb.store.choices.abbreviations import AbbreviationStore
from gpb.store.choices.decisions import DecisionStore
from gpb.store.database import Database
from gpb.store.runs import Journal
from gpb.suggest.room.abbreviations import Abbreviations
from gpb.suggest.room.carrying import CarryForward
from gpb.suggest.room.deciding import Deciding
from gpb.suggest.room.desk import Desk
from gpb.suggest.room.kept import digest
from gpb.suggest.room.memory import Remembered
from gpb.suggest.room.past import PastTerms
from gpb.suggest.room.received import Received
from gpb.suggest.room.rules import Rules
from gpb.sync.contact.first_contact import FirstContact
from gpb.sync.door import Door
from gpb.sync.drafting import Edited, Refusal, edit, seen_in
from gpb.sync.plan import Plan
from gpb.sync.planning.room import Planning
from gpb.sync.runs import Runs
from gpb.sync.stands.again import NOT_SWITCHED_ON, REASON, SOURCE, Again, added_by_runs, chosen_again
from gpb.sync.stands.confirmed import Confirmed
from gpb.term.earlier import EarlierTerms
from gpb.term.term import Term


class Workspace:
    """One term, in thirteen rooms.

    ``term``: what was read, and reading anew; ``audit``: what is wrong with it; ``planning``: what its drafts ask for;
    ``door``: the one way to a run; ``runs``: carrying out, watching, looking back; ``first_contact``: how this Canvas
    keeps associations; ``deciding``: proposals, and what is remembered of decisions; ``desk``: what is open, and
    deciding it by pattern; ``rules``: what was decided, and the rules of the district; ``abbreviations``: those in the
    names of groups; ``earlier``: the terms before this one, and reading them; ``carrying``: what they decide for this
    one; ``received``: what Focus received of them, where Canvas does not show it. Drafts are made with ``edit``, and
    asked for with ``plan``. Without a store of its own it opens the one of the settings.
    """

    def __init__(self, settings: Settings, database: Database | None = None, journal: Journal | None = None) -> None:
        _set_imports_aside()
        self.settings = settings
        tighten(settings.data_dir)
        self._database = database or Database(settings.effective_store_url, settings.store_setting)
        self._journal = journal or Journal(self._database)
        self.term = Term(settings, self._database)
        self.runs = Runs(settings, self._journal, self.term)
        self.planning = Planning(settings, self._database, self.term)
        self.door = Door(settings, self._journal, self.term)
        self.first_contact = FirstContact(settings, self.term, self.door, self.runs)
        confirmed = Confirmed(self._database, self._journal)
        said = confirmed.lines, confirmed.names, confirmed.memberships
        self.audit = Audit(settings, self._database, self.term, *said)
        self.earlier = EarlierTerms(settings, self._database, self.term)
        decisions = DecisionStore(self._database, settings.source)
        past = PastTerms(self.term, self.earlier, settings.data_dir / "past")
        self.carrying = CarryForward(self.term, self.earlier, past, decisions, self.edit)
        before = settings.data_dir / "names" / f"abbreviations-{digest(settings.source)}.csv"
        self.abbreviations = Abbreviations(AbbreviationStore(self._database, settings.source), before)
        self.rules = Rules(self.term, decisions, self.abbreviations)
        self.received = Received(settings, self.term, self.earlier, settings.data_dir / "received")
        memory = Remembered(self._database, self.term, decisions, past, self.received, self.abbreviations)
        self.deciding = Deciding(self.term, memory, settings.data_dir / "proposals", settings.zone)
        self.desk = Desk(self.term, self.deciding, self.edit)

    def steady(self) -> AbstractContextManager[None]:
        """Within, this thread asks once how much others have stored, see ``Identity.steady``; for a page."""
        return self._database.steady()

    def edit(
        self,
        choices: Mapping[Key, str | None],
        *,
        seen: Mapping[Key, str | None],
        person: str,
        label: str,
        session: str = "",
        source: str | Mapping[Key, str] = "",
        reason: str | Mapping[Key, str] = "",
    ) -> Edited:
        """Turn choices into drafts; ``seen`` is what was on the screen when they were made, see ``drafting.edit``."""
        snapshot, drafts = self.term.latest(), self.term.drafts()
        return edit(
            snapshot,
            drafts,
            choices,
            seen=seen,
            person=person,
            label=label,
            session=session,
            source=source,
            reason=reason,
        )

    def add_categories(
        self, choices: Mapping[Key, str], *, person: str, label: str = "add categories", session: str = ""
    ) -> Edited:
        """Draft categories, by id or title, that the sections may not have yet: the sync adds them in Focus first.

        Raises InputError where the district has not switched that on.
        """
        if not self.settings.may_write_focus:
            raise InputError(
                "Changing grading categories in Focus is not switched on here. Set GPB_WRITE_FOCUS=true, with "
                "GPB_SIS_DIALECT=focus, and ask a Focus administrator to let this client change categories."
            )
        snapshot, drafts = self.term.latest(), self.term.drafts()
        seen = seen_in(snapshot.associations())
        return edit(snapshot, drafts, choices, seen=seen, person=person, label=label, session=session, adds=choices)

    def draft_again(
        self,
        lost: pd.DataFrame,
        *,
        person: str,
        label: str = "draft again",
        session: str = "",
        seen: Mapping[Key, str | None] | None = None,
    ) -> Again:
        """Draft what runs had confirmed for these rows of ``Audit.no_longer_standing``; rows with a draft are left.

        ``seen`` is what Canvas stored where a person saw these rows, if that is not the newest snapshot.

        A section that a run had added to a category is drafted into it again where the district lets a sync do that.
        """
        snapshot, drafts = self.term.latest(), self.term.drafts()
        choices, taken = chosen_again(lost, drafts.frame())
        added = added_by_runs(lost) & choices.keys()
        refused: tuple[Refusal, ...] = ()
        if not self.settings.may_write_focus:
            refused = tuple(Refusal(key, NOT_SWITCHED_ON) for key in sorted(added))
            choices = {key: choice for key, choice in choices.items() if key not in added}
        edited = edit(
            snapshot,
            drafts,
            choices,
            seen=seen_in(lost) if seen is None else seen,
            person=person,
            label=label,
            session=session,
            source=SOURCE,
            reason=REASON,
            adds=added,
        )
        return Again(replace(edited, refused=(*edited.refused, *refused)), {**taken, **edited.left})

    def plan(self) -> Plan:
        """What the drafts ask for, without what people hold back; writes nothing."""
        return self.planning.drafted().plan

    def close(self) -> None:
        """Let go of the store."""
        self._database.close()


@cache
def _set_imports_aside() -> None:
    """Once in a process: what was imported stays, so the collector of cyclic garbage need not look through it.

    It would in each of its full rounds, 0.14 s in which no request leaves and no page goes on
    (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.freeze()

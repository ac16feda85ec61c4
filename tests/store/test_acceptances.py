"""Exceptions need a reason and an end, and nothing of them is ever deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select

from gpb.errors import InputError
from gpb.store.acceptances import BATCH, COLUMNS, AcceptanceStore, AuditMarks
from gpb.store.database import Database, acceptances, audits
from gpb.store.order import Order, Place

LATER = date.today() + timedelta(days=30)
SOONER = LATER - timedelta(days=1)


def store(database: Database, scope: str = "scope") -> AcceptanceStore:
    """The exceptions of a scope."""
    return AcceptanceStore(database, scope)


def enter(database: Database, *snapshot_ids: str) -> None:
    """Snapshots of a term, in this order."""
    for snapshot_id in snapshot_ids:
        with database.write() as connection:
            place = Place("scope", "source", "", 5, None)
            Order(database).enter(connection, snapshot_id, place, after_run=None, includes=0)


def everything(database: Database) -> list[tuple[str, str, bool]]:
    """Key, reason and whether it still counts of all that was ever said, in order."""
    columns = acceptances.c.key, acceptances.c.reason, acceptances.c.withdrawn_at
    with database.read() as connection:
        rows = connection.execute(select(*columns).order_by(acceptances.c.exception_id)).all()
    return [(key, reason, ended is None) for key, reason, ended in rows]


def test_an_exception_says_what_why_who_and_until_when(database: Database) -> None:
    """The kind of finding comes from the key; blanks around the reason do not count."""
    accepted, began = store(database), datetime.now(UTC)
    assert accepted.accept(["unequal:1", "unassociated:1:2"], reason="  Agreed. ", person="ann", until=LATER) == 2
    frame = accepted.frame()
    assert list(frame.columns) == list(COLUMNS)
    assert frame.drop(columns="accepted_at").to_numpy().tolist() == [
        ["unequal", "unequal:1", "Agreed.", "ann", LATER.isoformat()],
        ["unassociated", "unassociated:1:2", "Agreed.", "ann", LATER.isoformat()],
    ]
    assert pd.to_datetime(frame["accepted_at"], utc=True).between(began, datetime.now(UTC)).all()


@pytest.mark.parametrize("reason", ["", " ", "\n\t"])
def test_an_exception_needs_a_reason(database: Database, reason: str) -> None:
    """What was accepted before stays as it is."""
    accepted = store(database)
    accepted.accept(["unequal:1"], reason="Agreed.", person="ann", until=LATER)
    with pytest.raises(InputError, match="needs a reason"):
        accepted.accept(["unequal:1"], reason=reason, person="bob", until=LATER)
    assert accepted.frame()["person"].tolist() == ["ann"]


def test_an_exception_cannot_end_before_it_begins(database: Database) -> None:
    """Today is still a day on which it holds."""
    today = date.today()
    accepted, yesterday = store(database), today - timedelta(days=1)
    with pytest.raises(InputError, match=f"{yesterday:%d %b %Y} is in the past"):
        accepted.accept(["unequal:1"], reason="Agreed.", person="ann", until=yesterday)
    assert everything(database) == []
    assert accepted.accept(["unequal:1"], reason="Agreed.", person="ann", until=today) == 1


def test_the_newest_word_on_a_finding_holds(database: Database) -> None:
    """The older one stays in the store, and counts no more."""
    accepted = store(database)
    accepted.accept(["unequal:1", "unequal:2"], reason="first", person="ann", until=LATER)
    accepted.accept(["unequal:2"], reason="second", person="bob", until=SOONER)
    assert accepted.frame()[["key", "person", "until"]].to_numpy().tolist() == [
        ["unequal:1", "ann", LATER.isoformat()],
        ["unequal:2", "bob", SOONER.isoformat()],
    ]
    assert everything(database) == [
        ("unequal:1", "first", True), ("unequal:2", "first", False), ("unequal:2", "second", True),
    ]  # fmt: skip


def test_a_withdrawn_exception_counts_no_more_and_can_be_made_anew(database: Database) -> None:
    """Others stay; withdrawing what nobody accepted does nothing."""
    accepted = store(database)
    accepted.accept(["unequal:1", "unequal:2"], reason="first", person="ann", until=LATER)
    accepted.withdraw(key for key in ("unequal:1", "unequal:9"))
    assert accepted.frame()["key"].tolist() == ["unequal:2"]
    accepted.accept(["unequal:1"], reason="second", person="ann", until=LATER)
    assert everything(database) == [
        ("unequal:1", "first", False), ("unequal:2", "first", True), ("unequal:1", "second", True),
    ]  # fmt: skip


def test_the_time_of_a_withdrawal_is_kept(database: Database) -> None:
    """Withdrawing again does not move it."""
    accepted = store(database)
    accepted.accept(["unequal:1"], reason="first", person="ann", until=LATER)
    with database.write() as connection:
        connection.execute(acceptances.update().values(withdrawn_at="2026-01-01T00:00:00+00:00"))
    accepted.withdraw(["unequal:1"])
    with database.read() as connection:
        assert connection.execute(select(acceptances.c.withdrawn_at)).scalars().all() == ["2026-01-01T00:00:00+00:00"]


def test_more_findings_than_one_statement_takes_can_be_accepted_and_withdrawn(database: Database) -> None:
    """A whole school may have them; a key named twice is accepted once."""
    accepted, keys = store(database), [f"unassociated:{number}:1" for number in range(2 * BATCH + 1)]
    for person in ("ann", "bob"):
        said = accepted.accept([*keys, keys[0]], reason="Agreed.", person=person, until=LATER)
        assert (said, accepted.frame()["key"].tolist()) == (len(keys), keys)
        assert accepted.frame()["person"].unique().tolist() == [person]
    accepted.withdraw(keys[1:])
    assert accepted.frame()["key"].tolist() == keys[:1]


def test_nothing_to_accept_is_no_error_and_an_empty_store_gives_text_columns(database: Database) -> None:
    """The overlay needs the dtypes."""
    accepted = store(database)
    assert accepted.accept([], reason="Agreed.", person="ann", until=LATER) == 0
    accepted.withdraw([])
    assert {name: str(dtype) for name, dtype in accepted.frame().dtypes.items()} == dict.fromkeys(COLUMNS, "str")


def test_scopes_do_not_see_one_another(database: Database) -> None:
    """The same key in another term is another finding: neither accepting nor withdrawing reaches over."""
    spring, fall = store(database, "spring"), store(database, "fall")
    spring.accept(["weights:7"], reason="spring", person="ann", until=LATER)
    fall.accept(["weights:7"], reason="fall", person="bob", until=LATER)
    assert [accepted.frame()["reason"].tolist() for accepted in (spring, fall)] == [["spring"], ["fall"]]
    fall.withdraw(["weights:7"])
    assert [accepted.frame()["reason"].tolist() for accepted in (spring, fall)] == [["spring"], []]


def test_exceptions_and_marks_survive_the_process(tmp_path: Path) -> None:
    """A second connection to the same file sees them."""
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    store(Database(url)).accept(["unequal:1"], reason="Agreed.", person="ann", until=LATER)
    enter(Database(url), "20260901-a", "20260902-a")
    AuditMarks(Database(url), "scope").mark("20260901-a")
    assert store(Database(url)).frame()["key"].tolist() == ["unequal:1"]
    assert AuditMarks(Database(url), "scope").before("20260902-a") == "20260901-a"


def test_the_audit_before_is_the_newest_older_one(database: Database) -> None:
    """By the store's order, whatever clocks have told and whatever was marked first; never the snapshot itself."""
    enter(database, "20260901-a", "20990101-ahead", "20260902-b", "20260903-c", "20260904-d")
    marks = AuditMarks(database, "scope")
    assert marks.before("20260901-a") is None
    for snapshot_id in ("20260903-c", "20260901-a", "20990101-ahead", "20260902-b"):
        marks.mark(snapshot_id)
    older = [marks.before(name) for name in ("20260901-a", "20260902-b", "20260903-c", "20260904-d")]
    assert older == [None, "20990101-ahead", "20260902-b", "20260903-c"]
    assert marks.before("never entered") is None


def test_a_snapshot_is_marked_once_and_in_its_scope_only(database: Database) -> None:
    """Auditing again moves nothing; the same snapshot in another scope is another mark."""
    enter(database, "20260901-a", "20260902-b")
    marks, others = AuditMarks(database, "scope"), AuditMarks(database, "other")
    marks.mark("20260901-a")
    with database.write() as connection:
        connection.execute(audits.update().values(audited_at="then"))
    marks.mark("20260901-a")
    with database.read() as connection:
        assert connection.execute(select(audits.c.audited_at)).scalars().all() == ["then"]
    assert others.before("20260902-b") is None
    others.mark("20260901-a")
    assert others.before("20260902-b") == "20260901-a"


def test_the_last_day_is_one_of_the_district(tmp_path: Path) -> None:
    """Where it is still yesterday, yesterday can be chosen; where it is tomorrow, today is over."""
    database = Database(f"sqlite:///{tmp_path / 'gpb.sqlite'}")
    for hours in (-12, 12):
        zone = timezone(timedelta(hours=hours))
        today = datetime.now(zone).date()
        accepted = AcceptanceStore(database, "here", zone)
        assert accepted.accept(["unequal:1"], reason="first", person="ann", until=today) == 1
        with pytest.raises(InputError, match="in the past"):
            accepted.accept(["unequal:1"], reason="first", person="ann", until=today - timedelta(days=1))

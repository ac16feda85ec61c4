"""One round under a fault: a district of its own, drafts, the program as processes, and the judge.

A fault is a function that plays one round in a scene and is registered by ``fault``; the tests and the report run the
same functions.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from gpb.keys import Key, keys
from gpb.sandbox import Running, SandboxConfig
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.databases import empty_database
from tests.faults.judge import Figures, judge
from tests.faults.programs import Ended, Program, Trouble
from tests.lent import confirm, lent, put_data, settings_for

MOST_RESUMES = 5
NO_TROUBLE = Trouble()
STORES: dict[str, str] = {}
"""``url``: where the store of this round shall be, in place of a SQLite file; see ``store_on``."""


@contextmanager
def store_on(server: Engine | None) -> Iterator[None]:
    """For one round: an empty database on a PostgreSQL server, or the round's own SQLite file."""
    if server is None:
        yield
        return
    with empty_database(server) as url:
        STORES["url"] = url
        try:
            yield
        finally:
            STORES.clear()


class Scene:
    """A district, a coordinator with drafts, and what happens; leave it with ``figures``."""

    def __init__(self, folder: Path, rows: int, **wishes: Any) -> None:
        """Say what the district is like; ``wishes`` are those of SandboxConfig.

        Without any it is lent, already pulled. One whose servers shall come back needs a ``state_file``.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.rows = folder, rows
        self._config = {"schools": 2, "courses": max(8, rows // 2), **wishes}
        self._is_lent = not wishes
        self._opened = ExitStack()
        self.changes: list[dict[str, Any]] = []
        self.before: dict[str, Any] = {}
        self.failings: list[str] = []
        self._writes: list[int] = []

    def __enter__(self) -> Scene:
        """Serve, and pull."""
        config = SandboxConfig(port=0, **self._config)
        self.shape = config.shape
        self.box = self._opened.enter_context(lent(config)) if self._is_lent else Running(config).__enter__()
        data, store = self.folder / "data", {"store_url": STORES["url"]} if STORES else {}
        is_pulled = self._is_lent and not STORES
        if is_pulled:
            put_data(self.box, data, pulled=True)
        self.settings = settings_for(self.box, data, **store)
        self.workspace = Workspace(self.settings)
        if not is_pulled:
            asyncio.run(self.workspace.term.pull())
            confirm(self.workspace)
        return self

    def __exit__(self, *raised: Any) -> None:
        """End all."""
        self.workspace._database.close()
        self._opened.close()
        if not self._is_lent:
            self.box.__exit__(*raised)

    # the district

    def look(self, what: str) -> Any:
        """``state``, ``requests``, ``writes``, ``tokens``."""
        with urllib.request.urlopen(f"{self.box.base_url}/_sandbox/{what}", timeout=60) as reply:
            return json.load(reply)

    def tell(self, what: str, content: Any) -> None:
        """Change something from outside."""
        body = json.dumps(content).encode()
        request = urllib.request.Request(f"{self.box.base_url}/_sandbox/{what}", body, method="POST")
        urllib.request.urlopen(request, timeout=60).close()

    def script(self, fault: str, **which: Any) -> None:
        """Let a fault strike the requests of this ``method, path, after, times``."""
        self.tell("script", [{"fault": fault, **which}])

    def calm(self) -> None:
        """No more faults."""
        self.tell("script", [])
        self.tell("faults", dict.fromkeys(self.box.faults.rates, 0.0))

    def forget_requests(self) -> None:
        """Begin the log of requests anew."""
        request = urllib.request.Request(f"{self.box.base_url}/_sandbox/requests", method="DELETE")
        urllib.request.urlopen(request, timeout=60).close()

    def sent(self, method: str, text: str = "") -> list[dict[str, Any]]:
        """The requests of this method with this text in their path."""
        return [seen for seen in self.look("requests") if seen["method"] == method and text in seen["path"]]

    def stop_listening(self) -> None:
        """End the servers: from now on connections are refused."""
        self._writes += self.look("writes")
        self.box.__exit__(None, None, None)

    def listen_again(self) -> None:
        """Serve the same district on the same port."""
        self.box = Running(SandboxConfig(port=self.box.port, **self._config)).__enter__()

    def edit_group(self, group_id: int, data: dict[str, Any]) -> None:
        """Somebody else stores this in Canvas: the judge takes it for what was there."""
        self.tell(f"integration_data/{group_id}", data)
        self.before[str(group_id)] = data

    # the coordinator

    def choose(self, person: str = "ann") -> None:
        """Draft as many rows as the scene shall have: most new, some reassociated, some taken away; then plan."""
        table = self.workspace.term.rows()
        few = min(8, self.rows // 4)
        free = table.loc[table["status"].eq("Unassociated")].head(self.rows - 2 * few)
        done = table.loc[table["status"].eq("Synchronized")]
        choices: dict[Key, str | None] = {}
        for rows in (free, done.iloc[few : 2 * few]):
            for key, class_id, stored in zip(keys(rows), rows["class_id"], rows["stored_category_id"], strict=True):
                options = self.workspace.term.latest().validity.options(class_id)
                others = [other for other in options if other != stored]
                if others:
                    choices[key] = others[0]
        choices |= dict.fromkeys(keys(done.head(few)))
        edit_now(self.workspace, choices, person=person, label="test")
        self.note()

    def note(self) -> None:
        """Remember the plan of the present drafts and what Canvas holds before it."""
        self.changes = self.workspace.plan().to_json()["changes"]
        self.before = self.look("state")["groups"]
        self.expect(len(self.changes) > 0, "there was nothing to plan")
        self.forget_requests()

    # the program

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the program, as a person would set them."""
        store = {"GPB_STORE_URL": STORES["url"]} if STORES else {}
        return {**self.box.settings, "GPB_DATA_DIR": str(self.folder / "data"), **store}

    def start(self, *words: str, trouble: Trouble = NO_TROUBLE, **changed: str) -> Program:
        """Start ``python -m gpb`` with these words; ``changed`` are settings that differ."""
        return Program(list(words), {**self.environment, **changed}, self.folder / "out", trouble)

    def run(self, *words: str, trouble: Trouble = NO_TROUBLE, **changed: str) -> Ended:
        """Run it to its end, and look at what it tells."""
        return self.heard(self.start(*words, trouble=trouble, **changed).wait())

    def heard(self, ended: Ended) -> Ended:
        """Everything that a person reads is free of tracebacks and secrets, and an error is a sentence."""
        text = ended.out + ended.err
        listed = self.box.keyring.as_list()
        secrets = [key[name] for key in listed for name in ("token", "client_secret") if key.get(name)]
        self.expect("Traceback" not in text, f"a traceback was printed: {text[-800:]}")
        self.expect(not any(secret in text for secret in secrets), "a secret was printed")
        if ended.code == 1:
            self.expect(ended.err.strip().endswith("."), f"no sentence was printed: {ended.err[-300:]}")
        return ended

    def apply(self, trouble: Trouble = NO_TROUBLE) -> Ended:
        """Apply the drafts."""
        return self.run("apply", "--yes", trouble=trouble)

    def finish(self) -> None:
        """Resume until nothing is left."""
        for _ in range(MOST_RESUMES):
            if not self.workspace.runs.unfinished():
                break
            self.run("resume")
        self.expect(not self.workspace.runs.unfinished(), "resuming does not come to an end")

    def converge(self) -> None:
        """What a coordinator does after a crash: resume what is left, apply what no run has yet; then all is done."""
        self.finish()
        if self.workspace.plan().changes:
            ended = self.run("apply", "--yes")
            self.expect(ended.code == 0, f"the term cannot be synced again: {ended.err}")
        asyncio.run(self.workspace.term.pull())
        self.expect(not self.workspace.plan().changes, "the plan is not empty in the end")

    @property
    def run_id(self) -> str | None:
        """The newest run."""
        listed = self.workspace._journal.runs(self.workspace.term.latest().facts.scope)
        return listed[0].run_id if listed else None

    def outcomes(self) -> dict[tuple[int, int], str | None]:
        """What the journal tells of each row of the newest run."""
        if self.run_id is None:
            return {}
        table = self.workspace._journal.rows(self.run_id)
        named = table["outcome"].astype(object).where(table["outcome"].notna(), None)
        return dict(zip(keys(table), named, strict=True))

    def told(self) -> list[str]:
        """The reasons of the rows of the newest run."""
        return [] if self.run_id is None else self.workspace._journal.rows(self.run_id)["reason"].dropna().tolist()

    # the verdict

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note a promise that was not kept."""
        if not holds:
            self.failings.append(otherwise)

    def expect_outcomes(self, **counts: int) -> None:
        """The newest run came to these outcomes and no others."""
        found: dict[str, int] = {}
        for outcome in self.outcomes().values():
            found[outcome or "open"] = found.get(outcome or "open", 0) + 1
        wanted = {name: count for name, count in counts.items() if count}
        self.expect(found == wanted, f"the outcomes are {found}, not {wanted}; told was {self.told()[:2]}")

    def expect_untouched(self) -> None:
        """Nothing was written."""
        self.expect(not self.sent("PUT"), "a write was sent")
        self.expect(self.look("state")["groups"] == self.before, "Canvas has changed")

    def figures(self, *, applied: bool = True) -> Figures:
        """The judge's figures; with ``applied`` off no run was expected, and every change is one too many."""
        after = self.look("state")["groups"]
        outcomes = self.outcomes()
        if applied:
            figures = judge(self.changes, self.before, after, self._writes + self.look("writes"), outcomes, self.shape)
            self._add_up(outcomes)
        else:
            figures = Figures(
                1, len(self.changes), wrong=sum(after[name] != data for name, data in self.before.items())
            )
        figures.failings += self.failings
        return figures

    def _add_up(self, outcomes: dict[tuple[int, int], str | None]) -> None:
        planned = {(change["group_id"], change["section_id"]) for change in self.changes}
        self.expect(outcomes.keys() == planned, "the journal does not have each planned row once")
        if self.run_id is not None:
            summary = self.workspace._journal.summary(self.run_id)
            ended = sum(count for name, count in summary.items() if name != "planned")
            self.expect(ended == summary["planned"] == len(planned), f"the outcomes do not add up: {summary}")


@dataclass(frozen=True)
class Fault:
    """One line of the catalogue. ``play`` gets a scene's folder, the number of rows and the round, counted from 0."""

    number: int
    name: str
    play: Callable[[Path, int, int], Figures]
    rounds: int
    rows: int
    full_rounds: int
    full_rows: int

    def figures(self, folder: Path, round_: int, rows: int | None = None) -> Figures:
        """Play one round."""
        return self.play(folder, rows or self.rows, round_)


def fault(
    number: int, name: str, *, rounds: int, rows: int = 8, full_rounds: int | None = None, full_rows: int | None = None
) -> Callable[[Callable[[Path, int, int], Figures]], Fault]:
    """Make a fault of a function; the full numbers are those of the report."""

    def make(play: Callable[[Path, int, int], Figures]) -> Fault:
        return Fault(number, name, play, rounds, rows, full_rounds or rounds, full_rows or rows)

    return make


def all_rounds(*faults: Fault) -> Iterable[tuple[Fault, int]]:
    """Every round of these faults, for ``parametrize``."""
    return [(one, round_) for one in faults for round_ in range(one.rounds)]


def rounds_of(one: Fault) -> list[Any]:
    """The rounds of a fault, for ``parametrize``; all but the first are slow."""
    return [pytest.param(round_, marks=pytest.mark.slow if round_ else ()) for round_ in range(one.rounds)]


def cases_of(*faults: Fault) -> list[Any]:
    """Each round of these faults with its fault, for ``parametrize``; all but the first of each are slow."""
    return [pytest.param(one, *each.values, marks=each.marks) for one in faults for each in rounds_of(one)]


def check(one: Fault, round_: int, folder: Path) -> None:
    """The assertion of every test of a fault."""
    figures = one.figures(folder, round_)
    assert figures.failings == [], figures
    assert (figures.lost, figures.doubled, figures.wrong) == (0, 0, 0), figures
    assert figures.rows > 0

"""Whatever a plan file holds, with a checksum that is right: what is written is what the newest reading allows."""

from __future__ import annotations

import asyncio
import gc
import json
from contextlib import closing
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gpb.cli import main
from gpb.keys import keys
from gpb.sync.kinds.change import Change
from gpb.sync.plan import Plan
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.examples import examples
from tests.faults.machine import TinyDistrict, tiny_district

GIVEN = [one.name for one in fields(Change) if one.init]
STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.integers(), max_size=2),
    st.sampled_from(["\ud800", "\x1b[2J", "9" * 5000, 10**30, "", "Homework", {"a": {}}]),
)  # fmt: skip


@lru_cache(maxsize=1)
def district() -> TinyDistrict:
    """One for all examples, begun anew for each."""
    return tiny_district("sistemic")


def begun(tiny: TinyDistrict) -> Workspace:
    """Put back to the first pull, once what a command opened in this process is gone, as its own process would be."""
    gc.collect()
    return tiny.begin()


def honest(workspace: Workspace) -> Plan:
    """A plan of one row of each kind, by drafts."""
    rows, options = workspace.term.rows(), workspace.term.latest().validity.options
    free = rows.loc[rows["status"].eq("Unassociated")].head(2)
    done = rows.loc[rows["status"].eq("Synchronized")].head(1)
    choices: dict[tuple[int, int], str | None] = {
        key: next(iter(options(class_id))) for key, class_id in zip(keys(free), free["class_id"], strict=True)
    }
    choices |= dict.fromkeys(keys(done))
    edit_now(workspace, choices, person="ann", label="test")
    return workspace.plan()


def forged(plan: Plan, changes: list[dict[str, Any]], **facts: Any) -> str:
    """A plan file with these changes and a checksum that is right."""
    whole = {"scope": plan.scope, "snapshot": plan.snapshot, "associated": plan.associated, "shrunk": 0.0,
             "undo_of": None, **facts}  # fmt: skip
    made = Plan(changes=tuple(Change(**one) for one in changes), **whole)
    return json.dumps(made.to_json())


def run(box: TinyDistrict, folder: Path, content: str) -> Result:
    """``apply FILE --yes --force``."""
    file = folder / "plan.json"
    file.write_text(content, encoding="utf-8")
    environment = {**box.box.settings, "GPB_DATA_DIR": str(box.data), "GPB_STORE_URL": box.settings.store_url}
    return CliRunner().invoke(main, ["apply", str(file), "--yes", "--force"], env=environment)


def truth(workspace: Workspace) -> dict[tuple[int, int], dict[Any, Any]]:
    """The rows of the newest reading by key."""
    rows = workspace.term.latest().associations().to_dict("records")
    return {(row["group_id"], row["section_id"]): row for row in rows}


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.data(),
    kind=st.sampled_from(["value", "sibling", "category", "twice", "row", "facts", "entry", "other row's values"]),
)
@example(data=None, kind="nesting")
@pytest.mark.slow
def test_no_file_leads_to_a_write_that_the_reading_does_not_allow(
    tmp_path_factory: pytest.TempPathFactory, data: Any, kind: str
) -> None:
    """Refused with one sentence and no write, or every group of it holds what is valid in its own section."""
    tiny = district()
    workspace = begun(tiny)
    with closing(workspace._database):
        plan, held, rows = honest(workspace), tiny.groups(), truth(workspace)
        content = "[" * 100_000 if kind == "nesting" else _content(data, kind, plan, rows)
        ended = run(tiny, tmp_path_factory.mktemp("plan"), content)
        now = tiny.groups()
        changed = {group for group in now if now[group] != held[group]}
        told = ended.output
    assert "Traceback" not in told
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    if ended.exit_code == 1:
        assert changed == set()
        assert ended.stderr.strip().endswith(".")
        return
    wanted = {change.key: change.after_id for change in plan.changes}
    for one in json.loads(content)["changes"]:
        wanted.setdefault((one["group_id"], one["section_id"]), one["after_id"])
    by_sis_id = {row["sis_section_id"]: key for key, row in rows.items()}
    for group in changed:
        before, after = (_associations(held[group]), _associations(now[group]))
        for section in before.keys() | after.keys():
            if before.get(section) != after.get(section):
                key = (int(group), next(key[1] for sis, key in by_sis_id.items() if sis == section))
                assert key in wanted, "a row that no plan names was written"
                assert after.get(section) == wanted[key]
                options = workspace.term.latest().validity.options(rows[key]["class_id"])
                assert after.get(section) is None or after[section] in options


def _associations(stored: dict[str, Any]) -> dict[str, Any]:
    mapping = (stored.get("sistemic") or {}).get("categoryMapping") or {}
    return {section: entry.get("categoryId") for section, entry in mapping.items()}


def _content(data: Any, kind: str, plan: Plan, rows: dict[tuple[int, int], dict[Any, Any]]) -> str:
    changes = [{name: getattr(change, name) for name in GIVEN} for change in plan.changes]
    one = changes[data.draw(st.integers(0, len(changes) - 1))]
    others = [row for key, row in rows.items() if key != (one["group_id"], one["section_id"])]
    other = data.draw(st.sampled_from(others))
    facts: dict[str, Any] = {}
    if kind == "value":
        one[data.draw(st.sampled_from(sorted(one.keys() - {"kind"})))] = data.draw(STRANGE)  # the file has the verb
    elif kind == "sibling":
        one["sis_section_id"] = other["sis_section_id"]
    elif kind == "category":
        one["after_id"] = data.draw(st.sampled_from(["no-such", other["stored_category_id"], other["name_match_id"]]))
        one["after_id"] = one["after_id"] if isinstance(one["after_id"], str) else "no-such"
    elif kind == "twice":
        changes.append({**one, "after_id": data.draw(st.sampled_from([None, one["after_id"]]))})
    elif kind == "row":
        one["group_id"], one["section_id"] = data.draw(st.integers(-1, 4000)), data.draw(st.integers(-1, 4000))
    elif kind == "facts":
        facts = {
            data.draw(st.sampled_from(["scope", "snapshot", "associated", "shrunk", "undo_of"])): data.draw(STRANGE)
        }
    elif kind == "entry":
        one["entry"] = json.dumps({"categoryId": "forged"})
    else:
        one.update({name: other[name] for name in ("course_id", "group_id", "section_id")})
    return forged(plan, changes, **facts)


def test_the_file_as_it_was_made_is_applied(tmp_path: Path) -> None:
    """Nothing of this is in its way."""
    tiny = district()
    workspace = begun(tiny)
    with closing(workspace._database):
        plan = honest(workspace)
        assert json.loads(run(tiny, tmp_path, json.dumps(plan.to_json())).stdout)["confirmed"] == len(plan.changes)
        again = asyncio.run(workspace.door.review(plan))
        assert all(change.is_done for change in again.plan.changes)

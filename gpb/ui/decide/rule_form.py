"""One rule by hand: what it is for, what it says, where it holds, and what that would do.

Session-state keys: ``rule_of`` (int or None: id of the decision that is changed), ``rule_group``, ``rule_title``,
``rule_titles`` (list of str), ``rule_scope``, ``rule_level``, ``rule_school``, ``rule_course``, ``rule_on`` (bool):
the fields; ``rule_preview`` ((what is asked, sentence): the last preview).
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from gpb.errors import InputError
from gpb.matching.labels import LEAVE, shown_title, title_label
from gpb.printable import one_line
from gpb.store.choices.decisions import Decided, Scope
from gpb.suggest.decisions.rules import LEVELS, NOTHING, written
from gpb.ui.decide import choosing
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import browser, callback, say, workspace
from gpb.ui.text import count, fingerprint, plain, sentence
from gpb.workspace import Workspace

SCOPES = {
    Scope.DISTRICT.value: "The whole district", Scope.LEVEL.value: "Schools of one level",
    Scope.SCHOOL.value: "One school", Scope.COURSE.value: "Courses by name",
}  # fmt: skip
LONGEST = 200
"""Characters of a decision in a drop-down."""
EVIDENCE = "written on the page Decide"


def rule_form(opened: Workspace, found: pd.DataFrame) -> None:
    """Draw it; ``found`` are the decisions that are there, on or off."""
    with st.expander("Add or change one rule", icon=":material/edit_note:", key="rule_form"):
        lines = {int(line["decision_id"]): line for line in found.to_dict("records")}
        chosen = st.selectbox(
            "Which rule",
            [None, *lines],
            format_func=lambda one: "A new rule" if one is None else _named(lines, one),
            key="rule_of",
            on_change=_fill,
        )
        changed = chosen if chosen in lines else None
        cells = {**_what(opened), **_where(opened)}
        is_on = st.toggle("On", value=True, key="rule_on")
        is_placed = cells["scope"] == Scope.DISTRICT or cells["scope_value"].strip()
        if not cells["group"].strip() or not cells["title"] or not is_placed:
            st.caption(
                "Fill in the assignment group, the SIS Category and where the rule holds, to see what it would do."
            )
            return
        try:
            rule = opened.rules.read_one({**cells, "is_on": "on" if is_on else "off"}, EVIDENCE)
        except InputError as error:
            st.error(sentence(error), icon=":material/error:")
            return
        st.markdown(f":material/visibility: {sentence(_preview(opened, rule, changed))}")
        st.button(
            "Save rule" if changed is None else "Save changes",
            type="primary",
            on_click=_save,
            args=(rule, changed),
            key=f"rule_save_{fingerprint((rule, changed))}",
        )


def _named(lines: Mapping[int, Mapping[Hashable, Any]], one: int) -> str:
    line = lines.get(one)
    return str(one) if line is None else named(line)


def named(line: Mapping[Hashable, Any]) -> str:
    """What tells a decision from others, also from those that are the same for other sets of categories."""
    title = shown_title(None if pd.isna(line["title"]) else line["title"])
    where = f"{line['scope']} {line['scope_value']}".strip()
    told = f"{line['group']} → {title} ({where}, {'on' if line['is_on'] else 'off'}) · {line['decision_id']}"
    offered = json.loads(line["titles"] or "[]")
    return one_line(f"{told} · where {', '.join(offered)} are offered" if offered else told)[:LONGEST]


def _what(opened: Workspace) -> dict[str, str]:
    """Group, title and titles, as a file has them."""
    titles = sorted({*opened.term.latest().validity.titles.values()}, key=str.casefold)
    left, right = st.columns(2)
    group = left.text_input("Assignment group", key="rule_group", placeholder="any spelling of the name, as Homework")
    kept = st.session_state.get("rule_title")
    title = right.selectbox(
        "SIS Category",
        [choosing.LEAVE, *titles, *([kept] if kept and kept != choosing.LEAVE and kept not in titles else [])],
        index=None,
        key="rule_title",
        format_func=lambda one: LEAVE if one == choosing.LEAVE else title_label(one),
        placeholder="Choose a category",
    )
    own = st.session_state.get("rule_titles", [])
    offered = st.multiselect(
        "Only in sections that offer exactly these categories",
        [*titles, *(one for one in own if one not in titles)],
        key="rule_titles",
        format_func=title_label,
        placeholder="any section that has the category",
    )
    meant = "" if title is None else NOTHING if title == choosing.LEAVE else written(title)
    texts = json.dumps(offered, ensure_ascii=False) if offered else ""
    return {"kind": "rule", "group": group, "title": meant, "titles": texts}


def _where(opened: Workspace) -> dict[str, str]:
    """Scope and its value."""
    left, right = st.columns(2)
    scope = left.selectbox("Holds for", list(SCOPES), format_func=lambda one: SCOPES.get(one, one), key="rule_scope")
    value: str | None = ""
    if scope == Scope.LEVEL:
        value = right.selectbox("Level", LEVELS, key="rule_level")
    elif scope == Scope.SCHOOL:
        schools = sorted(opened.term.latest().associations()["school"].unique(), key=str.casefold)
        kept = st.session_state.get("rule_school")
        schools += [kept] if kept and kept not in schools else []
        value = right.selectbox("School", schools, index=None, key="rule_school", placeholder="Choose a school")
    elif scope == Scope.COURSE:
        value = right.text_input("Course", key="rule_course", placeholder="its name; * stands for anything: Algebra*")
    return {"scope": scope, "scope_value": value or ""}


def _preview(opened: Workspace, rule: Decided, changed: int | None) -> str:
    """The last one is kept: the page is drawn again for every field."""
    if not rule.is_on:
        return "It is off, so it decides nothing until it is turned on."
    asked = (rule, changed, opened.term.latest().id, opened.term.drafts().version(), opened.deciding.memory.version())
    kept = st.session_state.get("rule_preview")
    if kept is None or kept[0] != asked:
        kept = st.session_state["rule_preview"] = asked, opened.rules.preview([rule], without=changed).sentence
    return str(kept[1])


@callback()
def _fill() -> None:
    """Show the rule that was chosen in the fields, or empty ones."""
    _show(st.session_state.get("rule_of"))


def _show(one: int | None) -> None:
    """Put a rule into the fields, or nothing."""
    found = workspace().rules.decided(with_off=True)
    some = found.loc[found["decision_id"].eq(-1 if one is None else one)].to_dict("records")
    line = some[0] if some else {"group": "", "titles": "", "scope": Scope.DISTRICT.value, "scope_value": ""}
    title = None if not some else choosing.LEAVE if pd.isna(line["title"]) else str(line["title"])
    scope, value = str(line["scope"]), str(line["scope_value"])
    state = {"group": line["group"], "title": title, "titles": json.loads(line["titles"] or "[]"), "scope": scope}
    state |= {scope: value} if scope != Scope.DISTRICT else {}
    for name, given in {**state, "on": bool(line.get("is_on", True))}.items():
        st.session_state[f"rule_{name}"] = given


@callback()
def _save(rule: Decided, changed: int | None) -> None:
    moved = workspace().rules.write(rule, replaces=changed, person=person(), session=browser())
    st.session_state["rule_of"] = None
    _show(None)
    told = count(moved, "decision") + " changed" if moved else "Nothing was changed: it is so already"
    say("success" if moved else "info", f"Rule for “{plain(rule.group)}”: {told}.")

"""What was decided, by whom and from what, and the rules of the district: on and off, as a file out and in.

Session-state keys: ``rules_find`` (str, part of a name or title), ``rules_chosen`` (list of int, ids of decisions) and
``rules_file_<n>`` with ``rules_round`` (int; a new number empties the uploader after its file was taken).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from gpb.errors import InputError
from gpb.exchange.decisions_file import export_decisions, read_decisions
from gpb.exchange.reading import MAX_MEGABYTES
from gpb.matching.labels import shown_title
from gpb.suggest.decisions.rules import ReadRules
from gpb.suggest.room.rules import decided_of
from gpb.ui.decide.abbreviations import abbreviations
from gpb.ui.decide.carry import ROW
from gpb.ui.decide.rule_form import named, rule_form
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import browser, callback, say, workspace
from gpb.ui.text import count, fingerprint, local_time, plain, sentence
from gpb.workspace import Workspace

LISTED = 1_000
CHANGES = 500
"""The newest changes of decisions that are listed."""
NAMED = 8
"""Chosen decisions that are told in full."""
COLUMNS: dict[str, Any] = {
    "on": st.column_config.TextColumn("On", width=45),
    "group": st.column_config.TextColumn("Assignment group", width=120),
    "title": st.column_config.TextColumn("SIS Category", width=140),
    "offered": st.column_config.TextColumn("Where these are offered", width=215),
    "where": st.column_config.TextColumn("Holds for", width=100),
    "kind": st.column_config.TextColumn("Kind", width=75),
    "person": st.column_config.TextColumn("Who", width=80),
    "made": st.column_config.TextColumn("When", width=95),
    "evidence": st.column_config.TextColumn("From what", width=190),
}  # fmt: skip
CHANGE_COLUMNS: dict[str, Any] = {
    "changed_at": st.column_config.TextColumn("When", width=130),
    "person": st.column_config.TextColumn("Who", width=80),
    "what": st.column_config.TextColumn("What", width=85),
    "group": st.column_config.TextColumn("Assignment group", width=130),
    "before": st.column_config.TextColumn("Before", width=150),
    "after": st.column_config.TextColumn("After", width=150),
    "where": st.column_config.TextColumn("Holds for", width=90), "label": "In which edit",
}  # fmt: skip


def rules(opened: Workspace) -> None:
    """Draw the list, and the ways to change it."""
    found = opened.rules.decided(with_off=True)
    if found.empty:
        st.info("Nothing has been decided yet. What you accept under “To decide” is remembered here, and proposed for "
                "new sections and terms.", icon=":material/info:")  # fmt: skip
    else:
        _list(opened, found)
        _history(opened)
    rule_form(opened, found)
    abbreviations(opened)
    left, right = st.columns(2)
    with left:
        st.markdown("**Export** all decisions, so that they can be kept, edited or handed to another district.")
        st.download_button(
            "Download CSV",
            lambda: export_decisions(workspace().rules.handed_on(with_off=True)),
            file_name="decisions.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=found.empty and opened.abbreviations.own().empty,
        )
    with right:
        _import(opened)


def _list(opened: Workspace, found: pd.DataFrame) -> None:
    on = int(found["is_on"].sum())
    st.markdown(f"**{count(len(found), 'decision')}**, {on:,} of them on. What is on is proposed wherever it fits.")
    text = st.text_input("Find", key="rules_find", type="search", placeholder="part of a name or title", width=320)
    if text:
        has = found["group"].str.contains(text, case=False, regex=False)
        found = found.loc[has | found["title"].fillna("").str.contains(text, case=False, regex=False)]
    listed = found.head(LISTED)
    scope = listed["scope"] + listed["scope_value"].map(lambda value: f" {value}" if value else "")
    table = listed.assign(
        on=listed["is_on"].map({True: "on", False: "off"}),
        title=[shown_title(None if pd.isna(title) else title) for title in listed["title"]],
        offered=[" · ".join(json.loads(titles)) if titles else "any" for titles in listed["titles"]],
        where=scope,
        made=[local_time(moment) for moment in listed["made_at"]],
    )
    height = min(440, 38 + ROW * len(table))
    st.dataframe(table[list(COLUMNS)], hide_index=True, height=height, row_height=ROW, column_config=COLUMNS,
                 alt="Decisions and rules")  # fmt: skip
    if len(found) > LISTED:
        st.caption(f"The first {LISTED:,} of {len(found):,}. Find the others by name.")
    _switch(opened, listed)


def _history(opened: Workspace) -> None:
    """How the decisions came to be; asked for, since it grows with every edit."""
    with st.expander("History of decisions", icon=":material/history:", key="rules_history", on_change="rerun") as told:
        if not told.open:
            return
        lines = opened.rules.changed(CHANGES)
        lines["changed_at"] = [local_time(moment) for moment in lines["changed_at"]]
        height = min(420, 38 + 35 * len(lines))
        st.dataframe(lines[list(CHANGE_COLUMNS)], hide_index=True, height=height, column_config=CHANGE_COLUMNS,
                     alt="History of decisions")  # fmt: skip
        if len(lines) == CHANGES:
            st.caption(f"The newest {CHANGES} changes.")


def _switch(opened: Workspace, listed: pd.DataFrame) -> None:
    """Turn some on or off; what that would do is told before."""
    names = {int(line["decision_id"]): named(line) for line in listed.to_dict("records")}
    chosen = st.multiselect(
        "Turn on or off",
        list(names),
        key="rules_chosen",
        format_func=lambda one: names.get(one, str(one)),
        placeholder="Choose decisions",
    )
    picked = listed.loc[listed["decision_id"].isin(chosen)]
    off, on = picked.loc[~picked["is_on"]], picked.loc[picked["is_on"]]
    if 0 < len(picked) <= NAMED:
        st.markdown("\n".join(f"- {sentence(named(line))}" for line in picked.to_dict("records")))
    if len(off):
        would = opened.rules.preview([decided_of(line) for line in off.to_dict("records")])
        st.markdown(f":material/visibility: {sentence(would.sentence)}")
    if len(on):
        would = opened.rules.preview([decided_of(line) for line in on.to_dict("records")])
        st.markdown(f":material/visibility: {sentence(would.off)}")
    what = fingerprint(picked[["decision_id", "is_on"]])
    with st.container(horizontal=True):
        if len(off):
            _button(f"Turn on {len(off):,}", off["decision_id"].tolist(), f"rules_on_{what}", on=True)
        if len(on):
            _button(f"Turn off {len(on):,}", on["decision_id"].tolist(), f"rules_off_{what}", on=False)


def _button(label: str, ids: Sequence[int], key: str, *, on: bool) -> None:
    st.button(label, on_click=_turn, args=(tuple(ids), on), key=key, type="primary" if on else "secondary")


def _import(opened: Workspace) -> None:
    number = st.session_state.get("rules_round", 0)
    file = st.file_uploader("Import decisions or rules: columns group and title", ["csv", "txt"],
                            key=f"rules_file_{number}", max_upload_size=MAX_MEGABYTES)  # fmt: skip
    if file is None:
        return
    try:
        lines = read_decisions(file.getvalue())
        read = opened.rules.read(lines.lines, f"imported from {file.name}")
    except InputError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    for note in (*lines.notes, *read.notes):
        st.caption(sentence(note))
    problems = [*lines.problems, *read.problems]
    if problems:
        with st.expander(
            f"{count(len(problems), 'line')} cannot be imported", expanded=True, icon=":material/warning:"
        ):
            st.markdown("\n".join(f"- {sentence(problem)}" for problem in problems[:50]))
        return
    several = " and ".join(
        count(len(some), what) for some, what in ((read.made, "decision"), (read.short, "abbreviation")) if some
    )
    st.markdown(f"**{several or 'Nothing to take'}**. {sentence(opened.rules.preview(read.made).sentence)}")
    st.button(
        f"Take {several}",
        type="primary",
        on_click=_take,
        args=(read, file.name),
        key=f"rules_take_{file.file_id}",
        disabled=not several,
    )


@callback()
def _turn(ids: Collection[int], on: bool) -> None:
    moved = workspace().rules.turn(ids, on=on, person=person())
    st.session_state.pop("rules_chosen", None)
    after = "" if on else " What was drafted or synchronized from it stays as it is."
    say("success", f"{count(moved, 'decision')} turned {'on' if on else 'off'}.{after}")


@callback()
def _take(read: ReadRules, name: str) -> None:
    rules, label = workspace().rules, f"import of {name}"
    moved = rules.take(read.made, short=read.short, person=person(), label=label, session=browser())
    st.session_state["rules_round"] = st.session_state.get("rules_round", 0) + 1
    if moved:
        say("success", f"{count(moved, 'line')} of {plain(name)} taken.")
    else:
        say("info", f"Nothing was changed: all of {plain(name)} is known already.")

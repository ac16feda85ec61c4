"""What no name of a group can bring about, and which of several groups of a course shall bear a name.

Session-state keys, for each such name: ``review_name_<course>_<hash>`` (int, the chosen group; mirrors the plan), and
``review_names_page`` (int, set by the pagination).
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.sync.kinds.change import Change
from gpb.sync.planning.room import Drafted
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import callback, workspace
from gpb.ui.shell.tables import change_table
from gpb.ui.text import count, fingerprint, widget_label

LISTED = 5
"""Questions on a page."""


def names_panel(drafted: Drafted) -> None:
    """Draw it where names decide."""
    if drafted.asked.names is None:
        return
    asked = drafted.asked.names.contests
    if asked:
        _which(drafted, asked)
    if drafted.left_out:
        number = count(len(drafted.left_out), "draft is", "drafts are")
        st.warning(f"{number} left out, because the name of a group cannot bring it about.", icon=":material/help:")
        with st.expander("Which, and why", key="review_left_out"):
            change_table(_table(drafted))


def _table(drafted: Drafted) -> pd.DataFrame:
    lines = [
        (one.change.group, one.change.section, one.change.after_title or "Unassociated",
         f"{one.reason[0].upper()}{one.reason[1:]}.", one.change.course, one.change.school)
        for one in drafted.left_out
    ]  # fmt: skip
    return pd.DataFrame(lines, columns=["group", "section", "after", "reason", "course", "school"])


def _which(drafted: Drafted, asked: list[list[Change]]) -> None:
    """Of several groups of a course that ask for one name, the one that gets it."""
    planned = {change.group_id for change in drafted.plan.changes}
    still = [some for some in asked if not planned.intersection(change.group_id for change in some)]
    told = f"{count(len(asked), 'name is', 'names are')} wanted by several groups of a course"
    with st.expander(f"{told}: choose which" + (f" ({len(still):,} to choose)" if still else ""), expanded=bool(still),
                     key="review_names"):  # fmt: skip
        st.markdown(
            "Grade passback finds a category by the name of a group, and a course shows two groups of one name as "
            "one. The group with the most assignments gets the name, unless you choose another one."
        )
        pages = -(-len(asked) // LISTED)
        page = min(st.session_state.get("review_names_page", 1), pages)
        order = sorted(asked, key=lambda some: (some not in still, some[0].school, some[0].course, some[0].course_id))
        for some in order[(page - 1) * LISTED : page * LISTED]:
            _choice(drafted, some, planned)
        if pages > 1:
            st.pagination(pages, key="review_names_page")
        st.caption("The other groups stay drafts. Merge them in Canvas, or choose another category for them.")


def _choice(drafted: Drafted, some: list[Change], planned: set[int]) -> None:
    groups = {change.group_id: change.group for change in some}
    rows = drafted.asked.rows
    counts = rows.loc[rows["group_id"].isin(groups)].groupby("group_id")["assignments"].max()
    title = str(some[0].after_title)
    key = f"review_name_{some[0].course_id}_{fingerprint(title)}"
    st.session_state[key] = next((one for one in groups if one in planned), None)
    st.selectbox(
        widget_label(f"Renamed to “{title}” in {some[0].course} ({some[0].school})"),
        list(groups),
        format_func=lambda one: f"{groups.get(one, one)} ({_behind(counts.get(one))})",
        index=None,
        key=key,
        placeholder="none yet",
        on_change=_choose,
        args=(drafted, some, key),
    )


def _behind(number: int | None) -> str:
    return "no assignments known" if pd.isna(number) else count(int(number), "assignment")


@callback()
def _choose(drafted: Drafted, some: list[Change], key: str) -> None:
    chosen, planning = st.session_state[key], workspace().planning
    mine = [change.key for change in some if change.group_id == chosen]
    planning.hold(drafted, [change.key for change in some if change.group_id != chosen], person())
    planning.release(mine)

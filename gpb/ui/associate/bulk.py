"""Bulk edits: one edit for all rows that fit the filters; a list says what it will do before it does it.

Session-state keys: ``bulk`` (str or None, the dialog that is open: EDIT or SPREADSHEET), ``bulk_closed`` (int, how
many were closed), ``bulk_kind`` (the choice of edit in it), those of ``ticks``, and the widgets of the panels,
``bulk_*``.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.suggest import choices
from gpb.suggest.choices import Apart, Choices
from gpb.ui.associate import csv_panel, grid, ticks
from gpb.ui.associate.filters import Facets, course_names
from gpb.ui.associate.ticks import Edit
from gpb.ui.editing import cells
from gpb.ui.editing.edits import apply, as_shown, discard, look
from gpb.ui.entrance.admission import person
from gpb.ui.focus import give_focus
from gpb.ui.shell.session import callback, keep_page, say, sentences, show_notices, workspace
from gpb.ui.text import count, fingerprint

EDIT, SPREADSHEET = "Bulk edit", "Spreadsheet"
WIDTH = 720  # pixels
Kept = dict[object, pd.DataFrame]
"""Lines of one edit that were computed while a dialog is open: a tick shall not compute them again."""


def bulk_menu(number: int) -> None:
    """Draw what opens the dialogs, for so many filtered rows."""
    st.button(
        EDIT, key="bulk_menu", on_click=_begin, args=(EDIT,), icon=":material/edit_note:",
        help=f"Change all {count(number, 'row')} that match the filters",
    )  # fmt: skip
    st.button(SPREADSHEET, key="bulk_spreadsheet", on_click=_begin, args=(SPREADSHEET,), icon=":material/table:")
    with st.sidebar:  # where it takes no room
        give_focus("bulk", st.session_state.get("bulk_closed", 0), "bulk_menu")


def bulk_dialog(snapshot: Snapshot, rows: pd.DataFrame, facets: Facets) -> bool:
    """Draw the dialog that is open for the filtered rows of the association frame with drafts ``rows``.

    Whether one is.
    """
    kind = st.session_state.get("bulk")
    if kind is None:
        return False
    title = f"{kind}: {count(facets.number, 'row')} shown"
    found, files = facets.found, st.session_state.get("csv_round", 0)
    keep_page()
    st.dialog(title, width=WIDTH, position="right", on_dismiss=_close)(_body)(kind, files, snapshot, rows, found, {})
    return True


def _body(
    kind: str, files: int, snapshot: Snapshot, rows: pd.DataFrame, found: pd.DataFrame, kept: dict[str, Kept]
) -> None:
    """As a fragment; what was done in it ends it."""
    if st.session_state.get("csv_round", 0) != files:
        _close()
    if st.session_state.get("bulk") != kind:
        st.rerun()
    with sentences():
        show_notices()
        if kind == SPREADSHEET:
            csv_panel.csv_panel(snapshot, rows, found)
            return
        panel = st.segmented_control(
            "Edit", list(_PANELS), default=next(iter(_PANELS)), required=True, key="bulk_kind",
            label_visibility="collapsed", on_change=_start_anew,
        )  # fmt: skip
        edit = _PANELS[panel](snapshot, rows, found, kept.setdefault(panel, {}))
        if edit is not None:
            _confirm(snapshot, edit)


def _confirm(snapshot: Snapshot, edit: Edit) -> None:
    """The list, and the button that does what is ticked in it."""
    if edit.lines.empty:
        st.info("This would change none of these rows.", icon=":material/check_circle:")
        return
    chosen = ticks.ticked(snapshot.id, edit)
    asked = choices.wanted(chosen)
    drafted = choices.drafted(chosen)
    told = edit.source, edit.reason
    st.button(
        f"{edit.verb} {count(len(asked), edit.unit)}",
        type="primary",
        key=f"bulk_do_{fingerprint((snapshot.id, asked, drafted, told))}",  # a click is for what was drawn with it
        on_click=edit.act or _do,
        args=(snapshot.id, asked, drafted) if edit.act else (snapshot.id, asked, drafted, edit.label, *told),
        disabled=not asked,
        help=None if asked else "Nothing is ticked.",
    )
    ticks.listed(snapshot.id, edit)


def _lines(
    kept: Kept, of: object, snapshot: Snapshot, rows: pd.DataFrame, asked: Callable[[], Choices]
) -> pd.DataFrame:
    """What is asked as lines (see ``choices.changes``), with ``before`` and ``after`` as a person reads them."""
    if of not in kept:
        kept[of] = _read(choices.changes(rows, asked(), snapshot.validity), snapshot)
    return kept[of]


def _read(found: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    after = found.assign(category_id=found["wanted_id"], category=found["wanted"], changed=found["wanted_id"].isna())
    labels = {"before": cells.shown_labels(found, snapshot.validity),
              "after": cells.shown_labels(after, snapshot.validity)}  # fmt: skip
    return found.assign(**{name: pd.Series(texts, found.index, "str") for name, texts in labels.items()})


def _set_category(snapshot: Snapshot, _rows: pd.DataFrame, found: pd.DataFrame, kept: Kept) -> Edit | None:
    known = choices.labels(found, snapshot.validity)
    if not known:
        st.info("None of these rows are in a section that has categories. Set up categories in Focus first.")
        return None
    label = st.selectbox(
        "Category", list(known), index=None, key="bulk_title",
        format_func=lambda each: f"{each} — valid in {count(known.get(each, 0), 'row')}",
        placeholder="Choose one category for all of these rows",
    )  # fmt: skip
    if label not in known:
        return None
    if len(found) > known[label]:
        st.markdown(f"{count(len(found) - known[label], 'row')} without this category will stay unchanged.")
    lines = _lines(kept, label, snapshot, found, lambda: choices.with_label(found, label, snapshot.validity))
    return Edit(lines, "Set for", label=f"“{label}” for filtered rows")


def _copy(snapshot: Snapshot, rows: pd.DataFrame, found: pd.DataFrame, kept: Kept) -> Edit | None:
    several = found.groupby("course_id")["section_id"].nunique()
    names = course_names(found.loc[found["course_id"].isin(several.index[several > 1])])
    if not names:
        st.info("None of these courses have more than one SIS section to copy between.")
        return None
    course_id = st.selectbox("Course", list(names), key="bulk_course", format_func=lambda each: names.get(each, ""))
    course = rows.loc[rows["course_id"].eq(course_id)]
    places = course.drop_duplicates("section_id")
    sections: dict[int, str] = dict(zip(places["section_id"].tolist(), places["section"].tolist(), strict=True))
    source = st.selectbox(
        "From section", list(sections), key="bulk_from", format_func=lambda each: sections.get(each, "")
    )
    others = [section_id for section_id in sections if section_id != source]
    targets = st.multiselect(
        "To sections", others, default=others, key=f"bulk_to_{course_id}_{source}",
        format_func=lambda each: sections.get(each, ""),
    )  # fmt: skip
    if source is None or not targets:
        return None

    def asked() -> Choices:
        return choices.from_sibling(course, source, targets, snapshot.validity)

    lines = _lines(kept, (source, *targets), snapshot, course, asked)
    return Edit(lines, "Copy to", label=f"copied from {sections[source]}", source="sibling")


def _proposals(snapshot: Snapshot, _rows: pd.DataFrame, found: pd.DataFrame, kept: Kept) -> Edit | None:
    elsewhere = bool(found["status"].eq(Status.ELSEWHERE).any())
    proposed = choices.sure(found, workspace().deciding.proposals(snapshot, elsewhere=elsewhere))
    st.markdown("Only proposals that are sure: the name says it, or it was decided so before.")
    told = {name: dict(zip(keys(proposed), proposed[name].tolist(), strict=True)) for name in ("source", "reason")}
    lines = _lines(kept, len(proposed), snapshot, found, lambda: choices.of_proposals(proposed))
    why = pd.Series([told["reason"][key] for key in keys(lines)], lines.index, "str")
    return Edit(lines.assign(why=why), "Accept", "proposal", "accepted proposals", told["source"], told["reason"])


def _unassociate(snapshot: Snapshot, _rows: pd.DataFrame, found: pd.DataFrame, kept: Kept) -> Edit | None:
    st.markdown("Canvas passes nothing back for these rows any more, once this is synced.")
    lines = _lines(kept, "", snapshot, found, lambda: choices.unassociated(found))
    titles = {**ticks.TITLES, Apart.ASSOCIATED: "Takes an association away", Apart.DRAFTED: "Takes a draft away"}
    return Edit(lines, "Unassociate", label="Unassociated for filtered rows", titles=titles)


def _discard(snapshot: Snapshot, _rows: pd.DataFrame, found: pd.DataFrame, kept: Kept) -> Edit | None:
    if "" not in kept:
        kept[""] = _read(choices.discards(found, person()), snapshot)
    titles = {Apart.FREE: "Yours", Apart.DRAFTED: "Of somebody else"}
    return Edit(kept[""], "Discard", "draft", act=_drop, titles=titles)


@callback()
def _begin(kind: str) -> None:
    st.session_state["bulk"] = kind
    ticks.forget()


@callback()
def _start_anew() -> None:
    ticks.forget()


@callback()
def _close() -> None:
    st.session_state["bulk"] = None
    st.session_state["bulk_closed"] = st.session_state.get("bulk_closed", 0) + 1


@callback()
def _drop(snapshot_id: str, _asked: Choices, drafted: Choices) -> None:
    gone = discard(look(snapshot_id), drafted, "discarded drafts")
    _end()
    say("success", f"{count(gone, 'draft')} discarded. Undo brings them back.")


@callback()
def _do(
    snapshot_id: str,
    asked: Choices,
    drafted: Choices,
    label: str,
    source: str | dict[Key, str],
    reason: str | dict[Key, str],
) -> None:
    """``drafted`` are the drafts that shall be replaced, as they were shown: one that is another by now is left."""
    shown = look(snapshot_id)
    still = as_shown(shown, drafted) if drafted else {}
    meant = {key: choice for key, choice in asked.items() if key not in drafted or key in still}
    given = source if isinstance(source, dict) else dict.fromkeys(meant, source)
    by_hand = dict.fromkeys(still, "")  # somebody ticked the very draft
    edited = apply(shown, meant, label, source={**given, **by_hand}, reason=reason or label)
    _end()
    told = "Nothing is sent to Canvas until you sync under Review and sync."
    say("success", f"{count(edited.moved, 'row')} changed. {told}")


def _end() -> None:
    _close()
    st.session_state.pop("associate_frozen", None)
    grid.renew()


_PANELS: dict[str, Callable[[Snapshot, pd.DataFrame, pd.DataFrame, Kept], Edit | None]] = {
    "Set a category": _set_category,
    "Copy from a section": _copy,
    "Accept proposals": _proposals,
    "Unassociate": _unassociate,
    "Discard drafts": _discard,
}

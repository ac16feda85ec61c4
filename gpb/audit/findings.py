"""All findings of a snapshot as one frame."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from gpb.audit import assignments, associations, changes, courses, sections  # noqa: F401  # they enter their kinds
from gpb.audit.evidence import Evidence
from gpb.audit.kinds import CLASS, COURSE, GROUP, KINDS, OBJECT, ROW, SECTION, SEVERITIES, TERM, Kind
from gpb.frames.association import course_links, with_links
from gpb.frames.rows.coded import Places, in_words, places, taken
from gpb.store.run_records import ChangeKind

TEXT = (
    "key", "finding", "title", "sentence", "who", "remedy", "school", "course", "teacher", "group", "section",
    "sis_section_id", "class_id", "category", "run", "canvas_link", "focus_link",
)  # fmt: skip
COLUMNS = (
    "key", "finding", "title", "severity", "sentence", "who", "remedy", "assignments", "school", "course_id", "course",
    "teacher", "group_id", "group", "section_id", "section", "sis_section_id", "class_id", "category", "run",
    "canvas_link", "focus_link",
)  # fmt: skip
_SECTION, _GROUP = ("section_id", "section", "sis_section_id", "class_id"), ("group_id", "group")
PLACES: dict[tuple[str, ...], tuple[str, ...]] = {
    ROW: (*_SECTION, *_GROUP, "category"),
    GROUP: _GROUP,
    SECTION: _SECTION,
    COURSE: (),
    CLASS: ("class_id", "section"),
    OBJECT: (*_SECTION, *_GROUP, "category"),
    TERM: (),
}
"""The columns that findings of a level have, beside those of all."""
IDS = ("course_id", "group_id", "section_id")
DTYPES = {**dict.fromkeys(("severity", *TEXT), "str"), **dict.fromkeys((*IDS, "assignments"), "Int64")}
COMMON = tuple(name for name in COLUMNS if name not in PLACES[ROW])
AFTER_ALL = "\U0010ffff"
OVERLAY = ("is_new", "accepted_until", "accepted_by", "accepted_reason")


def findings(evidence: Evidence) -> pd.DataFrame:
    """Every finding, the weightiest first.

    Columns (COLUMNS): ``key`` str, the same for the same finding in every snapshot; ``finding`` str, the name of its
    kind (``kinds.KINDS``); ``severity`` ordered categorical of SEVERITIES; ``assignments`` Int64, how many hang on it,
    missing where Canvas did not show them; ``course_id, group_id, section_id`` Int64 and texts, missing where the
    finding is of a larger thing; ``run`` str, the run that confirmed what is not there any more.
    """
    told = [_lines(kind, cases) for kind in KINDS.values() if len(cases := kind.cases(evidence))]
    found = pd.concat(told or [pd.DataFrame(columns=COLUMNS)], ignore_index=True)
    of_kind = places(found["finding"].astype("str"), pd.Series([*KINDS], dtype="str"))
    usual = np.array([SEVERITIES.index(kind.severity) for kind in KINDS.values()])[of_kind]
    missing = taken([""], np.full(len(found), -1))  # as text, which a column of NaN would become one by one
    found = found.assign(**{name: missing for name in ("severity", *TEXT) if name not in found})
    found = found.reindex(columns=list(COLUMNS)).astype(DTYPES)
    own = places(found["severity"], pd.Series(SEVERITIES, dtype="str"))
    severity: Places = np.where(own < 0, usual, own)
    found["severity"] = pd.Categorical.from_codes(severity, pd.Index(SEVERITIES), ordered=True)
    order = _order(found)
    found = found.take(order).reset_index(drop=True)
    for name in ("title", "who", "remedy"):  # last, so that they are copied once
        found[name] = taken([getattr(kind, name) for kind in KINDS.values()], of_kind[order])
    return found.assign(**_links(found, evidence))


def _links(found: pd.DataFrame, evidence: Evidence) -> dict[str, pd.Series[str]]:
    """The address of its course, and of its section, where it names none of the course's first; else a kind's own."""
    facts, with_rows = evidence.snapshot.facts, evidence.sections
    section, course = (
        pd.Index(with_rows[name].drop_duplicates()).get_indexer(found[name].to_numpy("int64", na_value=-1))
        for name in ("section_id", "course_id")
    )
    first = np.append(np.flatnonzero(~with_rows["course_id"].duplicated()), -1)
    texts, is_of_course = with_links(with_rows, facts)["focus_link"], found["section_id"].isna().to_numpy()
    links = {
        "canvas_link": course_links(found["course_id"], facts),
        "focus_link": taken(texts, np.where(is_of_course, first[course], section), found.index),
    }
    return {name: known.where(known.notna(), found[name]) for name, known in links.items()}


def _order(found: pd.DataFrame) -> Places:
    """The weightiest first, then by school, course and ids; the key decides among the few that are equal in these."""
    last = np.iinfo("int64").max
    by = [
        found["severity"].cat.codes.to_numpy("int64"),
        -found["assignments"].to_numpy("int64", na_value=-1),
        *(pd.factorize(found[name].fillna(AFTER_ALL), sort=True)[0] for name in ("school", "course")),
        *(found[name].to_numpy("int64", na_value=last) for name in IDS),
    ]
    order = np.lexsort(by[::-1])
    same = np.append(np.all([one[order[1:]] == one[order[:-1]] for one in by], axis=0), False)
    tied = np.flatnonzero(same | np.roll(same, 1))
    run = np.cumsum(~np.roll(same, 1))[tied]
    by_key = np.lexsort((pd.factorize(found["key"].take(order[tied]), sort=True)[0], run))
    order[tied] = order[tied][by_key]
    return order


def known_keys(evidence: Evidence) -> frozenset[str]:
    """The keys of all findings, and of the rows that are told at once: taken one by one later, they are not new."""
    rows = _lines(KINDS["changed_outside"], changes.no_longer_standing(evidence).assign(sentence=""))
    return frozenset([*findings(evidence)["key"], *rows["key"]])


def not_standing(evidence: Evidence) -> pd.DataFrame:
    """Everything that runs had confirmed and that is otherwise now, once for each row that can be drafted again.

    Columns: those of the association frame; ``key`` (str), that of the finding that tells it; ``change`` (str), a
    ``ChangeKind``; ``after_id, was, now`` (str; category as it was confirmed, titles then and today); ``run, person,
    started`` (str).
    """
    told = {
        ChangeKind.ASSOCIATION: ("changed_outside", changes.no_longer_standing(evidence)),
        ChangeKind.GROUP_NAME: ("renamed_outside", changes.lost_names(evidence)),
        ChangeKind.MEMBERSHIP: ("taken_out_outside", changes.left_categories(evidence)),
    }
    return pd.concat(
        [cases.assign(key=_keys(KINDS[name], cases), change=kind.value) for kind, (name, cases) in told.items()],
        ignore_index=True,
    )


def _lines(kind: Kind, cases: pd.DataFrame) -> pd.DataFrame:
    """The cases of a kind with the columns of its level: a case made from a row carries more than that means."""
    cases = cases.rename(columns={"stored_category": "category"})
    lines = cases[[name for name in COMMON + PLACES[kind.level] if name in cases]]
    ids = {name: lines[name].astype("Int64") for name in IDS if name in lines}  # no float may come near an id
    return lines.assign(**ids, key=_keys(kind, cases), finding=kind.name)


def _keys(kind: Kind, cases: pd.DataFrame) -> pd.Series[str]:
    keys = pd.Series(kind.name, index=cases.index, dtype="str")
    for name in kind.level:
        keys += ":" + (in_words(cases[name]) if name in IDS else cases[name].astype("str"))
    return keys + (":" + cases["run"].astype("str")).fillna("") if "run" in cases else keys


def with_overlay(
    found: pd.DataFrame, accepted: pd.DataFrame, known: Collection[str] | None, today: str
) -> pd.DataFrame:
    """Findings with what people said about them, columns OVERLAY.

    ``accepted`` has ``key, until, person, reason`` (str), the newest word on a key last; an exception holds through its
    day ``until``, compared with ``today`` (both YYYY-MM-DD). ``is_new`` (bool): the key is not among ``known``, the
    keys of the audit before; where there was none, what a run confirmed and is not there any more.
    """
    newest = accepted.drop_duplicates("key", keep="last").set_index("key")
    holding = newest.loc[newest["until"].ge(today), ["until", "person", "reason"]].set_axis(OVERLAY[1:], axis=1)
    is_new = ~found["key"].isin(known) if known is not None else found["run"].notna()
    return found.assign(is_new=is_new).join(holding, on="key")

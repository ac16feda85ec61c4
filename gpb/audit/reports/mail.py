"""The body of the nightly mail, as Markdown or HTML, from one audit; the templates lie beside this module.

Every name that comes from Canvas, Focus or a person is escaped by the format's own environment, never by a template.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from gpb.audit.reports.result import ENDING_DAYS, AuditResult
from gpb.printable import one_line

TEMPLATES = Path(__file__).parent / "templates"


def markdown(audit: AuditResult, today: date | None = None) -> str:
    """The mail as Markdown (CommonMark), its subject as the heading in the first line."""
    return _environment(False).get_template("mail.md.jinja").render(_content(audit, today or _today(audit)))


def html(audit: AuditResult, today: date | None = None) -> str:
    """The mail as HTML with inline styles and no scripts, its subject as the title."""
    return _environment(True).get_template("mail.html.jinja").render(_content(audit, today or _today(audit)))


def _today(audit: AuditResult) -> date:
    return datetime.now(audit.provenance.zone).date()


def subject(audit: AuditResult) -> str:
    """One line: what it is about, the score, and whether it is worth opening."""
    new, lost = len(audit.new), int(audit.new["severity"].eq("lost").sum())
    news = _number(len(audit.open), "open finding") if audit.before is None else "nothing new"
    if new:
        news = f"{_number(new, 'new finding')}, {lost} lost"
    return f"Grade passback: {news}, score {audit.score}, {audit.facts.term}"


def since(audit: AuditResult) -> str:
    """One sentence about the audit before: when it was, and how much is new since."""
    if audit.before is None:
        if len(audit.new):
            return f"This is the first audit, so only changes to what was synced count as new: {len(audit.new)}."
        return "This is the first audit, so nothing counts as new yet."
    return f"{len(audit.new)} new since the last audit ({audit.provenance.at(audit.before.taken_at)})."


def origin(audit: AuditResult) -> str:
    """One sentence: from which snapshot this was made, and when that was read."""
    facts = audit.facts
    return (
        f"{facts.term}, from {facts.canvas_url} and Focus as of {audit.provenance.at(facts.taken_at)}, snapshot "
        f"{audit.provenance.snapshot}."
    )


def counted(audit: AuditResult) -> str:
    """How many findings are open, new and accepted."""
    accepted = f" {_number(audit.accepted, 'accepted finding')} not counted." if audit.accepted else ""
    return f"{_number(len(audit.open), 'open finding')}: {audit.counts}. {since(audit)}{accepted}"


def delivered(audit: AuditResult) -> str:
    """What the score says, in assignments."""
    if audit.state["assignments"] is None:
        return "Canvas did not show assignments, so it is not known how many depend on this."
    numbers = f"{audit.state['assignments_delivered']:,} of {audit.state['assignments']:,}"
    return f"{numbers} assignments flagged for passback go to a category that someone chose."


def _content(audit: AuditResult, today: date) -> dict[str, Any]:
    first = audit.first(audit.open)
    return {
        "audit": audit,
        "subject": one_line(subject(audit)),
        "counted": counted(audit),
        "delivered": delivered(audit),
        "numbers": numbers(audit.numbers),
        "sections": _records(first.assign(place=places(first), weights=weights(first))),
        "news": [
            {
                "school": news.school,
                "findings": news.findings,
                "lost": news.lost,
                "lines": _records(news.lines.assign(place=_full_places(news.lines))),
                "more": news.findings - len(news.lines),
                "address": news.address,
            }
            for news in audit.news
        ],
        "ending": _records(audit.ending(today)),
        "days": ENDING_DAYS,
        "origin": origin(audit),
        "audit_address": audit.address(),
        "accepted_address": audit.address(state="accepted"),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return table.to_dict("records")  # type: ignore[return-value]  # the columns have names


def places(lines: pd.DataFrame) -> list[str]:
    """``Period 2 · Algebra I · Ada Byron``, as far as a finding has them, without a course that its section names."""
    columns = lines[["section", "course", "teacher"]].fillna("")
    return [
        " · ".join(part for part in (section, "" if course in section else course, teacher) if part)
        for section, course, teacher in columns.itertuples(index=False)
    ]


def _full_places(lines: pd.DataFrame) -> list[str]:
    """The places with their group, and the number of assignments."""
    groups = ("“" + lines["group"] + "”").fillna("")
    numbers = [_number(count, "assignment") if count else "" for count in lines["assignments"].fillna(0)]
    whole = zip(groups, places(lines), numbers, strict=True)
    return [" · ".join(filter(None, parts)) for parts in whole]


def weights(first: pd.DataFrame) -> list[str]:
    """``26 assignments not passed back``, of the sections to fix first."""
    return [f"{_number(assignments, 'assignment')} not passed back" for assignments in first["assignments"]]


def numbers(table: pd.DataFrame) -> list[dict[str, str]]:
    """The desk's numbers as ``label`` and ``value`` (``1,342 rows, 3,120 assignments``), those that are 0 left out."""
    told = []
    for label, rows, assignments in table[["label", "rows", "assignments"]].itertuples(index=False):
        behind = "" if pd.isna(assignments) else f", {_number(assignments, 'assignment')}"
        if rows:
            told.append({"label": str(label), "value": _number(rows, "row") + behind})
    return told


@cache
def _environment(is_html: bool) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=is_html,
        finalize=None if is_html else _markdown_text,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["address"] = _Address
    return environment


class _Address(str):
    """The destination of a Markdown link, which is quoted instead of escaped."""

    __slots__ = ()


def _markdown_text(value: object) -> object:
    """A value of a template so that Markdown shows it as the text it is."""
    if isinstance(value, _Address):
        return "<" + re.sub(r"[<>\s\\]", lambda mark: f"%{ord(mark[0]):02X}", value) + ">"
    if not isinstance(value, str):
        return value
    text = re.sub(r"[\\`*_\[\]<>~|&]", r"\\\g<0>", one_line(value))
    return re.sub(r"^([#+=-]|\d{1,9}(?=[.)]))", _at_line_start, text)


def _at_line_start(mark: re.Match[str]) -> str:
    """What would begin a heading, a rule or a list."""
    return f"{mark[0]}\\" if mark[0].isdecimal() else f"\\{mark[0]}"


def _number(count: int, one: str) -> str:
    """``1 assignment``, ``4 assignments``."""
    return f"{count:,} {one}" + ("" if count == 1 else "s")

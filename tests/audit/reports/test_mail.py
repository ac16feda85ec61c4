"""The nightly mail: what it says, and that every name in it stays the text it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gpb.audit.evidence import Evidence
from gpb.audit.figures import figures
from gpb.audit.findings import findings, with_overlay
from gpb.audit.links import dashboard_links
from gpb.audit.reports import mail
from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.result import AuditResult
from gpb.audit.tonight.lines import tonight
from gpb.audit.tonight.sections import losing_sections
from gpb.frames.facts import SnapshotFacts
from gpb.frames.overlay import DRAFT_COLUMNS, with_drafts
from gpb.frames.snapshot import Snapshot, counts_by_school
from tests.audit.found import ESSAY, read
from tests.builders import HOMEWORK, assignments, group, mapped
from tests.examples import examples

TODAY = date(2026, 9, 2)
BASE = "https://dashboard.example"
SIX, THREE = ([replace(ESSAY, id=number) for number in range(first, 10)] for first in (4, 7))


@cache
def district() -> Snapshot:
    """Two groups in two sections."""
    return read(
        [
            group(1, "Homework", mapped(class_1=HOMEWORK), counts=assignments(6), flagged=SIX),
            group(
                2,
                "Labs",
                mapped(class_1="gone"),
                counts=assignments(3, unpublished=2),
                flagged=[replace(one, id=one.id + 10) for one in THREE],
            ),
        ]
    )


@cache
def losing() -> pd.DataFrame:
    """Sections that lose scores tonight."""
    return losing_sections(tonight(district()), district())


NO_DRAFTS = pd.DataFrame(columns=list(DRAFT_COLUMNS)).astype({"group_id": "int64", "section_id": "int64"})


@cache
def numbers() -> pd.DataFrame:
    """Its figures, without drafts."""
    return figures(with_drafts(district().associations(), NO_DRAFTS))


@cache
def facts() -> SnapshotFacts:
    """What the snapshot says of itself."""
    return replace(district().facts, counts=counts_by_school(district().associations()))


@cache
def before_it() -> SnapshotFacts:
    """What an earlier one said."""
    return replace(
        facts(), taken_at=datetime(2026, 8, 31, 5, tzinfo=UTC), counts={"North High": {"Synchronized": (4, 18)}}
    )


@cache
def listed() -> pd.DataFrame:
    """Its findings."""
    return findings(Evidence(district()))


DELETED, UNCHOSEN, UNPUBLISHED = "category_deleted:2:1", "unassociated:2:2", "unpublished:2"


def audit(
    *,
    new: tuple[str, ...] = (),
    accepted: tuple[tuple[str, str], ...] = (),
    before: Callable[[], SnapshotFacts] | None = before_it,
) -> AuditResult:
    """The audit of two groups in two sections; ``new`` are keys, ``accepted`` keys with their last day."""
    said = pd.DataFrame(accepted, columns=["key", "until"]).assign(person="ann", reason="agreed").astype("str")
    known = None if before is None else set(listed()["key"]) - set(new)
    found = with_overlay(listed(), said, known, TODAY.isoformat())
    found = found.assign(dashboard_link=dashboard_links(found, BASE, 5))
    return AuditResult(Provenance("s1", facts()), found, before and before(), BASE, numbers(), losing())


class Parts(HTMLParser):
    """Tags in order, text, and addresses of an HTML page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        """Note it."""
        self.text += data


def markdown_parts(text: str) -> tuple[list[str], str]:
    """Kinds of the parts of a Markdown text in order, and its text as a reader sees it."""
    kinds, words = [], ""
    for block in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        kinds.append(block.type)
        for part in block.children or []:
            words += " " if part.type == "softbreak" else part.content
            if part.type != "text":
                kinds.append(part.type)
    return kinds, words


def test_the_subject_stands_in_the_first_line() -> None:
    """As a heading, and as the title of the page."""
    of_two = audit(new=(DELETED, UNPUBLISHED))
    line = "Grade passback: 2 new findings, 1 lost, score 33 of 100 (100 before), Fall"
    assert mail.markdown(of_two, TODAY).partition("\n")[0] == f"# {line}"
    assert f"<title>{line}</title>" in mail.html(of_two, TODAY)


@pytest.mark.parametrize("write", [mail.markdown, mail.html])
def test_score_time_and_snapshot_are_told(write: object) -> None:
    """With the change since the last audit."""
    text = write(audit(new=(DELETED,)), TODAY)  # type: ignore[operator]
    for part in (
        "Score 33 of 100 (100 before)",
        "6 of 18 assignments",
        "1 new since the last audit (2026-08-31 05:00 UTC)",
        "from https://canvas.example/canvas and Focus as of 2026-09-01 00:00 UTC, snapshot s1.",
    ):
        assert part in text


def test_an_unchanged_score_and_nothing_new_are_told() -> None:
    """No heading stands over nothing."""
    text = mail.markdown(audit(before=facts), TODAY)
    assert "# Grade passback: nothing new, score 33 of 100 (unchanged)" in text
    assert "## New" not in text
    assert "## Exceptions" not in text


def test_the_first_audit_says_that_there_was_none_before() -> None:
    """And shows no score before."""
    text = mail.markdown(audit(before=None), TODAY)
    assert "This is the first audit, so nothing counts as new yet." in text
    assert "score 33 of 100, Fall" in text


def test_new_findings_are_listed_by_school_with_their_links() -> None:
    """Only new ones; group, section and weight are named."""
    parts = Parts(mail.html(audit(new=(DELETED, UNPUBLISHED)), TODAY))
    assert "North High: 2 new, 1 lost" in parts.text
    assert parts.text.count("“Labs” · Section 1 · Math 9 · Zoë Núñez · 3 assignments") == 1
    new = [link for link in parts.links if "finding=" in link]
    assert new == [
        f"{BASE}/audit?term=5&section=1&finding=category_deleted",
        f"{BASE}/audit?term=5&course=7&finding=unpublished",
    ]


def test_a_long_list_is_cut_and_the_rest_is_a_link() -> None:
    """Mail programs cut long mails short."""
    one = audit(new=(DELETED,))
    line = one.found.loc[one.found["is_new"]]
    many = replace(one, found=pd.concat([line] * 25, ignore_index=True))
    parts = Parts(mail.html(many, TODAY))
    assert parts.text.count("lost: Category deleted") == 10
    assert "… and 15 more." in parts.text
    assert f"{BASE}/audit?term=5&school=North+High&state=new" in parts.links


def test_the_sections_to_fix_first_come_with_the_reason() -> None:
    """One of each course, the one that loses most; whose findings are all accepted leaves the list."""
    text = mail.markdown(audit(), TODAY)
    assert "1. **Section 1 · Math 9 · Zoë Núñez**, North High: 3 assignments not passed back." in text
    assert "No category fits (3). For: coordinator." in text
    assert "2. **" not in text
    taken = tuple((key, "2026-12-31") for key in listed()["key"] if key != UNCHOSEN)
    assert "1. **Section 2 · Math 9" in mail.markdown(audit(accepted=taken), TODAY)
    assert "Fix these sections first" not in mail.markdown(audit(accepted=(*taken, (UNCHOSEN, "2026-12-31"))), TODAY)


def test_the_numbers_of_the_desk_are_told() -> None:
    """The same as on every page; what is 0 is left out."""
    told = [f"{label}: {rows}" for label, rows in numbers()[["label", "rows"]].itertuples(index=False) if rows]
    for text in (mail.markdown(audit(), TODAY), mail.html(audit(), TODAY)):
        assert [one for one in told if one not in text] == []
        assert "Drafted: 0" not in text


@pytest.mark.parametrize(
    ("until", "is_told"), [("2026-09-02", True), ("2026-09-16", True), ("2026-09-17", False), ("2026-09-01", False)]
)
def test_exceptions_that_end_within_14_days_are_told(until: str, is_told: bool) -> None:
    """From today on; with person and reason."""
    text = mail.markdown(audit(accepted=((DELETED, until),)), TODAY)
    line = f"- Until {until}: 1 × Category deleted, North High, accepted by ann: “agreed”"
    assert (line in text) == is_told


def test_accepted_findings_are_counted_apart() -> None:
    """And are not new, however new they are."""
    text = mail.markdown(audit(new=(DELETED,), accepted=((DELETED, "2026-12-31"),)), TODAY)
    assert "1 accepted finding not counted" in text
    assert f"{len(listed()) - 1} open findings" in text
    assert "# Grade passback: nothing new" in text


def test_the_page_can_be_read_as_a_mail() -> None:
    """Styles stand inline, and nothing is fetched or run."""
    parts = Parts(mail.html(audit(new=(DELETED, UNPUBLISHED), accepted=((UNCHOSEN, "2026-09-10"),)), TODAY))
    assert set(parts.tags) <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "div",
        *"h1 h2 h3 p ol ul li b br span a".split(),
    }
    assert {link.partition("?")[0] for link in parts.links} == {f"{BASE}/audit"}


def named(name: str) -> AuditResult:
    """The audit with one name for everything that has one."""
    made = audit(new=(DELETED, UNPUBLISHED), accepted=((UNCHOSEN, "2026-09-10"),))
    texts = ["school", "course", "teacher", "group", "section", "accepted_by", "accepted_reason"]
    found = made.found.assign(**{column: made.found[column].mask(made.found[column].notna(), name) for column in texts})
    found["group"] = found["group"].mask(found["key"].eq(UNPUBLISHED))  # so that a line begins with the name
    return replace(made, found=found.assign(sentence=f"“{name}” is gone."))


AWKWARD = st.text(st.sampled_from("<>*_`[]()#+-=!|~&\\.1 \nabc:/\"'"), min_size=1, max_size=12)
NAMES = (AWKWARD | st.text(min_size=1, max_size=12)).filter(lambda name: name == " ".join(name.split()) and name != "")


@cache
def plain() -> AuditResult:
    """With a name that no format reads as markup."""
    return named("plain")


@cache
def plain_kinds() -> Counter[str]:
    """What its Markdown consists of."""
    return Counter(markdown_parts(mail.markdown(plain(), TODAY))[0])


@cache
def plain_tags() -> list[str]:
    """What its HTML consists of."""
    return Parts(mail.html(plain(), TODAY)).tags


@settings(deadline=None, max_examples=examples(30))
@given(NAMES)
@example("<b>*x*")
@example("&lt;b&gt; **x**")
@example("- x")
@example("1. x")
@example("# x")
@example("=")
@example("[x](y) ![x](y) `x`")
@example("<https://x.example> ~~x~~ _x_")
@example('" onclick="x')
def test_no_name_becomes_markup(name: str) -> None:
    """Both formats keep their shape and show the name as it is, a course called ``<b>*x*`` too."""
    awkward = named(name)
    kinds, words = markdown_parts(mail.markdown(awkward, TODAY))
    assert Counter(kinds) == plain_kinds()
    page = Parts(mail.html(awkward, TODAY))
    assert page.tags == plain_tags()
    if name.isprintable():
        assert f"accepted by {name}: “{name}”" in words
        assert f"accepted by {name}: “{name}”" in page.text

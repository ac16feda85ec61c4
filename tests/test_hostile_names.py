"""Names that would do something: what a terminal, a log, a mail and the names of downloads make of them."""

from __future__ import annotations

import logging
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gpb.logfile import OneLine
from gpb.printable import UNSEEN
from gpb.sandbox import Running
from gpb.ui.text import plain, widget_label
from tests.hostile import FORGED, Beacon, hostile_names, listening, make_hostile
from tests.test_cli import Shell


@pytest.fixture
def beacon(box: Running) -> Iterator[Beacon]:
    """A beacon that every name of the district points to."""
    with listening() as made:
        make_hostile(box.world, made.url)
        yield made


@pytest.fixture
def shell(box: Running, tmp_path: Path, beacon: Beacon) -> Shell:
    """A shell that has pulled such a district."""
    made = Shell(box.settings, tmp_path)
    made.told = [made("pull")]  # type: ignore[attr-defined]  # for the test that reads it
    made("first-contact", "--confirm")
    return made


@pytest.mark.slow
def test_a_terminal_shows_names_and_obeys_none(shell: Shell, tmp_path: Path) -> None:
    """No output of any command holds an escape or a character that turns directions, and no name begins a line."""
    rows = shell.exported()
    wanted = [row for row in rows if row["status"] == "Unassociated" and row["name_match"] == ""]
    wanted[0]["category"] = "\x1b[2Jnothing\u202e"
    refused = shell("import", shell.write(wanted[:1]))
    assert refused.exit_code == 1
    outputs = [*shell.told, refused]  # type: ignore[attr-defined]  # see the fixture
    outputs += [shell(*words) for words in (["doctor"], ["audit"], ["plan"], ["runs"], ["apply", "--yes"])]
    for output in outputs:
        assert re.findall(UNSEEN.replace(r"\x00-\x1f", r"\x00-\x09\x0b-\x1f").removesuffix("+"), output.output) == []
        assert [line for line in output.output.splitlines() if line.startswith(FORGED)] == []


def test_the_log_has_a_line_for_each_message() -> None:
    """What looks like a line of it is one, also where a server's own id of a request holds a new line."""
    formatter = OneLine("%(levelname)s %(message)s")
    try:
        raise ValueError(f"odd\n{FORGED}")
    except ValueError:
        record = logging.LogRecord(
            "gpb", logging.INFO, "", 1, "request id %s", (f"a\r\n{FORGED}\x1b[2J",), sys.exc_info()
        )
    lines = formatter.format(record).splitlines()
    assert lines[0] == f"INFO request id a {FORGED} [2J"
    assert {line[:4] for line in lines[1:]} == {"  | "}


@pytest.mark.slow
def test_a_mail_shows_names_letter_by_letter(shell: Shell, tmp_path: Path, beacon: Beacon) -> None:
    """In HTML and in Markdown there is no image, no script and no link but ours."""
    for name in ("mail.html", "mail.md"):
        assert shell("audit", "--mail", str(tmp_path / name)).exit_code == 0
    markdown = MarkdownIt("commonmark").render((tmp_path / "mail.md").read_text(encoding="utf-8"))
    for html in ((tmp_path / "mail.html").read_text(encoding="utf-8"), markdown):
        assert re.findall(r"<(?:img|script|iframe|object)\b", html) == []
        addresses = re.findall(r'href="([^"]*)"', html)
        assert addresses
        assert [address for address in addresses if not address.startswith("http://127.0.0.1:8501/")] == []


def test_names_of_files_in_a_bundle_lead_nowhere(shell: Shell, tmp_path: Path, beacon: Beacon) -> None:
    """Every school has a workbook of a plain name, without folders and control characters, and not too long."""
    assert shell("audit", "--zip", str(tmp_path / "schools.zip")).exit_code == 0
    with zipfile.ZipFile(tmp_path / "schools.zip") as bundle:
        names = bundle.namelist()
    assert len(names) > 1
    assert [name for name in names if re.search(r'[\\/:*?"<>|\x00-\x1f]', name) or len(name) > 120] == []


@pytest.mark.parametrize("name", hostile_names("http://127.0.0.1:1"))
def test_markdown_finds_nothing_in_a_name(name: str) -> None:
    """Rendered, it is one paragraph of text."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(plain(name))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children or []} <= {"text", "text_special"}
    assert re.search(r":[a-z]|www\.|@\w", plain(name).replace("\\", "")) is None
    assert len(plain(name)) < 1_000


MARKED = st.text(st.sampled_from("*_~`$<>&#![]()|\\-+=^:;@./{}0123 abcXY“é"), max_size=40)


@given(MARKED | st.sampled_from(hostile_names("http://127.0.0.1:1")))
@example("<b> [a](b) *c* `d` __e__ &amp; \\*f\\* ~~g~~ $h$")
@example("[a]: http://b")
def test_a_label_reads_the_same_as_markdown_and_as_it_stands(name: str) -> None:
    """Screen and screen reader get the same text, without an escape, and Streamlit finds no code in it."""
    label = widget_label(f"SIS Category of {name}")
    for text in (label, widget_label(name)):
        read = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
        shown = "".join(child.content for token in read for child in token.children or [] if child.type == "text")
        assert shown == text or text in ("", "\u2060")
    assert re.search(r":[a-z]|:100:|www\.|@\w|(?<!\S)(?:--|->|<-|<->|[<>~]=)(?!\S)", label.replace("://", "")) is None


@pytest.mark.parametrize(
    "name", ["Homework (10%) - Unit 1 & 2", "R&D", "HW_1_2", "Essay *", "Period 3: 10:15", "A+ / B-", "$5", "1-2!"]
)
def test_a_label_leaves_usual_names_as_they_are(name: str) -> None:
    """Nothing unseen gets into what people search for and copy."""
    assert widget_label(f"SIS Category of {name}") == f"SIS Category of {name}"


@pytest.mark.parametrize(
    "name", ["Unit 1 -- Review", "A -> B", "A <-> B", "<- A", "70 >= 60", "~= 3", ":100:", ":8ball:"]
)
def test_arrows_and_dashes_stay_what_was_typed(name: str) -> None:
    """Streamlit makes characters of them after it has read the escapes, so these do not help."""
    shown = MarkdownIt("commonmark").parse(plain(name))[1].children or []
    text = "".join(child.content for child in shown)
    assert re.search(r"(?:^|\s)(?:<->|->|<-|--|>=|<=|~=)(?:\s|$)|:[\w+-]+:", text) is None
    assert text.replace("\u2060", "") == name

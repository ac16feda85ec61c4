"""Every page on a district whose names would do something: one walk, which looks at all that is passed to the browser.

A name is marked so that it can be told in whatever is shown: unescaped, its mark begins with a bare asterisk. So every
text in which Streamlit reads Markdown is looked at, on each page as it opens and after each of its choices and buttons,
whoever draws it. What the browser makes of such names is in ``tests/browser/test_hostile_names.py``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import pytest
from google.protobuf.message import Message  # type: ignore[import-untyped]  # it ships no types
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from app import PAGES
from gpb.keys import keys
from gpb.sandbox import Running
from gpb.sync.drafting import seen_in
from gpb.workspace import Workspace
from tests.hostile import rename
from tests.lent import confirm
from tests.pages.conftest import ROOT, opened

BARE = re.compile(r"(?<!\\)\*K\d")
NUMBERED = "*K{}* [k](http://evil.example) :red[r] :100: $m$ <b>b</b> `c` -- -> _u_ ~~s~~"
TEXT = {
    "Selectbox": {"options", "raw_value", "default"},
    "MultiSelect": {"options", "default", "raw_values"},
    "TextInput": {"default", "value", "placeholder"},
    "Radio": {"raw_value"},
    "BidiComponent": {"json"},
    "ArrowData": {"data"},
    "Dataframe": {"columns", "description", "alt"},
}
"""Fields that Streamlit shows as text, by the message that has them."""
SPOKEN = {"Selectbox", "MultiSelect", "TextInput", "Checkbox", "NumberInput", "ButtonGroup", "Radio", "FileUploader"}
"""Widgets whose label is what a screen reader reads, as it stands."""
MOST = 25
"""Choices and buttons of a page that are tried."""


def texts(message: Message) -> Iterator[tuple[str, str, str]]:
    """Name of the message, name of the field and text, of every text in it."""
    kind = type(message).__name__
    for field, value in message.ListFields():
        for one in [value] if isinstance(value, str | bytes) or not isinstance(value, Iterable) else value:
            if isinstance(one, Message):
                yield from texts(one)
            elif isinstance(one, str):
                yield kind, field.name, one


def nodes(node: Node) -> Iterator[Message]:
    """What is passed to the browser: every element and every block."""
    proto = getattr(node, "proto", None)
    if isinstance(proto, Message):
        yield proto
    if isinstance(node, Block):
        for child in node.children.values():
            yield from nodes(child)


def forgotten(app: AppTest, place: str) -> list[str]:
    """What is alive on a page, or hard to listen to."""
    assert [one.value for one in app.exception] == [], place
    found = []
    for message in nodes(app._tree):
        for kind, field, text in texts(message):
            if BARE.search(text) and field != "id" and field not in TEXT.get(kind, set()):
                found.append(f"{place}: {kind}.{field}: {text[:120]}")
            if kind in SPOKEN and field == "label" and "\\" in text:
                found.append(f"{place}: {kind}.{field} is read with its escapes: {text[:120]}")
    return found


def widgets(app: AppTest) -> list[tuple[str, str, Any]]:
    """What can be chosen or pressed: the kind of a widget, its key, and what to give it (None: a click)."""
    found: list[tuple[str, str, Any]] = []
    for kind in ("button_group", "segmented_control", "radio", "selectbox"):
        for one in getattr(app, kind, ()):
            options = [option for option in one.options if option != one.value]
            found += [(kind, one.key, option) for option in options[: 6 if kind != "selectbox" else 1] if one.key]
    found += [(kind, one.key, True) for kind in ("checkbox", "toggle") for one in getattr(app, kind) if one.key]
    found += [("button", one.key, None) for one in app.button if one.key and not one.disabled]
    return found


@pytest.fixture
def marked(box: Running) -> None:
    """The district has such names before it is pulled."""
    rename(box.world, map(NUMBERED.format, count()))


@pytest.fixture
def live_and_marked(box: Running, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, marked: None) -> Workspace:
    """Pulled, with drafts of somebody with such a name; the environment leads to it."""
    for name, value in box.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GPB_DATA_DIR", str(workspace.settings.data_dir))
    asyncio.run(workspace.term.pull())
    confirm(workspace)
    rows = workspace.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated") & rows["class_id"].notna()].head(4)
    options = workspace.term.latest().validity.options
    choices = {key: next(iter(options(class_id))) for key, class_id in zip(keys(free), free["class_id"], strict=True)}
    workspace.edit(choices, seen=seen_in(rows), person=NUMBERED.format(0), label=NUMBERED.format(1))
    return workspace


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_no_name_comes_alive_on_a_page_or_after_a_click(page: str, live_and_marked: Workspace) -> None:
    """As it opens, and after each choice and each button; nothing is escaped in a label that is read aloud."""

    def start() -> AppTest:
        return opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), page)

    app = start()
    found = forgotten(app, page)
    for kind, key, value in widgets(app)[:MOST]:
        app = start()
        try:
            widget = getattr(app, kind)(key=key)
        except KeyError:
            continue
        widget = widget.click() if value is None else widget.set_value(value)
        try:
            widget.run()
        except ValueError as error:  # AppTest cannot play a choice whose label has another count by now
            if "is not in list" not in str(error):
                raise
            continue
        found += forgotten(app, f"{page}, {key}")
    assert sorted(set(found)) == []

"""No page passes a name from outside into a place that reads Markdown, unless it is escaped there.

Streamlit reads Markdown in almost every text that it shows. A name from Canvas, Focus, a file or a person therefore
goes through ``plain`` or ``sentence``, or, in the label of a widget, through ``widget_label``. This test reads the
source of the pages; ``tests/pages/test_names_stay_text.py`` plays them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READS_MARKDOWN = {
    *("markdown", "caption", "title", "header", "subheader", "write", "info", "warning", "error", "success"),
    *("toast", "progress", "status", "spinner", "expander", "popover", "dialog", "metric", "tabs"),
    *("button", "download_button", "link_button", "page_link", "form_submit_button", "checkbox", "toggle", "radio"),
    *("pills", "segmented_control", "selectbox", "multiselect", "text_input", "number_input", "date_input"),
    *("file_uploader", "text_area", "slider", "say"),
}
LABELLED = {
    *("checkbox", "toggle", "radio", "pills", "segmented_control", "selectbox", "multiselect", "text_input"),
    *("number_input", "date_input", "file_uploader", "text_area", "slider"),
}
"""Their label is what a screen reader reads, as it stands."""
AS_TEXT = {
    *("key", "args", "kwargs", "on_click", "on_change", "options", "value", "default", "placeholder", "format_func"),
    *("file_name", "mime", "url", "data", "page", "type", "index", "disabled", "icon", "bind"),
}
"""Arguments in which Streamlit reads no Markdown."""
ESCAPES = {
    "plain",
    "sentence",
    "widget_label",
    "count",
    "local_time",
    "age",
    "fingerprint",
    "reasons",
    "len",
    "sum",
    "int",
}
OURS = {"notice", "page", "step", "way", "figure", "kind", "view", "tab", "report", "column"}
"""What holds words of the program by the same names."""
OUTSIDE = {
    *("account", "category", "course", "course_code", "group", "label", "name", "person", "school", "section"),
    *("sis_section_id", "teacher", "teachers", "term", "title", "text", "reason", "sentence", "file_name", "message"),
}
"""What attributes and columns are called that hold such names, or sentences with them."""


def files() -> list[Path]:
    """The pages and what draws them."""
    return [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "gpb" / "ui").rglob("*.py")]


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def bare(node: ast.expr) -> Iterator[ast.expr]:
    """The names from outside in an expression that are in no call which escapes them."""
    if isinstance(node, ast.Call):
        if called(node) in ESCAPES:
            return
        inside = [node.func, *node.args, *(word.value for word in node.keywords)]
        yield from (found for part in inside if part is not node.func for found in bare(part))
        if isinstance(node.func, ast.Attribute):
            yield from bare(node.func.value)
    elif isinstance(node, ast.Attribute):
        is_ours = isinstance(node.value, ast.Name) and node.value.id in OURS
        if node.attr in OUTSIDE and not is_ours:
            yield node
        else:
            yield from bare(node.value)
    elif isinstance(node, ast.Subscript):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if key in OUTSIDE:
            yield node
    elif isinstance(node, ast.IfExp):
        yield from (*bare(node.body), *bare(node.orelse))
    elif isinstance(node, ast.Compare):
        return
    elif not isinstance(node, ast.Lambda):
        yield from (found for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr) for found in bare(part))


def shown(node: ast.Call) -> Iterator[ast.expr]:
    """The arguments in which Markdown is read: the first, or those by name."""
    yield from node.args[:2] if called(node) in {"say", "metric", "title"} else node.args[:1]
    yield from (word.value for word in node.keywords if word.arg not in AS_TEXT)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """What is shown somewhere, by Streamlit or by ``say``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in READS_MARKDOWN:
            yield node


def faults(source: str) -> list[str]:
    """``line: expression`` of every name that is shown without being escaped."""
    tree = ast.parse(source)
    made: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            made[node.targets[0].id] = node.value
    found = []
    for call in calls(tree):
        for argument in shown(call):
            named = [made[part.id] for part in ast.walk(argument) if isinstance(part, ast.Name) and part.id in made]
            several = [argument, *(value for value in named if isinstance(value, ast.JoinedStr))]
            found += [f"{one.lineno}: {ast.unparse(one)}" for part in several for one in bare(part)]
    return found


@pytest.mark.parametrize(
    "source",
    [
        "st.markdown(f'**{row[\"group\"]}**')",
        "left.caption(change.section)",
        "st.button('x', help=f'of {first.course}')",
        "told = f'{row.group} in'\nst.info(told)",
        "st.expander(' · '.join([run.person, 'x']))",
        "say('error', str(job.sentence))",
    ],
)
def test_the_rule_finds_a_name_that_was_forgotten(source: str) -> None:
    """Straight, in a text, in help, by way of a variable, joined."""
    assert len(faults(source)) == 1
    assert faults("st.markdown(f'{plain(row.group)} {count(len(rows), \"row\")}', key=row.group)") == []


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_names_from_outside_are_escaped_where_markdown_is_read(file: Path) -> None:
    """In the source of every page."""
    assert faults(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_label_has_no_marks_that_a_screen_reader_would_read(file: Path) -> None:
    """Neither escapes (``widget_label`` and never ``plain`` for a name in the label of a widget), nor bold type."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    wrong = [
        f"{call.lineno}: {ast.unparse(part)}"
        for call in calls(tree)
        if called(call) in LABELLED and call.args
        for part in ast.walk(call.args[0])
        if (isinstance(part, ast.Call) and called(part) in {"plain", "sentence"})
        or (isinstance(part, ast.Constant) and ("**" in str(part.value) or ":material/" in str(part.value)))
    ]
    assert wrong == []

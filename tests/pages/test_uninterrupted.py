"""A click that arrives while a callback is at work waits for it."""

from __future__ import annotations

import ast
from pathlib import Path

from streamlit.testing.v1 import AppTest

UI = Path(__file__).resolve().parent.parent.parent / "gpb" / "ui"
HOOKS = ("on_click", "on_change", "on_select")


def _a_newer_click_is_there() -> None:
    import streamlit as st  # noqa: PLC0415  # the function is a script of its own
    from streamlit.runtime.scriptrunner import get_script_run_ctx  # noqa: PLC0415
    from streamlit.runtime.scriptrunner_utils.exceptions import StopException  # noqa: PLC0415
    from streamlit.runtime.state import SafeSessionState  # noqa: PLC0415

    from gpb.ui.shell.session import callback  # noqa: PLC0415

    def end_the_run() -> None:
        raise StopException

    context = get_script_run_ctx()
    assert context is not None
    free = context.session_state
    context.session_state = SafeSessionState(free._state, end_the_run)

    @callback()
    def take() -> None:
        st.session_state["marked"] = True
        st.session_state["stored"] = True

    take()
    try:
        st.session_state["after"] = True
    except StopException:
        context.session_state = free
        st.session_state["ended_after"] = True


def test_a_callback_runs_to_its_end() -> None:
    """Each touch of the session's state would end the run; in the callback it does not, right after it does."""
    state = AppTest.from_function(_a_newer_click_is_there).run().session_state
    assert [name for name in ("marked", "stored", "after", "ended_after") if name in state] == [
        "marked",
        "stored",
        "ended_after",
    ]


def test_every_callback_is_one() -> None:
    """No function is handed to a widget that a newer click could end half-way."""
    given: set[str] = set()
    kept: set[str] = set()
    for file in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in HOOKS and isinstance(node.value, ast.Name):
                given.add(f"{file.stem}.{node.value.id}")
            if isinstance(node, ast.FunctionDef) and "callback()" in map(ast.unparse, node.decorator_list):
                kept.add(f"{file.stem}.{node.name}")
    handed_on = {
        "bulk.edit",
        "page.take",
        "row.take",
        "page.go_to",
        "tonight.go_to",
        "why.go_to",
    }  # parameters, and functions of other files, which are in `kept`
    assert len(kept) > 20
    assert given - kept - handed_on == set()

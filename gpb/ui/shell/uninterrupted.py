"""A callback runs to its end, whatever the person clicks meanwhile.

Streamlit lets a newer click end the run before it, wherever that touches the session's state next, in the middle of a
callback, too: what had been marked as taken was never stored, and half of a click was done. Here the session's state
answers without looking for newer clicks, which wait until the callback is done. ``fastReruns`` is off for the same
reason (``.streamlit/config.toml``): otherwise the newer run would not wait but run beside the older one.

Source: ``SafeSessionState`` and ``ScriptRunner._maybe_handle_execution_control_request`` of the pinned Streamlit, which
has no public way; ``tests/browser/test_saved.py`` fails without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SafeSessionState


@contextmanager
def uninterrupted() -> Iterator[None]:
    """No newer click ends this run inside the block."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        yield
        return
    own = context.session_state
    context.session_state = SafeSessionState(own._state, _go_on)
    try:
        yield
    finally:
        context.session_state = own


def _go_on() -> None:
    """What Streamlit calls at each touch of the state."""

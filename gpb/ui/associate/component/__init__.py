"""The grid in the browser: AG Grid Community with our cell editor, mounted as a component of Streamlit.

``grid.js`` is made from ``frontend/`` by its ``build.mjs`` and lies here as it was made, so that neither a checkout nor
a wheel needs node. Its 0.8 MB are no part of any message to the page: a route of the server hands it out once, under an
address that changes with the file, and browsers keep it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

SCRIPT = Path(__file__).with_name("grid.js")
_NAME = f"grid-{hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:12]}.js"
KEY = "grid_table"
"""Key of the grid; its state is ``outbox``: what the person did and the server may not have taken yet."""
_LOADER = """
export default async function (component) {{
  const script = await import(new URL(component.data.script, window.location.href).href)
  return script.{name}(component)
}}
"""


def script_route() -> Route:
    """The route that hands out the script, below ``server.baseUrlPath`` like Streamlit's own."""
    return Route(_address(), _script, methods=["GET"])


def mount(
    rows: Mapping[str, Any], state: Mapping[str, Any], take: Callable[[], None], beside: Callable[[], None]
) -> dict[str, Any] | None:
    """Draw the grid; the outbox, where the browser has sent one. ``take`` is called when it has changed.

    ``rows`` are a message of their own, which does not travel again while they stay the same; ``beside`` draws what
    belongs to the grid and takes no room.
    """
    with st.container(key="grid", gap=None):
        _mount("rows", "gpb_grid_rows", rows, key="grid_rows")
        sent = _mount("grid", "gpb_grid", state, key=KEY, on_outbox_change=take)
        beside()
    outbox = sent.get("outbox")
    return outbox if isinstance(outbox, dict) else None


def mount_news(text: str) -> None:
    """Draw what says beside the grid that there is something that it does not show; empty: there is nothing."""
    _mount("news", "gpb_grid_news", {"newer": text}, key="grid_news")


def _mount(part: str, name: str, data: Mapping[str, Any], **given: Any) -> Any:
    component = st.components.v2.component(name, js=_LOADER.format(name=part))
    return component(data={"script": _address(), **data}, height="content", **given)


def _address() -> str:
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}/gpb/{_NAME}" if base else f"/gpb/{_NAME}"


async def _script(_request: Request) -> FileResponse:
    forever = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(SCRIPT, media_type="text/javascript", headers=forever)

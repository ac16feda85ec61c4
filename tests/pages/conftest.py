"""The whole dashboard in AppTest, on a small district that has been pulled."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.processes import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True, scope="session")
def _no_collection_after_each_run() -> None:
    """A third of the time of these tests; a server loads before it serves, and leaves that out (``preload``)."""
    config.set_option("runner.postScriptGC", False)


@pytest.fixture(autouse=True, scope="session")
def _components_looked_for_once() -> Iterator[None]:
    """AppTest looks through all installed packages for components each time that it begins: a third of these tests."""
    found = manifest_scanner.scan_component_manifests
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", functools.cache(found))
        yield


@pytest.fixture
def live(box: Running, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The environment leads to the sandbox, as a coordinator would set it; the term is pulled."""
    for name, value in box.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GPB_DATA_DIR", str(workspace.settings.data_dir))
    return workspace


@pytest.fixture
def app(live: Workspace) -> AppTest:
    """The dashboard, not drawn yet: ``run()`` draws its first page, ``opened`` another one."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)


def opened(app: AppTest, page: str) -> AppTest:
    """The dashboard on another page, without an error on it."""
    app.switch_page(f"pages/{page}.py").run()
    assert [error.value for error in [*app.exception, *app.error]] == []
    return app


def run_until(app: AppTest, condition: Callable[[], object]) -> AppTest:
    """Draw the page again and again, as its bar does, until what works beside it has come so far."""

    def has_come() -> bool:
        app.run()
        return bool(condition())

    wait_until(has_come, every=0.1)
    return app


def pressable(app: AppTest) -> list[str]:
    """The labels of the buttons that are not disabled."""
    return [found.label for found in app.button if not found.disabled]


def has_number_field(app: AppTest) -> bool:
    """Whether a number has to be typed before the drafts are synced."""
    return any(field.key == "review_number" for field in app.text_input)


def unescaped(text: str) -> str:
    """What a person reads of a text for Markdown."""
    return text.replace("\\", "").replace("\u2060", "")


def words(app: AppTest) -> str:
    """Everything that a person reads on the page, without tables."""
    parts = [
        *app.title,
        *app.markdown,
        *app.info,
        *app.warning,
        *app.success,
        *app.caption,
        *app.header,
        *app.subheader,
    ]
    return unescaped("\n".join(str(part.value) for part in parts))


def drop_down(app: AppTest, row: pd.Series[Any]) -> Selectbox[Any]:
    """The drop-down of an association row in the view by course."""
    start = f"pick_{row['group_id']}_{row['section_id']}_"
    (found,) = (box for box in app.selectbox if str(box.key).startswith(start))
    return found

"""No visitor's thread is the first to import what another visitor's thread may want at the same moment."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gpb.workspace import Workspace
from tests.pages.conftest import ROOT

VISIT = """
import json, sys
import app
from gpb.ui.shell.preload import preload
from streamlit.testing.v1 import AppTest

preload()
before = set(sys.modules)
seen = AppTest.from_file(app.__file__, default_timeout=60).run()
for name in app.PAGES:
    seen.switch_page(f"pages/{name}.py").run()
    assert not seen.exception, seen.exception
    assert seen.title, name
print(json.dumps(sorted(set(sys.modules) - before)))
"""
OURS = ("gpb", "pages", "pandera", "alembic", "altair", "sqlalchemy", "pydantic_settings")


@pytest.mark.slow
def test_pages_import_nothing_that_was_not_loaded_before_the_first_visitor(live: Workspace) -> None:
    """Two first visitors at once never meet in the middle of an import; pages of a term that was read are drawn."""
    process = subprocess.run([sys.executable, "-c", VISIT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    late = json.loads(process.stdout.splitlines()[-1])
    assert [name for name in late if name.startswith(OURS)] == []

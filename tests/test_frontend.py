"""The script of the grid that lies in the package is what its sources make."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gpb.settings import ROOT
from gpb.ui.associate.component import SCRIPT

SOURCES = ROOT / "frontend"
npm = shutil.which("npm")


def test_the_script_says_that_it_was_made_of_these_sources() -> None:
    """And bears the licence of the library in it; no node is needed to see that somebody forgot to build it."""
    digest = hashlib.sha256()
    for file in [*sorted((SOURCES / "src").iterdir()), SOURCES / "build.mjs", SOURCES / "package-lock.json"]:
        digest.update(file.read_bytes())
    head = SCRIPT.read_text(encoding="utf-8")[:400]
    assert digest.hexdigest() in head, "run npm ci && npm run build in frontend/"
    version = re.search(r"AG Grid Community ([\d.]+)", head)
    assert version is not None
    assert f'"ag-grid-community": "{version[1]}"' in (SOURCES / "package.json").read_text(encoding="utf-8")
    assert "MIT" in SCRIPT.with_name("AG-GRID-LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(npm is None, reason="npm makes the script")
def test_a_build_makes_the_same_script(tmp_path: Path) -> None:
    """Byte for byte, from the versions of the lock file."""
    made = tmp_path / "frontend"
    shutil.copytree(SOURCES, made, ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "gpb" / "ui" / "associate").mkdir(parents=True)
    shutil.copytree(SCRIPT.parent, tmp_path / "gpb" / "ui" / "associate" / "component")
    fetched = subprocess.run(
        [str(npm), "ci", "--no-audit", "--no-fund"], cwd=made, capture_output=True, text=True, check=False
    )
    if fetched.returncode:
        pytest.skip("npm could not fetch the library")
    checked = subprocess.run([str(npm), "run", "check"], cwd=made, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr

"""What the container is made of, started without a container: the files that it gets are all that a dashboard needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.driver import ROOT

pytestmark = pytest.mark.slow
DRAWN = """
import sys
import time
from pathlib import Path
from streamlit.testing.v1 import AppTest

app = AppTest.from_file("app.py", default_timeout=120).run()
until = time.monotonic() + 120
while not app.sidebar.selectbox:  # the term, once it has been read
    assert time.monotonic() < until, "no term was read"
    time.sleep(0.3)
    app.run()
for page in sorted(Path("pages").glob("[!_]*.py")):
    app.switch_page(str(page)).run()
    assert not app.exception, (page, app.exception)
    print(page.stem)
print(sys.modules["gpb"].__file__)
"""


def instructions() -> list[tuple[str, str]]:
    """Each line of the file: what it does, and with what."""
    lines = (ROOT / "deploy/Containerfile").read_text("utf-8").splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word not in ("", "#")]


def put_together(folder: Path) -> None:
    """The files of the container, without what is installed there."""
    for source, target in (rest.split() for word, rest in instructions() if word == "COPY"):
        there = folder / target / Path(source).name if target.endswith("/") else folder / target
        there.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, there, ignore=shutil.ignore_patterns("secrets.toml", "__pycache__"))
        else:
            shutil.copy(ROOT / source, there)


def test_every_page_opens_with_the_files_of_the_container_alone(tmp_path: Path) -> None:
    """On the district that these files make up, which is read first; nothing comes from the checkout."""
    place, data = tmp_path / "srv", tmp_path / "data"
    put_together(place)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GPB_", "PYTHONPATH"))}
    done = subprocess.run(
        [sys.executable, "-c", DRAWN],
        check=False,
        cwd=place,
        env={**own, "GPB_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    *pages, loaded = done.stdout.split()
    assert pages == sorted(page.stem for page in (ROOT / "pages").glob("[!_]*.py"))
    assert Path(loaded).is_relative_to(place)


def test_the_container_is_looked_after_where_the_dashboard_answers() -> None:
    """The health of the container is asked at the address and port at which its command serves."""
    commands = {word: json.loads(rest.removeprefix("CMD ")) for word, rest in instructions() if word.endswith("CMD")
                or word == "HEALTHCHECK"}  # fmt: skip
    ports = [rest for word, rest in instructions() if word == "EXPOSE"]
    assert commands["CMD"] == ["streamlit", "run", "app.py", "--server.address", "0.0.0.0"]
    assert ports == ["8501"]  # Streamlit's own, for the command names none
    assert f"127.0.0.1:{ports[0]}/_stcore/health" in commands["HEALTHCHECK"][-1]

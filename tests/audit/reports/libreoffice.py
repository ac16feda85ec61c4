"""Opens a file in LibreOffice, where there is one, and saves it as another kind."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CSV_UTF8 = "44,34,76,1"  # comma, quotation mark, UTF-8, from the first line
needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def resave(file: Path, kind: str) -> Path:
    """The file as LibreOffice saves it, beside it in a folder of its own: ``kind`` is ``xlsx`` or ``csv``."""
    target = file.parent / f"as-{kind}"
    subprocess.run(
        [
            *("soffice", "--headless", f"-env:UserInstallation={(file.parent / 'profile').as_uri()}"),
            *(f"--infilter=CSV:{CSV_UTF8}" for _ in range(file.suffix == ".csv")),
            *("--convert-to", f"csv:Text - txt - csv (StarCalc):{CSV_UTF8}" if kind == "csv" else kind),
            *("--outdir", str(target), str(file)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return target / f"{file.stem}.{kind}"

"""The command that predicts the next passback."""

from __future__ import annotations

from pathlib import Path

import click

from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.tonight import tonight_csv, tonight_text
from gpb.cli.common import FILE_OR_STDOUT, open_term, write_out


@click.command()
@click.option("--csv", type=FILE_OR_STDOUT, metavar="FILE", help="Write all lines as CSV; - is stdout.")
def tonight(csv: Path | None) -> None:
    """Predict what the next passback does with every flagged assignment in every section, and why."""
    workspace = open_term()
    snapshot, lines = workspace.term.latest(), workspace.audit.tonight()
    provenance = Provenance(snapshot.id, snapshot.facts, zone=workspace.settings.zone)
    if csv is None:
        click.echo(tonight_text(lines, snapshot, provenance))
    else:
        write_out(csv, tonight_csv(lines, snapshot, provenance))

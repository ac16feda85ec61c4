"""The command ``sandbox``, for ``python -m gpb sandbox`` and for ``python -m gpb.sandbox``, which starts faster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gpb.sandbox.config import FAULTS, ODDITIES, OF_GRAPHQL, SandboxConfig
from gpb.sandbox.layout import SHAPES, SISTEMIC
from gpb.sandbox.serve.server import serve


def _told(faults: dict[str, str]) -> str:
    return "\n".join(f"  {name:<14} {meaning}" for name, meaning in faults.items())


EPILOG = f"""\b
Faults of requests (RATE: share of requests); with @ of those below one object, like 500@courses/1001=1:
{_told(FAULTS)}

\b
Faults of objects (RATE: share of objects, always the same); with @ of one, like null-name@terms/3=1:
{_told(ODDITIES)}

\b
Faults of GraphQL (any RATE above 0 switches one on):
{_told(OF_GRAPHQL)}
"""


@click.command(epilog=EPILOG)
@click.option("--port", default=8790, show_default=True, help="Port to listen on; 0 picks any free one.")
@click.option("--schools", default=12, show_default=True)
@click.option("--courses", default=250, show_default=True, help="Courses in the current term.")
@click.option("--seed", default=1, show_default=True, help="The same seed always makes the same district.")
@click.option(
    "--shape",
    type=click.Choice(SHAPES),
    show_default="sistemic, with the fields categoryId and categoryTitle",
    help="How the vendor's tool keeps associations. Where you name a shape, the seed decides the names of its fields, "
    "whether there is a title, and whether the flag is set. flag-only: outside its own store only the flag shows.",
)
@click.option("--unassociated", is_flag=True, help="Begin with no association in any term.")
@click.option("--latency-ms", default=0, show_default=True, help="Delay added to every response.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME=RATE",
    help="Inject a fault (below) at this rate, like 503=0.05 or stub@courses/1001=1; can be repeated.",
)
@click.option("--state-file", type=click.Path(path_type=Path), help="Keep changes in this file across restarts.")
@click.option("--stop-with-parent", is_flag=True, help="Stop when standard input closes.")
def sandbox(faults: tuple[str, ...], stop_with_parent: bool, shape: str | None, **options: Any) -> None:
    """Serve a made-up district to try things with: Canvas and Focus on 127.0.0.1."""
    try:
        config = SandboxConfig(
            faults=dict(map(_fault, faults)), shape=shape or SISTEMIC, drawn_layout=shape is not None, **options
        )
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    serve(config, stop_with_parent=stop_with_parent)


def _fault(text: str) -> tuple[str, float]:
    name, _, rate = text.rpartition("=")
    try:
        return name, float(rate)
    except ValueError:
        raise ValueError(f"The fault {text} does not have the form NAME=RATE. Write it like 503=0.05.") from None

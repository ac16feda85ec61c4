"""The figures of all faults: ``python -m tests.faults.report``; exit code 1 when one of them did not hold.

The same functions as in the tests, by default with the larger numbers of rounds and rows (100 random kills of 500 rows
among them, which takes a good while); ``--rounds`` limits them.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
import time
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path

import click
import stamina
from sqlalchemy import Engine

from gpb.api.http import concurrency
from tests.databases import postgresql_server
from tests.faults.harness import Fault, store_on
from tests.faults.judge import Figures
from tests.lent import end_all
from tests.pauses import QUICK

HERE = Path(__file__).parent
LINE = "{:>2}  {:<72.72} {:>6} {:>7} {:>5} {:>8} {:>6}  {:<4} {:>8}"


def all_faults() -> list[Fault]:
    """Every fault of the test modules beside this one, once, by number."""
    modules = [importlib.import_module(f"tests.faults.{file.stem}") for file in sorted(HERE.glob("test_*.py"))]
    found = {value for module in modules for value in vars(module).values() if isinstance(value, Fault)}
    return sorted(found, key=lambda one: (one.number, one.name))


def play(one: Fault, rounds: int | None, rows: int | None, folder: Path, server: Engine | None) -> Figures:
    """All rounds of a fault, each with a store of its own."""
    total = Figures()
    for round_ in range(min(one.full_rounds, rounds or one.full_rounds)):
        place = folder / f"{one.number}-{round_}"
        try:
            with store_on(server):
                total.add(one.figures(place, round_, rows or one.full_rows))
        except Exception as error:  # a round that cannot be played has not held
            total.add(Figures(1, failings=[f"round {round_} broke off: {type(error).__name__}: {error}"]))
        shutil.rmtree(place, ignore_errors=True)
    return total


@click.command()
@click.option("--rounds", type=int, help="At most so many rounds of each fault; default: all (100 random kills).")
@click.option("--rows", type=int, help="Rows planned in each round; default: those of the fault (up to 500).")
@click.option("--fault", "only", type=int, multiple=True, help="Only the fault of this number; may be repeated.")
@click.option("--store", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True)
def main(rounds: int | None, rows: int | None, only: tuple[int, ...], store: str) -> None:
    """Print one line per fault, and how many of them held."""
    with postgresql_server() if store == "postgresql" else nullcontext() as server:
        held = report(rounds, rows, only, server)
    end_all()
    sys.exit(0 if held else 1)


def report(rounds: int | None, rows: int | None, only: tuple[int, ...], server: Engine | None) -> bool:
    """Play and print; whether all held."""
    concurrency.PAUSES = QUICK
    stamina.set_testing(True, attempts=10, cap=True)
    click.echo(LINE.format("", "fault", "rounds", "rows", "lost", "doubled", "wrong", "held", "seconds"))
    held = []
    for number, family in groupby(all_faults(), key=lambda one: one.number):
        if only and number not in only:
            continue
        members, began, total = list(family), time.monotonic(), Figures()
        with tempfile.TemporaryDirectory() as folder:
            for one in members:
                total.add(play(one, rounds, rows, Path(folder) / one.play.__name__, server))
        figures = (total.rounds, total.rows, total.lost, total.doubled, total.wrong)
        name = "; ".join(one.name for one in members)
        seconds = f"{time.monotonic() - began:.1f}"
        click.echo(LINE.format(number, name, *figures, "yes" if total.held else "no", seconds))
        for failing in total.failings:
            click.echo(f"    {failing}")
        held.append(total.held)
    click.echo(f"{sum(held)} of {len(held)} faults held")
    return all(held)


if __name__ == "__main__":
    main()

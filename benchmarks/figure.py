"""A figure of a benchmark beside what it has to reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, in ``unit``. It has to be at most ``aim``, or (``at_least``) no less; None: it is told only.

    ``told`` is what belongs to it, in words.
    """

    name: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = False
    told: str = ""

    @property
    def is_met(self) -> bool:
        """Whether it is as good as it has to be."""
        return self.aim is None or (self.value >= self.aim if self.at_least else self.value <= self.aim)

    @property
    def line(self) -> tuple[str, str, str, str, str]:
        """Figure, aim, measured, ratio of both, and what else there is to say."""
        if self.aim is None:
            return self.name, "", _number(self.value, self.unit), "", self.told
        aim = f"{'≥' if self.at_least else '≤'} {_number(self.aim, self.unit)}"
        ratio = f"{self.value / self.aim:.2f}" if self.aim else ""
        missed = "" if self.is_met else "missed"
        return self.name, aim, _number(self.value, self.unit), ratio, "; ".join(filter(None, (missed, self.told)))


HEADS = ("figure", "aim", "measured", "ratio", "")


def as_table(lines: Iterable[tuple[str, ...]]) -> str:
    """Lines as a Markdown table under HEADS."""
    lines = [HEADS, ("---",) * len(HEADS), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _number(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()

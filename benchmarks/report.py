"""What was measured, as lines for people and for machines."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

_HEAD: Final = ("what", "median", "min - max", "beside it", "median", "ratio", "goal", "")
_WHOLE: Final = 100
"""From here on nobody asks for what comes behind the point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound that a line has to keep.

    Attributes:
        limit: the bound itself.
        at: whether it is the most or the least that is allowed.
        of: what is bounded: the line's median, or its ratio.
    """

    limit: float
    at: Literal["most", "least"]
    of: Literal["median", "ratio"]

    def is_met(self, found: float) -> bool:
        """Whether ``found`` keeps it."""
        return found <= self.limit if self.at == "most" else found >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was measured, beside another or alone.

    Attributes:
        what: Daybook's side, in words.
        unit: of all values: ``s``, ``ms``, ``MB``, ``rows/s`` …
        values: one for each repetition.
        peer: the other side, in words; empty: there is none.
        beside: its values, pair by pair those of ``values``.
        quick: the ratio says how many times as quick Daybook is, for times; otherwise it is
            Daybook's part of the other.
        goal: what has to be kept.
    """

    what: str
    unit: str
    values: tuple[float, ...]
    peer: str = ""
    beside: tuple[float, ...] = ()
    quick: bool = False
    goal: Goal | None = None

    @property
    def median(self) -> float:
        """The middle of the values."""
        return statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """The middle of the pairs' ratios; ``None``: measured alone."""
        if not self.beside:
            return None
        pairs = zip(self.values, self.beside, strict=True)
        return statistics.median(its / ours if self.quick else ours / its for ours, its in pairs)

    @property
    def met(self) -> bool | None:
        """Whether the goal is kept; ``None``: there is none."""
        found = self.median if self.goal and self.goal.of == "median" else self.ratio
        return None if self.goal is None or found is None else self.goal.is_met(found)

    def cells(self) -> tuple[str, ...]:
        """The line as a row of the table."""
        return (
            self.what,
            f"{_number(self.median)} {self.unit}",
            f"{_number(min(self.values))} - {_number(max(self.values))}",
            self.peer,
            f"{_number(statistics.median(self.beside))} {self.unit}" if self.beside else "",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            self._goal_words(),
            "" if self.met is None else "met" if self.met else "MISSED",
        )

    def to_json(self) -> dict[str, Any]:
        """All of it, values included."""
        return {
            "what": self.what,
            "unit": self.unit,
            "median": self.median,
            "values": list(self.values),
            "peer": self.peer or None,
            "peer_median": statistics.median(self.beside) if self.beside else None,
            "peer_values": list(self.beside),
            "ratio": self.ratio,
            "goal": self._goal_words() or None,
            "met": self.met,
        }

    def _goal_words(self) -> str:
        if self.goal is None:
            return ""
        sign = "<=" if self.goal.at == "most" else ">="
        unit = f" {self.unit}" if self.goal.of == "median" else ""
        return f"{sign} {self.goal.limit:g}{unit}"


def print_lines(lines: Sequence[Line], notes: Sequence[str], *, as_json: bool) -> None:
    """Print everything that was measured, and under what conditions."""
    if as_json:
        print(json.dumps({"notes": list(notes), "lines": [line.to_json() for line in lines]}))
        return
    for note in notes:
        print(note)
    rows = [_HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = zip(row, widths, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE else f"{value:.3g}"

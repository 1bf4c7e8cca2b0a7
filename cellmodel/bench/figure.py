"""One figure of the bench: what was measured, again and again, and the goal beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, stdev
from typing import Any

from cellmodel.recording import Measure

UNITS = {"seconds": "s", "nanoseconds": "ns", "ratio": "1", "megabytes": "MB"}


@dataclass(frozen=True)
class Figure:
    """Repeated measurements of one quantity, and what they should be.

    Parameters
    ----------
    name : str
        The case and what of it; the condition in measures.csv.
    measure : str
        Of `UNITS`.
    values : tuple of float
        One for each repeat. Ratios are of two things that were measured in this run.
    at_most, at_least : float or None
        The goal.
    work : tuple of str and float, or None
        Of what there was how much, where cost is drawn against it.
    """

    name: str
    measure: str
    values: tuple[float, ...]
    at_most: float | None = None
    at_least: float | None = None
    work: tuple[str, float] | None = None

    @property
    def median(self) -> float:
        """The middle one of the repeats, by which the goal is judged."""
        return median(self.values)

    @property
    def is_met(self) -> bool:
        """Whether the median is within the goal."""
        is_low = self.at_most is None or self.median <= self.at_most
        return is_low and (self.at_least is None or self.median >= self.at_least)

    def rows(self) -> list[Measure]:
        """Return the rows of measures.csv: median, smallest of the repeats, and the goal."""
        n = len(self.values)
        first = self._row("", self.median, n=n, sd=stdev(self.values) if n > 1 else None)
        goals = {", goal: at most": self.at_most, ", goal: at least": self.at_least}
        others = [self._row(text, goal) for text, goal in goals.items() if goal is not None]
        smallest = [self._row(", minimum", min(self.values), n=n)] if n > 1 else []
        return [first, *smallest, *others]

    def _row(self, what: str, value: float, **more: Any) -> Measure:
        condition, unit = f"{self.name}{what}", UNITS[self.measure]
        return Measure(
            experiment="bench", condition=condition, measure=self.measure, value=value, unit=unit, **more
        )

    def line(self) -> str:
        """Return what is said on the screen."""
        unit = UNITS[self.measure].removeprefix("1")
        repeats = (
            f" (minimum {min(self.values):.3g}, {len(self.values)} times)" if len(self.values) > 1 else ""
        )
        goal = " and ".join(
            f"{word} {value:g}"
            for word, value in (("at least", self.at_least), ("at most", self.at_most))
            if value is not None
        )
        judged = f"; goal {goal}: {'met' if self.is_met else 'MISSED'}" if goal else ""
        return f"{self.name}: {self.median:.3g} {unit}".rstrip() + repeats + judged


def timed(
    function: Callable[[], Any],
    repeats: int,
    *,
    warm_up: bool = True,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, ...]:
    """Return how many seconds each of several calls takes, after one that does not count.

    Parameters
    ----------
    function : callable
    repeats : int
    warm_up : bool
        Whether there is that first call, which imports, compiles and fills what is kept.
    clock : callable
        Returns seconds: those on the wall, or of this process.
    """
    if warm_up:
        function()
    found = []
    for _ in range(repeats):
        start = clock()
        function()
        found.append(clock() - start)
    return tuple(found)

"""Where the rig's windows stand on a screen of 1600 x 900 and how their axes are rounded; opens nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

BORDER, TITLE_BAR = 14, 40
"""Pixels that NEURON and the window manager add to a window's width and height."""
SCREEN = (1600, 900)
"""Pixels of the smallest screen on which no window covers another."""
FEWEST_STEPS = 3
"""Of an axis."""


@dataclass(frozen=True)
class Frame:
    """A window with its title: name shown, left and top edge, width and height in pixels."""

    title: str
    left: int
    top: int
    width: int
    height: int

    @property
    def arguments(self) -> tuple[str, int, int, int, int]:
        """What NEURON's ``VBox.map`` takes: it adds title bar and border to the size."""
        return self.title, self.left, self.top, self.width - BORDER, self.height - TITLE_BAR

    def overlaps(self, other: Frame) -> bool:
        """Tell whether two windows share a pixel."""
        apart = (
            self.left + self.width <= other.left
            or other.left + other.width <= self.left
            or self.top + self.height <= other.top
            or other.top + other.height <= self.top
        )
        return not apart


MAIN_MENU = Frame("NEURON Main Menu", 0, 25, 370, 82)
"""Where nrngui puts it."""
FRAMES = {
    "panel": Frame("AMPA drug rig", 0, 110, 404, 720),
    "run_control": Frame("RunControl", 407, 0, 300, 412),
    "cell": Frame("Cell and synapses", 710, 0, 255, 412),
    "movie": Frame("Voltage in the cell (mV)", 968, 0, 285, 412),
    "ltp": Frame("LTP (% of baseline slope, min)", 1256, 0, 344, 412),
    "voltage": Frame("Soma (mV, ms)", 407, 415, 300, 241),
    "receptors": Frame("AMPA receptors of a synapse (share, ms)", 407, 659, 300, 241),
    "short": Frame("Patch, short pulse (pA, ms)", 710, 415, 294, 241),
    "long": Frame("Patch, long pulse (pA, ms)", 1007, 415, 294, 241),
    "shares": Frame("Patch receptors, long pulse (share, ms)", 1304, 415, 296, 241),
    "calcium": Frame("Spine calcium (uM, ms)", 710, 659, 294, 241),
    "epsc": Frame("EPSC (pA, ms)", 1007, 659, 294, 241),
    "field": Frame("Field EPSP (mV, ms)", 1304, 659, 296, 241),
}


@dataclass(frozen=True)
class Axis:
    """An axis from ``low`` to ``high`` with ``steps`` equal steps between its numbers."""

    low: float
    high: float
    steps: int

    @staticmethod
    def around(low: float, high: float) -> Axis:
        """Return an axis that holds ``low`` to ``high``, in steps of 1, 2 or 5 times a power of ten."""
        span = high - low or abs(high) or 1.0
        power = 10.0 ** math.floor(math.log10(span / FEWEST_STEPS))
        step = power * next(factor for factor in (5.0, 2.0, 1.0) if factor * power <= span / FEWEST_STEPS)
        first, last = math.floor(low / step), math.ceil(high / step)
        last = max(last, first + 1)
        return Axis(first * step, last * step, last - first)

    def padded(self, before: float, after: float) -> tuple[float, float]:
        """Return the limits with these shares of the length added at both ends: room for the numbers."""
        length = self.high - self.low
        return self.low - before * length, self.high + after * length

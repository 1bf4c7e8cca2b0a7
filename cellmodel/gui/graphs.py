"""The graphs of the rig: what each shows, in the colors of the figures, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.gui.layout import FRAMES, Axis
from cellmodel.gui.live import HOC_NAME
from cellmodel.gui.readout import Curve, Curves
from cellmodel.mechanisms import load_mechanisms
from cellmodel.report.style import COLORS, DOMAIN_COLORS, OTHER_COLORS

FIRST_COLOR = 11
"""NEURON's color table has eleven entries of its own before it."""
LIVE = "live"
"""RunControl's line."""
PALETTE = {**COLORS, LIVE: OTHER_COLORS[0], **DOMAIN_COLORS}
"""Condition, or domain of the cell, to its color in the figures."""
COLOR_NUMBERS = {name: FIRST_COLOR + k for k, name in enumerate(PALETTE)}
BLACK = 1
THIN, THICK, DASHED, DOTTED = 1, 2, 10, 5
"""NEURON's numbers of brushes."""
BRUSHES = {"": THIN, "open": THICK, "desensitized": DASHED, "closed": DOTTED}
"""Of a curve named ``condition kind``, by its kind."""
KIND_LABELS = ("open: thick", "desensitized: dashed", "closed: dotted")
NO_AXES = 3
"""NEURON's number for it."""
RUN_LENGTH = 100.0
RIGHT, ABOVE, MIDDLE, BELOW = 0.97, 0.92, 0.72, 0.5
"""Where legends begin, as shares of a window: where no curve goes."""
AXIS = 0.27
"""Share of a window that the axis of time needs."""
HEADING = (0.1, 0.99)
"""Where a graph is named: few window managers show the end of a long title."""
LINE = 16.0
"""Pixels between two lines of a legend."""
POINT_SIZE = 4


@dataclass(frozen=True)
class Picture:
    """What a graph shows: its axes while it is empty, where its legend begins, and RunControl's lines.

    ``live`` are the kinds of which `Live` gives readings, or ``soma`` for the voltage there.
    """

    x: Axis
    y: Axis
    legend: float = ABOVE
    live: tuple[str, ...] = ()
    has_kinds: bool = False
    """Shares of receptors: curves named by kind, and an axis that stays."""
    has_points: bool = False
    """Points instead of lines, over an axis from 0."""


SHARES = Axis(0.0, 1.0, 5)
PICTURES = {
    "ltp": Picture(Axis(0.0, 105.0, 7), Axis(0.0, 200.0, 4), BELOW, has_points=True),
    "voltage": Picture(Axis(0.0, RUN_LENGTH, 5), Axis(-75.0, -55.0, 4), live=("soma",)),
    "receptors": Picture(
        Axis(0.0, RUN_LENGTH, 5), SHARES, MIDDLE, ("closed", "open", "desensitized"), has_kinds=True
    ),
    "short": Picture(Axis(-10.0, 40.0, 5), Axis(-200.0, 50.0, 5), BELOW),
    "long": Picture(Axis(-25.0, 150.0, 7), Axis(-200.0, 50.0, 5), BELOW),
    "shares": Picture(Axis(0.0, 400.0, 4), SHARES, MIDDLE, has_kinds=True),  # legends right of the curves
    "calcium": Picture(Axis(0.0, RUN_LENGTH, 5), Axis(0.0, 1.0, 5), live=("calcium",)),
    "epsc": Picture(Axis(0.0, RUN_LENGTH, 5), Axis(-200.0, 50.0, 5), BELOW),
    "field": Picture(Axis(-10.0, 60.0, 7), Axis(-0.6, 0.2, 4), BELOW),
}


class Graph:
    """One of the rig's graphs.

    Parameters
    ----------
    name : str
        Of its picture and its window.
    """

    def __init__(self, name: str) -> None:
        self._h = load_mechanisms()
        self.name, self.picture = name, PICTURES[name]
        self._soma: Any = None
        self._vectors: list[Any] = []
        _, _, _, width, height = FRAMES[name].arguments
        self._scene = self._h.Graph(0)
        self._scene.view(0, 0, 1, 1, 0, 0, width, height)
        for owner, number in COLOR_NUMBERS.items():
            self._scene.color(number, PALETTE[owner])  # of all graphs and shapes of this process
        if self.picture.live:
            self._h.graphList[0].append(self._scene)
        self.draw({}, {})

    def follow(self, soma: Any) -> None:
        """Let RunControl's line be the voltage of this section, or of none."""
        self._soma = soma
        self.draw({}, {})

    def draw(self, curves: Curves, labels: Mapping[str, str], x: Axis | None = None) -> None:
        """Replace what is shown; lines that RunControl draws stay.

        Parameters
        ----------
        curves : mapping
            Name (``condition`` or ``condition kind``) to abscissa and signal.
        labels : mapping
            Condition to its text in the legend.
        x : Axis, optional
            By default that of the picture.
        """
        x = x or self.picture.x
        self._scene.erase_all()
        shown = {name: _within(curve, x) for name, curve in curves.items()}
        self._vectors = [self._h.Vector(values) for curve in shown.values() for values in curve]
        for name, t, y in zip(curves, self._vectors[::2], self._vectors[1::2], strict=True):
            self._add_curve(name, t, y)
        conditions = dict.fromkeys(name.partition(" ")[0] for name in curves)
        legend = [(labels[name], COLOR_NUMBERS[name]) for name in conditions]
        legend += [(text, COLOR_NUMBERS["wash"]) for text in KIND_LABELS if self.picture.has_kinds]
        top = self._legend_top(len(legend))
        for k, (text, color) in enumerate(legend):
            self._add_label(text, top - self._line * (k + 1.2), color)
        self._scene.label(*HEADING, FRAMES[self.name].title, 2, 1, 0, 1, BLACK)
        self._add_live()
        self._draw_axes(x, self._height(shown))

    def _height(self, shown: Curves) -> Axis:
        values = np.concatenate([np.zeros(int(self.picture.has_points)), *(y for _, y in shown.values())])
        if self.picture.has_kinds or not shown or not values.size:
            return self.picture.y
        return Axis.around(float(values.min()), float(values.max()))

    def _add_curve(self, name: str, t: Any, y: Any) -> None:
        condition, _, kind = name.partition(" ")
        if self.picture.has_points:
            y.mark(self._scene, t, "o", POINT_SIZE, COLOR_NUMBERS[condition], THIN)
        else:
            y.line(self._scene, t, COLOR_NUMBERS[condition], BRUSHES[kind])

    def _add_live(self) -> None:
        for kind in self.picture.live:
            brush = BRUSHES.get(kind, THIN)
            if kind != "soma":
                self._scene.addexpr("", f'{HOC_NAME}.reading("{kind}")', COLOR_NUMBERS[LIVE], brush)
            elif self._soma is not None:
                self._scene.addvar("", self._soma(0.5)._ref_v, COLOR_NUMBERS[LIVE], brush)

    def _draw_axes(self, x: Axis, y: Axis) -> None:
        """Draw axes at the left and below, not NEURON's own, which cross the curves."""
        scene = self._scene
        scene.xaxis(NO_AXES)
        scene.size(*x.padded(0.17, 0.05), *y.padded(0.18, 0.16))
        scene.xaxis(x.low, x.high, y.low, x.steps, 1, 0, 1)
        scene.yaxis(y.low, y.high, x.low, y.steps, 1, 0, 1)
        scene.flush()

    @property
    def _line(self) -> float:
        """Distance of two lines of the legend, as a share of the window."""
        _, _, _, _, height = FRAMES[self.name].arguments
        return LINE / height

    def _legend_top(self, n_lines: int) -> float:
        """Return where a legend of so many lines begins: higher if its last one would meet the axis."""
        return max(self.picture.legend, AXIS + self._line * (n_lines + 0.2))

    def _add_label(self, text: str, y: float, color: int) -> None:
        """Write a line of the legend at the right edge, where it stays when the view changes."""
        self._scene.label(RIGHT, y, text, 2, 1, 1, 0, color)


def _within(curve: Curve, x: Axis) -> Curve:
    t, y = curve
    inside = (t >= x.low) & (t <= x.high)
    return t[inside], y[inside]

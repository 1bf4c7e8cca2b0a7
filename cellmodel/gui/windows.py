"""NEURON's windows of the rig: RunControl, two views of the cell and four graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from cellmodel.gui.layout import FRAMES, Axis
from cellmodel.gui.readout import Curves
from cellmodel.mechanisms import load_mechanisms

BLACK, RED, BLUE, GREEN, ORANGE, VIOLET, GRAY = 1, 2, 3, 4, 5, 7, 9
"""Entries of NEURON's color table."""
DOMAIN_COLORS = {
    "soma": BLACK,
    "axon": GRAY,
    "basal": GREEN,
    "trunk": BLUE,
    "oblique": VIOLET,
    "tuft": ORANGE,
}
CONDITION_COLORS = {"control": BLACK, "drug": RED, "live": BLUE}
NO_AXES = 3
"""NEURON's number for it."""
RUN_LENGTH = 100.0
TIMES = {
    "voltage": Axis(0.0, RUN_LENGTH, 5),
    "field": Axis(-10.0, 60.0, 7),
    "short": Axis(-10.0, 40.0, 5),
    "long": Axis(-25.0, 150.0, 7),
}
"""Time (ms) on each graph."""
HEIGHTS = {
    "voltage": Axis(-75.0, -55.0, 4),
    "field": Axis(-0.6, 0.2, 4),
    "short": Axis(-200.0, 50.0, 5),
    "long": Axis(-200.0, 50.0, 5),
}
"""Signal (mV or pA) on the empty graphs."""
MOVIE_SCALE = (-75.0, -45.0)
"""Voltages (mV) at the ends of the color bar: an EPSP fills it, a spike leaves it."""
MARGIN = 0.03
"""Around the cell, as a share of it."""
SYNAPSE_SIZE = 3
RIGHT, BELOW = 0.96, 0.42
"""Legends, as shares of a window: downward responses leave room below, upward ones at the top."""
DOWNWARD = ("field", "short", "long")
LINE = 16.0
"""Pixels between two lines of a legend."""


class Windows:
    """What is on the screen, panel excepted.

    Parameters
    ----------
    rig : Slice
        Whose cell is shown.

    Attributes
    ----------
    graphs : dict of NEURON Graph
        ``voltage``, ``field``, ``short``, ``long``.
    shapes : dict of NEURON Shape or PlotShape
        ``cell``, ``movie``.
    boxes : dict of NEURON VBox
        Every window by its name in `layout.FRAMES`.
    """

    def __init__(self, rig: Any) -> None:
        self._h = load_mechanisms()
        self._cell, self._spines = rig.cell, [s for p in rig.pathways.values() for s in p.spines]
        self._lines: dict[str, list[Any]] = {}
        self.boxes: dict[str, Any] = {}
        self.shapes: dict[str, Any] = {}
        self.graphs: dict[str, Any] = {}
        self.open("run_control", self._h.nrncontrolmenu)
        self.open("cell", self._open_cell)
        self.open("movie", self._open_movie)
        for name in TIMES:
            self.open(name, partial(self._open_graph, name))

    def open(self, name: str, fill: Callable[[], Any]) -> None:
        """Open a window at its place and let ``fill`` put into it what it holds."""
        box = self._h.VBox()
        box.intercept(1)
        try:
            fill()
        finally:
            box.intercept(0)
        box.map(*FRAMES[name].arguments)
        self.boxes[name] = box

    def _sections(self, sections: list[Any]) -> Any:
        listed = self._h.SectionList()
        for section in sections:
            listed.append(section)
        return listed

    def _open_cell(self) -> None:
        heads = [spine.head for spine in self._spines]
        shape = self._h.Shape(self._sections([*self._cell.all, *heads]), False)
        self._view(shape, "cell")
        for k, (domain, color) in enumerate(DOMAIN_COLORS.items()):
            shape.color_list(self._sections(getattr(self._cell, domain)), color)
            self._legend("cell", shape, domain, k, color)
        for spine in self._spines:
            shape.point_mark(spine.nmda, RED, "O", SYNAPSE_SIZE)
        self._legend("cell", shape, "synapses", len(DOMAIN_COLORS), RED)
        self.shapes["cell"] = shape

    def _open_movie(self) -> None:
        shape = self._h.PlotShape(self._sections(self._cell.all), False)
        self._view(shape, "movie")
        shape.exec_menu("Shape Plot")
        shape.variable("v")
        shape.scale(*MOVIE_SCALE)
        self._h.fast_flush_list.append(shape)
        self.shapes["movie"] = shape

    def _view(self, shape: Any, name: str) -> None:
        """Show the whole cell as large as it goes, at the foot of the window: legends are at the top."""
        _, _, _, width, height = FRAMES[name].arguments
        low, high = _extent(self._cell.all)
        middle, scale = (low + high) / 2, (1 + 2 * MARGIN) * max((high - low) / (width, height))
        x, y = middle[0] - scale * width / 2, low[1] - MARGIN * (high - low)[1]
        shape.view(x, y, scale * width, scale * height, 0, 0, width, height)

    def _open_graph(self, name: str) -> None:
        _, _, _, width, height = FRAMES[name].arguments
        graph = self._h.Graph(0)
        graph.view(0, 0, 1, 1, 0, 0, width, height)
        self.graphs[name] = graph
        if name == "voltage":
            self._h.graphList[0].append(graph)
        self.draw(name, {}, {})

    def draw(self, name: str, curves: Curves, labels: Mapping[str, str]) -> None:
        """Replace what a graph shows; the soma's keeps the line that RunControl draws.

        Parameters
        ----------
        name : str
            Of the graph.
        curves : mapping
            Condition to time (ms) and signal.
        labels : mapping
            Condition to its text in the legend.
        """
        graph = self.graphs[name]
        graph.erase_all()
        self._lines[name] = [self._h.Vector(values) for curve in curves.values() for values in curve]
        for condition, t, y in zip(curves, self._lines[name][::2], self._lines[name][1::2], strict=True):
            y.line(graph, t, CONDITION_COLORS[condition], 1)
        for k, condition in enumerate(curves):
            self._legend(name, graph, labels[condition], k, CONDITION_COLORS[condition])
        if name == "voltage":
            graph.addvar("", self._cell.soma[0](0.5)._ref_v, CONDITION_COLORS["live"], 1)
        self._draw_axes(graph, TIMES[name], _height(name, curves))

    @staticmethod
    def _draw_axes(graph: Any, x: Axis, y: Axis) -> None:
        """Draw axes at the left and below, not NEURON's own, which cross the curves."""
        graph.xaxis(NO_AXES)
        graph.size(*x.padded(0.15, 0.05), *y.padded(0.18, 0.05))
        graph.xaxis(x.low, x.high, y.low, x.steps, 1, 0, 1)
        graph.yaxis(y.low, y.high, x.low, y.steps, 1, 0, 1)
        graph.flush()

    @staticmethod
    def _legend(name: str, scene: Any, text: str, k: int, color: int) -> None:
        """Write line ``k`` of a legend at the right edge, where it stays when the view changes."""
        _, _, _, _, height = FRAMES[name].arguments
        first = BELOW if name in DOWNWARD else 1 - 1.5 * LINE / height
        scene.label(RIGHT, first - LINE / height * k, text, 2, 1, 1, 0, color)


def _height(name: str, curves: Curves) -> Axis:
    if not curves:
        return HEIGHTS[name]
    x = TIMES[name]
    shown = np.concatenate([y[(t >= x.low) & (t <= x.high)] for t, y in curves.values()])
    return Axis.around(float(shown.min()), float(shown.max()))


def _extent(sections: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest x and y of a cell, two (2,) um."""
    points = np.array([[s.x3d(k), s.y3d(k)] for s in sections for k in range(s.n3d())])
    return points.min(axis=0), points.max(axis=0)

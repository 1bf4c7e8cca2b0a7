"""NEURON's windows of the rig: RunControl, panel, two views of the cell and the graphs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cellmodel.gui.graphs import COLOR_NUMBERS, PICTURES, Graph
from cellmodel.gui.layout import FRAMES
from cellmodel.mechanisms import load_mechanisms
from cellmodel.morphology.geometry import DOMAINS

SYNAPSE_COLOR, SYNAPSE_SIZE = 2, 3
"""Red of NEURON's color table, and pixels."""
MOVIE_SCALE = (-75.0, -45.0)
"""Voltages (mV) at the ends of the color bar: an EPSP fills it, a spike leaves it."""
MARGIN = 0.03
"""Around the cell, as a share of it."""
RIGHT, LINE = 0.96, 16.0
"""Where the legend of the cell ends, as a share of the window, and pixels between two of its lines."""


class Windows:
    """What is on the screen.

    Attributes
    ----------
    graphs : dict of Graph
        By the names of `PICTURES`.
    shapes : dict of NEURON Shape or PlotShape
        ``cell`` and ``movie``, once there is a cell.
    boxes : dict of NEURON VBox
        Every window by its name in `layout.FRAMES`.
    save : callable or None
        Gets name and box when NEURON saves a session.
    """

    def __init__(self, *, are_mapped: bool = True) -> None:
        self._h = load_mechanisms()
        self._are_mapped = are_mapped
        self.save: Callable[[str, Any], None] | None = None
        self.boxes: dict[str, Any] = {}
        self.shapes: dict[str, Any] = {}
        self.graphs: dict[str, Graph] = {}
        if are_mapped:
            self.open("run_control", self._h.nrncontrolmenu)  # a session has its own
        for name in PICTURES:
            self.open(name, partial(self._open_graph, name))

    def open(self, name: str, fill: Callable[[], Any]) -> None:
        """Make a window, let ``fill`` put into it what it holds, and open it at its place."""
        box = self._h.VBox()
        box.intercept(1)
        try:
            fill()
        finally:
            box.intercept(0)
        self.boxes[name] = box
        if name != "run_control":  # NEURON knows how to save that one
            box.save(lambda: self.save(name, box) if self.save else None)
        if self._are_mapped:
            box.map(*FRAMES[name].arguments)

    def _open_graph(self, name: str) -> None:
        self.graphs[name] = Graph(name)

    def open_closed(self) -> None:
        """Open at its place every window that was closed."""
        for name, box in self.boxes.items():
            if not box.ismapped():
                box.map(*FRAMES[name].arguments)

    def show_cell(self, rig: Any) -> None:
        """Show the cell of a slice in both views and let the voltage graph follow its soma."""
        cell = rig.cell
        spines = [spine for pathway in rig.pathways.values() for spine in pathway.spines]
        heads = [spine.head for spine in spines]
        if not self.shapes:
            self.open("cell", lambda: self._open_cell([*cell.all, *heads]))
            self.open("movie", lambda: self._open_movie(cell.all))
        self.shapes["cell"].observe(self._sections([*cell.all, *heads]))
        self.shapes["movie"].observe(self._sections(cell.all))
        self._paint(cell, spines)
        self.graphs["voltage"].follow(cell.soma[0])

    def forget_cell(self) -> None:
        """Let go of a cell that will be freed."""
        self.graphs["voltage"].follow(None)
        if self.shapes:
            self.shapes["cell"].point_mark_remove()
            for shape in self.shapes.values():
                shape.observe(self._sections([]))

    def _sections(self, sections: list[Any]) -> Any:
        listed = self._h.SectionList()
        for section in sections:
            listed.append(section)
        return listed

    def _open_cell(self, sections: list[Any]) -> None:
        shape = self._h.Shape(self._sections(sections), False)
        self._view(shape, "cell", sections)
        _, _, _, _, height = FRAMES["cell"].arguments
        numbers = {name: COLOR_NUMBERS[name] for name in DOMAINS}
        for k, (text, number) in enumerate({**numbers, "synapses": SYNAPSE_COLOR}.items()):
            shape.label(RIGHT, 1 - (1.5 + k) * LINE / height, text, 2, 1, 1, 0, number)
        self.shapes["cell"] = shape

    def _paint(self, cell: Any, spines: list[Any]) -> None:
        shape = self.shapes["cell"]
        for domain in DOMAINS:
            shape.color_list(self._sections(getattr(cell, domain)), COLOR_NUMBERS[domain])
        for spine in spines:
            shape.point_mark(spine.nmda, SYNAPSE_COLOR, "O", SYNAPSE_SIZE)

    def _open_movie(self, sections: list[Any]) -> None:
        shape = self._h.PlotShape(self._sections(sections), False)
        self._view(shape, "movie", sections)
        shape.exec_menu("Shape Plot")
        shape.variable("v")
        shape.scale(*MOVIE_SCALE)
        self._h.fast_flush_list.append(shape)
        self.shapes["movie"] = shape

    def _view(self, shape: Any, name: str, sections: list[Any]) -> None:
        """Show the whole cell as large as it goes, at the foot of the window: legends are at the top."""
        _, _, _, width, height = FRAMES[name].arguments
        low, high = _extent(sections)
        middle, scale = (low + high) / 2, (1 + 2 * MARGIN) * max((high - low) / (width, height))
        x, y = middle[0] - scale * width / 2, low[1] - MARGIN * (high - low)[1]
        shape.view(x, y, scale * width, scale * height, 0, 0, width, height)


def _extent(sections: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest x and y of a cell, two (2,) um."""
    points = np.array([[s.x3d(k), s.y3d(k)] for s in sections for k in range(s.n3d())])
    return points.min(axis=0), points.max(axis=0)

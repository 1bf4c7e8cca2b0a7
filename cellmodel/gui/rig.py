"""The rig in NEURON's own windows: shape plot, RunControl, voltage graph, and a panel with the drug's dose.

Nothing here computes anything of its own: buttons call `Patch` and `Slice`, and NEURON's RunControl integrates the same
cell with a stimulus of the test pathway at 10 ms.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cellmodel.compound import Compound
from cellmodel.mechanisms import load_mechanisms
from cellmodel.patch import Patch
from cellmodel.receptor import Receptor
from cellmodel.slice import Slice, SliceOptions

STIMULUS_TIME = 10.0
RUN_LENGTH = 100.0
TEST_FIBERS = 40
BLACK, RED, BLUE = 1, 2, 3
PATCH_PULSES = (1.0, 100.0)


class Rig:
    """The windows and what they act on.

    Parameters
    ----------
    compound : str
        Name of a shipped compound or a TOML file.

    Attributes
    ----------
    slice : Slice
        Test pathway only.
    dose_mM : float
        What the slider shows.
    graphs : dict of NEURON Graph
        ``patch``, ``fepsp``, ``voltage``.
    """

    def __init__(self, compound: str = "aniracetam") -> None:
        self._h = load_mechanisms()
        self.compound = Compound.named(compound)
        self.dose_mM = self.compound.default_dose_mM
        self.receptor = Receptor.named("ca1")
        self.slice = Slice(SliceOptions(compound=self.compound, fibers=TEST_FIBERS, pathways=("test",)))
        self.graphs: dict[str, Any] = {}
        self._curves: list[Any] = []

    def open(self) -> Rig:
        """Open every window and return the rig."""
        self._prepare_run_control()
        self._open_shape()
        self._open_graphs()
        self._open_panel()
        return self

    def _prepare_run_control(self) -> None:
        """Let RunControl's Init & Run start from rest with one stimulus of the test pathway."""
        h = self._h
        h.celsius = self.slice.bath.celsius
        h.v_init = self.slice.cell.v_init
        h.tstop = RUN_LENGTH
        h.cvode_active(1)
        self._on_init = h.FInitializeHandler(self._stimulate)
        h.nrncontrolmenu()

    def _stimulate(self) -> None:
        pathway = self.slice.pathways["test"]
        pathway.set_dose(self.dose_mM)
        pathway.stimulate(np.array([STIMULUS_TIME]))
        self.slice.inhibition["test"].stimulate(np.array([STIMULUS_TIME]))

    def _open_shape(self) -> None:
        h = self._h
        sections = h.SectionList()
        for section in self.slice.cell.all:
            sections.append(sec=section)
        self.shape = h.PlotShape(sections)
        self.shape.exec_menu("Shape Plot")
        for spine in self.slice.pathways["test"].spines:
            self.shape.point_mark(spine.nmda, RED, "O", 5)

    def _open_graphs(self) -> None:
        h = self._h
        self.graphs["voltage"] = h.Graph(0)
        self._place(self.graphs["voltage"], (0, RUN_LENGTH, -80, 40), "soma voltage (mV)", 620, 40)
        self.graphs["voltage"].addvar("soma v", self.slice.cell.soma[0](0.5)._ref_v)
        h.graphList[0].append(self.graphs["voltage"])
        self.graphs["patch"] = h.Graph(0)
        self._place(
            self.graphs["patch"], (0, 150, -1, 0.05), "patch current, 10 mM glutamate (scaled)", 620, 330
        )
        self.graphs["fepsp"] = h.Graph(0)
        self._place(self.graphs["fepsp"], (0, 60, -1, 0.2), "field EPSP (mV)", 620, 620)

    @staticmethod
    def _place(
        graph: Any, limits: tuple[float, float, float, float], title: str, left: int, top: int
    ) -> None:
        x0, x1, y0, y1 = limits
        graph.view(x0, y0, x1 - x0, y1 - y0, left, top, 460, 220)
        graph.label(0.3, 0.95, title)

    def _open_panel(self) -> None:
        h = self._h
        h.xpanel("cellmodel: AMPA drug rig")
        h.xlabel(f"{self.compound.name}, up to {self.compound.solubility_mM:g} mM (red); black: control")
        h.xvalue("dose (mM)", (self, "dose_mM"), 1, self.redraw_patch)
        h.xslider((self, "dose_mM"), 0, self.compound.solubility_mM, self.redraw_patch)
        h.xbutton("Patch run: 1 ms and 100 ms of 10 mM glutamate", self.run_patch)
        h.xbutton("fEPSP: control and drug", self.run_fepsp)
        h.xbutton("EPSP in the cell (RunControl: Init & Run)", self.run_cell)
        h.xbutton("Clear graphs", self.clear)
        h.xpanel(20, 560)

    def redraw_patch(self) -> None:
        """Draw the patch run anew at the slider's dose."""
        self.clear_graph("patch")
        self.run_patch()

    def run_patch(self) -> None:
        """Draw the patch's currents for both pulses, control black, drug red, scaled to the control's peak."""
        for pulse in PATCH_PULSES:
            control = self._patch_current(pulse, 0.0)
            scale = np.max(np.abs(control[1]))
            self._draw("patch", control[0], control[1] / scale, BLACK)
            t, current = self._patch_current(pulse, self.dose_mM)
            self._draw("patch", t, current / scale, RED)

    def _patch_current(self, pulse: float, dose_mM: float) -> tuple[np.ndarray, np.ndarray]:
        patch = Patch(self.receptor, compound=self.compound)
        sweep = patch.pulse(pulse, dose_mM=dose_mM)
        return sweep.t, sweep["i"]

    def run_fepsp(self) -> None:
        """Draw the field EPSP of the test pathway, control black, drug red."""
        for dose, color in ((0.0, BLACK), (self.dose_mM, RED)):
            self.slice.wash(dose)
            start = dict(self.slice.states)
            response = self.slice.stimulate("test")
            self.slice.states = start
            self._draw("fepsp", response.t, response.trace, color)

    def run_cell(self) -> None:
        """Do what RunControl's Init & Run does."""
        self._h.run()

    def clear(self) -> None:
        """Empty the patch and fEPSP graphs."""
        for name in ("patch", "fepsp"):
            self.clear_graph(name)

    def clear_graph(self, name: str) -> None:
        """Empty one graph."""
        self.graphs[name].erase_all()

    def _draw(self, name: str, t: np.ndarray, y: np.ndarray, color: int) -> None:
        h = self._h
        curve = (h.Vector(y), h.Vector(t))
        self._curves.append(curve)
        curve[0].line(self.graphs[name], curve[1], color, 1)
        self.graphs[name].flush()
        h.doNotify()


def open_rig(compound: str = "aniracetam") -> Rig:
    """Open the rig's windows; called by mosinit.hoc."""
    return Rig(compound).open()

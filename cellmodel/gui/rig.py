"""The rig in NEURON's own windows: what the buttons do and what RunControl runs.

Nothing here computes anything of its own: buttons call `Patch` and `Slice` through the bench, and NEURON's
RunControl integrates the same cell with a stimulus of the test pathway at 10 ms.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from cellmodel.errors import CellModelError
from cellmodel.gui import readout
from cellmodel.gui.bench import PULSES, Bench
from cellmodel.gui.panel import Panel
from cellmodel.gui.readout import Curve, Curves
from cellmodel.gui.windows import RUN_LENGTH, Windows
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.slice import Response, has_spike

STIMULUS_TIMES = np.array([10.0])
FIXED_STEP = 0.025
MEASURES = {"short": readout.deactivation, "long": readout.desensitization}


class Rig:
    """The windows and what they act on.

    Parameters
    ----------
    compound : str
        Name of a shipped compound or a TOML file.

    Attributes
    ----------
    bench : Bench
        Patch and slice, compound, dose and stimulus.
    windows : Windows
    panel : Panel
    curves : dict
        What the graphs ``short``, ``long``, ``field`` and ``voltage`` show: condition (``control``, ``drug``;
        ``live`` is RunControl's) to time (ms) and signal (pA or mV).
    """

    def __init__(self, compound: str = "aniracetam") -> None:
        self._h = load_mechanisms()
        self.bench = Bench(compound)
        self.curves: dict[str, dict[str, Curve]] = {}
        self._legends: dict[str, Mapping[str, str]] = {}
        self._asked: deque[tuple[str, Callable[[], str]]] = deque()
        self._prepare_run_control()
        self.windows = Windows(self.bench.slice)
        self.panel = Panel(self)
        self.windows.open("panel", self.panel.fill)
        self.apply()
        self._h.stdinit()

    def _prepare_run_control(self) -> None:
        """Let RunControl's Init & Run start from rest with one stimulus of the test pathway."""
        h, rig = self._h, self.bench.slice
        h.celsius, h.v_init = rig.bath.celsius, rig.cell.v_init
        h.tstop, h.dt = RUN_LENGTH, FIXED_STEP
        h.cvode_active(1)
        self._t = h.Vector().record(h._ref_t)
        self._v = h.Vector().record(rig.cell.soma[0](0.5)._ref_v)
        self._on_init = h.FInitializeHandler(self._begin_run)

    def _begin_run(self) -> None:
        """Stimulate where RunControl begins; what the bench runs is stimulated by itself."""
        if not self.bench.is_integrating:
            self.bench.stimulate(STIMULUS_TIMES)
            self._h.cvode.event(self._h.tstop, self._end_run)

    def _end_run(self) -> None:
        """Let the axes hold what RunControl has drawn."""
        curves = {**self.curves.get("voltage", {}), "live": self._voltage()}
        self._show("voltage", curves, self._legends.get("voltage"))

    def _voltage(self) -> Curve:
        return np.array(self._t), np.array(self._v)

    @property
    def about_pulses(self) -> str:
        """The pulses of a patch run in words."""
        lengths = " and ".join(f"{pulse:g}" for pulse in self.bench.pulses.values())
        return f"{lengths} ms of {load('patch.toml').value('rig.glutamate'):g} mM glutamate"

    def choose(self, name: str) -> None:
        """Exchange the compound, for a shipped one or a TOML file, and take its usual dose."""
        self._do(f"exchanging the compound for {name}", partial(self._choose, name))

    def _choose(self, name: str) -> str:
        self.bench.choose(name)
        return self._apply()

    def apply(self) -> None:
        """Bring dose and stimulus of the panel to the slice."""
        self._do("washing in", self._apply)

    def _apply(self) -> str:
        self.panel.say("compound", readout.about(self.bench.compound))
        return self.bench.apply()

    def run_patch(self) -> None:
        """Draw the patch's currents for both pulses, control black, drug red."""
        self._do("patch run", self._run_patch)

    def _run_patch(self) -> str:
        notice = self._apply()
        for name in PULSES:
            curves, length = self.bench.currents(name), self.bench.pulses[name]
            self._show(name, curves)
            measured = partial(MEASURES[name], pulse=length)
            self.panel.say(name, readout.compared(f"{length:g} ms", curves, measured))
        return notice

    def run_field(self) -> None:
        """Draw the field EPSP of the test pathway, control black, drug red."""
        self._do("field EPSP", self._run_field)

    def _run_field(self) -> str:
        notice, found = self._apply(), self.bench.responses()
        self._show("field", {condition: (each.t, each.trace) for condition, each in found.items()})
        self.panel.say("field", self._field_text(found))
        return notice

    @staticmethod
    def _field_text(found: Mapping[str, Response]) -> str:
        """Return the measures of the synaptic part; there are none where the cells fire."""
        if any(has_spike(response) for response in found.values()):
            return "fEPSP: a population spike distorts it, take fewer fibers"
        curves = {condition: (each.t, each.field) for condition, each in found.items()}
        return readout.compared("fEPSP", curves, readout.field)

    def run_cell(self) -> None:
        """Do what RunControl's Init & Run does, without the drug and with it."""
        self._do("EPSP in the cell", self._run_cell)

    def _run_cell(self) -> str:
        notice, found = self._apply(), {}
        for condition, dose in (("control", 0.0), ("drug", self.bench.dose_mM)):
            self.bench.wash(dose)
            self._h.run()
            found[condition] = self._voltage()
        self._show("voltage", found)
        return notice

    def clear(self) -> None:
        """Empty the graphs."""
        self.curves.clear()
        for name in self.windows.graphs:
            self.windows.draw(name, {}, {})

    def _show(self, name: str, curves: Curves, legend: Mapping[str, str] | None = None) -> None:
        """Draw curves, by default as those of the present dose."""
        drug = f"{self.bench.compound.name} {self.bench.dose_mM:g} mM"
        self._legends[name] = legend or {"control": "control", "drug": drug, "live": "RunControl"}
        self.curves[name] = dict(curves)
        self.windows.draw(name, curves, self._legends[name])

    def _do(self, what: str, work: Callable[[], str]) -> None:
        """Do what a button asks for, at once or after what is being done.

        NEURON takes clicks while it runs and while it draws, so that one button's work would begin within
        another's and leave it another dose and time.
        """
        if what in [name for name, _ in list(self._asked)[1:]]:
            return
        self._asked.append((what, work))
        if len(self._asked) > 1:
            return
        try:
            while self._asked:
                self._report(*self._asked[0])
                self._asked.popleft()
        finally:
            self._asked.clear()
            self._h.stoprun = 1  # a run of RunControl that was interrupted has lost its state

    def _report(self, what: str, work: Callable[[], str]) -> None:
        """Say what goes on, then what the user should know of it: a button can raise an error to nobody."""
        self.panel.report(f"{what} ...")
        try:
            notice = work()
        except CellModelError as error:
            notice = str(error)
        self.panel.report(notice)

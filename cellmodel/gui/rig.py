"""The rig in NEURON's own windows: what the buttons do and what RunControl runs.

Nothing here computes anything of its own: buttons call `Patch` and `Slice` through the bench, and NEURON's
RunControl integrates the same cell with a stimulus of the test pathway at 10 ms.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cellmodel.analysis.slice_rows import fepsp_values
from cellmodel.errors import CellModelError
from cellmodel.gui import readout
from cellmodel.gui.bench import AFTER_TETANUS_MINUTES, PULSES, TEST, Bench
from cellmodel.gui.course import Course
from cellmodel.gui.graphs import LIVE, RUN_LENGTH
from cellmodel.gui.layout import Axis
from cellmodel.gui.live import KINDS, Live
from cellmodel.gui.panel import Panel
from cellmodel.gui.readout import Curve, Curves
from cellmodel.gui.windows import Windows
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.plasticity import Expression
from cellmodel.protocol import Protocol
from cellmodel.slice import Response, has_spike
from cellmodel.units import MICROMOLAR_PER_MILLIMOLAR, PERCENT, PICOAMP_PER_NANOAMP

STIMULUS_TIMES = np.array([10.0])
FIXED_STEP = 0.025
MEASURES = {"short": readout.deactivation, "long": readout.desensitization}


class Rig:
    """The windows and what they act on.

    Parameters
    ----------
    session : mapping, optional
        Settings of a saved session, which then opens the windows itself.

    Attributes
    ----------
    bench : Bench
        Patch and slice, and what is set about them.
    windows : Windows
    panel : Panel
    curves : dict
        What the graphs (names of `PICTURES`) show: condition, or condition and kind (``live`` is
        RunControl's), to abscissa and signal.
    """

    def __init__(self, session: Mapping[str, Any] | None = None) -> None:
        self._h = load_mechanisms()
        self.bench = Bench()
        if session is not None:
            self.bench.settings = dict(session)
        self.curves: dict[str, dict[str, Curve]] = {}
        self._legends: dict[str, Mapping[str, str]] = {}
        self._asked: deque[tuple[str, Callable[[], str]]] = deque()
        self._live = Live()
        self.windows = Windows(are_mapped=session is None)
        self.panel = Panel(self)
        self.windows.open("panel", self.panel.fill)
        self.run_patch()
        self._h.tstop, self._h.dt = RUN_LENGTH, FIXED_STEP
        self._h.cvode_active(1)
        self._on_init = self._h.FInitializeHandler(self._begin_run)
        self.apply()
        self._h.stdinit()

    def _begin_run(self) -> None:
        """Stimulate where RunControl begins; what the bench runs is stimulated by itself."""
        if not self.bench.is_integrating:
            self.bench.stimulate(STIMULUS_TIMES)
            self._live.watch(self.bench.slice, TEST)
            self._h.cvode.event(self._h.tstop, self._end_run)

    def _end_run(self) -> None:
        """Let the axes hold what RunControl has drawn."""
        receptors = {f"{LIVE} {kind}": self._live.curve(kind) for kind in KINDS}
        voltage = {LIVE: (np.array(self._t), np.array(self._v))}
        for name, live in (("voltage", voltage), ("calcium", {LIVE: self._live.curve("calcium")})):
            self._show(name, {**self.curves.get(name, {}), **live}, self._legends.get(name))
        self._show("receptors", receptors)

    @property
    def about_pulses(self) -> str:
        """The pulses of a patch run in words."""
        lengths = " and ".join(f"{pulse:g}" for pulse in self.bench.pulses.values())
        return f"{lengths} ms of {load('patch.toml').value('rig.glutamate'):g} mM glutamate"

    def choose(self, name: str) -> None:
        """Exchange the compound, for a shipped one or a TOML file, and take its usual dose."""
        self._do(f"exchanging the compound for {name}", partial(self._choose, name))

    def _choose(self, name: str) -> str:
        self.bench.compound_name = name
        for readout_name in ("epsc", "field"):
            self.panel.say(readout_name, "")  # were another compound's
        self._draw_patch()
        return self._apply()

    def express(self, name: str) -> None:
        """Take another hypothesis of how LTP is expressed, on a fresh slice."""
        self._do(f"expression {name}", partial(self._express, name))

    def _express(self, name: str) -> str:
        self.bench.expression = Expression.named(name).name
        return self._apply()

    def follow(self, name: str) -> None:
        """Take another protocol, a shipped one or a TOML file, for the next tetanus or LTP run."""
        self._do(f"protocol {name}", partial(self._follow, name))

    def _follow(self, name: str) -> str:
        title = Protocol.named(name).title
        self.bench.protocol = Path(name).resolve().as_posix() if name.endswith(".toml") else name
        self._tell_choices()
        return title

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take the settings of a saved session."""
        if dict(settings) != self.bench.settings:
            self._do("restoring a session", partial(self._restore, settings))

    def _restore(self, settings: Mapping[str, Any]) -> str:
        self.bench.settings = dict(settings)
        self._draw_patch()
        return self._apply()

    def apply(self) -> None:
        """Bring the panel's settings to the slice."""
        self._do("washing in", self._apply)

    def _apply(self) -> str:
        self._tell_choices()
        if self.bench.is_outdated:
            self.panel.report("building the slice ...")
            self._forget_cell()
            self.bench.build()
            self._show_cell()
        return self.bench.apply()

    def _tell_choices(self) -> None:
        self.panel.say("compound", readout.about(self.bench.compound))
        self.panel.say("choice", f"{self.bench.expression}; protocol {Path(self.bench.protocol).stem}")

    def _forget_cell(self) -> None:
        """Let go of everything that points into the cell, which will be freed."""
        self._v: Any = None
        self._live.forget()
        self.windows.forget_cell()

    def _show_cell(self) -> None:
        """Show the new cell, and let RunControl's Init & Run start from its rest."""
        h, rig = self._h, self.bench.slice
        h.celsius, h.v_init = rig.bath.celsius, rig.cell.v_init
        self._t = h.Vector().record(h._ref_t)
        self._v = h.Vector().record(rig.cell.soma[0](0.5)._ref_v)
        self.windows.show_cell(rig)

    def move_dose(self) -> None:
        """Redraw the patch's currents at once, also during a run, then wash the dose into the slice."""
        try:
            self._draw_patch()
        except CellModelError as error:
            self.panel.report(str(error))
        else:
            self.apply()

    def run_patch(self) -> None:
        """Draw the patch's currents and receptors, control and drug."""
        self._do("patch run", self._draw_patch)

    def _draw_patch(self) -> str:
        found = {name: self.bench.sweeps(name) for name in PULSES}
        for name, sweeps in found.items():
            length = self.bench.pulses[name]
            curves = {c: (sweep.t, sweep["i"] * PICOAMP_PER_NANOAMP) for c, sweep in sweeps.items()}
            self._show(name, curves)
            measured = partial(MEASURES[name], pulse=length)
            self.panel.say(name, readout.compared(f"{length:g} ms", curves, measured))
        shares = {
            f"{c} {kind}": (sweep.t, sweep[kind]) for c, sweep in found["long"].items() for kind in KINDS
        }
        self._show("shares", shares)
        return readout.dose_notice(self.bench.compound, self.bench.dose_mM)

    def run_epsc(self) -> None:
        """Draw the EPSC of the clamped cell, control and drug."""
        self._do("EPSC: clamping a cell", self._run_epsc)

    def _run_epsc(self) -> str:
        notice, curves = self._apply(), self.bench.epscs()
        self._show("epsc", curves)
        self.panel.say("epsc", readout.compared("EPSC", curves, readout.epsc))
        return notice

    def run_field(self) -> None:
        """Draw field EPSP, soma and spine calcium of one stimulus, control and drug."""
        self._do("field EPSP", self._run_field)

    def _run_field(self) -> str:
        notice, found = self._apply(), self.bench.responses()
        self._show_responses(found)
        self.panel.say("field", self._field_text(found))
        return notice

    def _show_responses(self, found: Mapping[str, Response], legend: Mapping[str, str] | None = None) -> None:
        self._show("field", {name: (each.t, each.trace) for name, each in found.items()}, legend)
        self._show("voltage", {name: (each.t, each.v_soma) for name, each in found.items()}, legend)
        self._show("calcium", {name: _calcium(each) for name, each in found.items()}, legend)

    @staticmethod
    def _field_text(found: Mapping[str, Response]) -> str:
        """Return the measures of the synaptic part; there are none where the cells fire."""
        if any(has_spike(response) for response in found.values()):
            return "fEPSP: a population spike distorts it, take fewer fibers"
        curves = {condition: (each.t, each.field) for condition, each in found.items()}
        return readout.compared("fEPSP", curves, readout.field)

    def run_tetanus(self) -> None:
        """Give the protocol's first train in the present dose; draw it and what it leaves behind."""
        self._do("tetanus", self._run_tetanus)

    def _run_tetanus(self) -> str:
        notice, train = self._apply(), self.bench.train
        words = f"tetanus, {train.pulses * train.bursts} pulses at {train.hz:g} Hz"
        with self.bench.progress(lambda t: self.panel.report(f"{words}: {t:.0f} ms")):
            found = self.bench.tetanus()
        later = f"{AFTER_TETANUS_MINUTES:g} min after"
        legend = {"control": "before", "after_ltp": later}
        self._show_responses({"control": found.before, "after_ltp": found.after}, legend)
        x = Axis.around(0.0, float(found.train.t[-1]))
        during = {"after_ltp": "in the train"}
        self._show("voltage", {"after_ltp": (found.train.t, found.train.v_soma)}, during, x)
        self._show("calcium", {"after_ltp": _calcium(found.train)}, during, x)
        percent = PERCENT * _slope(found.after) / _slope(found.before)
        self.panel.say("ltp", f"tetanus: slope {percent:.0f} % {later}")
        return notice

    def run_ltp(self) -> None:
        """Play the protocol on a fresh slice, drawing each probe; `stop` ends it."""
        self._do("LTP run", self._run_ltp)

    def _run_ltp(self) -> str:
        notice, bench = self._apply(), self.bench
        course = Course(Protocol.named(bench.protocol), bench.compound, bench.dose_mM)
        with bench.progress(lambda t: self.panel.report(f"LTP: computing a response, {t:.0f} ms")):
            for event in bench.experiment():
                course.add(event)
                self._show_course(course)
                self._h.doEvents()
                if self._h.stoprun:
                    bench.wash(bench.dose_mM)
                    return f"stopped; the slice stays as it is. {notice}"
        bench.wash(bench.dose_mM)
        self.panel.say("ltp", course.result)
        return notice

    def _show_course(self, course: Course) -> None:
        self._show("ltp", course.slopes, x=course.axis)
        self._show("field", course.fields)
        self.panel.say("ltp", course.text)

    def stop(self) -> None:
        """End an LTP run after the response that is being computed, or a run of RunControl."""
        self._h.stoprun = 1

    def refresh(self) -> None:
        """Put a fresh slice into the chamber: without LTP."""
        self._do("a fresh slice", self._refresh)

    def _refresh(self) -> str:
        notice = self._apply()
        self.bench.refresh()
        return notice

    def clear(self) -> None:
        """Empty the graphs."""
        self.curves.clear()
        for graph in self.windows.graphs.values():
            graph.draw({}, {})

    def _show(
        self, name: str, curves: Curves, legend: Mapping[str, str] | None = None, x: Axis | None = None
    ) -> None:
        """Draw curves, by default as those of the present dose."""
        self._legends[name] = legend or self._usual_legend
        self.curves[name] = dict(curves)
        self.windows.graphs[name].draw(curves, {**self._usual_legend, **self._legends[name]}, x)

    @property
    def _usual_legend(self) -> dict[str, str]:
        drug = f"{self.bench.compound.name} {self.bench.dose_mM:g} mM"
        return {
            "control": "control",
            "drug": drug,
            "wash": "wash",
            "after_ltp": "after LTP",
            "after_ltp_drug": "after LTP, drug",
            LIVE: "RunControl",
        }

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


def _calcium(response: Response) -> Curve:
    return response.t, response.calcium * MICROMOLAR_PER_MILLIMOLAR


def _slope(response: Response) -> float:
    return fepsp_values(response.t, response.field, response.volley)["fepsp_slope"]

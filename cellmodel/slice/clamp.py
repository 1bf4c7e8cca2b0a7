"""Voltage clamp of the CA1 cell in the slice: evoked and miniature EPSCs, and a puff of glutamate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.slice.engine import Engine
from cellmodel.slice.options import SliceOptions
from cellmodel.slice.slice import Slice
from cellmodel.synapse.receptors import Receptors
from cellmodel.traces import Recording
from cellmodel.units import MICROSIEMENS_PER_NANOSIEMENS, TIME_CONSTANTS_OF_10_90

CLAMP_STEP = 0.05
EPSC_WINDOW = 120.0
ALWAYS = 1e9
ALWAYS_BLOCKED = {"nmda": 1.0, "na": 1.0}  # D-AP5 and TTX


def clamp_soma(cell: Any, v_hold: float, r_series: float, *, duration: float = ALWAYS) -> Any:
    """Return a voltage clamp of the soma (mV, MOhm) from the start of a run on for ``duration`` ms.

    It has to be there before `Engine.begin`, and leaves when nothing holds it any more.
    """
    clamp = load_mechanisms().SEClamp(cell.soma[0](0.5))
    clamp.rs, clamp.dur1, clamp.amp1 = r_series, duration, v_hold
    return clamp


class ClampedSlice:
    """A slice whose cell is clamped at the soma; NMDA and GABA-A receptors and spikes (TTX) blocked.

    Parameters
    ----------
    options : SliceOptions
        Only the test pathway is built.
    r_series : float or None, MOhm
        None: data/preparations.toml.
    """

    def __init__(self, options: SliceOptions, *, r_series: float | None = None) -> None:
        numbers = load("preparations.toml").values_of("ca1_cell")
        self.slice = Slice(replace(options, pathways=("test",), has_inhibition=False), is_plastic=False)
        self.slice.block(**ALWAYS_BLOCKED)
        self.v_hold = numbers["v_hold"]
        self.r_series = numbers["r_series"] if r_series is None else r_series
        self.clamp = clamp_soma(self.slice.cell, self.v_hold, self.r_series)
        self.engine = self._engine()

    def _engine(self) -> Engine:
        places = [self.slice.cell.soma[0](0.5)]
        watched = [self.clamp._ref_i] + [spine.ampa._ref_g for spine in self.slice.pathways["test"].spines]
        return Engine(
            places,
            watched,
            sections=self.slice.sections,
            v_init=self.v_hold,
            celsius=self.slice.bath.celsius,
        )

    @property
    def meta(self) -> dict[str, Any]:
        """What every recording says of clamp and bath; what is blocked throughout is in ``blocked``."""
        compound = self.slice.options.compound
        return {
            "compound": compound.name if compound else "",
            "v_hold": self.v_hold,
            "r_series": self.r_series,
            "celsius": self.slice.bath.celsius,
            "bath": dict(self.slice.bath.recipe),
            "blocked": tuple(ALWAYS_BLOCKED),
        }

    def free(self) -> None:
        """Take cell and clamp out of NEURON; they are of no use afterwards."""
        del self.engine, self.clamp
        self.slice.free()

    def evoked(self, dose_mM: float) -> Recording:
        """Record the EPSC of one stimulus: somatic current (``i``, nA), summed conductance (``g``, uS)."""
        pathway = self.slice.pathways["test"]
        return self._record(dose_mM, lambda: pathway.stimulate(np.array([0.0])), kind="evoked")

    def miniature(self, dose_mM: float, *, synapse: int) -> Recording:
        """Record the EPSC of one vesicle at one synapse of the pathway; signals as in `evoked`."""
        pathway = self.slice.pathways["test"]
        quantum = 1.0 / load("synapse.toml").value("release.n_vesicles")

        def release_one() -> None:
            volley = pathway.volleys[synapse % len(pathway.volleys)]
            volley.release.use, volley.release.r = quantum, 1.0
            volley.stimulus.event(0.0)

        conductances = [spine.ampa.g_max for spine in pathway.spines]
        for k, spine in enumerate(pathway.spines):
            spine.ampa.g_max = conductances[k] if k == synapse else 0.0
        recording = self._record(dose_mM, release_one, kind="miniature")
        for spine, g_max in zip(pathway.spines, conductances, strict=True):
            spine.ampa.g_max = g_max
        for volley in pathway.volleys:
            volley.release.use = pathway.use
        return recording

    def _wash(self, dose_mM: float) -> None:
        """Bring the compound in; what it blocks stays apart from what is blocked throughout."""
        self.slice.pathways["test"].set_dose(dose_mM)
        shares = self.slice.options.blocked(dose_mM)
        shares = {target: share for target, share in shares.items() if target not in ALWAYS_BLOCKED}
        if shares != {target: self.slice.blocks.get(target, 0.0) for target in shares}:
            self.slice.block(**shares)
            self.engine.rest()

    def _record(self, dose_mM: float, stimulate: Any, *, kind: str) -> Recording:
        self._wash(dose_mM)
        self.engine.begin()
        self.slice.write_state("test")
        stimulate()
        window = self.engine.run(EPSC_WINDOW)
        grid = np.arange(0.0, EPSC_WINDOW, CLAMP_STEP)
        current = np.interp(grid, window.t, window.signals[:, 0])
        conductance = np.interp(grid, window.t, window.signals[:, 1:].sum(axis=1))
        return Recording(
            t=grid,
            signals={"i": current - current[0], "g": conductance},
            units={"i": "nA", "g": "uS"},
            meta={
                **self.meta,
                "preparation": "ca1_cell",
                "kind": kind,
                "stimulus": f"{kind} EPSC",
                "dose_mM": dose_mM,
            },
        )


class PuffedCell:
    """The voltage-clamped CA1 cell under a puff of glutamate (TTX, NMDA receptors blocked).

    Parameters
    ----------
    options : SliceOptions
    rise : float or None, ms
        10-90 % rise of glutamate; None: data/preparations.toml.
    """

    def __init__(self, options: SliceOptions, *, rise: float | None = None) -> None:
        self.numbers = load("preparations.toml").values_of("puff")
        self.clamped = ClampedSlice(replace(options, fibers=1))
        self.rise = self.numbers["rise"] if rise is None else rise
        self.receptors = [self._receptors(segment) for segment in self._places()]
        self.puffs = [self._puff(part) for receptors in self.receptors for part in receptors.parts]

    def _places(self) -> list[Any]:
        cell = self.clamped.slice.cell
        near = [seg for section in cell.trunk + cell.oblique for seg in section]
        near = [seg for seg in near if cell.path_distance(seg) <= self.numbers["reach"]]
        places = [cell.soma[0](0.5), *near]
        n = int(self.numbers["n_places"])
        return [places[k * len(places) // n] for k in range(n)]

    def _receptors(self, segment: Any) -> Receptors:
        receptors = self.clamped.slice.settings.place(segment)
        for part in receptors.parts:
            part.pulse_width = self.numbers["duration"]
            part.glu_tau = self.rise / TIME_CONSTANTS_OF_10_90
        return receptors

    def _puff(self, receptor: Any) -> Any:
        puff = load_mechanisms().NetCon(None, receptor)
        puff.weight[0], puff.delay = self.numbers["glutamate"], 0.0
        return puff

    def _wash(self, dose_mM: float) -> None:
        left = 1.0 - self.clamped.slice.options.blocked(dose_mM).get("ampa", 0.0)
        total = self.numbers["conductance"] * MICROSIEMENS_PER_NANOSIEMENS
        for receptors in self.receptors:
            receptors.head.dose = dose_mM
            receptors.head.g_max = left * total / self.numbers["n_places"]

    def free(self) -> None:
        """Take cell, clamp and receptors out of NEURON; they are of no use afterwards."""
        self.puffs, self.receptors = [], []
        self.clamped.free()

    def record(self, dose_mM: float, *, before: float = 20.0) -> Recording:
        """Puff once with the compound in the bath at ``dose_mM``: current at the soma (``i``, nA)."""
        clamped = self.clamped
        self._wash(dose_mM)
        engine = Engine(
            [clamped.slice.cell.soma[0](0.5)],
            [clamped.clamp._ref_i, self.receptors[0].parts[0]._ref_glu],
            sections=clamped.slice.sections,
            v_init=clamped.v_hold,
            celsius=clamped.slice.bath.celsius,
        )
        engine.begin()
        for puff in self.puffs:
            puff.event(before)
        duration = before + 2 * self.numbers["duration"]
        window = engine.run(duration)
        grid = np.arange(0.0, duration, CLAMP_STEP * 10)
        current = np.interp(grid, window.t, window.signals[:, 0])
        return Recording(
            t=grid,
            signals={
                "i": current - current[0],
                "glutamate": np.interp(grid, window.t, window.signals[:, 1]),
            },
            units={"i": "nA", "glutamate": "mM"},
            meta={
                **clamped.meta,
                "preparation": "ca1_whole_cell",
                "kind": "puff",
                "stimulus": f"puff of glutamate, {self.numbers['duration']:g} ms",
                "onset_ms": before,
                "dose_mM": dose_mM,
                "rise": self.rise,
            },
        )

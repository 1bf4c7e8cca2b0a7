"""Voltage-clamped neurons of one compartment: chick nucleus magnocellularis, cultured hippocampus."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cellmodel.compound import Compound
from cellmodel.errors import unknown_name
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.receptor import Receptor
from cellmodel.slice.engine import Engine
from cellmodel.synapse.pathway import quantile_delays
from cellmodel.synapse.pointing import point
from cellmodel.synapse.receptors import ReceptorSettings
from cellmodel.traces import Recording
from cellmodel.units import MICROSIEMENS_PER_NANOSIEMENS

RECEPTOR_OF = {"chick_cell": "chick_nm", "culture_cell": "ca1"}
N_VOLLEYS = 7
STEP = 0.02
WINDOW = 80.0
BEFORE = 2.0
MICROFARAD_PER_PICOFARAD = 1e-6
CM2_PER_UM2 = 1e-8
MEGAOHM_TO_OHM = 1e6


class CompartmentCell:
    """A round neuron under a voltage clamp with series resistance, and its synapse with many release sites.

    Parameters
    ----------
    name : str
        ``"chick_cell"`` or ``"culture_cell"``: a group of data/preparations.toml.
    compound : Compound or None
    receptor : str or None
        None: the preparation's own.

    Raises
    ------
    ParameterError
        If the preparation is unknown.
    """

    def __init__(self, name: str, compound: Compound | None, *, receptor: str | None = None) -> None:
        if name not in RECEPTOR_OF:
            raise unknown_name("preparation", name, RECEPTOR_OF)
        self.name = name
        self.numbers = load("preparations.toml").values_of(name)
        self.receptor = Receptor.named(receptor or RECEPTOR_OF[name])
        self.settings = ReceptorSettings(self.receptor, compound, self.numbers["celsius"])
        self.section = self._membrane()
        self.clamp = self._clamp()
        self.volleys = [self._volley(k) for k in range(N_VOLLEYS)]

    def _membrane(self) -> Any:
        section = load_mechanisms().Section(name=self.name)
        area_cm2 = self.numbers["capacitance"] * MICROFARAD_PER_PICOFARAD  # at 1 uF/cm2
        side = math.sqrt(area_cm2 / CM2_PER_UM2 / math.pi)
        section.L = section.diam = side
        section.insert("pas")
        segment = section(0.5)
        segment.pas.g = 1 / (self.numbers["r_in"] * MEGAOHM_TO_OHM * area_cm2)
        segment.pas.e = self.numbers["v_rest"]
        return section

    def _clamp(self) -> Any:
        clamp = load_mechanisms().SEClamp(self.section(0.5))
        clamp.rs, clamp.dur1, clamp.amp1 = self.numbers["r_series"], 1e9, self.numbers["v_hold"]
        return clamp

    def _volley(self, index: int) -> tuple[Any, Any, Any, Any]:
        """Build one share of the boutons: release, receptors, wires between, and the stimulator's wire."""
        h = load_mechanisms()
        release, receptors = h.release(self.section(0.5)), self.settings.place(self.section(0.5))
        for name in ("use", "tau_rec", "tau_facil"):
            setattr(release, name, self.numbers[name])
        release.gain_ptp = release.gain_stp = 0.0
        events = []
        for part in receptors.parts:
            point(release, "released", part)
            events.append((part, h.NetCon(release, part)))
            events[-1][1].delay, events[-1][1].weight[0] = 0.0, load("synapse.toml").value("glutamate.peak")
        stimulus = h.NetCon(None, release)
        stimulus.delay, stimulus.weight[0] = 0.0, 1.0
        return release, receptors.head, events, stimulus

    def _set(self, sites: float, dose_mM: float) -> None:
        compound = self.settings.compound
        left = compound.left("ampa", dose_mM) if compound else 1.0
        quantum = left * self.numbers["quantum"] * MICROSIEMENS_PER_NANOSIEMENS / self.settings.peak_open
        for _, receptor, _, _ in self.volleys:
            receptor.g_max = quantum * sites
            receptor.dose = dose_mM

    def evoked(self, dose_mM: float) -> Recording:
        """Record the EPSC that one presynaptic spike evokes, signal ``i`` (nA)."""
        self._set(self.numbers["n_sites"] / N_VOLLEYS, dose_mM)
        delays = quantile_delays(N_VOLLEYS, self.numbers["jitter"])
        return self._record(list(zip(self.volleys, delays, strict=True)), dose_mM, "evoked")

    def miniature(self, dose_mM: float) -> Recording:
        """Record the EPSC of one site that releases, signal ``i`` (nA)."""
        self._set(1.0, dose_mM)
        use = self.volleys[0][0].use
        self.volleys[0][0].use = 1.0
        recording = self._record([(self.volleys[0], 0.0)], dose_mM, "miniature")
        self.volleys[0][0].use = use
        return recording

    def _record(self, stimuli: list[tuple[Any, float]], dose_mM: float, kind: str) -> Recording:
        h = load_mechanisms()
        engine = Engine(
            [self.section(0.5)],
            [self.clamp._ref_i],
            sections=[self.section],
            v_init=self.numbers["v_hold"],
            celsius=self.numbers["celsius"],
            absolute_tolerance=1e-7,
        )
        engine.begin()
        for release, *_ in self.volleys:
            release.u, release.r, release.last = 0.0, 1.0, -1e9
        for volley, delay in stimuli:
            volley[3].event(BEFORE + delay)
        window = engine.run(WINDOW)
        grid = np.arange(0.0, WINDOW, STEP)
        current = np.interp(grid, window.t, window.signals[:, 0])
        meta = {
            "preparation": self.name,
            "kind": kind,
            "stimulus": f"{kind} EPSC",
            "compound": self.settings.compound.name if self.settings.compound else "",
            "dose_mM": dose_mM,
            "receptor": self.receptor.name,
            "v_hold": self.numbers["v_hold"],
            "r_series": self.numbers["r_series"],
            "celsius": h.celsius,
        }
        return Recording(t=grid - BEFORE, signals={"i": current - current[0]}, units={"i": "nA"}, meta=meta)

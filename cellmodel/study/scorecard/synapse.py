"""Evaluators of synapses: EPSCs, the puffed cell, field EPSPs, unitary EPSPs, spine calcium."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from cellmodel.analysis import epsc_measures, fit_decay, half_width, peak, rise_time
from cellmodel.compound import Compound
from cellmodel.mechanisms import load_mechanisms
from cellmodel.slice import Response, Slice, SliceOptions, amplitude
from cellmodel.slice.clamp import PuffedCell
from cellmodel.slice.compartment import CompartmentCell
from cellmodel.study.cell_properties.unitary import each_synapse
from cellmodel.study.currents import clamped_cell
from cellmodel.study.field import PAIR_INTERVAL
from cellmodel.study.field import paired_pulse_ratio as ratio_of
from cellmodel.study.scorecard.patch import patch_ratio
from cellmodel.units import MICROMOLAR_PER_MILLIMOLAR

CLAMPED_SYNAPSES = 10
FIBERS = 40
"""Of the field responses: about the test intensity."""
RELEASES = (1.0, 1.5, 2.0)
"""Release over that of the model, at which field responses are computed."""
SPIKE_NANOAMP, SPIKE_AT, SPIKE_MS, SPIKE_WINDOW = 2.0, 5.0, 2.0, 80.0
DECAY = (0.8, 0.2)


# --- voltage clamp ------------------------------------------------------------------------


@cache
def _epscs(preparation: str, compound: str, dose: float, event: str, seed: int) -> tuple[Any, Any]:
    """Return what is measured on an EPSC in control and in drug."""
    named = Compound.named(compound)
    is_ca1 = preparation == "ca1_cell"
    options = SliceOptions(compound=named, seed=seed)
    cell: Any = (
        clamped_cell(options, n_synapses=CLAMPED_SYNAPSES) if is_ca1 else CompartmentCell(preparation, named)
    )
    sweeps = [getattr(cell, event)(given) for given in (0.0, dose)]
    if is_ca1:
        cell.free()
    control, drug = (epsc_measures(sweep.t, sweep["i"], onset=0.0) for sweep in sweeps)
    return control, drug


def epsc_ratio(*, preparation: str, compound: str, dose: float, event: str, what: str, seed: int) -> float:
    """Return peak, tau_decay or charge of an EPSC (``evoked`` or ``miniature``), drug over control."""
    control, drug = _epscs(preparation, compound, dose, event, seed)
    return getattr(drug, what) / getattr(control, what)


def epsc_over_patch(*, receptor: str, preparation: str, compound: str, dose: float, seed: int) -> float:
    """Return how much an evoked EPSC decays slower over how much the patch deactivates slower."""
    epsc = epsc_ratio(
        preparation=preparation, compound=compound, dose=dose, event="evoked", what="tau_decay", seed=seed
    )
    return epsc / patch_ratio(receptor=receptor, measure="tau_deactivation", compound=compound, dose=dose)


def puff_ratio(*, compound: str, dose: float, seed: int) -> float:
    """Return the peak of the current that a puff of glutamate evokes, drug over control."""
    cell = PuffedCell(SliceOptions(compound=Compound.named(compound), seed=seed))
    control, drug = (float(cell.record(given)["i"].min()) for given in (0.0, dose))
    cell.free()
    return drug / control


# --- field EPSPs, without and with a compound ---------------------------------------------


@cache
def _fields(compound: str, dose: float, seed: int) -> Mapping[Any, Any]:
    """Return (dose, release) to amplitude (mV) and paired-pulse ratio, and ``"nmda"`` to its drug ratio."""
    options = SliceOptions(compound=Compound.named(compound), pathways=("test",), fibers=FIBERS, seed=seed)
    rig = Slice(options, is_plastic=False)
    found: dict[Any, Any] = {
        (given, release): _single_and_pair(rig, given, release)
        for given in (0.0, dose)
        for release in RELEASES
    }
    found["nmda"] = _nmda(rig, dose)
    rig.free()
    return found


def _single_and_pair(rig: Slice, dose: float, release: float) -> tuple[float, float]:
    boutons = [volley.release for volley in rig.pathways["test"].volleys]
    usual = boutons[0].use
    for bouton in boutons:
        bouton.use = usual * release
    rig.wash(dose)
    single, pair = _fresh(rig), _fresh(rig, PAIR_INTERVAL)
    for bouton in boutons:
        bouton.use = usual
    return amplitude(single), ratio_of(single, pair)


def _fresh(rig: Slice, *later: float) -> Response:
    """Return the response to pulses at 0 and ``later`` (ms); the slice is left as it was."""
    start = dict(rig.states)
    response = rig.stimulate("test", np.array([0.0, *later]))
    rig.states = start
    return response


def _nmda(rig: Slice, dose: float) -> float:
    """Return the somatic EPSP that is left without AMPA and GABA-A receptors, drug over control."""
    rig.block(ampa=1.0, gaba_a=1.0)
    sizes = []
    for given in (0.0, dose):
        rig.wash(given)
        sizes.append(float(np.ptp(_fresh(rig).v_soma)))
    rig.block(ampa=0.0, gaba_a=0.0)
    return sizes[1] / sizes[0]


def pair_ratio(*, compound: str, dose: float, seed: int, release: float = 1.0) -> float:
    """Return the paired-pulse ratio of fEPSPs, drug over control."""
    found = _fields(compound, dose, seed)
    return found[dose, release][1] / found[0.0, release][1]


def gain_with_release(*, compound: str, dose: float, release: float, seed: int) -> float:
    """Return the drug's gain in fEPSP amplitude with more release over that without."""
    found = _fields(compound, dose, seed)
    more, usual = (found[dose, share][0] / found[0.0, share][0] for share in (release, 1.0))
    return more / usual


def nmda_ratio(*, compound: str, dose: float, seed: int) -> float:
    """Return the NMDA part of the somatic EPSP, drug over control."""
    return _fields(compound, dose, seed)["nmda"]


# --- the slice without compound -----------------------------------------------------------


@cache
def _drug_free(seed: int) -> Mapping[str, float]:
    """Return everything that is read from one slice without compound, by name."""
    rig = Slice(SliceOptions(pathways=("test",), fibers=FIBERS, seed=seed), is_plastic=False)
    found = {"pair": _single_and_pair(rig, 0.0, 1.0)[1], "nmda_over_ampa": _conductances(rig)}
    rig.block(gaba_a=1.0, gaba_b=1.0)
    found |= _calcium_of_a_spike(rig)
    rig.free()
    return found


def _conductances(rig: Slice) -> float:
    """Return the peak conductance of NMDA over that of AMPA receptors, mean over the synapses."""
    open_share = rig.settings.peak_open
    spines = rig.pathways["test"].spines
    return float(np.mean([s.nmda.g_max / (s.ampa.g_max * open_share) for s in spines]))


@cache
def _unitary(biophysics: str, seed: int) -> Mapping[str, float]:
    """Return the mean EPSP (mV, ms) of single synapses and the calcium (uM) that it brings into the spine."""
    options = SliceOptions(biophysics=biophysics, pathways=("test",), fibers=FIBERS, seed=seed)
    rig = Slice(options, is_plastic=False)
    rig.block(gaba_a=1.0, gaba_b=1.0)
    voltages, calcium = [], []
    for response in each_synapse(rig):  # all: three of ten are potentiated at the start
        voltages.append(response.v_soma - response.v_soma[0])
        calcium.append(FIBERS * np.max(response.calcium - response.calcium[0]) * MICROMOLAR_PER_MILLIMOLAR)
    rig.free()
    return {**_shape(response.t, np.mean(voltages, axis=0)), "epsp": float(np.mean(calcium))}


def _shape(t: np.ndarray, v: np.ndarray) -> dict[str, float]:
    at = peak(t, v, sign=1)
    return {
        "amplitude": at.amplitude,
        "rise": rise_time(t, v, at),
        "half_width": half_width(t, v, at),
        "tau_decay": fit_decay(t, v, at, start=DECAY[0], stop=DECAY[1]).tau,
    }


def _calcium_of_a_spike(rig: Slice) -> dict[str, float]:
    """Return the mean spine calcium that one somatic spike leaves (uM), and its decay (ms)."""
    electrode = load_mechanisms().IClamp(rig.cell.soma[0](0.5))
    electrode.delay, electrode.dur, electrode.amp = SPIKE_AT, SPIKE_MS, SPIKE_NANOAMP
    rig.engine.begin()
    rig.write_state("test")
    window = rig.engine.run(SPIKE_WINDOW)
    calcium = (window.signals[:, 1] - window.signals[0, 1]) * MICROMOLAR_PER_MILLIMOLAR
    t, first = np.unique(window.t, return_index=True)
    at = peak(t, calcium[first], sign=1)
    decay = fit_decay(t, calcium[first], at, start=DECAY[0], stop=DECAY[1])
    return {"bap": at.amplitude, "decay": decay.tau}


def paired_pulse_ratio(*, seed: int) -> float:
    """Return the paired-pulse ratio of fEPSPs at 50 ms."""
    return _drug_free(seed)["pair"]


def nmda_over_ampa(*, seed: int) -> float:
    """Return the peak conductance of NMDA over that of AMPA receptors at a synapse."""
    return _drug_free(seed)["nmda_over_ampa"]


def unitary(*, what: str, biophysics: str, seed: int) -> float:
    """Return amplitude (mV), rise, half_width or tau_decay (ms) of the unitary EPSP at the soma."""
    return _unitary(biophysics, seed)[what]


def spine_calcium(*, what: str, seed: int) -> float:
    """Return the calcium of an ``epsp`` or a ``bap`` (uM), or its ``decay`` (ms)."""
    return _unitary("patch", seed)["epsp"] if what == "epsp" else _drug_free(seed)[what]

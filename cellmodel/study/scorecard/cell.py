"""Evaluators of the cell under current clamp."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from cellmodel.analysis import spike_amplitude, spike_times, step_response
from cellmodel.cell import CA1Pyramidal
from cellmodel.errors import ConvergenceError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.morphology import load_morphology
from cellmodel.protocol import CurrentStep, somatic_step
from cellmodel.study.cell_properties.plan import CellSpec, Work, compute

STEP = CurrentStep(-0.05, 50.0, 400.0, 0.0)
TRAIN = CurrentStep(0.3, 50.0, 1000.0, 20.0)
"""Nearest to 15 spikes per second."""
QUIET = CurrentStep(0.0, 0.0, 0.0, 80.0)
THRESHOLD = -10.0
ALONG_TRUNK = (50, 100, 150, 200, 250, 300)
EPSP_WEIGHT, EPSP_RISE, EPSP_DECAY, EPSP_AT = 4.3e-4, 0.1, 3.0, 10.0
"""Microsiemens and ms of the double-exponential conductance of the published battery: about 30 pA."""


@cache
def _passive() -> Mapping[str, float]:
    cell = CA1Pyramidal()
    sweep = somatic_step(cell, STEP)
    found = step_response(
        sweep.t, sweep["v_soma"], start=STEP.start, duration=STEP.duration, amplitude=STEP.amplitude
    )
    cell.free()
    return {"v_rest": found.v_rest, "r_in": found.r_in, "tau_m": found.tau_m}


def at_rest(*, what: str) -> float:
    """Return ``v_rest`` (mV), ``r_in`` (MOhm) or ``tau_m`` (ms)."""
    return _passive()[what]


@cache
def _train() -> Mapping[tuple[str, int], float]:
    """Return (first or last spike, distance) to its amplitude on the trunk, mV."""
    cell = CA1Pyramidal()
    sites = {str(distance): _on_trunk(cell, distance) for distance in ALONG_TRUNK}
    sweep = somatic_step(cell, TRAIN, sites=sites)
    times = spike_times(sweep.t, sweep["v_soma"], threshold=THRESHOLD)
    found = {
        (which, distance): spike_amplitude(sweep.t, sweep[f"v_{distance}"], at=at, before=3.0, after=6.0)
        for which, at in (("first", times[0]), ("last", times[-1]))
        for distance in ALONG_TRUNK
    }
    cell.free()
    return found


def back_propagated(*, which: str, distance: int) -> float:
    """Return the amplitude of the ``first`` or ``last`` spike of a train on the trunk, mV."""
    return _train()[which, distance]


def _on_trunk(cell: CA1Pyramidal, distance: float) -> Any:
    segments = (segment for section in cell.trunk for segment in section)
    return min(segments, key=lambda segment: abs(cell.path_distance(segment) - distance))


@cache
def attenuation(*, distance: int) -> float:
    """Return the peak of an EPSP at the soma over that where it starts on the trunk."""
    cell, h = CA1Pyramidal(), load_mechanisms()
    site = _on_trunk(cell, distance)
    synapse, source = h.Exp2Syn(site), h.NetStim()
    synapse.tau1, synapse.tau2, synapse.e = EPSP_RISE, EPSP_DECAY, 0.0
    source.number, source.start = 1, EPSP_AT
    wire = h.NetCon(source, synapse)
    wire.weight[0] = EPSP_WEIGHT
    sweep = somatic_step(cell, QUIET, sites={"site": site})
    del wire, synapse, source
    cell.free()
    return float(np.ptp(sweep["v_soma"]) / np.ptp(sweep["v_site"]))


def battery_score(*, test: str, biophysics: str = "patch") -> float:
    """Return the score of one test of the published battery, of the shipped cell."""
    shape = load_morphology()
    found = compute(Work(CellSpec(shape.name, shape, biophysics), test, is_quick=False))
    if found.outcome is None:
        raise ConvergenceError(found.why)
    return found.outcome.score

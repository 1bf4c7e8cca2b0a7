"""Places on the apical dendrite, and synaptic conductances put there for one sweep.

A place is told by its path from where the trunk leaves the soma. Inputs are double-exponential AMPA
conductances, and NMDA with magnesium block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cellmodel.mechanisms import load_mechanisms
from cellmodel.protocol import record_voltage

SITE = "site"


def trunk_origin(cell: Any) -> float:
    """Return the path (um) from the soma's center to the beginning of the trunk.

    The published test measures from the end of the soma section; our dendrites leave its center, so
    that their own beginning is the same place.
    """
    return min((cell.path_distance(section(0)) for section in cell.trunk), default=0.0)


def trunk_segments(cell: Any) -> list[tuple[float, Any]]:
    """Return path (um) from the beginning of the trunk and segment, for every trunk segment, ascending."""
    origin = trunk_origin(cell)
    found = [(cell.path_distance(segment) - origin, segment) for section in cell.trunk for segment in section]
    return sorted(found, key=lambda pair: pair[0])


def trunk_between(cell: Any, low: float, high: float) -> list[tuple[float, Any]]:
    """Return the trunk segments with a path (um) inside the open interval ``low`` to ``high``."""
    return [(path, segment) for path, segment in trunk_segments(cell) if low < path < high]


def trunk_around(cell: Any, low: float, high: float) -> list[tuple[float, Any]]:
    """Return the trunk segments between two paths (um), and one more on either side where there is one."""
    every = trunk_segments(cell)
    inside = [k for k, (path, _) in enumerate(every) if low < path < high]
    return every[max(inside[0] - 1, 0) : inside[-1] + 2] if inside else []


def nearest_trunk(cell: Any, path: float) -> tuple[float, Any]:
    """Return path (um) and segment of the trunk segment nearest to ``path`` um."""
    return min(trunk_segments(cell), key=lambda pair: abs(pair[0] - path))


def record_inputs(
    cell: Any,
    segment: Any,
    times: Sequence[float],
    *,
    length: float,
    ampa: Mapping[str, float],
    nmda: Mapping[str, float] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give inputs to one place and record there and at the soma.

    Parameters
    ----------
    cell : CA1Pyramidal
    segment : Segment
    times : sequence of float, ms
        One input each, all at the same place.
    length : float, ms
        Of the sweep.
    ampa : mapping
        ``g`` (uS at the peak), ``rise`` and ``decay`` (ms), ``reversal`` (mV) of each input.
    nmda : mapping, optional
        The same, with ``mg`` (mM); time constants at the mechanism's reference temperature, 34 degC,
        from which its q10 carries them to the cell's.

    Returns
    -------
    tuple of array, (n_t,) ms, mV and mV
        Time, voltage of the soma and of the place.
    """
    parts = _ampa_inputs(segment, times, ampa)  # NEURON deletes what nobody holds
    if nmda is not None:
        parts += _nmda_inputs(segment, times, nmda)
    t, signals = record_voltage(cell, length, sites={SITE: segment})
    del parts
    return t, signals["v_soma"], signals[f"v_{SITE}"]


def _ampa_inputs(segment: Any, times: Sequence[float], settings: Mapping[str, float]) -> list[Any]:
    h = load_mechanisms()
    synapse = h.Exp2Syn(segment)
    synapse.tau1, synapse.tau2, synapse.e = settings["rise"], settings["decay"], settings["reversal"]
    parts = [synapse]  # one for all: its conductance adds up
    for at in times:
        parts += _event(synapse, at, settings["g"])
    return parts


def _nmda_inputs(segment: Any, times: Sequence[float], settings: Mapping[str, float]) -> list[Any]:
    h = load_mechanisms()
    parts: list[Any] = []
    for at in times:  # receptors of their own for each input, so that their binding does not saturate
        synapse, share = h.nmda(segment), h.Vector([1.0])
        synapse.g_max, synapse.e, synapse.mg = settings["g"], settings["reversal"], settings["mg"]
        synapse.tau_rise, synapse.tau_decay = settings["rise"], settings["decay"]
        h.setpointer(share._ref_x[0], "released", synapse)
        parts += [synapse, share, *_event(synapse, at, 1.0)]
    return parts


def _event(synapse: Any, at: float, weight: float) -> list[Any]:
    h = load_mechanisms()
    source = h.NetStim()
    source.number, source.start, source.noise = 1, at, 0
    wire = h.NetCon(source, synapse, 0, 0, weight)
    return [wire, source]

"""Unitary EPSPs: one Schaffer-collateral synapse of the cell after the other, seen at the soma."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cellmodel.parameters import load
from cellmodel.slice import Response, Slice, SliceOptions
from cellmodel.synapse.sites import receptor_gain
from cellmodel.traces import read_only

SYNAPSES = 40
PATHWAY = "test"
POTENTIATED = 0.5
"""Efficacy (0-1) above which a synapse is one of those that were potentiated before the experiment."""


@dataclass(frozen=True)
class UnitaryEpsps:
    """EPSPs at the soma, each of one synapse.

    Parameters
    ----------
    distances : array, (n_synapses,) um
        Path from the soma.
    is_potentiated : tuple of bool, (n_synapses,)
        Those with more receptors from the start; so many are in a slice that was never stimulated.
    t : array, (n_t,) ms
        From the stimulus.
    v : array, (n_synapses, n_t) mV
        From rest.
    """

    distances: np.ndarray
    is_potentiated: tuple[bool, ...]
    t: np.ndarray
    v: np.ndarray

    def __post_init__(self) -> None:
        for name in ("distances", "t", "v"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def amplitudes(self) -> np.ndarray:
        """Peaks, (n_synapses,) mV."""
        return np.asarray(self.v.max(axis=1))

    @property
    def receptors(self) -> np.ndarray:
        """AMPA receptors at the synapses' distances over those of a near synapse, (n_synapses,) 1."""
        return np.array([receptor_gain(distance) for distance in self.distances])

    def expected(self, distance: float) -> float:
        """Return the amplitude (mV) of a synapse at ``distance`` (um) that is not potentiated.

        It is read from the straight line through all of them.
        """
        own = np.logical_not(self.is_potentiated)
        slope, start = np.polyfit(self.distances[own], self.amplitudes[own], 1)
        return float(start + slope * distance)


def gradient_ends() -> tuple[float, float]:
    """Return where (um) receptor number begins and ends to rise with distance."""
    values = load("synapse.toml")
    return values.value("ampa.gradient_start"), values.value("ampa.gradient_end")


def unitary_epsps(options: SliceOptions, *, n_synapses: int = SYNAPSES) -> UnitaryEpsps:
    """Record the EPSPs of single synapses at the soma, inhibition blocked, with the mean of release.

    Parameters
    ----------
    options : SliceOptions
        Morphology and biophysics; the pathway's first ``n_synapses`` are taken, spread over the radiatum.
    n_synapses : int
    """
    rig = Slice(SliceOptions(options.morphology, options.biophysics, pathways=(PATHWAY,), fibers=n_synapses))
    rig.block(gaba_a=1.0, gaba_b=1.0)
    distances = rig.pathways[PATHWAY].distances
    is_potentiated = tuple(bool(rho > POTENTIATED) for rho in rig.states[PATHWAY].synapses.rho)
    responses = list(each_synapse(rig))
    rig.free()
    kept = responses[0].t >= 0.0
    v = np.array([(response.v_soma - response.v_soma[0])[kept] for response in responses])
    return UnitaryEpsps(distances, is_potentiated, responses[0].t[kept], v)


def each_synapse(rig: Slice) -> Iterator[Response]:
    """Yield the response to the stimulation of each synapse of `PATHWAY` alone; the slice stays as it was."""
    spines, start = rig.pathways[PATHWAY].spines, dict(rig.states)
    for only in range(rig.n_recruited):
        for k, spine in enumerate(spines):
            if k != only:
                spine.ampa.g_max = spine.nmda.g_max = 0.0
        yield rig.stimulate(PATHWAY, np.array([0.0]))
        rig.states = dict(start)
        rig.recruit(rig.n_recruited)

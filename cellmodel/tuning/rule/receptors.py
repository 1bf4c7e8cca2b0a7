"""What receptors that move do to the calcium of spines and to the fEPSP slope, recorded in the cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cellmodel.analysis.slice_rows import fepsp_values
from cellmodel.parameters import load
from cellmodel.plasticity import Rule
from cellmodel.slice import Slice
from cellmodel.slice.state import PathwayState
from cellmodel.tuning.rule.calcium import PATHWAY, Drive
from cellmodel.tuning.rule.long_train import record_regular
from cellmodel.units import PERCENT

TOWARD = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)
"""How far the efficacy of every synapse has gone, from its start, down (-1) or up (1)."""


@dataclass(frozen=True)
class Slope:
    """How the fEPSP slope follows the receptors of each spine.

    Attributes
    ----------
    weights : array, (n_spines,) %
        What one receptor more adds at a spine alone; unit of receptors: those of the average synapse.
    sums : array, (n_points,) %
        Of weights times receptors, where all spines move together; rising.
    slopes : array, (n_points,) %
        fEPSP slope then, of the baseline's.
    """

    weights: np.ndarray
    sums: np.ndarray
    slopes: np.ndarray

    def percent(self, more: np.ndarray) -> np.ndarray:
        """Return the slope (%), (...), with ``more`` receptors than at the beginning, (..., n_spines).

        Beyond ``sums`` it is that at their end.
        """
        return np.interp(more @ self.weights, self.sums, self.slopes)


def move(rig: Slice, begin: PathwayState, shares: np.ndarray | float) -> np.ndarray:
    """Let the efficacy of synapses go part of its way, and receptors follow.

    Parameters
    ----------
    rig : Slice
        Its state is set.
    begin : PathwayState
    shares : array, (n_synapses,), or float
        Of the way from the beginning down (to -1) or up (to 1).

    Returns
    -------
    array, (n_recruited,)
        By how much more receptors each has than at the beginning.
    """
    start, shares = begin.synapses.rho, np.asarray(shares)
    rho = np.where(shares < 0, start * (1 + shares), start + shares * (1 - start))
    synapses = replace(begin.synapses, rho=rho, n=Rule.default().receptors(rho))
    rig.states = {PATHWAY: replace(begin, synapses=synapses)}
    return (synapses.n - begin.synapses.n)[: rig.n_recruited]


def record_long(rig: Slice, n: int, hz: float) -> Drive:
    """Record ``n`` pulses at ``hz`` with the receptors of the beginning, and what calcium gains with more.

    With every synapse up, those that are up already only see the others change; with every synapse down, so
    do those that are down. That tells what a spine's own receptors do from what the others' do.
    """
    drive, begin = record_regular(rig, n, hz), rig.states
    more, gained = [], []
    for share in (1.0, -1.0):
        more.append(move(rig, begin[PATHWAY], share))
        gained.append(record_regular(rig, n, hz).amounts - drive.amounts)
    rig.states = begin
    own, shared = split(gained, np.array(more))
    return replace(drive, own=own, shared=shared)


def split(gained: Sequence[np.ndarray], more: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what calcium gains by each receptor at the spine itself, and by each at the mean of all.

    Parameters
    ----------
    gained : sequence of two arrays, (n_bins, n_spines)
        By calcium, with receptors moved in two ways.
    more : array, (2, n_spines)
        Receptors then; a spine keeps its own in one of the two.

    Returns
    -------
    tuple of two arrays, (n_bins, n_spines)
    """
    (a, b), (mean_a, mean_b) = more, more.mean(axis=1)
    whole = a * mean_b - b * mean_a
    own = (gained[0] * mean_b - gained[1] * mean_a) / whole
    return own, (gained[1] * a - gained[0] * b) / whole


def record_slope(rig: Slice) -> Slope:
    """Move each synapse alone, as far as it can go, and all of them together.

    What the electrode sees of a synapse depends on where it is: where some are depressed and others
    potentiated, the mean receptor number does not give the slope.
    """
    begin = rig.states[PATHWAY]
    before = _slope(rig)
    ways = 1.0 - 2.0 * np.round(begin.synapses.rho)
    weights = np.zeros(rig.n_recruited)
    for k in range(rig.n_recruited):
        more = move(rig, begin, ways * (np.arange(len(ways)) == k))
        weights[k] = PERCENT * (_slope(rig) / before - 1.0) / more[k]
    sums, slopes = [], []
    for share in TOWARD:
        sums.append(move(rig, begin, share) @ weights)
        slopes.append(PERCENT * _slope(rig) / before)
    rig.states = {PATHWAY: begin}
    return Slope(weights, np.array(sums), np.array(slopes))


def _slope(rig: Slice) -> float:
    response = rig.stimulate(PATHWAY, duration=load("slice.toml").value("window.search"))
    return fepsp_values(response.t, response.field, response.volley)["fepsp_slope"]

"""Spine calcium during conditioning stimulation, recorded once in the cell.

Calcium depends on the rule that is fitted only through the receptors, which move within minutes. Those of a
spine depolarize its head, whose NMDA receptors then pass more; all together depolarize the dendrite. So
trains of a minute and longer are recorded with the receptors of the beginning, with every synapse up and with
every synapse down, and the rule is fitted on what lies between; the fitted one is run in the cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.slice import Slice, window_of

STEP = 5.0
"""Width of the bins, ms: a fiftieth of the quickest integrator's time constant."""
PATHWAY = "test"


@dataclass(frozen=True)
class Drive:
    """What drives the rule's integrators.

    Attributes
    ----------
    amounts : array, (n_bins, n_spines)
        Integral of calcium above rest in each bin of `STEP`, in units of one drug-free EPSP of the spine,
        with the receptors that it has at the beginning.
    own, shared : array, (n_bins, n_spines), or None
        What is added for each receptor more at the spine itself, and for each more at the mean of all spines,
        in units of the average synapse; None: too short for receptors to move.
    distances : array, (n_spines,) um, or None
        Of the spines from the soma: which of them are up at the beginning follows from it.
    """

    amounts: np.ndarray
    own: np.ndarray | None = None
    shared: np.ndarray | None = None
    distances: np.ndarray | None = None

    def part(self, bins: slice, more: np.ndarray) -> np.ndarray:
        """Return the amounts of some bins for spines with ``more`` receptors (n_spines,) than at first."""
        amounts = self.amounts[bins]
        if self.own is None or self.shared is None:
            return amounts
        return amounts + self.own[bins] * more + self.shared[bins] * more.mean()

    @property
    def duration(self) -> float:
        """Length, ms."""
        return STEP * len(self.amounts)


def record(rig: Slice, times: np.ndarray) -> Drive:
    """Stimulate as `stimulate` does; the state of the slice afterwards is that before."""
    states = dict(rig.states)
    drive = stimulate(rig, times)
    rig.states = states
    return drive


def stimulate(rig: Slice, times: np.ndarray) -> Drive:
    """Stimulate a slice whose receptors stay as they are.

    Parameters
    ----------
    rig : Slice
        At the dose and the intensity that are wanted.
    times : array, (n_pulses,) ms
        The first is 0.
    """
    pathway, recruited = rig.pathways[PATHWAY], slice(0, rig.n_recruited)
    pathway.freeze(True)
    t, calcium = rig.spine_calcium(PATHWAY, times)
    pathway.freeze(False)
    units = pathway.calcium_units[recruited]
    above = (calcium - calcium[0]) / units
    until_now = np.zeros_like(above)
    until_now[1:] = np.cumsum(np.diff(t)[:, None] * (above[1:] + above[:-1]) / 2, axis=0)
    edges = np.arange(0.0, window_of(times) + STEP / 2, STEP)
    filled = np.column_stack([np.interp(edges, t, column) for column in until_now.T])
    return Drive(np.diff(filled, axis=0), distances=pathway.distances[recruited])

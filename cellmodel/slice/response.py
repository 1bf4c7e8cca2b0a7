"""What a stimulus evoked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.traces import Recording
from cellmodel.units import FEMTOCOULOMB_PER_PICOCOULOMB


@dataclass(frozen=True)
class Response:
    """What one stimulus, or one train, evoked.

    Attributes
    ----------
    t : array, (n_t,) ms
        Time after the stimulus.
    field : array, (n_t,) mV
        Potential at the electrode, synaptic part.
    volley : array, (n_t,) mV
        The assumed fiber volley, to be added.
    v_soma : array, (n_t,) mV
    calcium : array, (n_t,) mM
        Mean over the recruited spines of the pathway.
    calcium_ampa, calcium_nmda : float, fC
        Charge that calcium carried into an average recruited spine through each receptor, inward positive.
    calcium_integral : array, (n_synapses,) mM ms
        Of calcium above rest, each spine.
    cascade : Recording
        Each of `cellmodel.slice.cascade.STEPS`, mean over the recruited spines or over the boutons; coarser
        in time than the traces.
    noise : float, mV
        Root mean square of the electrode's noise in ``field``; 0 where it is the potential itself.
    """

    t: np.ndarray
    field: np.ndarray
    volley: np.ndarray
    v_soma: np.ndarray
    calcium: np.ndarray
    calcium_ampa: float
    calcium_nmda: float
    calcium_integral: np.ndarray
    cascade: Recording
    noise: float = 0.0

    @property
    def trace(self) -> np.ndarray:
        """The potential as the rig records it, volley included, (n_t,) mV."""
        return self.field + self.volley


def mean_charge(integrals: np.ndarray) -> float:
    """Return the mean inward charge, fC, of integrals of current in pC (nA ms), (n_synapses,)."""
    return float(-integrals.mean() * FEMTOCOULOMB_PER_PICOCOULOMB)

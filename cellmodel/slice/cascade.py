"""The signalling cascade, watched: what every step from calcium to receptors does during a response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cellmodel.synapse import Pathway
from cellmodel.traces import Recording
from cellmodel.units import MICROMOLAR_PER_MILLIMOLAR, PICOAMP_PER_NANOAMP

STEPS = {
    "spine_calcium": ("uM", MICROMOLAR_PER_MILLIMOLAR),
    "calcium_current_AMPA": ("pA", PICOAMP_PER_NANOAMP),
    "calcium_current_NMDA": ("pA", PICOAMP_PER_NANOAMP),
    "kinase": ("1", 1.0),
    "phosphatase": ("1", 1.0),
    "efficacy": ("1", 1.0),
    "AMPA_receptors": ("1", 1.0),
    "release": ("1", 1.0),
    "post-tetanic": ("1", 1.0),
    "short-term": ("1", 1.0),
}
"""Step to its unit and what turns NEURON's unit into it: seven in the spines, three in the boutons."""


class Cascade:
    """Where the steps of each pathway stand among the variables that the engine watches.

    Parameters
    ----------
    pathways : mapping of str to Pathway
    first : int
        How many variables are watched before these.

    Attributes
    ----------
    references : list
        Of NEURON's variables, in the order in which they have to be watched.
    """

    def __init__(self, pathways: Mapping[str, Pathway], *, first: int) -> None:
        self.references: list[Any] = []
        self._places: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for name, pathway in pathways.items():
            spines = [_in_spine(spine) for spine in pathway.spines]
            boutons = [_in_bouton(volley.release) for volley in pathway.volleys]
            self._places[name] = (self._add(spines, first), self._add(boutons, first))

    def _add(self, columns: list[list[Any]], first: int) -> np.ndarray:
        """Append references, given spine by spine, and return their places, (n_steps, n_spines)."""
        begin = first + len(self.references)
        self.references += [reference for row in zip(*columns, strict=True) for reference in row]
        return np.arange(begin, first + len(self.references)).reshape(-1, len(columns))

    def spines(self, name: str) -> np.ndarray:
        """Return where a pathway's calcium, AMPA and NMDA calcium currents are watched, (3, n_spines)."""
        return self._places[name][0][:3]

    def weights(self, name: str, n_recruited: int, n_watched: int) -> np.ndarray:
        """Return the weights of each step's mean over recruited spines, or boutons, (n_steps, n_watched)."""
        spines, boutons = self._places[name]
        weights = np.zeros((len(STEPS), n_watched))
        for row, places in enumerate([*spines[:, :n_recruited], *boutons]):
            weights[row, places] = 1 / len(places)
        return weights


def cascade_recording(t: np.ndarray, means: np.ndarray, grid: np.ndarray) -> Recording:
    """Return the steps as a recording.

    Parameters
    ----------
    t : array, (n_steps_of_time,) ms
    means : array, (n_steps_of_time, n_steps)
        What `Cascade.weights` give, in NEURON's units.
    grid : array, (n_t,) ms
    """
    signals = {
        name: scale * np.interp(grid, t, column)
        for (name, (_, scale)), column in zip(STEPS.items(), means.T, strict=True)
    }
    return Recording(t=grid, signals=signals, units={name: unit for name, (unit, _) in STEPS.items()})


def _in_spine(spine: Any) -> list[Any]:
    calcium = [spine.head(0.5)._ref_cai, spine.ampa._ref_i_ca, spine.nmda._ref_i_ca]
    return calcium + [getattr(spine.learning, f"_ref_{name}") for name in ("ep", "ed", "rho", "n")]


def _in_bouton(release: Any) -> list[Any]:
    return [getattr(release, f"_ref_{name}") for name in ("released", "ptp", "stp")]

"""What a slice finds out while it is built, so that the next one with the same options need not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.morphology import load_morphology
from cellmodel.slice.options import SliceOptions


@dataclass(frozen=True, eq=False)
class Prepared:
    """Rest and calibration of a slice: two responses and one and a half seconds of rest.

    Attributes
    ----------
    options : str
        `fingerprint` of those that it belongs to.
    rest : array, (n_segments,) mV
        Voltage of every segment, spines and boutons too.
    calcium_units : mapping of str to array, (n_synapses,) mM ms
        Of each pathway: calcium integral of a drug-free EPSP in each spine.
    """

    options: str
    rest: np.ndarray
    calcium_units: Mapping[str, np.ndarray]

    def rest_of(self, options: SliceOptions) -> np.ndarray:
        """Return the resting voltages for a slice with these options.

        Raises
        ------
        ParameterError
            If it is not the one that was prepared.
        """
        if fingerprint(options) != self.options:
            raise ParameterError(
                "what is prepared belongs to a slice with other options. Give that of one with the same."
            )
        return self.rest


def fingerprint(options: SliceOptions) -> str:
    """Return the SHA-256 of all options, and of the shape of the cell that they name."""
    plain = replace(options, morphology=None)
    shape = load_morphology(options.morphology).fingerprint
    return hashlib.sha256(f"{plain!r} {shape}".encode()).hexdigest()

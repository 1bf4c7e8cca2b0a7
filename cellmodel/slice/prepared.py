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
    """Rest, electrode and calibration of a slice: two responses, line sources and 1.5 s of rest.

    Attributes
    ----------
    options : str
        `fingerprint` of those that it belongs to.
    rest : array, (n_segments,) mV
        Voltage of every segment, spines and boutons too.
    per_current : array, (n_delays, n_segments) mV/nA
        Of the field electrode.
    calcium_units : mapping of str to array, (n_synapses,) mM ms
        Of each pathway: calcium integral of a drug-free EPSP in each spine.
    """

    options: str
    rest: np.ndarray
    per_current: np.ndarray
    calcium_units: Mapping[str, np.ndarray]

    def check(self, options: SliceOptions) -> None:
        """Refuse to prepare a slice with other options.

        Raises
        ------
        ParameterError
            If it is not the one that was prepared.
        """
        if fingerprint(options) != self.options:
            raise ParameterError(
                "what is prepared belongs to a slice with other options. Give that of one with the same."
            )


def fingerprint(options: SliceOptions) -> str:
    """Return the SHA-256 of all options, and of the shape of the cell that they name."""
    plain = replace(options, morphology=None)
    shape = load_morphology(options.morphology).fingerprint
    return hashlib.sha256(f"{plain!r} {shape}".encode()).hexdigest()

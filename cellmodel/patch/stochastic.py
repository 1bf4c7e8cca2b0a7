"""Repeated sweeps of a patch whose channels gate by chance, and the noise of recording them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from cellmodel.compound import Compound
from cellmodel.patch.application import Pulses
from cellmodel.receptor import Receptor, Scheme, SlowScheme, modulation_of
from cellmodel.receptor.response import TimeCourse, matrices
from cellmodel.traces import Recording, read_only

SETTLING = 200  # samples before the sweep in which the filter forgets that noise began
DECIMALS = 12  # of the share of a solution: shares that differ less give one and the same matrix


@dataclass(frozen=True)
class Sweeps:
    """Sweeps of one patch under one stimulus, recorded one after the other; all arrays are read-only.

    Parameters
    ----------
    t : array, (n_t,) ms
        0 where the pulse starts.
    i : array, (n_sweeps, n_t) nA
        Inward negative.
    glutamate : array, (n_t,) mM
    meta : mapping
        That of `Patch.pulse`, and ``n_channels``, ``seed`` and ``noise_picoamp``.
    """

    t: np.ndarray
    i: np.ndarray
    glutamate: np.ndarray
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("t", "i", "glutamate"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))

    def __len__(self) -> int:
        return len(self.i)

    def sweep(self, number: int) -> Recording:
        """Return one sweep as a recording; ``meta`` has its number."""
        signals = {"i": self.i[number], "glutamate": self.glutamate}
        return Recording(self.t, signals, {"i": "nA", "glutamate": "mM"}, {**self.meta, "sweep": number})


def gating(
    receptor: Receptor, compound: Compound | None, dose_mM: float, *, celsius: float, application: str
) -> Scheme | SlowScheme:
    """Return the scheme that the channels of a patch follow, as they rest before the pulse."""
    modulation = modulation_of(compound, receptor)
    if compound is None or modulation is None or compound.regime == "fast":
        return Scheme(receptor, modulation, dose_mM, celsius)
    return SlowScheme(receptor, modulation, 0.0 if application == "glutamate_only" else dose_mM, celsius)


def solutions(
    scheme: Scheme | SlowScheme, pulses: Pulses, glutamate_mM: float, *, application: str
) -> TimeCourse:
    """Return the function from times (n,) ms to Q, (n, n_states, n_states) 1/ms, as solutions exchange."""
    if application == "both" or isinstance(scheme, SlowScheme):
        return matrices(scheme, lambda t: glutamate_mM * pulses.level(t))

    def changing(t: np.ndarray) -> np.ndarray:
        shares, which = np.unique(np.round(pulses.level(t), DECIMALS), return_inverse=True)
        doses = scheme.dose_mM * (shares if application == "glutamate_only" else 1.0 - shares)
        pairs = zip(shares, doses, strict=True)
        each = [replace(scheme, dose_mM=dose).q_matrix(glutamate_mM * share) for share, dose in pairs]
        return np.array(each)[which]

    return changing


def recording_noise(
    shape: tuple[int, int], sd: float, filtered: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Draw white noise that has passed the filter and has then this standard deviation.

    Parameters
    ----------
    shape : tuple of int
        (n_sweeps, n_t).
    sd : float, nA
        After the filter.
    filtered : callable
        The filter, along the last axis.
    rng : Generator

    Returns
    -------
    array, (n_sweeps, n_t) nA
    """
    if sd == 0.0:
        return np.zeros(shape)
    impulse = np.zeros(SETTLING)
    impulse[0] = 1.0
    gain = np.sqrt(np.sum(filtered(impulse) ** 2))
    white = rng.normal(0.0, sd / gain, (shape[0], SETTLING + shape[1]))
    return filtered(white)[:, SETTLING:]

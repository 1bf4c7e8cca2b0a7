"""What this process has found out about slices, so that the next one with the same options need not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from cellmodel.slice.options import SliceOptions

MOST = 16
"""Slices that are remembered; one takes some ten kilobytes."""


@dataclass
class Found:
    """What is found out about a slice while it is built: 0.3 s of rest, and two responses.

    Attributes
    ----------
    rest : array, (n_segments,) mV, or None
        Voltage of every segment, spines and boutons too.
    calcium_units : mapping of str to array, (n_synapses,) mM ms
        Of each pathway: calcium integral of a drug-free EPSP in each spine. Empty: not looked for.
    """

    rest: np.ndarray | None = None
    calcium_units: Mapping[str, np.ndarray] = field(default_factory=dict)


_FOUND: dict[str, Found] = {}


def found_about(options: SliceOptions, shape: str) -> Found:
    """Return what is known about a slice, to be read and added to.

    Parameters
    ----------
    options : SliceOptions
    shape : str
        The ``fingerprint`` of the cell's morphology: a file may hold another cell than before.
    """
    key = f"{replace(options, morphology=None)!r} {shape}"
    about = _FOUND.pop(key, None) or Found()
    _FOUND[key] = about
    while len(_FOUND) > MOST:
        del _FOUND[next(iter(_FOUND))]
    return about

"""How long a response takes, and how long its trace is kept."""

from __future__ import annotations

import numpy as np

from cellmodel.parameters import load
from cellmodel.slice.engine import Settled
from cellmodel.units import MILLIMOLAR_PER_NANOMOLAR

FAST_INTERVAL = 15.0
"""Mean interval of pulses (ms) below which CVODE, begun anew at each event, is slower than a fixed step."""


def window_of(times: np.ndarray) -> float:
    """Return the time that a response to pulses at ``times`` (ms) takes at most, ms.

    It is computed until soma and spine calcium are back at rest, and the rest of this time is passed over; no
    other response may begin in it.
    """
    return float(times[-1]) + load("slice.toml").value("window.longest")


def trace_end(times: np.ndarray) -> float:
    """Return until when traces of a response to pulses at ``times`` (ms) are kept, ms."""
    return float(times[-1]) + load("slice.toml").value("window.trace")


def is_too_fast(times: np.ndarray) -> bool:
    """Whether pulses at ``times`` (ms) come so fast that a fixed step is quicker than CVODE."""
    return len(times) > 2 and (times[-1] - times[0]) / (len(times) - 1) < FAST_INTERVAL


def settled_after(times: np.ndarray, calcium: np.ndarray, n_watched: int) -> Settled:
    """Return when a response to ``times`` (ms), its trace kept, is over: soma and all calcium at rest.

    ``calcium``: which of the ``n_watched`` variables are calcium of spines, of any shape; the first is the
    voltage of the soma.
    """
    numbers = load("slice.toml").values_of("window")
    allowed = np.full(n_watched, np.inf)
    allowed[0] = numbers["rest_voltage"]
    allowed[calcium] = numbers["rest_calcium"] * MILLIMOLAR_PER_NANOMOLAR
    return Settled(trace_end(times), allowed)

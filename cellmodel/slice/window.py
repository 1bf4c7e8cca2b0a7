"""How long a response takes, and how long its trace is kept."""

from __future__ import annotations

import numpy as np

from cellmodel.parameters import load

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

"""Read field EPSPs off sweeps with recording noise, as a rig does: smooth first.

The lowest of many noisy samples lies below the wave, and the first to pass a level comes early. The trough is
therefore read off a local cubic through 4 ms and the passages of 20, 50 and 80 % off one through 1.6 ms: on
the model's fEPSPs narrow enough to leave their shape within a percent, wide enough to take most of the noise.
The decay is fitted to the sweep as it is.
"""

from __future__ import annotations

import numpy as np

from cellmodel.analysis.fits import fit_exponential
from cellmodel.analysis.synaptic import (
    FEPSP_DECAY_FROM,
    FEPSP_DECAY_TO,
    LATEST_PEAK,
    SLOPE_FROM,
    SLOPE_TO,
    FepspMeasures,
    has_population_spike,
    synaptic_trough,
)
from cellmodel.analysis.waveform import HALF, Peak, crossing_after, crossing_before, window
from cellmodel.errors import ConvergenceError, ParameterError

WIDE, NARROW, DEGREE = 4.0, 1.6, 3
"""Milliseconds of a local polynomial for the trough and for passages of levels, and its degree."""
LEAST = 3.0
"""A trough is a response when it is so many times the noise."""
SPIKE = 6.0
"""A reversal of the smoothed sweep is a population spike when it is, beside a share of the amplitude, so many
times the noise: 5 is the most that a hundred sweeps of noise alone show."""


def noisy_fepsp_measures(t: np.ndarray, v: np.ndarray, *, onset: float, noise: float) -> FepspMeasures:
    """Measure a negative field EPSP in a noisy sweep; what is measured is that of `fepsp_measures`.

    Parameters
    ----------
    t, v : array, (n_t,) ms and mV
        The sweep, evenly sampled; the mean before ``onset`` is its baseline.
    onset : float, ms
        Where the fEPSP may begin.
    noise : float, mV
        Root mean square of the sweep's noise.

    Returns
    -------
    FepspMeasures
        Decay and half-width are None also where the noise hides them.

    Raises
    ------
    ParameterError
        If the sweep has no baseline or is not evenly sampled.
    ConvergenceError
        If nothing stands out of the noise, or no rise does.
    """
    before = t < onset
    if np.count_nonzero(before) < 2 or not np.allclose(np.diff(t), t[1] - t[0]):
        raise ParameterError("a noisy sweep needs even samples and a baseline before the response.")
    v = v - v[before].mean()
    wide, narrow = (smooth(t, v, width) for width in (WIDE, NARROW))
    at = synaptic_trough(*window(t, wide, onset, min(onset + LATEST_PEAK, t[-1])), 0.0, SPIKE * noise)
    if -at.amplitude < LEAST * noise:
        raise ConvergenceError(f"no field EPSP: {-at.amplitude:.2g} mV in a noise of {noise:.2g} mV.")
    is_cut = has_population_spike(t, narrow, at, margin=SPIKE * noise)
    tau, r2, width = (None, None, None) if is_cut else _falling(t, v, narrow, at)
    return FepspMeasures(
        amplitude=-at.amplitude,
        slope=-(SLOPE_TO - SLOPE_FROM) * at.amplitude / _rise(t, narrow, at),
        tau_decay=tau,
        decay_r2=r2,
        half_width=width,
        has_population_spike=is_cut,
        time_of_peak=at.time,
    )


def smooth(t: np.ndarray, v: np.ndarray, width: float) -> np.ndarray:
    """Return a sweep smoothed by local polynomials (Savitzky & Golay) over ``width`` ms, (n_t,)."""
    from scipy.signal import savgol_filter

    return savgol_filter(v, 2 * round(width / (t[1] - t[0]) / 2) + 1, DEGREE, mode="nearest")


def _rise(t: np.ndarray, v: np.ndarray, at: Peak) -> float:
    """Return the time from 20 to 80 % of the trough, ms: from the last passage of 20 % before that of 80."""
    high = crossing_before(t, v, at, SLOPE_TO)
    low = crossing_before(t, v, Peak(high, at.value, at.baseline), SLOPE_FROM)
    return high - low


def _falling(
    t: np.ndarray, v: np.ndarray, narrow: np.ndarray, at: Peak
) -> tuple[float | None, float | None, float | None]:
    """Return time constant of the decay (ms), its R2, and half-width (ms); None where noise hides them."""
    try:
        begin, half, end = (
            crossing_after(t, narrow, at, level) for level in (FEPSP_DECAY_FROM, HALF, FEPSP_DECAY_TO)
        )
        decay = fit_exponential(t, v, start=begin, stop=end, offset=at.baseline)
    except ConvergenceError:
        return None, None, None
    return decay.tau, decay.r2, half - crossing_before(t, narrow, at, HALF)

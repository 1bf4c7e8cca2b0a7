"""Measure synaptic responses as they are reported: EPSCs and field EPSPs.

Conventions: inward currents and field EPSPs are negative in the trace; amplitudes, slopes and
charges are reported as positive numbers in the trace's unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.analysis.fits import fit_decay
from cellmodel.analysis.waveform import (
    Peak,
    charge,
    crossing_before,
    half_width,
    mean_slope,
    peak,
    rise_time,
    window,
)
from cellmodel.errors import ConvergenceError

SLOPE_FROM, SLOPE_TO = 0.2, 0.8
FEPSP_DECAY_FROM, FEPSP_DECAY_TO = 0.8, 0.3
EPSC_DECAY_FROM, EPSC_DECAY_TO = 0.9, 0.2
LATEST_PEAK = 15.0  # ms after the onset; a later trough is that of a population spike
SPIKE_FRACTION = 0.03  # a reversal larger than this part of the amplitude is a population spike
SPIKE_ONSET = 0.2  # of the largest trough: a reversal before the wave is so deep is no spike of its cells
SPIKE_WIDTH = 5.0  # ms; a slower one is an afterpotential, a population spike lasts 2-4 ms


@dataclass(frozen=True, slots=True)
class EpscMeasures:
    """An EPSC: ``peak`` (positive, signal unit), times in ms, ``charge`` (signal unit x ms)."""

    peak: float
    rise_10_90: float
    tau_decay: float
    decay_r2: float
    charge: float
    time_of_peak: float


def epsc_measures(t: np.ndarray, i: np.ndarray, *, onset: float, stop: float | None = None) -> EpscMeasures:
    """Measure an inward EPSC after a stimulus at ``onset``.

    Parameters
    ----------
    t, i : array, (n_t,) ms and nA
        The sweep; the current at ``onset`` is its baseline.
    onset : float, ms
        Stimulus (after its artifact, where there is one).
    stop : float, ms
        End of the response, by default of the sweep; bounds the charge too.

    Returns
    -------
    EpscMeasures
        ``peak`` in nA, ``charge`` in pC (nA ms). The decay is one exponential from 90 to 20 %
        of the peak, back to the baseline.
    """
    stop = float(t[-1]) if stop is None else stop
    times, current = window(t, i, onset, stop)
    at = _response(times, current, "EPSC")
    decay = fit_decay(times, current, at, start=EPSC_DECAY_FROM, stop=EPSC_DECAY_TO)
    return EpscMeasures(
        peak=-at.amplitude,
        rise_10_90=rise_time(times, current, at),
        tau_decay=decay.tau,
        decay_r2=decay.r2,
        charge=-charge(times, current, start=onset, stop=stop, baseline=at.baseline),
        time_of_peak=at.time,
    )


@dataclass(frozen=True, slots=True)
class FepspMeasures:
    """A field EPSP: positive ``amplitude`` (mV) and ``slope`` (mV/ms), times in ms.

    ``decay_r2`` tells how far the falling phase is one exponential; ``has_population_spike``
    that a reversal cuts the response, which then has no decay and no half-width (None).
    """

    amplitude: float
    slope: float
    tau_decay: float | None
    decay_r2: float | None
    half_width: float | None
    has_population_spike: bool
    time_of_peak: float


def fepsp_measures(t: np.ndarray, v: np.ndarray, *, onset: float, stop: float | None = None) -> FepspMeasures:
    """Measure a negative field EPSP by the conventions of the slice rig.

    Parameters
    ----------
    t, v : array, (n_t,) ms and mV
        The sweep; the potential at ``onset`` is its baseline.
    onset : float, ms
        Where the fEPSP may begin: after the stimulus artifact and the fiber volley.
    stop : float, ms
        End of the response, by default of the sweep.

    Returns
    -------
    FepspMeasures
        Of the trough within 15 ms of the onset and before a population spike: a later or deeper one is
        the spike's. Slope between 20 and 80 % of the amplitude on the rising phase; decay as one
        exponential from 80 to 30 % of the falling phase, back to the baseline.
    """
    times, field = window(t, v, onset, float(t[-1]) if stop is None else stop)
    at = synaptic_trough(*window(times, field, onset, min(onset + LATEST_PEAK, times[-1])))
    is_cut = has_population_spike(times, field, at)
    decay = None if is_cut else fit_decay(times, field, at, start=FEPSP_DECAY_FROM, stop=FEPSP_DECAY_TO)
    return FepspMeasures(
        amplitude=-at.amplitude,
        slope=-mean_slope(times, field, at, start=SLOPE_FROM, stop=SLOPE_TO),
        tau_decay=decay.tau if decay else None,
        decay_r2=decay.r2 if decay else None,
        half_width=None if is_cut else half_width(times, field, at),
        has_population_spike=is_cut,
        time_of_peak=at.time,
    )


def fiber_volley(t: np.ndarray, v: np.ndarray, *, start: float, stop: float) -> float:
    """Return the presynaptic volley's amplitude, mV: its trough below the two maxima beside it.

    Parameters
    ----------
    t, v : array, (n_t,) ms and mV
        The sweep.
    start, stop : float, ms
        Between the stimulus artifact and the beginning of the fEPSP.

    Returns
    -------
    float
        Positive; 0 where the window holds no trough.
    """
    _, field = window(t, v, start, stop)
    troughs = np.nonzero((field[1:-1] < field[:-2]) & (field[1:-1] <= field[2:]))[0] + 1
    if troughs.size == 0:
        return 0.0
    depths = [(field[: k + 1].max() + field[k:].max()) / 2.0 - field[k] for k in troughs]
    return float(max(depths))


def has_population_spike(t: np.ndarray, v: np.ndarray, at: Peak, *, margin: float = 0.0) -> bool:
    """Tell whether a quick reversal interrupts the response after its 20 % rise.

    In stratum radiatum a population spike is a positive notch in the negative wave, so the
    falling phase goes back down, or the rising phase back up, by more than 3 % of the amplitude
    within 5 ms. A slow positive wave after the fEPSP is none. ``margin`` (mV) is what noise may do beyond.
    """
    limit = SPIKE_FRACTION * abs(at.amplitude) + margin
    t_rising, rising = window(t, v, crossing_before(t, v, at, SLOPE_FROM), at.time)
    t_falling, falling = window(t, v, at.time, float(t[-1]))
    return bool(max(_quickest_fall(t_rising, -rising), _quickest_fall(t_falling, falling)) > limit)


def synaptic_trough(t: np.ndarray, v: np.ndarray, baseline: float | None = None, margin: float = 0.0) -> Peak:
    """Return the trough of the synaptic wave: before the notch of a population spike, where there is one.

    ``baseline`` (mV) is that of the first sample unless given, ``margin`` that of `has_population_spike`.
    """
    at = _response(t, v, "field EPSP", baseline)
    deep = np.nonzero(v - at.baseline <= SPIKE_ONSET * at.amplitude)[0][0]
    before = slice(deep, int(np.searchsorted(t, at.time)) + 1)
    rises = _falls(t[before], -v[before])
    if rises.max() <= SPIKE_FRACTION * abs(at.amplitude) + margin:
        return at
    top = deep + int(np.argmax(rises))
    return _response(t[: top + 1], v[: top + 1], "field EPSP", baseline)


def _quickest_fall(t: np.ndarray, v: np.ndarray) -> float:
    """Return by how much ``v`` falls at most within `SPIKE_WIDTH`."""
    return float(_falls(t, v).max())


def _falls(t: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return how far ``v`` lies below its largest value of the last `SPIKE_WIDTH`, (n_t,)."""
    bounds = np.column_stack((np.searchsorted(t, t - SPIKE_WIDTH), np.arange(1, v.size + 1)))
    within_and_between = np.maximum.reduceat(np.append(v, v[-1]), bounds.ravel())
    return within_and_between[::2] - v


def _response(t: np.ndarray, y: np.ndarray, what: str, baseline: float | None = None) -> Peak:
    at = peak(t, y, baseline=baseline, sign=-1)
    if at.amplitude >= 0.0:
        raise ConvergenceError(
            f"no {what} between {t[0]:.6g} and {t[-1]:.6g} ms: the trace does not go negative."
        )
    return at

"""Read peaks, times and areas off one trace; all functions accept unevenly sampled time.

Times are ms; a signal keeps its own unit, so a charge of a current in nA is pC (nA ms).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.errors import ConvergenceError, ParameterError

RISE_FROM, RISE_TO = 0.1, 0.9
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Peak:
    """The largest departure of a signal from its baseline.

    Parameters
    ----------
    time : float, ms
        When the peak is reached.
    value, baseline : float
        Signal at the peak and before it, in the signal's unit.
    """

    time: float
    value: float
    baseline: float

    @property
    def amplitude(self) -> float:
        """Return peak minus baseline, negative for an inward current."""
        return self.value - self.baseline


def window(t: np.ndarray, y: np.ndarray, start: float, stop: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the trace from ``start`` to ``stop`` ms with both ends interpolated.

    Parameters
    ----------
    t, y : array, (n_t,) ms and signal unit
        ``t`` strictly increasing.
    start, stop : float, ms
        Must overlap with ``t``.

    Returns
    -------
    tuple of array, (n_w,)
        Time (ms) and signal.

    Raises
    ------
    ParameterError
        If the arrays do not fit each other or the window holds no time.
    """
    t, y = np.asarray(t, dtype=float), np.asarray(y, dtype=float)
    if t.shape != y.shape or t.ndim != 1 or t.size < 2:
        raise ParameterError(f"time {t.shape} and signal {y.shape} must be two equally long traces.")
    start, stop = max(start, t[0]), min(stop, t[-1])
    if not stop > start:
        raise ParameterError(f"window {start} to {stop} ms is empty in a trace of {t[0]} to {t[-1]} ms.")
    inside = (t > start) & (t < stop)
    times = np.concatenate(([start], t[inside], [stop]))
    return times, np.interp(times, t, y)


def mean_over(t: np.ndarray, y: np.ndarray, start: float, stop: float) -> float:
    """Return the time average of ``y`` from ``start`` to ``stop`` ms."""
    times, values = window(t, y, start, stop)
    return float(np.trapezoid(values, times) / (times[-1] - times[0]))


def peak(
    t: np.ndarray,
    y: np.ndarray,
    *,
    start: float | None = None,
    stop: float | None = None,
    baseline: float | None = None,
    sign: int = 0,
) -> Peak:
    """Find the largest departure from baseline between ``start`` and ``stop``.

    Parameters
    ----------
    t, y : array, (n_t,) ms and signal unit
        The trace.
    start, stop : float, ms
        Where to look; by default the whole trace.
    baseline : float
        In the signal's unit; by default the signal at ``start``.
    sign : int
        -1 for the most negative, +1 for the most positive, 0 for the larger of the two.

    Returns
    -------
    Peak
    """
    start = float(t[0]) if start is None else start
    stop = float(t[-1]) if stop is None else stop
    times, values = window(t, y, start, stop)
    reference = float(values[0]) if baseline is None else baseline
    departure = values - reference
    index = int(np.argmax(np.abs(departure) if sign == 0 else sign * departure))
    return Peak(time=float(times[index]), value=float(values[index]), baseline=reference)


def crossing(t: np.ndarray, y: np.ndarray, level: float, *, last: bool = False) -> float:
    """Return when ``y`` first (or last) passes ``level``, interpolated between samples, in ms.

    Raises
    ------
    ConvergenceError
        If the signal never passes ``level``.
    """
    above = np.asarray(y) >= level
    changes = np.nonzero(above[1:] != above[:-1])[0]
    if changes.size == 0:
        raise ConvergenceError(
            f"the signal does not pass {level:.6g} between {t[0]:.6g} and {t[-1]:.6g} ms. Record for longer."
        )
    k = changes[-1 if last else 0]
    return float(t[k] + (t[k + 1] - t[k]) * (level - y[k]) / (y[k + 1] - y[k]))


def crossing_before(t: np.ndarray, y: np.ndarray, at: Peak, fraction: float) -> float:
    """Return when the rising phase last passed ``fraction`` of the peak on its way up, ms."""
    times, values = window(t, y, float(t[0]), at.time)
    return crossing(times, values, at.baseline + fraction * at.amplitude, last=True)


def crossing_after(t: np.ndarray, y: np.ndarray, at: Peak, fraction: float) -> float:
    """Return when the falling phase first passes ``fraction`` of the peak, ms."""
    times, values = window(t, y, at.time, float(t[-1]))
    return crossing(times, values, at.baseline + fraction * at.amplitude)


def rise_time(
    t: np.ndarray, y: np.ndarray, at: Peak, *, start: float = RISE_FROM, stop: float = RISE_TO
) -> float:
    """Return the time from ``start`` to ``stop`` (fractions) of the peak, ms; 10-90 % by default."""
    return crossing_before(t, y, at, stop) - crossing_before(t, y, at, start)


def half_width(t: np.ndarray, y: np.ndarray, at: Peak) -> float:
    """Return the time between the two passages of half the peak, ms."""
    return crossing_after(t, y, at, HALF) - crossing_before(t, y, at, HALF)


def mean_slope(t: np.ndarray, y: np.ndarray, at: Peak, *, start: float, stop: float) -> float:
    """Return the slope of the rising phase between two fractions of the peak, signal unit per ms."""
    rise = rise_time(t, y, at, start=start, stop=stop)
    return (stop - start) * at.amplitude / rise


def charge(t: np.ndarray, y: np.ndarray, *, start: float, stop: float, baseline: float = 0.0) -> float:
    """Return the integral of ``y - baseline``, signal unit times ms (nA ms = pC)."""
    times, values = window(t, y, start, stop)
    return float(np.trapezoid(values - baseline, times))


def steady_state_ratio(t: np.ndarray, y: np.ndarray, at: Peak, *, start: float, stop: float) -> float:
    """Return the mean response from ``start`` to ``stop`` ms as a fraction of the peak."""
    _require_response(at)
    return (mean_over(t, y, start, stop) - at.baseline) / at.amplitude


def paired_pulse_ratio(first: Peak, second: Peak) -> float:
    """Return the second amplitude over the first."""
    _require_response(first)
    return second.amplitude / first.amplitude


def _require_response(at: Peak) -> None:
    if at.amplitude == 0.0:
        raise ConvergenceError(f"no response at {at.time:.6g} ms: a ratio to its amplitude has no meaning.")

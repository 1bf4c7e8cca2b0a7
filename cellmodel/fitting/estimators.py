"""What is read from one response to a pulse of glutamate, the same way from a sweep and from the model.

Windows are fixed by the pulse, not by the trace, wherever that is possible: noise then moves a time constant
but not the samples from which it is fitted.
"""

from __future__ import annotations

import numpy as np

from cellmodel.parameters import load

MOST_SAMPLES = 400  # of a fitted window; more are averaged in bins
TAU_RANGE = (0.004, 20.0)  # searched time constants, as multiples of the window's length
TAU_TOLERANCE = 1e-6  # of the logarithm
SHORT, LONG = ("tau_deactivation",), ("tau_desensitization", "steady_state_ratio")


def windows() -> dict[str, float]:
    """Return where a trace is read, from data/fitting.toml."""
    return load("fitting.toml").values_of("windows")


def measures_after(pulse: float) -> tuple[str, ...]:
    """Return what a pulse of this length (ms) shows; nothing for one that is neither short nor long."""
    where = windows()
    if pulse <= where["short"]:
        return SHORT
    return LONG if pulse >= where["long"] else ()


def read_response(t: np.ndarray, y: np.ndarray, pulse: float) -> np.ndarray:
    """Return the measures of a response, in the order of `measures_after`; NaN where there is no decay.

    Parameters
    ----------
    t : array, (n_t,) ms
        Evenly sampled, 0 where the pulse starts.
    y : array, (n_t,)
        The current, upward, its baseline taken off.
    pulse : float, ms

    Returns
    -------
    array, (1,) ms or (2,) ms and 1
    """
    return _short(t, y, pulse) if measures_after(pulse) == SHORT else _long(t, y, pulse)


def _short(t: np.ndarray, y: np.ndarray, pulse: float) -> np.ndarray:
    where = windows()
    inside = (t >= pulse + where["settled"]) & (t <= pulse + where["decay"])
    return np.array([decay_time(t[inside], y[inside], has_offset=False)])


def _long(t: np.ndarray, y: np.ndarray, pulse: float) -> np.ndarray:
    where = windows()
    smooth = smoothed(y, where["smoothing"] / (t[1] - t[0]))
    during = np.flatnonzero((t >= 0) & (t <= pulse))
    top = during[0] + int(np.argmax(smooth[during]))
    steady = float(np.mean(y[during][t[during] > pulse * (1 - where["last"])]))
    level = steady + where["onset"] * (smooth[top] - steady)
    start = top + int(np.argmax(smooth[top : during[-1] + 1] < level))
    tau = decay_time(t[start : during[-1]], y[start : during[-1]], has_offset=True)
    return np.array([tau, steady / smooth[top]])


def smoothed(y: np.ndarray, width: float) -> np.ndarray:
    """Return the moving average over an odd number of samples, about ``width``."""
    half = max(int(width / 2), 0)
    sums = np.cumsum(np.concatenate([np.zeros(1), np.pad(y, half, mode="edge")]))
    return (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)


def decay_time(t: np.ndarray, y: np.ndarray, *, has_offset: bool) -> float:
    """Return the time constant (ms) of the exponential, with or without offset, that fits best; NaN for none.

    For a given time constant amplitude and offset follow from linear least squares, so only it is searched.
    """
    from scipy.optimize import minimize_scalar

    if t.size < 8:
        return float("nan")
    t, y = _binned(t - t[0]), _binned(y)
    bounds = tuple(np.log(np.array(TAU_RANGE) * t[-1]))
    found = minimize_scalar(
        lambda log_tau: _left_over(t, y, np.exp(log_tau), has_offset),
        bounds=bounds,
        method="bounded",
        options={"xatol": TAU_TOLERANCE},
    )
    return float(np.exp(found.x))


def _binned(values: np.ndarray) -> np.ndarray:
    width = max(values.size // MOST_SAMPLES, 1)
    whole = values.size // width * width
    return values[:whole].reshape(-1, width).mean(axis=1)


def _left_over(t: np.ndarray, y: np.ndarray, tau: float, has_offset: bool) -> float:
    """Return the squared error that the best amplitude, which may not be negative, leaves."""
    shape = np.exp(-t / tau)
    if has_offset:
        shape, y = shape - shape.mean(), y - y.mean()
    overlap, power = float(shape @ y), float(shape @ shape)
    return float(y @ y) - max(overlap, 0.0) ** 2 / power

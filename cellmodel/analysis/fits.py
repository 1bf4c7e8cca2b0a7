"""Fit exponentials, and say how good the fit is.

Only the time constants are searched; for each, amplitudes and offset follow from linear least
squares (variable projection: Golub and Pereyra 1973), so no starting values have to be guessed.
Samples are weighted by the time they stand for, so that unevenly sampled traces are not
dominated by where the integrator took small steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellmodel.analysis.waveform import Peak, crossing_after, window
from cellmodel.errors import ConvergenceError

SHORTEST, LONGEST = 1e-3, 1e2  # searched time constants, as multiples of the window's length
GRID = 60
EXACT = 1e-14  # relative: how near the smallest error a search ends, as far as rounding lets it
AT_BORDER = 1e-6  # this near the shortest or longest time constant (relative) nothing was found
SEPARATION = 1.05  # two time constants closer than this are one
SMALLEST_SHARE = 1e-6  # an exponential with less of the amplitude than this is not there


@dataclass(frozen=True, slots=True)
class ExponentialFit:
    """``offset + sum(amplitudes * exp(-(t - t_start) / taus))``, fastest component first.

    Parameters
    ----------
    t_start : float, ms
        Where amplitudes are counted from.
    taus : tuple of float, ms
        Time constants, increasing.
    amplitudes : tuple of float
        In the signal's unit, at ``t_start``.
    offset : float
        Where the decay leads, in the signal's unit.
    r2 : float
        Coefficient of determination, 1 for a perfect fit.
    """

    t_start: float
    taus: tuple[float, ...]
    amplitudes: tuple[float, ...]
    offset: float
    r2: float

    @property
    def tau(self) -> float:
        """Return the time constant, ms: of several, the mean weighted by amplitude."""
        weights = np.asarray(self.amplitudes)
        return float(np.dot(weights, self.taus) / weights.sum())

    def __call__(self, t: np.ndarray) -> np.ndarray:
        """Return the fitted curve at ``t`` (ms), (n_t,)."""
        decays = np.exp(
            -np.subtract.outer(np.asarray(t) - self.t_start, np.zeros(len(self.taus))) / self.taus
        )
        return self.offset + decays @ np.asarray(self.amplitudes)


def fit_exponential(
    t: np.ndarray,
    y: np.ndarray,
    *,
    start: float | None = None,
    stop: float | None = None,
    offset: float | None = None,
) -> ExponentialFit:
    """Fit one exponential to the trace between ``start`` and ``stop``.

    Parameters
    ----------
    t, y : array, (n_t,) ms and signal unit
        The trace.
    start, stop : float, ms, optional
        The fitted window; by default the whole trace.
    offset : float, optional
        Fixes where the decay leads; left free by default.

    Returns
    -------
    ExponentialFit

    Raises
    ------
    ConvergenceError
        If the window holds too few samples or no decay.
    """
    return _fit(*_weighted(t, y, start, stop), offset, order=1)


def fit_double_exponential(
    t: np.ndarray,
    y: np.ndarray,
    *,
    start: float | None = None,
    stop: float | None = None,
    offset: float | None = None,
) -> ExponentialFit:
    """Fit the sum of two exponentials; parameters and errors as in `fit_exponential`."""
    return _fit(*_weighted(t, y, start, stop), offset, order=2)


def fit_decay(t: np.ndarray, y: np.ndarray, at: Peak, *, start: float, stop: float) -> ExponentialFit:
    """Fit one exponential to the falling phase between two fractions of the peak.

    Parameters
    ----------
    t, y : array, (n_t,) ms and signal unit
        The trace.
    at : Peak
        Its peak; the decay leads back to the peak's baseline.
    start, stop : float
        Fractions of the amplitude, for example 0.8 and 0.3.
    """
    begin, end = (crossing_after(t, y, at, fraction) for fraction in (start, stop))
    return fit_exponential(t, y, start=begin, stop=end, offset=at.baseline)


def fit_recovery(intervals: np.ndarray, ratios: np.ndarray) -> ExponentialFit:
    """Fit the recovery from desensitization ``1 - a exp(-interval / tau)``.

    Parameters
    ----------
    intervals : array, (n,) ms
        Between the pulses of each pair, increasing.
    ratios : array, (n,) 1
        Second peak over first.
    """
    intervals, ratios = np.asarray(intervals, dtype=float), np.asarray(ratios, dtype=float)
    return _fit(intervals, ratios, np.ones_like(intervals), 1.0, order=1)


def _weighted(
    t: np.ndarray, y: np.ndarray, start: float | None, stop: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return time, signal and the time each sample stands for, between ``start`` and ``stop``."""
    begin, end = float(t[0]) if start is None else start, float(t[-1]) if stop is None else stop
    times, values = window(t, y, begin, end)
    return times, values, np.gradient(times)


def _fit(
    t: np.ndarray, y: np.ndarray, weights: np.ndarray, offset: float | None, *, order: int
) -> ExponentialFit:
    _require_decay(t, y, 2 * order + (offset is None))
    taus = _search(t - t[0], y, weights, offset, order)
    coefficients, curve = _project(t - t[0], y, weights, offset, taus)
    _require_distinct(taus, coefficients[:order])
    return ExponentialFit(
        t_start=float(t[0]),
        taus=tuple(float(tau) for tau in taus),
        amplitudes=tuple(float(a) for a in coefficients[:order]),
        offset=float(coefficients[order]) if offset is None else offset,
        r2=_r2(y, curve, weights),
    )


def _require_decay(t: np.ndarray, y: np.ndarray, n_parameters: int) -> None:
    if t.size <= n_parameters:
        raise ConvergenceError(
            f"{t.size} samples between {t[0]:.6g} and {t[-1]:.6g} ms are too few to fit "
            f"{n_parameters} parameters. Record with a shorter interval."
        )
    if np.ptp(y) == 0.0:
        raise ConvergenceError(f"the signal is flat between {t[0]:.6g} and {t[-1]:.6g} ms: nothing to fit.")


def _require_distinct(taus: np.ndarray, amplitudes: np.ndarray) -> None:
    share = np.abs(amplitudes) / np.abs(amplitudes).sum()
    if np.any(taus[1:] < SEPARATION * taus[:-1]) or share.min() < SMALLEST_SHARE:
        raise ConvergenceError("the two time constants are one and the same. Fit one exponential.")


def _project(t, y, weights, offset, taus):
    """Return amplitudes (and a free offset) that fit best at given ``taus``, and the curve."""
    columns = [np.exp(-t / tau) for tau in taus]
    if offset is None:
        columns.append(np.ones_like(t))
    basis, fixed = np.stack(columns, axis=1), offset or 0.0
    root = np.sqrt(weights)
    solution = np.linalg.lstsq(basis * root[:, None], (y - fixed) * root, rcond=None)[0]
    return solution, basis @ solution + fixed


def _search(t, y, weights, offset, order) -> np.ndarray:
    """Return the time constants with the smallest weighted squared error."""
    low, high = float(np.log(SHORTEST * t[-1])), float(np.log(LONGEST * t[-1]))
    find = _search_one if order == 1 else _search_two
    logs = find(t, y, weights, offset, (low, high))
    if logs[0] <= low + AT_BORDER or logs[-1] >= high - AT_BORDER:
        raise ConvergenceError(f"no exponential decay in a window of {t[-1]:.6g} ms. Choose another window.")
    return np.exp(logs)


def _search_one(t, y, weights, offset, bounds: tuple[float, float]) -> np.ndarray:
    """Return the logarithm of the best time constant, (1,): best of a grid, then between its neighbors."""
    from scipy.optimize import minimize_scalar

    signal = y - (np.average(y, weights=weights) if offset is None else offset)

    def error(logs: np.ndarray) -> np.ndarray:
        """Return the squared error at each of ``logs``, (n,); a free offset makes weighted means equal."""
        decays = np.exp(-t / np.exp(logs)[:, None])
        if offset is None:
            decays -= (decays @ weights / weights.sum())[:, None]
        amplitudes = decays @ (weights * signal) / (decays**2 @ weights)
        return (signal - amplitudes[:, None] * decays) ** 2 @ weights

    grid = np.linspace(*bounds, GRID)
    best = 1 + int(np.argmin(error(grid[1:-1])))
    neighbors = (grid[best - 1], grid[best + 1])
    found = minimize_scalar(
        lambda log: error(np.array([log]))[0], bounds=neighbors, method="bounded", options={"xatol": EXACT}
    )
    return np.array([found.x])


def _search_two(t, y, weights, offset, bounds: tuple[float, float]) -> np.ndarray:
    """Return the logarithms of the two best time constants, increasing, (2,)."""
    from scipy.optimize import least_squares

    root = np.sqrt(weights)

    def residual(logs: np.ndarray) -> np.ndarray:
        return (y - _project(t, y, weights, offset, np.exp(logs))[1]) * root

    grid = np.linspace(*bounds, GRID // 3)[1:-1]
    starts = np.array([(a, b) for i, a in enumerate(grid) for b in grid[i + 1 :]])
    start = min(starts, key=lambda logs: float(np.sum(residual(logs) ** 2)))
    found = least_squares(residual, start, bounds=bounds, xtol=EXACT, ftol=EXACT, gtol=EXACT)
    return np.sort(found.x)


def _r2(y: np.ndarray, curve: np.ndarray, weights: np.ndarray) -> float:
    mean = np.average(y, weights=weights)
    return float(1.0 - np.sum(weights * (y - curve) ** 2) / np.sum(weights * (y - mean) ** 2))

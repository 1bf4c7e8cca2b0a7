"""Fit dose-response curves, and say how well the doses determine them.

The maximum follows from linear least squares at each half-maximal dose and slope (variable projection), so
only those two are searched, the dose on a logarithmic axis.

What the intervals mean: the usual ones assume that the responses scatter independently about the curve. The
model does not scatter; what its responses leave is lack of fit, because two binding sites, a cell and a
circuit do not make an exact Hill curve. Standard error and interval therefore tell how far a parameter can be
moved before the curve misses the responses notably more than the best one does, and nothing about how well
an experiment, or the model's own parameters, are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellmodel.errors import ConvergenceError, ParameterError

CONFIDENCE = 0.95
FEWEST_DOSES = 4
"""One more than there are parameters (half-maximal dose, slope, maximum)."""
HILL_RANGE = (0.1, 10.0)
BEYOND = 1e4  # how far outside the doses the half-maximal one is searched, as a factor
EXACT = 1e-14  # of the summed squared effect: misses below this are rounding
FIRST_STEP = (1e-9, 0.1)  # least and largest, from the best fit towards an end of its interval


@dataclass(frozen=True, slots=True)
class HillFit:
    """``bottom + (top - bottom) / (1 + (ec50 / dose) ** hill)``, and how well it is determined.

    Parameters
    ----------
    ec50 : float, mM
        Dose with half of the largest effect.
    hill : float, 1
        Slope; above 0 also where the effect is a fall.
    bottom, top : float
        Response without drug and at saturation.
    r2 : float, 1
        Coefficient of determination; the response without drug counts as one of those explained.
    ec50_error, hill_error : float, mM and 1
        Standard errors from the covariance, that of the dose through its logarithm.
    ec50_interval, hill_interval : tuple of float, mM and 1
        95 % intervals by profile likelihood; an end that was not found within the searched range is 0 or
        infinite.
    """

    ec50: float
    hill: float
    bottom: float
    top: float
    r2: float
    ec50_error: float
    hill_error: float
    ec50_interval: tuple[float, float]
    hill_interval: tuple[float, float]

    def share(self, dose: np.ndarray) -> np.ndarray:
        """Return the share of the largest effect at ``dose`` (mM, above 0), 0 to 1."""
        return _shape(np.array([np.log(self.ec50), self.hill]), np.log(dose))

    def __call__(self, dose: np.ndarray) -> np.ndarray:
        """Return the fitted response at ``dose`` (mM, above 0)."""
        return self.bottom + (self.top - self.bottom) * self.share(dose)


def fit_hill(dose: np.ndarray, response: np.ndarray, *, bottom: float) -> HillFit:
    """Fit a Hill curve that starts at ``bottom`` without drug.

    Parameters
    ----------
    dose : array, (n,) mM
        At least four different doses above 0; doses of 0 are left out.
    response : array, (n,)
        Same unit as ``bottom``.
    bottom : float
        The response at dose 0, held fixed.

    Returns
    -------
    HillFit
        Whether the doses span the curve is not judged here: see `DoseCurve`.

    Raises
    ------
    ParameterError
        If there are too few doses.
    ConvergenceError
        If no response differs from ``bottom``, or the search fails.
    """
    return _problem(dose, response, bottom).solve(bottom)


def half_dose(dose: np.ndarray, response: np.ndarray, *, bottom: float) -> float:
    """Return ``ec50`` (mM) of `fit_hill` alone; the intervals take most of the time of the whole.

    Raises
    ------
    ParameterError, ConvergenceError
        As `fit_hill`.
    """
    return float(np.exp(_problem(dose, response, bottom).best().x[0]))


def _problem(dose: np.ndarray, response: np.ndarray, bottom: float) -> _Problem:
    dose, response = np.asarray(dose, dtype=float), np.asarray(response, dtype=float)
    used = dose > 0.0
    if np.unique(dose[used]).size < FEWEST_DOSES:
        raise ParameterError(
            f"doses {dose.tolist()} mM: a Hill fit needs at least four different ones above 0."
        )
    if not np.any(response[used] != bottom):
        raise ConvergenceError("the response is the same at every dose: there is no effect to fit.")
    return _Problem(np.log(dose[used]), response[used] - bottom)


def _shape(p: np.ndarray, logs: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(np.clip(p[1] * (p[0] - logs), -700.0, 700.0)))


@dataclass(frozen=True)
class _Problem:
    """Logarithms of the doses and the effects at them; parameters are (log ec50, hill)."""

    logs: np.ndarray
    effect: np.ndarray

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        wide = np.log(BEYOND)
        low, high = HILL_RANGE
        return np.array([self.logs.min() - wide, low]), np.array([self.logs.max() + wide, high])

    @property
    def freedom(self) -> int:
        return self.logs.size - FEWEST_DOSES + 1

    def largest(self, p: np.ndarray) -> float:
        """Return the largest effect that fits best at ``p``."""
        basis = _shape(p, self.logs)
        return float((basis @ self.effect) / (basis @ basis))

    def residual(self, p: np.ndarray) -> np.ndarray:
        return self.effect - self.largest(p) * _shape(p, self.logs)

    def jacobian(self, p: np.ndarray) -> np.ndarray:
        """Return the derivatives of `residual`, (n, 2); the largest effect moves with the parameters."""
        basis, largest = _shape(p, self.logs), self.largest(p)
        slopes = np.column_stack([np.full(self.logs.size, -p[1]), self.logs - p[0]])
        rise = (basis * (1.0 - basis))[:, None] * slopes
        moved = (self.effect - 2.0 * largest * basis) @ rise / (basis @ basis)
        return -(largest * rise + np.outer(basis, moved))

    def best(self) -> Any:
        """Return what scipy's least squares found, from the best of several starts."""
        from scipy.optimize import least_squares

        tight = {"xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-14, "max_nfev": 1000}
        starts = [(middle, slope) for middle in np.quantile(self.logs, (0.25, 0.75)) for slope in (0.8, 1.6)]
        tries = [
            least_squares(self.residual, start, jac=self.jacobian, bounds=self.bounds, **tight)
            for start in starts
        ]
        found = min(tries, key=lambda each: each.cost)
        if not found.success:
            raise ConvergenceError(f"the Hill fit did not converge: {found.message.rstrip('.')}. Add doses.")
        return found

    def solve(self, bottom: float) -> HillFit:
        found = self.best()
        best, squares = found.x, 2.0 * found.cost
        errors = self._errors(found.jac, squares)
        spread = float(np.var(np.append(self.effect, 0.0))) * (self.effect.size + 1)
        ec50_low, ec50_high = np.exp(self._interval(best, squares, 0, errors[0]))
        return HillFit(
            ec50=float(np.exp(best[0])),
            hill=float(best[1]),
            bottom=bottom,
            top=bottom + self.largest(best),
            r2=1.0 - squares / spread,
            ec50_error=float(np.exp(best[0]) * errors[0]),
            hill_error=float(errors[1]),
            ec50_interval=(float(ec50_low), float(ec50_high)),
            hill_interval=self._interval(best, squares, 1, errors[1]),
        )

    def _errors(self, jacobian: np.ndarray, squares: float) -> np.ndarray:
        """Return the standard errors of (log ec50, hill); infinite where the doses do not determine them."""
        information = jacobian.T @ jacobian
        if np.linalg.matrix_rank(information) < 2:
            return np.full(2, np.inf)
        return np.sqrt(np.diag(np.linalg.inv(information)) * squares / self.freedom)

    def _interval(self, best: np.ndarray, squares: float, which: int, error: float) -> tuple[float, float]:
        """Return the values of one parameter at which the best curve with it held misses too much more."""
        from scipy.special import fdtri  # scipy.stats takes half a second to import

        allowed = squares * (1.0 + float(fdtri(1, self.freedom, CONFIDENCE)) / self.freedom)
        allowed += EXACT * float(self.effect @ self.effect)
        step = float(np.clip(error, *FIRST_STEP))

        def excess(value: float) -> float:
            return self._held(value, best, which) - allowed

        low, high = (_crossing(excess, best[which], end[which], step) for end in self.bounds)
        return max(low, 0.0) if which else low, high

    def _held(self, value: float, best: np.ndarray, which: int) -> float:
        """Return the summed squares of the best curve with one parameter held at ``value``."""
        from scipy.optimize import least_squares

        other = 1 - which

        def residual(free: np.ndarray) -> np.ndarray:
            return self.residual(np.insert(free, which, value))

        def jacobian(free: np.ndarray) -> np.ndarray:
            return self.jacobian(np.insert(free, which, value))[:, [other]]

        limits = tuple(end[[other]] for end in self.bounds)
        found = least_squares(residual, best[[other]], jac=jacobian, bounds=limits, xtol=1e-12)
        return 2.0 * float(found.cost)


def _crossing(excess: Callable[[float], float], best: float, end: float, step: float) -> float:
    """Return where ``excess`` becomes positive between ``best`` and ``end``, or infinity of that side."""
    from scipy.optimize import brentq

    inside, side = best, 1.0 if end > best else -1.0
    while step < abs(end - best):
        outside = best + side * step
        if excess(outside) > 0.0:
            return float(brentq(excess, inside, outside, xtol=1e-9, rtol=1e-9))
        inside, step = outside, 2.0 * step
    return side * np.inf

"""Fit a fast two-site modulator to ratios, with intervals from the profile of the likelihood.

The errors are those of means of a few observations, so each ratio has Student's likelihood; its logarithm is
a sum of squares of transformed residuals, which `scipy.optimize.least_squares` makes small. A 90 % interval
holds every value at which the others can be chosen so that the likelihood is not too far below its largest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.errors import ConvergenceError, ParameterError
from cellmodel.fitting.ratios import KNOWN, Ratios
from cellmodel.fitting.surface import Table, surface
from cellmodel.fitting.tuning import Control, Kind, Modulated, Tuning, doubt
from cellmodel.fitting.twin import Rig
from cellmodel.parameters import load
from cellmodel.receptor import Scheme, SlowScheme

NAMES = ("k_m", "closing", "entry")
UNITS = {"k_m": "mM", "closing": "1", "entry": "1"}
KINDS: Mapping[str, Kind] = {"fast": Scheme, "slow": SlowScheme}
LEVEL = 0.90
STARTS = ((0.35, 0.35, 0.35), (0.5, 0.6, 0.7), (0.65, 0.5, 0.5), (0.5, 0.4, 0.8), (0.3, 0.8, 0.5))
PROFILE_POINTS = 17
EDGE = 1e-3  # share of a parameter's range that counts as its end
IMPROBABLE = 0.01  # chance of a misfit this large below which the intervals are widened
TOLERANCE = 1e-7
BETTER = 1e-3  # drop of the squared error with which a profile replaces the best fit


@dataclass(frozen=True)
class Interval:
    """Where a parameter lies with 90 % confidence; an open end is where the search's bound is.

    Parameters
    ----------
    low, high : float
        In the parameter's unit.
    is_open_low, is_open_high : bool
        Whether the data do not end it there.
    """

    low: float
    high: float
    is_open_low: bool
    is_open_high: bool

    @property
    def is_closed(self) -> bool:
        """Whether the data end it on both sides."""
        return not (self.is_open_low or self.is_open_high)

    @property
    def is_open(self) -> bool:
        """Whether the data end it on neither side."""
        return self.is_open_low and self.is_open_high


@dataclass(frozen=True)
class Fit:
    """What ratios say about a modulator.

    Attributes
    ----------
    problem : Problem
    values : mapping of str to float
        The constants that are written down: the best ones, or, where they are not determined, a choice that
        fits as well.
    intervals : mapping of str to Interval
        Of the constants that were searched.
    profiles : mapping of str to (array, array)
        Values and the squared error above the smallest, for each.
    threshold : float
        Of the squared error, at the ends of the intervals.
    misfit : float
        Chance of a misfit at least this large; 1 where there is nothing left to judge by.
    """

    problem: Problem
    values: Mapping[str, float]
    intervals: Mapping[str, Interval]
    profiles: Mapping[str, tuple[np.ndarray, np.ndarray]]
    threshold: float
    misfit: float

    @property
    def modulation(self) -> Modulation:
        """The modulator with these constants."""
        return self.problem.modulation_of(self.values)


@dataclass(frozen=True)
class Problem:
    """Ratios, the receptor and rig on which they are predicted, and which constants are searched.

    Parameters
    ----------
    ratios : Ratios
    receptor : str
        A shipped one.
    rig : Rig
    slows_o : bool
    fixed : mapping of str to float
        Constants that are known.
    tuning : Tuning
        How the user's receptor differs from the shipped one.
    control : Control or None
        From which the tuning is; None where nothing is known of the user's control.
    regime : str
        Whether the modulator exchanges much faster (``"fast"``) or slower (``"slow"``) than receptors gate.
    doubt : array or None, (n, n) 1
        Covariance of the ratios' logarithms that comes on top of their own, from the receptor's tuning.
    """

    ratios: Ratios
    receptor: str = "ca1"
    rig: Rig = field(default_factory=Rig.usual)
    slows_o: bool = True
    fixed: Mapping[str, float] = field(default_factory=dict)
    tuning: Tuning = field(default_factory=Tuning)
    control: Control | None = None
    regime: str = "fast"
    doubt: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "fixed", MappingProxyType(dict(self.fixed)))
        for name, value in self.fixed.items():
            low, high = np.exp(self.bounds_of(name))
            if not low <= value <= high:
                raise ParameterError(
                    f"{name} fixed at {value:g}. Give {low:g} to {high:g} {UNITS[name]}".rstrip("1 ") + "."
                )

    @property
    def free(self) -> tuple[str, ...]:
        """The constants that are searched."""
        return tuple(name for name in NAMES if name not in self.fixed)

    def bounds_of(self, name: str) -> np.ndarray:
        """Return the logarithms between which a constant is searched, (2,)."""
        bounds = load("fitting.toml").values_of("bounds")
        if name != "k_m":
            return np.log(bounds[name])
        tested = self.ratios.tested
        return np.log([tested[0] * bounds["k_m_below"], tested[-1] * bounds["k_m_above"]])

    def modulation_of(self, values: Mapping[str, float]) -> Modulation:
        """Return the modulator with these constants."""
        return Modulation(**{name: float(values[name]) for name in NAMES}, slows_o=self.slows_o)

    @property
    def surface(self) -> Table:
        """The ratios that modulators make on this receptor."""
        return surface(
            self.receptor, self.rig, self.ratios.kinds, self.slows_o, tuning=self.tuning, regime=self.regime
        )

    @cached_property
    def whitening(self) -> np.ndarray:
        """The matrix that makes residuals of the logarithms independent, with a variance of 1, (n, n)."""
        own = self.ratios.covariance
        return np.linalg.inv(np.linalg.cholesky(own if self.doubt is None else own + self.doubt))

    def doubted(self, values: Mapping[str, float]) -> Problem:
        """Return the problem with the doubt that the control's error leaves, for constants near these."""
        if self.control is None or not self.control.measures:
            return self
        where = Modulated(
            self.receptor, self.rig, self.tuning, KINDS[self.regime], self.modulation_of(values)
        )
        return replace(self, doubt=doubt(self.ratios, self.control, where))

    def predicted(self, modulation: Modulation) -> np.ndarray:
        """Return the logarithms of the ratios that a modulator makes, (n,)."""
        return self.surface.log_ratios(self.ratios.measures, self.ratios.doses, modulation)

    def residuals(self, values: Mapping[str, float]) -> np.ndarray:
        """Return what squared and summed is twice the negative log likelihood, (n,)."""
        plain = self.whitening @ (self.ratios.logs - self.predicted(self.modulation_of(values)))
        n = np.minimum(self.ratios.n, KNOWN)
        return np.sign(plain) * np.sqrt(n * np.log1p(plain**2 / (n - 1)))


def fit(problem: Problem) -> Fit:
    """Fit the constants, profile each, and choose values where the data leave them open.

    Raises
    ------
    ParameterError
        If the data determine none of the constants.
    """
    best, smallest = _best(problem)
    if problem.control is not None:
        problem = problem.doubted(best)
        best, smallest = search(problem, {}, best)
    misfit, widening = judge(problem, smallest)
    limit = threshold(problem) * widening
    profiles = {name: profile(problem, name, best) for name in problem.free}
    lowest = min(profiles.items(), key=lambda item: item[1][1].min())
    if lowest[1][1].min() < smallest - BETTER:  # a profile found its way to a better valley
        name, (at, _) = lowest[0], lowest[1]
        best, smallest = search(problem, {}, {**best, name: float(np.exp(at[np.argmin(lowest[1][1])]))})
        profiles = {name: profile(problem, name, best) for name in problem.free}
    heights = {name: (at, height - smallest) for name, (at, height) in profiles.items()}
    intervals = {name: interval(problem, name, best, smallest, limit, heights[name]) for name in problem.free}
    if all(found.is_open for found in intervals.values()):
        raise ParameterError(nothing_determined(problem))
    values = _chosen(problem, best, intervals, smallest + limit)
    shown = {name: (np.exp(at), height) for name, (at, height) in heights.items()}
    return Fit(problem, values, intervals, shown, limit, misfit)


def nothing_determined(problem: Problem) -> str:
    """Say that the fit was of no use and what would help."""
    return (
        f"{problem.ratios.source}: the number of ratios is {len(problem.ratios.values)}, of doses "
        f"{len(problem.ratios.tested)}; they determine none of {', '.join(problem.free)}. The data are too "
        "few, or there is no effect to fit. Add doses and measures, or give a known one with --fixed NAME=X."
    )


def threshold(problem: Problem) -> float:
    """Return how far the squared error may rise within an interval, before any widening for misfit.

    Every ratio is weighted by an error that was itself estimated from n observations. The slope of Student's
    log likelihood then varies by n / (n - 2) more than its curvature says, so that the usual quantile of
    chi-squared is too small by this factor (Godambe 1960: sandwich of curvature and variance of the score).
    """
    from scipy.stats import chi2

    n = np.minimum(problem.ratios.n, KNOWN)
    return float(chi2.ppf(LEVEL, 1) * np.mean(n / (n - 2)))


def judge(problem: Problem, smallest: float) -> tuple[float, float]:
    """Return the chance of a misfit this large, and the factor by which it widens what is allowed."""
    from scipy.special import digamma
    from scipy.stats import chi2

    n = np.minimum(problem.ratios.n, KNOWN)
    left = n.size - len(problem.free)
    if left <= 0:
        return 1.0, 1.0
    usual = float(np.mean(n * (digamma(n / 2) - digamma((n - 1) / 2))))
    chance = float(chi2.sf(smallest / usual, left))
    return chance, (smallest / usual / left if chance < IMPROBABLE else 1.0)


def _best(problem: Problem) -> tuple[dict[str, float], float]:
    """Return the best constants and their squared error, from several starts."""
    found = [search(problem, {}, _start(problem, shares)) for shares in STARTS]
    return min(found, key=lambda each: each[1])


def _start(problem: Problem, shares: tuple[float, ...]) -> dict[str, float]:
    """Return constants at these shares of their ranges."""
    ends = {name: problem.bounds_of(name) for name in NAMES}
    return {
        name: float(np.exp(ends[name][0] + share * np.ptp(ends[name])))
        for name, share in zip(NAMES, shares, strict=True)
    }


def search(
    problem: Problem, held: Mapping[str, float], start: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """Return the constants that fit best with some of them held, and the squared error.

    Raises
    ------
    ConvergenceError
        If the error is not a number.
    """
    from scipy.optimize import least_squares

    known = {**problem.fixed, **held}
    names = [name for name in NAMES if name not in known]

    def merged(logs: np.ndarray) -> dict[str, float]:
        return {**known, **dict(zip(names, np.exp(logs), strict=True))}

    if not names:
        return dict(known), _squared(problem.residuals(known))
    low, high = np.array([problem.bounds_of(name) for name in names]).T
    first = np.clip(np.log([start[name] for name in names]), low + 1e-6, high - 1e-6)
    found = least_squares(
        lambda logs: problem.residuals(merged(logs)),
        first,
        bounds=(low, high),
        xtol=TOLERANCE,
        ftol=TOLERANCE,
        gtol=TOLERANCE,
    )
    if not np.isfinite(found.cost):
        raise ConvergenceError(f"{problem.ratios.source}: the fit did not converge. Check the ratios.")
    return merged(found.x), 2.0 * float(found.cost)


def _squared(residuals: np.ndarray) -> float:
    return float(residuals @ residuals)


def profile(problem: Problem, name: str, best: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return logarithms of a constant over its range, and the squared error with the others refitted."""
    low, high = problem.bounds_of(name)
    own = float(np.clip(np.log(best[name]), low, high))
    at = np.unique(np.append(np.linspace(low, high, PROFILE_POINTS), own))
    height = np.empty_like(at)
    here = int(np.searchsorted(at, own))
    for order in (range(here, at.size), range(here, -1, -1)):
        start = dict(best)
        for k in order:
            start, height[k] = search(problem, {name: float(np.exp(at[k]))}, start)
    return at, height


def interval(
    problem: Problem,
    name: str,
    best: Mapping[str, float],
    smallest: float,
    limit: float,
    profiled: tuple[np.ndarray, np.ndarray],
) -> Interval:
    """Return the outermost values at which the profile is below the limit."""
    at, height = profiled
    allowed = np.flatnonzero(height <= limit)
    first, last = int(allowed[0]), int(allowed[-1])

    def above(log_value: float) -> float:
        return search(problem, {name: float(np.exp(log_value))}, best)[1] - smallest - limit

    is_open = (first == 0, last == at.size - 1)
    low = at[0] if is_open[0] else _crossing(above, at[first - 1], at[first])
    high = at[-1] if is_open[1] else _crossing(above, at[last], at[last + 1])
    return Interval(float(np.exp(low)), float(np.exp(high)), *is_open)


def _crossing(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    ends = function(low), function(high)
    if ends[0] * ends[1] > 0:  # the search from the best fit ended in another valley than the profile
        return low if abs(ends[0]) < abs(ends[1]) else high
    return float(brentq(function, low, high, xtol=2e-3))


def _chosen(
    problem: Problem, best: Mapping[str, float], intervals: Mapping[str, Interval], allowed: float
) -> dict[str, float]:
    """Return the best constants; one that is not determined is set to a plain choice, the others refitted."""
    chosen = dict(best)
    held: dict[str, float] = {}
    for name, found in intervals.items():
        if found.is_closed or not _is_at_an_end(problem, name, chosen[name], found):
            continue
        tried = {**held, name: _plain_choice(name, found)}
        values, error = search(problem, tried, chosen)
        if error <= allowed:
            chosen, held = values, tried
    return chosen


def _is_at_an_end(problem: Problem, name: str, value: float, found: Interval) -> bool:
    """Whether the data leave a constant wholly open, or push it to the end of its range."""
    low, high = problem.bounds_of(name)
    room = EDGE * (high - low)
    return found.is_open or not low + room < np.log(value) < high - room


def _plain_choice(name: str, found: Interval) -> float:
    """Return no effect where that is allowed, else the middle of what is allowed."""
    if name != "k_m" and found.low <= 1.0 <= found.high:
        return 1.0
    return float(np.sqrt(found.low * found.high))

"""Fit a fast two-site modulator to ratios, with intervals from the profile of the likelihood.

The errors are those of means of a few observations, so each ratio has Student's likelihood; its logarithm is
a sum of squares of transformed residuals, which `scipy.optimize.least_squares` makes small. A 90 % interval
holds every value at which the others can be chosen so that the likelihood is not too far below its largest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.errors import ConvergenceError, ParameterError
from cellmodel.fitting.problem import NAMES, Problem
from cellmodel.fitting.ratios import KNOWN

LEVEL = 0.90
STARTS = ((0.35, 0.35, 0.35), (0.5, 0.6, 0.7), (0.65, 0.5, 0.5), (0.5, 0.4, 0.8), (0.3, 0.8, 0.5))
PROFILE_POINTS = 17
WITHIN = 13  # more values of a profile that is drawn
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
        Chance of a misfit at least this large. With no more ratios than constants there should be none at
        all, and the chance is that of one ratio too many.
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
        raise ParameterError(nothing_determined(problem, best, misfit))
    values = _chosen(problem, best, intervals, smallest + limit)
    shown = {name: (np.exp(at), height) for name, (at, height) in heights.items()}
    return Fit(problem, values, intervals, shown, limit, misfit)


def nothing_determined(problem: Problem, best: Mapping[str, float], misfit: float) -> str:
    """Say that the fit was of no use, why, and what would help."""
    if misfit < IMPROBABLE:
        where = problem.worst(problem.modulation_of(best))
        return (
            f"{problem.ratios.source}: the model describes these ratios so badly (chance {misfit:.1g}) that "
            f"they determine none of {', '.join(problem.free)}: {where}. "
            "Check the protocol, the doses and the errors; try --regime, --receptor or --slows-o."
        )
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
    left = max(n.size - len(problem.free), 1)
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


def refined(found: Fit) -> Fit:
    """Return the fit with its profiles computed at more values around each interval, for a figure.

    Values are those of `WITHIN` equal steps (of the logarithm) through the interval and half of its width
    beyond. The others are refitted from the best constants.
    """
    problem = found.problem
    smallest = search(problem, {}, found.values)[1]
    return replace(
        found,
        profiles={name: _refined(problem, name, found, smallest) for name in found.profiles},
    )


def _refined(problem: Problem, name: str, found: Fit, smallest: float) -> tuple[np.ndarray, np.ndarray]:
    within, (values, heights) = found.intervals[name], found.profiles[name]
    low, high = np.log([within.low, within.high])
    beyond = (high - low) / 2
    ends = problem.bounds_of(name)
    at = np.linspace(max(low - beyond, ends[0]), min(high + beyond, ends[1]), WITHIN)
    more = [search(problem, {name: float(np.exp(x))}, found.values)[1] - smallest for x in at]
    order = np.argsort(np.append(np.log(values), at))
    return np.exp(np.append(np.log(values), at))[order], np.append(heights, more)[order]


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

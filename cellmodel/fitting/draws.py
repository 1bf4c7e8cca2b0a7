"""Sets of constants that the data allow, drawn as often as they are likely: what carries uncertainty on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.fitting.fit import Fit, Interval
from cellmodel.fitting.problem import Problem

STEPS = 4000  # of the Metropolis walk
BURN_IN = 1000
SHARE = 0.6  # of the intervals' half width: about a third of the steps is accepted
NARROWER = (0.25, 1.0)  # every other step is shorter, for ridges


def draw(fit: Fit, count: int, seed: int) -> list[Modulation]:
    """Return modulators drawn from the likelihood, flat in the constants' logarithms between their bounds.

    Parameters
    ----------
    fit : Fit
    count : int
    seed : int

    Returns
    -------
    list of Modulation
    """
    walk = _walk(fit, np.random.default_rng(seed))
    picked = walk[np.linspace(0, len(walk) - 1, count).round().astype(int)]
    names = fit.problem.free
    values = ({**fit.problem.fixed, **dict(zip(names, np.exp(logs), strict=True))} for logs in picked)
    return [replace(fit.modulation, **each) for each in values]


def _walk(fit: Fit, rng: np.random.Generator) -> np.ndarray:
    """Return the walk over the free constants' logarithms, (STEPS, n)."""
    names, problem = fit.problem.free, fit.problem
    low, high = np.array([problem.bounds_of(name) for name in names]).T
    here = np.log([fit.values[name] for name in names])
    scale = SHARE * np.array([_half_width(fit.intervals[name]) for name in names]) / np.sqrt(len(names))
    error, kept = _error(problem, here), []
    for step in range(BURN_IN + STEPS):
        there = here + rng.standard_normal(len(names)) * scale * NARROWER[step % 2]
        chance = rng.random()
        if np.all((there >= low) & (there <= high)):
            other = _error(problem, there)
            if np.log(chance) < (error - other) / 2 / _tempering(fit):
                here, error = there, other
        if step >= BURN_IN:
            kept.append(here)
    return np.array(kept)


def _tempering(fit: Fit) -> float:
    """Return how much flatter the likelihood is taken, so that draws are as wide as the intervals."""
    from scipy.stats import chi2

    from cellmodel.fitting.fit import LEVEL

    return fit.threshold / float(chi2.ppf(LEVEL, 1))


def _error(problem: Problem, logs: np.ndarray) -> float:
    values = {**problem.fixed, **dict(zip(problem.free, np.exp(logs), strict=True))}
    residuals = problem.residuals(values)
    return float(residuals @ residuals)


def _half_width(found: Interval) -> float:
    return float(np.log(found.high / found.low)) / 2

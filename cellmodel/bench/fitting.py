"""The fit of a compound to a user's data: how long it takes, and how often its intervals hold the truth."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from cellmodel.bench.coverage import CASES, SEED, SETS, coverage, figures
from cellmodel.bench.figure import Figure, timed
from cellmodel.fitting import Problem, fit
from cellmodel.fitting.draws import draw
from cellmodel.fitting.surface import surface

DRAWS = 40  # as fit_compound makes
FIT_SECONDS = 30.0


def one_fit() -> Iterator[Figure]:
    """Time the fit of one compound to data of each kind, from the ratios to the drawn sets of constants."""
    for name, simulate in CASES.items():
        problem = simulate(np.random.default_rng(SEED)).problem
        spent = timed(partial(_fit_anew, problem), 3, warm_up=False)
        yield Figure(f"fit_compound {name}: one fit", "seconds", spent, at_most=FIT_SECONDS)


def _fit_anew(problem: Problem) -> None:
    """Fit with nothing kept from before."""
    surface.cache_clear()
    draw(fit(problem), DRAWS, SEED)


def held_truth() -> Iterator[Figure]:
    """Count how often 90 % intervals hold the truth, for every kind of data; takes a good half hour."""
    for name in CASES:
        yield from figures(coverage(name, sets=SETS, seed=SEED))

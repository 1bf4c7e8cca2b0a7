"""Whether 90 % intervals hold the truth in 90 % of simulated experiments."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from cellmodel.bench.figure import Figure
from cellmodel.bench.simulated import Simulated, draw_truth, simulate_sweeps, simulate_table
from cellmodel.errors import CellModelError
from cellmodel.fitting import NAMES, Fit, Problem, fit
from cellmodel.fitting.reading.reduction import reduce
from cellmodel.fitting.tuning import Tuning, tuned
from cellmodel.fitting.twin import Rig
from cellmodel.receptor import Receptor

WANTED = (0.85, 0.95)
SETS = 200
SEED = 20
OTHER = Tuning(speed=1.3, entry=1.4, leaving=0.9)
"""A patch that deactivates and desensitizes faster than the shipped receptor."""


@dataclass(frozen=True)
class Coverage:
    """How often intervals held the truth.

    Attributes
    ----------
    case : str
        What was simulated.
    covered, closed : dict of str to float
        Share of all experiments whose interval held the constant, and of those whose interval was closed.
    misfits : float
        Share in which the model was said not to fit, though it was true.
    failed : int
        Experiments without a fit; they count as not covered.
    seconds : float
        For one fit, on the average.
    n : int
    """

    case: str
    covered: dict[str, float]
    closed: dict[str, float]
    misfits: float
    failed: int
    seconds: float
    n: int


def table_case(rng: np.random.Generator) -> Simulated:
    """Return a simulated table of ratios."""
    return simulate_table(rng)


def sweeps_case(rng: np.random.Generator, *, tuning: Tuning | None = None, regime: str = "fast") -> Simulated:
    """Return an experiment with sweeps of one patch, as a user would have it fitted.

    Parameters
    ----------
    rng : Generator
    tuning : Tuning or None
        What the patch's receptor is; None for the shipped one.
    regime : str
        Of the modulator.
    """
    rig, truth = Rig.usual(), draw_truth(rng)
    receptor = (tuning or Tuning()).applied(Receptor.named("ca1"))
    found = reduce(simulate_sweeps(rng, truth, receptor=receptor, regime=regime))
    fitted = tuned("ca1", rig, found.control)
    problem = Problem(found.ratios, rig=rig, tuning=fitted, control=found.control, regime=regime)
    return Simulated(truth, problem)


CASES: dict[str, Callable[[np.random.Generator], Simulated]] = {
    "table": table_case,
    "sweeps": sweeps_case,
    "other_receptor": partial(sweeps_case, tuning=OTHER),
    "slow": partial(sweeps_case, regime="slow"),
}


def coverage(case: str, *, sets: int = SETS, seed: int = SEED) -> Coverage:
    """Fit simulated experiments, each with a generator of its own, and count.

    Parameters
    ----------
    case : str
        Of `CASES`.
    sets, seed : int
    """
    simulated = [CASES[case](rng) for rng in np.random.default_rng(seed).spawn(sets)]
    start = time.perf_counter()
    fits = [_fit(each) for each in simulated]
    seconds = (time.perf_counter() - start) / sets
    done = [(found, each.truth) for found, each in zip(fits, simulated, strict=True) if found is not None]
    return Coverage(
        case,
        {name: sum(_holds(found, truth, name) for found, truth in done) / sets for name in NAMES},
        {name: float(np.mean([found.intervals[name].is_closed for found, _ in done])) for name in NAMES},
        float(np.mean([found.misfit < 0.01 for found, _ in done])),
        sets - len(done),
        seconds,
        sets,
    )


def _fit(simulated: Simulated) -> Fit | None:
    try:
        return fit(simulated.problem)
    except CellModelError:
        return None


def _holds(found: Fit, truth: object, name: str) -> bool:
    within = found.intervals[name]
    return bool(within.low <= getattr(truth, name) <= within.high)


def figures(found: Coverage) -> list[Figure]:
    """Return the figures of the bench: coverage of each constant, and the time of a fit."""
    case = f"fit_compound {found.case}, {found.n} experiments"
    low, high = WANTED
    held = [
        Figure(f"{case}: coverage of {name}", "ratio", (share,), at_least=low, at_most=high)
        for name, share in found.covered.items()
    ]
    return [*held, Figure(f"{case}: one fit on the average", "seconds", (found.seconds,))]


def lines(found: Coverage) -> list[str]:
    """Return what is said on the screen."""
    shares = ", ".join(
        f"{name} {share:.3f} (closed {found.closed[name]:.2f})" for name, share in found.covered.items()
    )
    return [
        f"{found.case}: {found.n} experiments, 90 % intervals hold {shares}; "
        f"misfit said of a true model {found.misfits:.3f}; not fitted {found.failed}; "
        f"{found.seconds:.2f} s for one fit"
    ]

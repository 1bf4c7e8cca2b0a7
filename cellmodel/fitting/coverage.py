"""Do 90 % intervals hold the truth in 90 % of experiments? Run ``python -m cellmodel.fitting.coverage``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cellmodel.errors import CellModelError
from cellmodel.fitting.fit import NAMES, Fit, Problem, fit
from cellmodel.fitting.reading.reduction import control_of, reduce
from cellmodel.fitting.simulated import Simulated, draw_truth, simulate_sweeps, simulate_table
from cellmodel.fitting.surface import Tuning, tuned
from cellmodel.fitting.twin import Rig
from cellmodel.receptor import Receptor
from cellmodel.recording import Measure, read_measures, write_measures

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


def sweeps_case(rng: np.random.Generator) -> Simulated:
    """Return the ratios of simulated sweeps of one patch."""
    truth = draw_truth(rng)
    return Simulated(truth, reduce(simulate_sweeps(rng, truth))[0])


def other_receptor_case(rng: np.random.Generator) -> Simulated:
    """Return the ratios of simulated sweeps of a patch that is not the shipped receptor's, and its tuning."""
    truth, receptor = draw_truth(rng), OTHER.applied(Receptor.named("ca1"))
    ratios, means = reduce(simulate_sweeps(rng, truth, receptor=receptor))
    return Simulated(truth, ratios, tuned("ca1", Rig.usual(), control_of(means)))


CASES: dict[str, Callable[[np.random.Generator], Simulated]] = {
    "table": table_case,
    "sweeps": sweeps_case,
    "other_receptor": other_receptor_case,
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
        return fit(Problem(simulated.ratios, tuning=simulated.tuning))
    except CellModelError:
        return None


def _holds(found: Fit, truth: object, name: str) -> bool:
    within = found.intervals[name]
    return bool(within.low <= getattr(truth, name) <= within.high)


def rows(found: Coverage) -> list[Measure]:
    """Return the rows of measures.csv: coverage of each constant, and the time of a fit."""
    case = f"fit_compound {found.case}"
    each = [
        Measure(
            experiment="bench",
            condition=f"{case}: coverage of {name}",
            measure="ratio",
            value=share,
            unit="1",
            n=found.n,
        )
        for name, share in found.covered.items()
    ]
    spent = Measure(
        experiment="bench",
        condition=f"{case}: one fit",
        measure="seconds",
        value=found.seconds,
        unit="s",
        n=found.n,
    )
    return [*each, spent]


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


def main(argv: Sequence[str] | None = None) -> int:
    """Print the coverage of each case and add its rows to a file."""
    parser = argparse.ArgumentParser(prog="cellmodel.fitting.coverage", description=__doc__)
    parser.add_argument("--sets", type=int, default=SETS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cases", nargs="+", choices=tuple(CASES), default=tuple(CASES))
    parser.add_argument("--out", type=Path, help="measures.csv to which the rows are added")
    given = parser.parse_args(argv)
    new = []
    for case in given.cases:
        found = coverage(case, sets=given.sets, seed=given.seed)
        print("\n".join(lines(found)), flush=True)
        new += rows(found)
    if given.out is not None:
        before = read_measures(given.out) if given.out.exists() else []
        names = {row.condition for row in new}
        write_measures(given.out, [*(row for row in before if row.condition not in names), *new])
    return 0


if __name__ == "__main__":
    sys.exit(main())

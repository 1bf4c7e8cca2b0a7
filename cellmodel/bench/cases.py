"""All cases of the bench, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cellmodel.bench import fitting, receptor, start
from cellmodel.bench.figure import Figure
from cellmodel.bench.rig import accuracy, amount, cell, experiments, workers


@dataclass(frozen=True)
class Case:
    """Something to measure.

    Parameters
    ----------
    measure : callable
        Yields figures, the first ones before the last ones are measured.
    is_long : bool
        Whether it takes more than a few minutes; ``--quick`` leaves it out.
    """

    measure: Callable[[], Iterable[Figure]]
    is_long: bool = False


CASES: dict[str, Case] = {
    "help": Case(start.command_help),
    "windows": Case(start.windows),
    "twin": Case(receptor.twin),
    "mechanism": Case(receptor.mechanism),
    "channels": Case(receptor.channels),
    "fit": Case(fitting.one_fit),
    "cell": Case(cell.epsp_sweep),
    "tables": Case(cell.tables),
    "steps": Case(cell.fixed_sweep),
    "amount": Case(amount.amount),
    "workers": Case(workers.workers),
    "ltp": Case(experiments.standard_ltp),
    "accuracy": Case(accuracy.accuracy, is_long=True),
    "trains": Case(experiments.trains, is_long=True),
    "study": Case(experiments.whole_study, is_long=True),
    "coverage": Case(fitting.held_truth, is_long=True),
}

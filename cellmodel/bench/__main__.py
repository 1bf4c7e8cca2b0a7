"""Run the bench: ``python -m cellmodel.bench [--case NAME ...] [--quick] [--out FILE]``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellmodel.bench.figure import Figure

ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NEURON_MODULE_OPTIONS": "-nogui"}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the cases, say each figure as it comes, and write all of them; return the exit code.

    Missed goals are said, not failed: a busy machine misses them too.
    """
    for variable, setting in ENVIRONMENT.items():
        os.environ.setdefault(variable, setting)
    from cellmodel.bench.cases import CASES
    from cellmodel.errors import CellModelError
    from cellmodel.recording import write_measures

    parser = argparse.ArgumentParser(prog="cellmodel.bench", description=__doc__)
    parser.add_argument("--case", nargs="+", choices=tuple(CASES), help="only these")
    parser.add_argument("--quick", action="store_true", help="leave out what takes more than minutes")
    parser.add_argument("--out", type=Path, default=Path("results/bench/measures.csv"))
    given = parser.parse_args(argv)
    chosen = given.case or [name for name, case in CASES.items() if not (given.quick and case.is_long)]
    figures = []
    try:
        for name in chosen:
            for figure in CASES[name].measure():
                print(figure.line(), flush=True)
                figures.append(figure)
        write_measures(given.out, [row for figure in figures for row in figure.rows()])
        _draw(given.out, figures)
    except CellModelError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    missed = sum(not figure.is_met for figure in figures)
    print(f"bench: {len(figures)} figures, {missed} goals missed, written to {given.out}")
    return 0


def _draw(out: Path, figures: Sequence[Figure]) -> None:
    """Draw cost against the amount of work, where several amounts were timed, beside the measures."""
    from cellmodel.report.cost_figure import cost_figure
    from cellmodel.report.style import save_figure

    series: dict[str, list[tuple[float, float]]] = {}
    for figure in figures:
        if figure.work is not None:
            kind, amount = figure.work
            series.setdefault(kind, []).append((amount, figure.median))
    if series:
        save_figure(cost_figure(series), out.with_name("cost"))


if __name__ == "__main__":
    sys.exit(main())

"""Run the bench: ``python -m cellmodel.bench [--case NAME ...] [--quick] [--out FILE]``."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellmodel.bench.figure import Figure

OK, INCOMPLETE, BAD_INPUT = 0, 1, 2
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NEURON_MODULE_OPTIONS": "-nogui"}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the cases, say each figure as it comes, write all after each case; return the exit code.

    Missed goals are said, not failed: a busy machine misses them too. A case that fails leaves the others
    alone, and the code is 1 then, or 2 where nothing was measured.
    """
    for variable, setting in ENVIRONMENT.items():
        os.environ.setdefault(variable, setting)
    from cellmodel.bench.cases import CASES
    from cellmodel.errors import CellModelError

    parser = argparse.ArgumentParser(prog="cellmodel.bench", description=__doc__)
    parser.add_argument("--case", nargs="+", choices=tuple(CASES), help="only these")
    parser.add_argument("--quick", action="store_true", help="leave out what takes more than minutes")
    parser.add_argument("--out", type=Path, default=Path("results/bench/measures.csv"))
    given = parser.parse_args(argv)
    chosen = given.case or [name for name, case in CASES.items() if not (given.quick and case.is_long)]
    figures: list[Figure] = []
    failed = []
    try:
        for name in chosen:
            if not _measured(name, CASES[name].measure, figures):
                failed.append(name)
            if figures:
                _write(given.out, figures)
    except CellModelError as error:
        print(f"bench: {error}", file=sys.stderr)
        return BAD_INPUT
    if failed:
        print(f"bench: {len(failed)} cases failed: {', '.join(failed)}", file=sys.stderr)
    if not figures:
        return BAD_INPUT
    missed = sum(not figure.is_met for figure in figures)
    print(f"bench: {len(figures)} figures, {missed} goals missed, written to {given.out}")
    return INCOMPLETE if failed else OK


def _measured(name: str, measure: Callable[[], Iterable[Figure]], figures: list[Figure]) -> bool:
    """Add the figures of a case as they come; return whether it came to its end."""
    from cellmodel.errors import CellModelError

    try:
        for figure in measure():
            print(figure.line(), flush=True)
            figures.append(figure)
    except CellModelError as error:
        print(f"bench: {name}: {error}", file=sys.stderr)
        return False
    except Exception:  # whatever it is, the figures of an hour are not lost for it
        traceback.print_exc()
        return False
    return True


def _write(out: Path, figures: Sequence[Figure]) -> None:
    """Write all figures, and draw cost against the amount of work, where several amounts were timed."""
    from cellmodel.recording import write_measures
    from cellmodel.report.cost_figure import cost_figure
    from cellmodel.report.style import save_figure

    write_measures(out, [row for figure in figures for row in figure.rows()])
    series: dict[str, list[tuple[float, float]]] = {}
    for figure in figures:
        if figure.work is not None:
            kind, amount = figure.work
            series.setdefault(kind, []).append((amount, figure.median))
    if series:
        save_figure(cost_figure(series), out.with_name("cost"))


if __name__ == "__main__":
    sys.exit(main())

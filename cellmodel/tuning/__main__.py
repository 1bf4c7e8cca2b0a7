"""``python -m cellmodel.tuning patch``: tune a set of biophysics to the battery and print the record."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cellmodel.errors import CellModelError

SETS = ("patch", "sharp")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m cellmodel.tuning", description=__doc__)
    parser.add_argument("set", choices=SETS, help="set of somatic features")
    parser.add_argument(
        "--start", metavar="FILE", help="biophysics file to begin from (default: the shipped one)"
    )
    parser.add_argument("--out", metavar="FILE", default="tuned.toml", help="result (%(default)s)")
    parser.add_argument(
        "--fix", nargs="*", default=[], metavar="NAME", help="parameters that stay as they are"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (%(default)s)"
    )
    given = parser.parse_args(argv)
    os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
    try:
        tune(given.set, start=given.start, out=Path(given.out), fixed=given.fix, jobs=given.jobs)
    except CellModelError as error:
        print(f"tuning: {error}", file=sys.stderr)
        return 2
    return 0


def tune(which: str, *, start: str | None, out: Path, fixed: Sequence[str], jobs: int) -> None:
    """Search, write the result to ``out`` and print the record.

    Parameters
    ----------
    which : str
        ``patch`` or ``sharp``.
    start : str or None
        Path of a biophysics file; None is the shipped one of that name.
    out : Path
    fixed : sequence of str
        Names of parameters that are not moved.
    jobs : int

    Raises
    ------
    CellModelError
        If a name is not known or the file to begin from is not usable.
    """
    from cellmodel.battery.scores import efel_version
    from cellmodel.cell.biophysics import FOLDER
    from cellmodel.errors import unknown_name
    from cellmodel.tuning.parameters import read_text, read_values, tuned_parameters
    from cellmodel.tuning.search import Search, surrogate_of

    source = Path(start) if start else FOLDER / f"{which}.toml"
    text, parameters = read_text(source), tuned_parameters()
    for name in fixed:
        if name not in {p.name for p in parameters}:
            raise unknown_name("parameter", name, [p.name for p in parameters])
    before = read_values(text, parameters)
    print(f"{which} set, from {source.name}, eFEL {efel_version()}", flush=True)
    search = Search(text, which, surrogate_of(str(source)), fixed, lambda line: print(line, flush=True))
    best = search.run(jobs=jobs)
    out.write_text(best, encoding="utf-8")
    after = read_values(best, parameters)
    print(f"\n{'parameter':<14}{'start':>12}{'end':>12}{'low':>12}{'high':>12}  unit")
    for p in parameters:
        note = "  (fixed)" if p.name in fixed else ""
        numbers = "".join(f"{x:>12.4g}" for x in (before[p.name], after[p.name], p.low, p.high))
        print(f"{p.name:<14}{numbers}  {p.unit}{note}")


if __name__ == "__main__":
    sys.exit(main())

"""Processes and ranks: how much sooner two are done than one, and whether they find the same."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from cellmodel.bench.figure import Figure
from cellmodel.bench.rig.command import Cost, balance, run_script

EXPERIMENT = "dose_response"
GAIN = 1.8


def workers() -> Iterator[Figure]:
    """Run all doses by one process, by two, and by two ranks where there is MPI."""
    one = run_script(EXPERIMENT, "--jobs", "1")
    yield Figure(f"workers: {EXPERIMENT}, 1 process", "seconds", (one.seconds,), work=("workers", 1))
    two = run_script(EXPERIMENT, "--jobs", "2")
    yield Figure(f"workers: {EXPERIMENT}, 2 processes", "seconds", (two.seconds,), work=("workers", 2))
    yield from _compared("2 processes", one, two)
    if shutil.which("mpiexec") is None or find_spec("mpi4py") is None:
        print("bench: ranks are left out, there is no mpiexec or no mpi4py", file=sys.stderr)
        return
    ranks = run_script(EXPERIMENT, launcher=("mpiexec", "-n", "2"))
    yield Figure(f"workers: {EXPERIMENT}, 2 ranks", "seconds", (ranks.seconds,))
    yield from _compared("2 ranks", one, ranks)


def _compared(what: str, one: Cost, two: Cost) -> Iterator[Figure]:
    """Yield how many times sooner, and whether measures.csv is the same to the byte (1) or not (0)."""
    yield Figure(f"workers: 1 process over {what}", "ratio", (one.seconds / two.seconds,), at_least=GAIN)
    yield Figure(f"workers: {what}, all work over the longer one's", "ratio", (balance(two),), at_least=GAIN)
    is_same = float(one.measures == two.measures)
    yield Figure(f"workers: {what}, measures.csv the same", "ratio", (is_same,), at_least=1.0)

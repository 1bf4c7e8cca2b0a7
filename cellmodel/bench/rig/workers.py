"""Processes and ranks: how much sooner two are done than one, what the machine allows, whether they agree.

Two processors may share what one alone has: caches, memory, clock, or, as two threads, a core. How much of
two they are is measured with the same program: alone, and two copies of it at once, which share no work.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

from cellmodel.bench.figure import Figure
from cellmodel.bench.rig.command import Cost, balance, run_script

EXPERIMENT = "dose_response"
GAIN = 1.8
COPIES = 2


def workers() -> Iterator[Figure]:
    """Run all doses by one process, by two, and by two ranks where there is MPI."""
    one = run_script(EXPERIMENT, "--jobs", "1")
    yield Figure(f"workers: {EXPERIMENT}, 1 process", "seconds", (one.seconds,), work=("workers", 1))
    two = run_script(EXPERIMENT, "--jobs", "2")
    yield Figure(f"workers: {EXPERIMENT}, 2 processes", "seconds", (two.seconds,), work=("workers", 2))
    limit = _limit(one)
    yield Figure(f"workers: {COPIES} copies at once, done in the time of one alone", "ratio", (limit,))
    yield from _compared("2 processes", one, two, limit)
    if shutil.which("mpiexec") is None or find_spec("mpi4py") is None:
        print("bench: ranks are left out, there is no mpiexec or no mpi4py", file=sys.stderr)
        return
    ranks = run_script(EXPERIMENT, launcher=("mpiexec", "-n", "2"))
    yield Figure(f"workers: {EXPERIMENT}, 2 ranks", "seconds", (ranks.seconds,))
    yield from _compared("2 ranks", one, ranks, limit)


def _limit(one: Cost) -> float:
    """Return how many copies of the experiment the machine does in the time of one alone: at best two."""
    with ThreadPoolExecutor(COPIES) as pool:  # each waits for processes of its own
        copies = list(pool.map(lambda _: run_script(EXPERIMENT, "--jobs", "1"), range(COPIES)))
    return COPIES * one.seconds / (sum(copy.seconds for copy in copies) / COPIES)


def _compared(what: str, one: Cost, two: Cost, limit: float) -> Iterator[Figure]:
    """Yield how many times sooner, why, and whether measures.csv is the same to the byte (1) or not (0)."""
    gain = one.seconds / two.seconds
    yield Figure(f"workers: 1 process over {what}", "ratio", (gain,), at_least=GAIN)
    yield Figure(f"workers: {what}, share of what the machine allows", "ratio", (gain / limit,))
    more = two.processor_seconds / one.processor_seconds
    yield Figure(f"workers: {what}, processor time over that of 1 process", "ratio", (more,))
    yield Figure(f"workers: {what}, all work over the longer one's", "ratio", (balance(two),), at_least=GAIN)
    is_same = float(one.measures == two.measures)
    yield Figure(f"workers: {what}, measures.csv the same", "ratio", (is_same,), at_least=1.0)

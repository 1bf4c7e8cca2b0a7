"""Processes and ranks: how much sooner two are done than one, what the machine allows, whether they agree.

Two processors may share what one alone has: caches, memory, clock, or, as two threads, a core. How much of
two they are is measured with the same program: alone, and two copies of it at once, which share no work. All
run in turn, again and again, and each ratio is one of neighbors: a machine is quicker in some minutes.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec

from cellmodel.bench.figure import Figure
from cellmodel.bench.rig.command import Cost, balance, run_script

EXPERIMENT = "dose_response"
GAIN = 1.8
COPIES, ROUNDS = 2, 3


@dataclass(frozen=True)
class Round:
    """The experiment by one process, by two, by two ranks where there is MPI, and copies of it at once."""

    one: Cost
    two: Cost
    ranks: Cost | None
    copies: tuple[Cost, ...]

    @property
    def limit(self) -> float:
        """How many copies of the experiment the machine does in the time of one alone: at best two."""
        return COPIES * self.one.seconds / (sum(copy.seconds for copy in self.copies) / COPIES)


def workers() -> Iterator[Figure]:
    """Run all doses by one process, by two, and by two ranks where there is MPI."""
    has_ranks = shutil.which("mpiexec") is not None and find_spec("mpi4py") is not None
    rounds = [_round(has_ranks=has_ranks) for _ in range(ROUNDS)]
    one, two = [each.one for each in rounds], [each.two for each in rounds]
    yield Figure(f"workers: {EXPERIMENT}, 1 process", "seconds", _seconds(one), work=("workers", 1))
    yield Figure(f"workers: {EXPERIMENT}, 2 processes", "seconds", _seconds(two), work=("workers", 2))
    shares = tuple(sum(map(sum, cost.workers)) / cost.seconds for cost in one)
    yield Figure("workers: 1 process, share of its time in work that can be shared", "ratio", shares)
    limits = tuple(each.limit for each in rounds)
    yield Figure(f"workers: {COPIES} copies at once, done in the time of one alone", "ratio", limits)
    yield from _compared("2 processes", rounds, two)
    ranks = [each.ranks for each in rounds if each.ranks is not None]
    if not ranks:
        print("bench: ranks are left out, there is no mpiexec or no mpi4py", file=sys.stderr)
        return
    yield Figure(f"workers: {EXPERIMENT}, 2 ranks", "seconds", _seconds(ranks))
    yield from _compared("2 ranks", rounds, ranks)


def _round(*, has_ranks: bool) -> Round:
    one, two = run_script(EXPERIMENT, "--jobs", "1"), run_script(EXPERIMENT, "--jobs", "2")
    ranks = run_script(EXPERIMENT, launcher=("mpiexec", "-n", "2")) if has_ranks else None
    with ThreadPoolExecutor(COPIES) as pool:  # each waits for processes of its own
        copies = pool.map(lambda _: run_script(EXPERIMENT, "--jobs", "1"), range(COPIES))
    return Round(one, two, ranks, tuple(copies))


def _seconds(costs: Sequence[Cost]) -> tuple[float, ...]:
    return tuple(cost.seconds for cost in costs)


def _compared(what: str, rounds: Sequence[Round], costs: Sequence[Cost]) -> Iterator[Figure]:
    """Yield how many times sooner, why, and whether measures.csv is the same to the byte (1) or not (0)."""
    pairs = list(zip(rounds, costs, strict=True))
    gains = tuple(each.one.seconds / two.seconds for each, two in pairs)
    yield Figure(f"workers: 1 process over {what}", "ratio", gains, at_least=GAIN)
    of_limit = tuple(gain / each.limit for gain, each in zip(gains, rounds, strict=True))
    yield Figure(f"workers: {what}, share of what the machine allows", "ratio", of_limit)
    more = tuple(two.processor_seconds / each.one.processor_seconds for each, two in pairs)
    yield Figure(f"workers: {what}, processor time over that of 1 process", "ratio", more)
    balances = tuple(balance(two) for two in costs)
    yield Figure(f"workers: {what}, all work over the longer one's", "ratio", balances, at_least=GAIN)
    same = tuple(float(each.one.measures == two.measures) for each, two in pairs)
    yield Figure(f"workers: {what}, measures.csv the same", "ratio", (min(same),), at_least=1.0)

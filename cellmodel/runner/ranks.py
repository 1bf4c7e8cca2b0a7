"""The ranks of an MPI run: ``mpiexec -n 64 python experiments/NAME.py``.

Rank 0 conducts the experiment, writes every file and does jobs itself; the others only do jobs.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cellmodel.errors import CellModelError
from cellmodel.runner.jobs import Job, Outcome, attempt, outcome_of
from cellmodel.runner.launch import Placement


@dataclass(frozen=True)
class Pool:
    """The other ranks, as rank 0 has them: an executor of mpi4py.futures, and all ranks' communicator."""

    executor: Any
    world: Any

    @property
    def size(self) -> int:
        """Number of ranks, this one included."""
        return self.world.size

    def abort(self, code: int) -> None:
        """End every rank at once, whatever it is doing."""
        self.world.Abort(code)


@contextmanager
def open_pool(place: Placement) -> Iterator[Pool | None]:
    """Give rank 0 the other ranks; on those, do jobs until rank 0 leaves its block, then give None.

    Parameters
    ----------
    place : Placement
        Of more than one process.

    Raises
    ------
    CellModelError
        If the processes do not see each other: each would run the whole experiment.
    """
    world = _world(place)
    from mpi4py.futures import MPICommExecutor

    with MPICommExecutor(world, root=0) as executor:
        yield None if executor is None else Pool(executor, world)


def _world(place: Placement) -> Any:
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        raise CellModelError(
            f"{place.size} processes were started, but mpi4py cannot be used ({error}): each would run the "
            "whole experiment alone. Type: python -m pip install mpi4py, where an MPI library is installed "
            "(Debian: apt-get install openmpi-bin), or leave out mpiexec and use --jobs."
        ) from error
    world = MPI.COMM_WORLD
    if world.size != place.size:
        library = MPI.Get_library_version().split(",")[0].split("\n")[0].strip()
        raise CellModelError(
            f"{place.size} processes were started, but {library} sees {world.size}: each would run the whole "
            "experiment alone. Use the mpiexec (or srun --mpi=...) of that library, or build mpi4py for "
            "yours: python -m pip install --force-reinstall --no-binary mpi4py mpi4py."
        )
    return world


def over_ranks(jobs: Sequence[Job], pool: Pool) -> Iterator[Outcome]:
    """Yield the outcome of each job as it comes; every rank takes the next when it is free, rank 0 too."""
    waiting, done = _Waiting(jobs), queue.SimpleQueue[Outcome]()

    def send_next() -> None:
        job = waiting.take()
        if job is not None:
            future = pool.executor.submit(attempt, job)
            future.add_done_callback(lambda future, job=job: finish(outcome_of(future, job)))

    def finish(outcome: Outcome) -> None:
        done.put(outcome)
        send_next()

    for _ in range(pool.size - 1):
        send_next()
    n_left = len(jobs)
    while (job := waiting.take()) is not None:
        yield attempt(job)
        n_left -= 1
        while not done.empty():
            yield done.get()
            n_left -= 1
    for _ in range(n_left):
        yield done.get()


class _Waiting:
    """Jobs that nobody has taken; the executor's thread takes them too."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs, self._lock = iter(jobs), threading.Lock()

    def take(self) -> Job | None:
        with self._lock:
            return next(self._jobs, None)

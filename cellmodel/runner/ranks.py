"""The ranks of an MPI run: ``mpiexec -n 64 python experiments/NAME.py``.

Rank 0 conducts the experiment, writes every file and does jobs itself; the others only do jobs.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
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


class Ranks:
    """Every rank takes the next job when it is free, rank 0 too: it does one while it waits for outcomes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: deque[Job] = deque()
        self._n_free = pool.size - 1
        self._lock = threading.Lock()  # the executor's thread takes jobs too
        self._done = queue.SimpleQueue[Outcome]()

    def warm_up(self, modules: Sequence[str], n: int) -> None:
        """Let ``n`` other ranks, or all, import ``modules`` while rank 0 prepares the work."""
        for _ in range(min(n, self._pool.size - 1)):
            self._pool.executor.submit(_import, tuple(modules))

    def add(self, jobs: Sequence[Job]) -> None:
        """Take jobs; ranks that are free begin."""
        with self._lock:
            self._waiting.extend(jobs)
        self._send()

    def next(self) -> Outcome:
        """Return an outcome that is there; without one, do a job; without one, wait."""
        if self._done.empty():
            job = self._take()
            if job is not None:
                return attempt(job)
        return self._done.get()

    def drop(self, indices: Collection[int]) -> None:
        """Forget jobs with these indices that no rank has begun."""
        with self._lock:
            self._waiting = deque(job for job in self._waiting if job.index not in indices)

    def lend(self, function: Callable[..., Any], *given: Any) -> Future:
        """Let another rank do what is no job, after the jobs that it was given."""
        return self._pool.executor.submit(function, *given)

    def release(self) -> None:
        """Do nothing: ranks end when rank 0 leaves `open_pool`."""

    def stop(self) -> None:
        """Forget jobs that no rank has begun; what is being done ends with `Pool.abort` only."""
        with self._lock:
            self._waiting.clear()

    def _take(self) -> Job | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _send(self) -> None:
        """Give jobs to ranks that are free."""
        with self._lock:
            n = min(self._n_free, len(self._waiting))
            taken = [self._waiting.popleft() for _ in range(n)]
            self._n_free -= n
        for job in taken:
            future = self._pool.executor.submit(attempt, job)
            future.add_done_callback(partial(self._finish, job))

    def _finish(self, job: Job, future: Any) -> None:
        self._done.put(outcome_of(future, job))
        with self._lock:
            self._n_free += 1
        self._send()


def _import(modules: tuple[str, ...]) -> None:
    for module in modules:
        import_module(module)

"""The ranks of an MPI run: ``mpiexec -n 64 python experiments/NAME.py``.

Rank 0 conducts the experiment, writes every file and does jobs itself; the others only do jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from cellmodel.errors import CellModelError
from cellmodel.runner.launch import Placement
from cellmodel.runner.shared import Shared


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


class Ranks(Shared):
    """Every rank takes the next job when it is free, rank 0 too: it does one while it waits for outcomes."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool.size - 1)
        self._pool = pool

    def warm_up(self, modules: Sequence[str], n: int) -> None:
        """Let ``n`` other ranks, or all, import ``modules`` while rank 0 prepares the work."""
        for _ in range(min(n, self._n_others)):
            self.submit(_import, tuple(modules))

    def submit(self, function: Callable[..., Any], *given: Any) -> Future:
        """Give something to the other ranks."""
        return self._pool.executor.submit(function, *given)

    def release(self) -> None:
        """Do nothing: ranks end when rank 0 leaves `open_pool`."""

    def stop(self) -> None:
        """Forget jobs that no rank has begun; what is being done ends with `Pool.abort` only."""
        self.clear()


def _import(modules: tuple[str, ...]) -> None:
    for module in modules:
        import_module(module)

"""Whether this process was started alone, or by mpiexec or srun as one of several."""

from __future__ import annotations

import os
from dataclasses import dataclass

LAUNCHERS = (
    ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("PMI_SIZE", "PMI_RANK"),
    ("MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"),
    ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
)
"""Where Open MPI, MPICH and Intel MPI, MVAPICH, and srun say how many they started, and which this one is."""

AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
"""What Open MPI asks for in a container, where one is root."""


@dataclass(frozen=True)
class Placement:
    """Which of the processes that were started together is meant."""

    rank: int
    size: int

    @property
    def is_first(self) -> bool:
        """Whether this is the process that speaks and writes."""
        return self.rank == 0


def launched() -> Placement:
    """Return what the launcher says of this process; rank 0 of 1 without one."""
    for size, rank in LAUNCHERS:
        if int(os.environ.get(size, "1")) > 1:
            return Placement(int(os.environ.get(rank, "0")), int(os.environ[size]))
    return Placement(0, 1)

"""An experiment's script in a process of its own, and what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cellmodel
from cellmodel.errors import CellModelError, ParameterError
from cellmodel.runner.launch import AS_ROOT

KIBIBYTES_PER_MEGABYTE = 1e6 / 1024
"""The system counts memory in KiB."""
WITNESS = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[2:]); "
    "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
    "open(sys.argv[1], 'w').write(f'{used.ru_maxrss} {used.ru_utime + used.ru_stime}'); sys.exit(code)"
)
"""A small process that runs a command and notes its memory and processor time: a command is charged with what
the process that started it had, and the bench has a lot."""


@dataclass(frozen=True)
class Cost:
    """What a script took, and what it wrote.

    Attributes
    ----------
    seconds : float
        From start to end.
    processor_seconds : float
        Of all its processes; other programs do not count, but slow the memory down.
    megabytes : float
        Most memory that its largest process had.
    workers : tuple of tuple of float
        For each batch of jobs, processor seconds that each process was busy with it, increasing.
    measures : bytes
        The content of measures.csv.
    parameters : dict
        Of run.json.
    """

    seconds: float
    processor_seconds: float
    megabytes: float
    workers: tuple[tuple[float, ...], ...]
    measures: bytes
    parameters: dict[str, Any]


def script(name: str) -> Path:
    """Return the path of an experiment.

    Raises
    ------
    ParameterError
        If the experiments are not beside the package.
    """
    path = Path(cellmodel.__file__).resolve().parent.parent / "experiments" / f"{name}.py"
    if not path.is_file():
        raise ParameterError(f"there is no {path}. Run the bench in a checkout of the project.")
    return path


def run_script(name: str, *argv: str, launcher: Sequence[str] = ()) -> Cost:
    """Run an experiment without figures, into a folder that is removed afterwards.

    Parameters
    ----------
    name : str
        Of the script.
    *argv : str
        Options.
    launcher : sequence of str
        What stands before Python: ``mpiexec -n 2``.

    Raises
    ------
    CellModelError
        If the experiment fails.
    """
    with TemporaryDirectory() as folder:
        out, noted = Path(folder) / "out", Path(folder) / "memory"
        command = [*launcher, sys.executable, str(script(name)), "--no-plots", "--out", str(out), *argv]
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", WITNESS, str(noted), *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**AS_ROOT, **os.environ},
            check=False,
        )
        seconds = time.perf_counter() - start
        if done.returncode != 0:
            raise CellModelError(f"{' '.join(command)} fails: {done.stdout.decode(errors='replace')}")
        memory, processor = noted.read_text().split()
        described = json.loads((out / "run.json").read_text(encoding="utf-8"))
        return Cost(
            seconds,
            float(processor),
            int(memory) / KIBIBYTES_PER_MEGABYTE,
            tuple(tuple(batch) for batch in described["execution"]["processor_seconds_of_workers"]),
            (out / "measures.csv").read_bytes(),
            described["parameters"],
        )


def balance(cost: Cost) -> float:
    """Return how many times sooner the workers are done with the jobs than one alone would be.

    If each has a processor of its own, and a batch begins when the one before it is done.
    """
    batches = [batch for batch in cost.workers if batch]
    return sum(map(sum, batches)) / sum(map(max, batches))

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
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import cellmodel
from cellmodel.errors import CellModelError, ParameterError

KIBIBYTES_PER_MEGABYTE = 1e6 / 1024
"""The system counts memory in KiB."""
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
"""What Open MPI asks for in a container."""


@dataclass(frozen=True)
class Cost:
    """What a script took, and what it wrote.

    Attributes
    ----------
    seconds : float
        From start to end.
    megabytes : float
        Most memory that its largest process had.
    measures : bytes
        The content of measures.csv.
    parameters : dict
        Of run.json.
    """

    seconds: float
    megabytes: float
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
    with TemporaryDirectory() as folder, TemporaryFile() as said:
        command = [*launcher, sys.executable, str(script(name)), "--no-plots", "--out", folder, *argv]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=said, env={**AS_ROOT, **os.environ})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            raise CellModelError(f"{' '.join(command)} fails: {said.read().decode(errors='replace')}")
        return Cost(
            seconds,
            usage.ru_maxrss / KIBIBYTES_PER_MEGABYTE,
            (Path(folder) / "measures.csv").read_bytes(),
            json.loads((Path(folder) / "run.json").read_text(encoding="utf-8"))["parameters"],
        )

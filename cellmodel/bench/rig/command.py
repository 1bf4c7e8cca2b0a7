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
    "most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss; "
    "open(sys.argv[1], 'w').write(str(most)); sys.exit(code)"
)
"""A small process that runs a command and notes its memory: a command is charged with what the process that
started it had, and the bench has a lot."""


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
        return Cost(
            seconds,
            int(noted.read_text()) / KIBIBYTES_PER_MEGABYTE,
            (out / "measures.csv").read_bytes(),
            json.loads((out / "run.json").read_text(encoding="utf-8"))["parameters"],
        )

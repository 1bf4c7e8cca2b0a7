"""How soon a command answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from cellmodel.bench.figure import Figure, timed
from cellmodel.bench.rig.command import script
from cellmodel.errors import ParameterError


def command_help() -> Iterator[Figure]:
    """Time the help of an experiment, in a process of its own each time.

    Raises
    ------
    ParameterError
        If the experiments are not beside the package, or the command fails.
    """
    path = script("ltp")

    def ask() -> None:
        done = subprocess.run([sys.executable, str(path), "--help"], capture_output=True, check=False)
        if done.returncode != 0:
            raise ParameterError(f"{path} --help fails. Run the bench in a checkout of the project.")

    yield Figure("help: python experiments/ltp.py --help", "seconds", timed(ask, 10), at_most=0.3)

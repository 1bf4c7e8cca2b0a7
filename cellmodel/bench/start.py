"""How soon a command answers, and NEURON's windows are up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from cellmodel.bench.figure import Figure, timed
from cellmodel.bench.rig.command import script
from cellmodel.errors import CellModelError, ParameterError

XVFB = ("xvfb-run", "-a", "-s", "-screen 0 1600x1000x24")
OPEN = (
    "import os, time; from cellmodel.gui.opening import open_rig; open_rig(); "
    "print(time.process_time(), flush=True); os._exit(0)"
)
OPENINGS = 3


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


def windows() -> Iterator[Figure]:
    """Time the opening of NEURON's windows, in a process of its own each time; without a display do nothing.

    Raises
    ------
    CellModelError
        If they do not open.
    """
    launcher = () if os.environ.get("DISPLAY") else XVFB
    if launcher and shutil.which(launcher[0]) is None:
        print("bench: windows are left out, there is neither a display nor xvfb-run", file=sys.stderr)
        return
    allowed = {key: value for key, value in os.environ.items() if key != "NEURON_MODULE_OPTIONS"}
    found = []
    for _ in range(OPENINGS):
        command = [*launcher, sys.executable, "-c", OPEN]
        done = subprocess.run(command, env=allowed, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CellModelError(f"NEURON's windows do not open: {done.stderr}")
        found.append(float(done.stdout.split()[-1]))
    yield Figure("windows: NEURON's are up, processor time", "seconds", tuple(found), at_most=5.0)

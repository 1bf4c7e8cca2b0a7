"""What the machine offers beside Python: a display for NEURON's windows, and MPI for clusters."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from cellmodel.doctor.finding import Finding, State, ask, ask_python
from cellmodel.doctor.requirements import INSTALL
from cellmodel.runner.launch import AS_ROOT

RANKS = 2
HELLO = (
    "from mpi4py import MPI\n"
    "print('ranks', MPI.COMM_WORLD.Get_size(), MPI.Get_library_version().split(',')[0])\n"
)
OVERSUBSCRIBED = {"OMPI_MCA_rmaps_base_oversubscribe": "1"}  # two ranks start on a machine of one core too
INSTALL_MPI = "apt-get install openmpi-bin libopenmpi-dev (macOS: brew install open-mpi)"


def display() -> Iterator[Finding]:
    """Yield whether NEURON's windows can open, and whether `import neuron` survives.

    NEURON ends the process at once, without a Python error, where DISPLAY is set (also to nothing)
    and cannot be reached. The experiments and commands of cellmodel keep it from trying.
    """
    address = os.environ.get("DISPLAY")
    is_off = "-nogui" in os.environ.get("NEURON_MODULE_OPTIONS", "")
    if address is None:
        said = "DISPLAY is not set; needed only for NEURON's windows"
        yield Finding("display", State.ABSENT, said, "log in with a desktop, or: ssh -X")
        return
    code, _ = ask_python("import neuron", {"NEURON_MODULE_OPTIONS": ""})
    if code == 0 and is_off:
        said = f"{address!r} can be reached, but NEURON_MODULE_OPTIONS says -nogui; needed only for windows"
        yield Finding("display", State.ABSENT, said, "unset NEURON_MODULE_OPTIONS")
    elif code == 0:
        yield Finding("display", State.OK, f"{address!r} can be reached")
    elif is_off:
        said = f"{address!r} cannot be reached; needed only for NEURON's windows"
        yield Finding("display", State.ABSENT, said, "unset DISPLAY")
    else:
        said = f"DISPLAY is {address!r} and cannot be reached: `import neuron` ends Python without a word"
        yield Finding("display", State.WRONG, said, "unset DISPLAY (or: export NEURON_MODULE_OPTIONS=-nogui)")


def mpi() -> Iterator[Finding]:
    """Yield whether ``mpiexec -n 2`` makes one job of two ranks, and not two jobs of one."""
    use = "needed only to run on several machines"
    launcher = shutil.which("mpiexec")
    if not launcher:
        yield Finding("MPI", State.ABSENT, f"mpiexec is not on PATH; {use}", INSTALL_MPI)
        return
    try:
        binding = f"mpi4py {version('mpi4py')}"
    except PackageNotFoundError:
        yield Finding("MPI", State.ABSENT, f"{launcher} without mpi4py; {use}", f"{INSTALL} mpi4py")
        return
    changes = {**AS_ROOT, **OVERSUBSCRIBED}
    code, printed = ask([launcher, "-n", str(RANKS), sys.executable, "-c", HELLO], changes)
    answers = [line.split(" ", 2) for line in printed.splitlines() if line.startswith("ranks ")]
    if code == 0 and answers and all(answer[1] == str(RANKS) for answer in answers):
        yield Finding("MPI", State.OK, f"{launcher}, {binding}, {answers[0][2]}")
    elif answers:
        said = f"{launcher} starts ranks that do not see each other: each would do all of the work; {use}"
        yield Finding("MPI", State.ABSENT, said, f"{INSTALL} --force-reinstall --no-binary=mpi4py mpi4py")
    else:
        reason = printed.splitlines()[-1] if printed else f"exit code {code}"
        yield Finding("MPI", State.ABSENT, f"{launcher} fails: {reason}; {use}", INSTALL_MPI)

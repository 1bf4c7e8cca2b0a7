"""Say what this installation has, what is wrong with it, and what to type: ``python -m cellmodel doctor``."""

from cellmodel.doctor.finding import Finding, State
from cellmodel.doctor.machine import display, mpi
from cellmodel.doctor.mechanisms import compiler, library, tools_for_windows
from cellmodel.doctor.requirements import extras, packages

__all__ = [
    "Finding",
    "State",
    "compiler",
    "display",
    "extras",
    "library",
    "mpi",
    "packages",
    "tools_for_windows",
]

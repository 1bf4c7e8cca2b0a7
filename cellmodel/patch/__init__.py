"""Excised patches with fast application of glutamate."""

from cellmodel.patch.application import APPLICATIONS, Pulses
from cellmodel.patch.exact import pulse_occupancies
from cellmodel.patch.patch import Patch
from cellmodel.patch.stochastic import Sweeps

__all__ = ["APPLICATIONS", "Patch", "Pulses", "Sweeps", "pulse_occupancies"]

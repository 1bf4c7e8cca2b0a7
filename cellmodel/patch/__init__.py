"""Excised patches with fast application of glutamate."""

from cellmodel.patch.application import APPLICATIONS, Pulses
from cellmodel.patch.patch import Patch

__all__ = ["APPLICATIONS", "Patch", "Pulses"]

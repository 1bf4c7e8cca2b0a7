"""The AMPA receptor: profiles, kinetic scheme, and its exact responses."""

from cellmodel.receptor.kinetics import Kinetics, ec50, measure
from cellmodel.receptor.point_process import configure_ampa, modulation_of
from cellmodel.receptor.profile import RATE_UNITS, Receptor
from cellmodel.receptor.response import driven, occupancies, peak_open
from cellmodel.receptor.scheme import LOOPS, OPEN, STATES, Scheme

__all__ = [
    "LOOPS",
    "OPEN",
    "RATE_UNITS",
    "STATES",
    "Kinetics",
    "Receptor",
    "Scheme",
    "configure_ampa",
    "driven",
    "ec50",
    "measure",
    "modulation_of",
    "occupancies",
    "peak_open",
]

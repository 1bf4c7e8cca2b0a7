"""The AMPA receptor: profiles, kinetic scheme, and its exact responses."""

from cellmodel.receptor.exchange import (
    FullScheme,
    SlowScheme,
    check_regime,
    limit_bound,
    limit_error,
    populations,
)
from cellmodel.receptor.kinetics import Kinetics, ec50, measure
from cellmodel.receptor.point_process import configure_ampa, modulation_of, require_fast
from cellmodel.receptor.profile import RATE_UNITS, Receptor, receptor_parameters
from cellmodel.receptor.response import driven, occupancies, open_fraction, peak_open, propagated
from cellmodel.receptor.scheme import LOOPS, OPEN, STATES, Scheme
from cellmodel.receptor.stochastic import OpenChannels, open_channels

__all__ = [
    "LOOPS",
    "OPEN",
    "RATE_UNITS",
    "STATES",
    "FullScheme",
    "Kinetics",
    "OpenChannels",
    "Receptor",
    "Scheme",
    "SlowScheme",
    "check_regime",
    "configure_ampa",
    "driven",
    "ec50",
    "limit_bound",
    "limit_error",
    "measure",
    "modulation_of",
    "occupancies",
    "open_channels",
    "open_fraction",
    "peak_open",
    "populations",
    "propagated",
    "receptor_parameters",
    "require_fast",
]

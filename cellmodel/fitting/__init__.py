"""Fit a compound to a user's own data, and say how well the data determine it."""

from cellmodel.fitting.fit import LEVEL, Fit, Interval, fit, refined
from cellmodel.fitting.problem import NAMES, Problem
from cellmodel.fitting.ratios import MEASURES, Ratios
from cellmodel.fitting.twin import Rig

__all__ = ["LEVEL", "MEASURES", "NAMES", "Fit", "Interval", "Problem", "Ratios", "Rig", "fit", "refined"]

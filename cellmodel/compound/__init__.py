"""Compounds: modulators of AMPA receptors, antagonists and the vehicle."""

from cellmodel.compound.compound import REGIMES, SELECTABLE, SUBUNITS, TARGETS, Block, Compound
from cellmodel.compound.modulation import BOUND, Modulation

__all__ = ["BOUND", "REGIMES", "SELECTABLE", "SUBUNITS", "TARGETS", "Block", "Compound", "Modulation"]

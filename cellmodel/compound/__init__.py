"""Compounds: modulators of AMPA receptors, antagonists and the vehicle."""

from cellmodel.compound.compound import TARGETS, Block, Compound
from cellmodel.compound.modulation import Modulation

__all__ = ["TARGETS", "Block", "Compound", "Modulation"]

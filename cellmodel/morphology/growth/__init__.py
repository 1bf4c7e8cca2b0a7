"""Grow CA1 pyramidal cells from the statistics of reconstructed ones."""

from cellmodel.morphology.growth.cell import grow

__all__ = ["grow"]

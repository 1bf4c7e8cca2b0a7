"""Measure cells and hold many of them against reconstructed ones."""

from cellmodel.morphology.population.comparison import (
    PROFILED,
    Comparison,
    Target,
    compare,
    data,
    measure,
    radii,
    targets,
)

__all__ = ["PROFILED", "Comparison", "Target", "compare", "data", "measure", "radii", "targets"]

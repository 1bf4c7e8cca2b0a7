"""The battery on one cell or several: what is run, and what is written of it."""

from cellmodel.study.cell_properties.page import about, figures, page
from cellmodel.study.cell_properties.plan import CellSpec, Finding, Work, cells, compute, plan
from cellmodel.study.cell_properties.rows import (
    by_test,
    features_csv,
    firing_text,
    lines_of,
    measures,
    notices,
    population_rows,
    sweeps,
)

__all__ = [
    "CellSpec",
    "Finding",
    "Work",
    "about",
    "by_test",
    "cells",
    "compute",
    "features_csv",
    "figures",
    "firing_text",
    "lines_of",
    "measures",
    "notices",
    "page",
    "plan",
    "population_rows",
    "sweeps",
]

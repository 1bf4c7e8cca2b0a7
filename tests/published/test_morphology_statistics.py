"""Grown cells and reconstructions against the statistics of real CA1 pyramidal cells."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.morphology import grow, load_morphology, morphometrics
from cellmodel.parameters import load

RANGES = {  # lowest and highest of four clean reconstructions, um, um2 or count (data/morphology.toml)
    "length": (7958, 10152),
    "surface": (18754, 24171),
    "tips": (73, 112),
    "apical_height": (526, 621),
    "basal_depth": (145, 185),
    "trunk_path": (260, 426),
    "oblique_number": (10, 23),
    "oblique_length": (2336, 4299),
    "tuft_length": (1432, 2607),
    "tuft_tips": (9, 17),
    "tuft_longest": (352, 436),
    "basal_stems": (4, 7),
    "basal_length": (2323, 4465),
    "basal_tips": (28, 45),
}


@pytest.mark.parametrize("name", RANGES)
def test_the_reference_cell_is_inside_the_range_of_clean_reconstructions(name: str) -> None:
    low, high = RANGES[name]
    assert low <= morphometrics(load_morphology())[name] <= high


def test_the_reference_cell_is_the_grown_one_of_the_seed_in_the_data_file() -> None:
    cell, grown = load_morphology(), grow(int(load("morphology.toml").value("default.seed")))
    assert len(cell.sections) == len(grown.sections) >= 100
    for one, other in zip(cell.sections, grown.sections, strict=True):
        assert one.points == pytest.approx(other.points, abs=2e-3)


def test_one_seed_gives_one_cell_and_another_seed_another() -> None:
    first, again, other = (morphometrics(grow(seed)) for seed in (3, 3, 5))
    assert first == again
    assert first != other


@pytest.mark.slow
def test_the_mean_of_grown_cells_is_that_of_reconstructions() -> None:
    cells = [morphometrics(grow(seed)) for seed in (0, 2, 3, 7, 9, 12, 27, 30, 31, 33, 40, 42, 43, 44, 47)]
    means = {"length": (9410, 985), "apical_height": (562, 41), "trunk_path": (363, 72), "tips": (87, 17)}
    for name, (mean, sd) in means.items():
        assert np.mean([cell[name] for cell in cells]) == pytest.approx(mean, abs=sd)

"""Grown cells and reconstructions against the statistics of real CA1 pyramidal cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cellmodel.errors import MorphologyError
from cellmodel.morphology import grow, load_morphology, morphometrics
from cellmodel.parameters import load

REAL = Path(__file__).resolve().parents[3] / "shared" / "morphologies"
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
TRACED = {  # length, trunk, obliques, tuft, basal (um): measured with another program on the same files
    "mpg141209_A_idA.asc": (9792.3, 383.3, 2336.5, 2607.3, 4465.2),
    "c5038804.swc": (11940.2, 301.1, 5916.0, 1551.3, 4171.8),
    "n123.swc": (16823.9, 617.4, 7998.4, 3892.4, 4315.7),
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


@pytest.mark.parametrize("name", TRACED)
def test_a_reconstruction_has_the_lengths_that_another_program_found(name: str) -> None:
    if not (REAL / name).exists():
        pytest.skip("the reconstruction is other people's data and is not in the repository")
    shape = morphometrics(load_morphology(REAL / name))
    found = [shape["length"], shape["trunk_path"]]
    found += [shape[f"{domain}_length"] for domain in ("oblique", "tuft", "basal")]
    assert found == pytest.approx(TRACED[name], abs=0.2)


def test_a_reconstruction_with_a_branch_in_the_wrong_place_is_refused() -> None:
    if not (REAL / "n129.swc").exists():
        pytest.skip("the reconstruction is other people's data and is not in the repository")
    with pytest.raises(MorphologyError, match="328 um apart"):
        load_morphology(REAL / "n129.swc")

"""The shipped cell, and cells of forty other seeds, against four reconstructed CA1 pyramidal cells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import binom

from cellmodel.morphology import grow, load_morphology, morphometrics
from cellmodel.morphology.population import Comparison, compare, data, measure, targets
from cellmodel.parameters import load

SEEDS = range(100, 140)
FINGERPRINT = "9b8c8ebbc926689550da210ea5588c2c1fce3e19b7d7a95a12760b3b20972525"
MISSES = {
    "sholl_tuft_500": "6.1 crossings for 4.5 +- 1.3: tufts are too straight",
    "order_tuft_5": "0.42 um for 0.56 +- 0.13 (six real branches): the daughter rule is too thin in the tuft",
}
CHANCE = 0.05
VARIED = [name for name, target in targets().items() if target.sd > 0.0]


@pytest.mark.parametrize("name", data().group("clean"))
def test_the_shipped_cell_is_inside_the_range_of_clean_reconstructions(name: str) -> None:
    assert targets()[name].holds(morphometrics(load_morphology())[name])


def test_the_shipped_cell_is_the_grown_one_of_the_seed_in_the_data_file() -> None:
    grown = grow(int(load("morphology.toml").value("default.seed")))
    assert load_morphology().fingerprint == grown.fingerprint == FINGERPRINT


def test_one_seed_gives_one_cell_and_another_seed_another() -> None:
    first, again, other = (grow(seed).fingerprint for seed in (3, 3, 5))
    assert first == again != other


@pytest.fixture(scope="module")
def grown() -> Mapping[str, Comparison]:
    return compare([measure(grow(seed)) for seed in SEEDS])


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=MISSES[name]))
        if name in MISSES
        else name
        for name in VARIED
    ],
)
def test_the_mean_of_grown_cells_is_within_one_sd_of_real_ones(
    name: str, grown: Mapping[str, Comparison]
) -> None:
    assert abs(grown[name].distance) <= 1.0


@pytest.mark.slow
def test_no_more_distributions_differ_from_real_ones_than_chance_allows(
    grown: Mapping[str, Comparison],
) -> None:
    p = np.array([item.p for item in grown.values() if np.isfinite(item.p)])
    assert len(p) > 50
    assert np.sum(p < CHANCE) <= binom.ppf(1.0 - CHANCE, len(p), CHANCE)
    assert p.min() > CHANCE / len(p)


@pytest.mark.slow
def test_most_grown_cells_have_a_measure_that_a_real_cell_could_have(grown: Mapping[str, Comparison]) -> None:
    for name in data().group("clean"):
        target = grown[name].target
        reach = target.high - target.low
        share = np.mean(
            (grown[name].values > target.low - reach / 4) & (grown[name].values < target.high + reach / 4)
        )
        assert share >= 0.75, name

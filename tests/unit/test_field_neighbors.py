"""Neighbors that release by themselves: each draw once in each cell, independent cells, one mean."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from cellmodel.slice.neighbors import Neighbors, orders, patterns_of

GRID = np.arange(0.0, 6.0, 0.5)
T = np.arange(-4.0, 12.0, 0.25)
N_NODES = 5


def electrode(weights: np.ndarray, n_delays: int = 2) -> SimpleNamespace:
    """Return what `Neighbors` reads of an electrode; the cells take its delays in turn."""
    delays = np.arange(float(n_delays))
    which = np.arange(len(weights)) % n_delays
    return SimpleNamespace(
        delays=delays, mean_lag=float(delays.mean()), of_cells=lambda: (weights, which), which=which
    )


def voltages(n: int, seed: int = 1) -> np.ndarray:
    """Return ``n`` draws of the nodes' voltages, (n, n_steps, N_NODES): a wave of random height at each."""
    heights = 1.0 + 0.3 * np.random.default_rng(seed).standard_normal((n, 1, N_NODES))
    return heights * np.exp(-(((T - 3.0) / 2.0) ** 2))[:, None]


def draws_of(neighbors: Neighbors, v: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(T, one @ neighbors.patterns.T) for one in v]


def seen(made: SimpleNamespace, weights: np.ndarray, v: np.ndarray, takes: np.ndarray) -> np.ndarray:
    """Return the field of one trial, cell by cell: ``takes`` (n_cells,) is the draw of each."""
    lags = made.delays[made.which] - made.mean_lag
    each = zip(weights, lags, takes, strict=True)
    return np.sum([np.interp(GRID - lag, T, v[draw] @ own) for own, lag, draw in each], axis=0)


@pytest.fixture
def weights() -> np.ndarray:
    return -np.random.default_rng(7).random((60, N_NODES))


def test_every_cell_uses_each_draw_once_in_an_order_of_its_own() -> None:
    found = orders(200, 6, seed=3)
    assert np.array_equal(np.sort(found, axis=1), np.tile(np.arange(6), (200, 1)))
    assert len(np.unique(found, axis=0)) > 100
    assert found.mean(axis=0) == pytest.approx(2.5, abs=0.5)


def test_a_seed_gives_the_same_orders_and_another_gives_others() -> None:
    assert np.array_equal(orders(50, 8, seed=3), orders(50, 8, seed=3))
    assert not np.array_equal(orders(50, 8, seed=3), orders(50, 8, seed=4))


def test_patterns_hold_all_weights_also_where_cells_are_alike() -> None:
    rng = np.random.default_rng(1)
    weights = rng.random((300, 2)) @ rng.random((2, 20))
    found = patterns_of(weights)
    assert found.shape == (2, 20)
    assert found @ found.T == pytest.approx(np.eye(2), abs=1e-12)
    assert weights @ found.T @ found == pytest.approx(weights, rel=1e-9)


def test_each_cell_adds_the_draw_that_is_its_own_when_it_is_excited(weights: np.ndarray) -> None:
    made, v = electrode(weights), voltages(4)
    neighbors = Neighbors(made, seed=5)
    fields = neighbors.fields(draws_of(neighbors, v), GRID)
    trial_of = orders(len(weights), 4, seed=5)
    for trial in range(4):
        takes = np.argmax(trial_of == trial, axis=1)
        assert fields[trial] == pytest.approx(seen(made, weights, v, takes), rel=1e-9)


def test_one_draw_alone_is_shared_by_all_cells(weights: np.ndarray) -> None:
    made, v = electrode(weights), voltages(1)
    neighbors = Neighbors(made, seed=1)
    (field,) = neighbors.fields(draws_of(neighbors, v), GRID)
    assert field == pytest.approx(seen(made, weights, v, np.zeros(len(weights), dtype=int)), rel=1e-9)


def test_the_mean_over_trials_is_that_of_shared_draws(weights: np.ndarray) -> None:
    made, v = electrode(weights), voltages(9)
    neighbors = Neighbors(made, seed=2)
    found = neighbors.fields(draws_of(neighbors, v), GRID)
    shared = [seen(made, weights, v, np.full(len(weights), draw)) for draw in range(9)]
    assert found.mean(axis=0) == pytest.approx(np.mean(shared, axis=0), rel=1e-9)
    assert found.std(axis=0).max() < np.std(shared, axis=0).max()


@pytest.mark.parametrize("n_cells", [25, 400])
def test_the_variation_falls_with_the_root_of_the_number_of_equal_cells(n_cells: int) -> None:
    n, made = 400, electrode(np.full((n_cells, N_NODES), -1.0))
    neighbors = Neighbors(made, seed=1)
    draws = draws_of(neighbors, voltages(n))
    own = neighbors.fields(draws, GRID)[:, 6]
    shared = np.array([neighbors.fields([draw], GRID)[0, 6] for draw in draws])
    assert shared.std() / own.std() == pytest.approx(np.sqrt(n_cells), rel=0.15)  # 4 % is one SD of a ratio
    assert neighbors.effective_number(draws) == pytest.approx(n_cells, rel=0.01)


def test_the_variance_is_the_sum_of_those_of_unequal_cells(weights: np.ndarray) -> None:
    uneven = weights * np.linspace(0.1, 5.0, len(weights))[:, None]
    made, v = electrode(uneven, n_delays=1), voltages(400)
    neighbors = Neighbors(made, seed=1)
    own = neighbors.fields(draws_of(neighbors, v), GRID)[:, 6]
    each = v[:, np.searchsorted(T, GRID[6])] @ uneven.T
    assert own.var(ddof=1) == pytest.approx(each.var(axis=0, ddof=1).sum(), rel=0.3)  # 7 % is one SD
    assert neighbors.effective_number(draws_of(neighbors, v)) < 0.85 * len(uneven)


def test_the_same_seed_gives_the_same_trials(weights: np.ndarray) -> None:
    v = voltages(5)
    first, again, other = (Neighbors(electrode(weights), seed=seed) for seed in (1, 1, 2))
    fields = [one.fields(draws_of(one, v), GRID) for one in (first, again, other)]
    assert np.array_equal(fields[0], fields[1])
    assert not np.array_equal(fields[0], fields[2])

"""Channels that gate by chance: their numbers, their mean, their variance, their seed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.receptor import OPEN, FullScheme, Receptor, Scheme, SlowScheme, driven
from cellmodel.receptor.response import matrices, propagators
from cellmodel.receptor.stochastic import SUBSTEPS, open_channels, walk

CA1 = Receptor.named("ca1")
ANIRACETAM = Compound.named("aniracetam").modulation
CONTROL, DRUG = Scheme(CA1), Scheme(CA1, ANIRACETAM, 1.5)
EXCHANGE = 0.2 / np.log(9.0)  # ms, time constant of a 10-90 % exchange of 0.2 ms
T = np.arange(-0.1, 6.0, 0.02)
SCHEMES = {
    "control": CONTROL,
    "drug": DRUG,
    "slow": SlowScheme(CA1, ANIRACETAM, 1.5),
    "full": FullScheme(CA1, ANIRACETAM, 0.5, 1.5),
}


def glutamate(t: np.ndarray) -> np.ndarray:
    """Return 10 mM for 1 ms, as a patch sees it."""
    rise = 1.0 - np.exp(-np.clip(t, 0.0, 1.0) / EXCHANGE)
    return 10.0 * rise * np.exp(-np.clip(t - 1.0, 0.0, None) / EXCHANGE)


def opened(scheme=CONTROL, n_sweeps: int = 400, n_channels: int = 200, seed: int = 1):
    channels = np.full(n_sweeps, n_channels)
    return open_channels(scheme, matrices(scheme, glutamate), T, channels, seed=seed)


def exact(scheme, t: np.ndarray = T) -> np.ndarray:
    return driven(scheme, t, glutamate)[:, scheme.open_states].sum(axis=1).clip(0.0)


@pytest.mark.parametrize("name", SCHEMES)
def test_occupancies_are_whole_and_sum_to_the_channels(name: str) -> None:
    scheme, rng = SCHEMES[name], np.random.default_rng(3)
    channels = np.array([0, 1, 17, 300])
    start = np.zeros((4, len(scheme.steady_state(0.0))), dtype=int)
    start[:, 0] = channels
    moves = propagators(matrices(scheme, glutamate), T)
    seen = list(walk(moves, start, rng))
    assert len(seen) == T.size
    for counts in seen:
        assert counts.dtype == start.dtype
        assert counts.min() >= 0
        assert np.array_equal(counts.sum(axis=1), channels)
    assert (start[:, 0] == channels).all()


@pytest.mark.parametrize("name", SCHEMES)
def test_mean_and_variance_are_those_of_independent_channels(name: str) -> None:
    found, p = opened(SCHEMES[name]), exact(SCHEMES[name])
    sd = np.sqrt(200 * p * (1 - p))
    seen = sd > 1.0
    score = (found.counts.mean(axis=0) - 200 * p)[seen] / (sd[seen] / 20.0)
    assert np.abs(score).max() < 4.5
    ratio = found.counts.var(axis=0, ddof=1)[seen] / sd[seen] ** 2
    assert ratio.mean() == pytest.approx(1.0, abs=0.12)
    assert np.abs(ratio - 1.0).max() < 0.45


def test_a_seed_gives_the_same_channels_and_another_gives_others() -> None:
    first, again, other = opened(seed=7), opened(seed=7), opened(seed=8)
    assert np.array_equal(first.counts, again.counts)
    assert not np.array_equal(first.counts, other.counts)
    generated = open_channels(
        CONTROL, matrices(CONTROL, glutamate), T, np.full(400, 200), seed=np.random.default_rng(7)
    )
    assert np.array_equal(first.counts, generated.counts)


def test_sweeps_are_independent_of_one_another() -> None:
    counts = opened(n_sweeps=2000, n_channels=20).counts[:, T.size // 2].astype(float)
    assert abs(np.corrcoef(counts[:-1], counts[1:])[0, 1]) < 4 / np.sqrt(2000)


def test_constant_glutamate_moves_by_the_matrix_exponential() -> None:
    moves = propagators(
        matrices(DRUG, lambda t: np.full(t.shape, 10.0)), np.array([0.0, 0.1, 0.3]), substeps=3
    )
    assert moves[0] == pytest.approx(expm(DRUG.q_matrix(10.0) * 0.1), abs=1e-12)
    assert moves[1] == pytest.approx(expm(DRUG.q_matrix(10.0) * 0.2), abs=1e-12)
    assert moves.sum(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_the_error_of_an_exchange_is_stated_and_falls_with_the_square_of_the_substep() -> None:
    def mean(substeps: int) -> np.ndarray:
        states = [np.asarray(CONTROL.steady_state(0.0))]
        for move in propagators(matrices(CONTROL, glutamate), T, substeps=substeps):
            states.append(move @ states[-1])
        return np.array(states)[:, OPEN]

    fine = mean(16 * SUBSTEPS)
    errors = [np.abs(mean(n) - fine).max() / fine.max() for n in (SUBSTEPS, 2 * SUBSTEPS)]
    assert errors[0] < 1e-4
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.2)


def test_what_is_handed_out_cannot_be_changed_and_fits_the_time() -> None:
    found = opened(n_sweeps=3)
    assert found.counts.shape == (3, T.size)
    assert found.t == pytest.approx(T)
    for array in (found.t, found.counts, found.channels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_no_channel_passes_no_current_and_one_is_open_or_shut() -> None:
    found = open_channels(CONTROL, matrices(CONTROL, glutamate), T, np.array([0, 1, 1, 1]), seed=1).counts
    assert not found[0].any()
    assert set(np.unique(found[1:])) == {0, 1}


@pytest.mark.parametrize("wrong", [np.array([]), np.array([-1]), np.array([1.5]), np.array([[3]]), 300])
def test_channels_are_counted_for_every_sweep(wrong) -> None:
    with pytest.raises(ParameterError, match="whole number"):
        open_channels(CONTROL, matrices(CONTROL, glutamate), T, wrong, seed=1)

"""Noise analysis recovers the channels that sweeps were made of, and says when it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.analysis.noise import (
    BLOCK,
    FEWEST_BLOCKS,
    FluctuationFit,
    analyze_fluctuations,
    block_variances,
    require_sweeps,
)
from cellmodel.errors import ConvergenceError, ParameterError

T = np.arange(-5.0, 60.0, 0.25)
OPEN = np.where(T < 0.0, 0.0, 0.8 * np.exp(-T / 10.0))
FORCE = -70.0
UNITARY = 0.7e-3  # nA


def ensemble(n_sweeps: int, n_channels: int = 300, *, seed: int = 0, noise: float = 0.0) -> np.ndarray:
    """Return inward sweeps, (n_sweeps, n_t) nA, whose samples are independent."""
    rng = np.random.default_rng(seed)
    opened = rng.binomial(n_channels, OPEN, (n_sweeps, T.size))
    return -UNITARY * opened + rng.normal(0.0, noise, opened.shape)


def analyzed(sweeps: np.ndarray, **how: float) -> FluctuationFit:
    return analyze_fluctuations(T, sweeps, **({"driving_force": FORCE} | how))


@pytest.mark.parametrize(("n_channels", "noise"), [(30, 0.0), (300, 0.0), (300, 2e-3), (3000, 2e-3)])
def test_current_number_and_conductance_are_recovered(n_channels: int, noise: float) -> None:
    fit = analyzed(ensemble(1000, n_channels, noise=noise))
    assert fit.unitary_picoamp == pytest.approx(0.7, rel=0.04)
    assert fit.n_channels == pytest.approx(n_channels, rel=0.05)
    assert fit.conductance_picosiemens == pytest.approx(fit.unitary_picoamp / 0.07, rel=1e-12)
    assert fit.largest_open == pytest.approx(0.78, abs=0.06)
    assert fit.background == pytest.approx((noise * 1e3) ** 2, rel=0.02)
    assert abs(fit.unitary_picoamp - 0.7) < 4 * fit.unitary_error
    assert abs(fit.n_channels - n_channels) < 4 * fit.n_channels_error


def test_outward_currents_and_an_offset_make_no_difference() -> None:
    inward, sweeps = analyzed(ensemble(200)), ensemble(200)
    outward = analyzed(0.02 - sweeps, driving_force=70.0)
    assert outward.unitary_picoamp == pytest.approx(inward.unitary_picoamp, rel=1e-9)
    assert outward.n_channels == pytest.approx(inward.n_channels, rel=1e-9)


def test_the_standard_errors_are_those_of_repeated_experiments() -> None:
    fits = [analyzed(ensemble(200, seed=seed, noise=1e-3)) for seed in range(60)]
    current = np.array([(fit.unitary_picoamp - 0.7) / fit.unitary_error for fit in fits])
    number = np.array([(fit.n_channels - 300) / fit.n_channels_error for fit in fits])
    for score in (current, number):
        assert 0.7 < score.std() < 1.35
        assert abs(score.mean()) < 0.6


def test_rundown_and_drift_from_block_to_block_do_not_count_as_noise() -> None:
    sweeps = ensemble(1000)
    left, drift = np.linspace(1.0, 0.7, 1000)[:, None], np.linspace(0.0, 0.05, 1000)[:, None]
    fit = analyzed(left * sweeps + drift)
    at_once = analyzed(left * sweeps + drift, block=100)
    assert fit.unitary_picoamp == pytest.approx(0.85 * 0.7, rel=0.05)
    assert fit.n_channels == pytest.approx(300, rel=0.05)
    assert at_once.variance[-1] > 1.2 * fit.variance[-1]


def test_the_variance_of_pairs_is_half_their_squared_difference() -> None:
    sweeps = ensemble(9)
    assert block_variances(sweeps, block=2) == pytest.approx(np.diff(sweeps[:8], axis=0)[::2] ** 2 / 2)
    assert block_variances(sweeps, block=9)[0] == pytest.approx(sweeps.var(axis=0, ddof=1))


def test_the_points_lie_on_the_parabola_and_cannot_be_changed() -> None:
    fit = analyzed(ensemble(1000, noise=1e-3))
    assert np.abs((fit.variance - fit(fit.mean)) / fit.variance_error).max() < 4.5
    assert fit(np.array([0.0]))[0] == fit.background
    assert np.all(np.diff(fit.mean) > 0)
    assert fit.n_sweeps == 1000
    with pytest.raises(ValueError, match="read-only"):
        fit.mean[0] = 0.0


def test_a_decay_may_end_before_the_sweep() -> None:
    assert analyzed(ensemble(200), stop=15.0).mean[0] > 1.3 * analyzed(ensemble(200)).mean[0]


def spoiled(value: float) -> np.ndarray:
    sweeps = ensemble(100)
    sweeps[3, 7] = value
    return sweeps


@pytest.mark.parametrize(
    ("sweeps", "how", "said"),
    [
        (ensemble(FEWEST_BLOCKS * BLOCK - 1), {}, "too few"),
        (ensemble(100), {"block": 20}, "too few"),
        (spoiled(np.nan), {}, "not finite"),
        (spoiled(np.inf), {}, "not finite"),
        (ensemble(100)[:, 1:], {}, "do not fit"),
        (ensemble(100)[0], {}, "do not fit"),
        (ensemble(100), {"onset": -6.0}, "no baseline"),
        (ensemble(100), {"driving_force": 0.0}, "driving_force"),
        (ensemble(100), {"driving_force": np.nan}, "driving_force"),
        (ensemble(100), {"block": 1}, "2 sweeps or more"),
        (ensemble(100), {"stop": 0.0}, "after the onset"),
    ],
)
def test_what_cannot_be_analyzed_is_refused(sweeps: np.ndarray, how: dict[str, float], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        analyzed(sweeps, **how)


def test_a_current_that_does_not_decay_is_refused() -> None:
    with pytest.raises(ConvergenceError, match="no decay phase"):
        analyzed(ensemble(100), stop=4.0)
    with pytest.raises(ConvergenceError, match="sign of the driving force"):
        analyzed(-ensemble(100))


def test_a_variance_that_shows_no_channels_is_refused() -> None:
    same = np.tile(-0.1 * OPEN, (200, 1))
    with pytest.raises(ConvergenceError, match="no single channels"):
        analyzed(same)
    noise = np.random.default_rng(1).normal(0.0, 1e-2, same.shape)
    with pytest.raises(ConvergenceError, match="no single channels"):
        analyzed(same + noise)


def test_a_variance_that_does_not_bend_down_tells_no_number() -> None:
    rng = np.random.default_rng(2)
    sweeps = -0.1 * OPEN + rng.normal(0.0, 1.0, (300, T.size)) * 5e-3 * np.sqrt(OPEN + OPEN**2)
    with pytest.raises(ConvergenceError, match="does not bend down"):
        analyzed(sweeps)


def test_the_number_of_sweeps_can_be_checked_beforehand() -> None:
    assert require_sweeps(100) == 100
    with pytest.raises(ParameterError, match="Give 100 or more"):
        require_sweeps(5)

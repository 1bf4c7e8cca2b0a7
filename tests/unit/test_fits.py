"""Fits recover the constants that the traces were made with."""

import numpy as np
import pytest

from cellmodel.analysis import (
    fit_decay,
    fit_double_exponential,
    fit_exponential,
    fit_recovery,
    peak,
)
from cellmodel.errors import ConvergenceError

T = np.arange(0.0, 100.0, 0.025)


@pytest.mark.parametrize("tau", [0.5, 2.5, 12.0, 150.0])
def test_one_exponential_is_recovered_with_a_free_offset(tau):
    fit = fit_exponential(T, -3.0 * np.exp(-T / tau) - 0.2, start=1.0, stop=99.0)
    assert (fit.tau, fit.offset, fit.r2) == pytest.approx((tau, -0.2, 1.0), rel=1e-5)


def test_a_fixed_offset_is_kept():
    fit = fit_exponential(T, -3.0 * np.exp(-T / 8.0) + 1.0, start=5.0, stop=30.0, offset=1.0)
    assert (fit.tau, fit.offset) == pytest.approx((8.0, 1.0))
    assert fit.amplitudes[0] == pytest.approx(-3.0 * np.exp(-5.0 / 8.0))


def test_noise_lowers_r2_and_hardly_moves_tau():
    noisy = np.exp(-T / 10.0) + np.random.default_rng(0).normal(0.0, 0.05, T.size)
    fit = fit_exponential(T, noisy, start=0.0, stop=60.0)
    assert fit.tau == pytest.approx(10.0, rel=0.03)
    assert 0.9 < fit.r2 < 0.99


def test_two_exponentials_and_their_weighted_tau_are_recovered():
    y = 7.0 * np.exp(-T / 2.0) + 3.0 * np.exp(-T / 20.0)
    fit = fit_double_exponential(T, y, start=0.0, stop=99.0, offset=0.0)
    assert fit.taus == pytest.approx((2.0, 20.0), rel=1e-4)
    assert fit.amplitudes == pytest.approx((7.0, 3.0), rel=1e-4)
    assert fit.tau == pytest.approx(7.4, rel=1e-4)
    assert fit(np.array([0.0, 10.0])) == pytest.approx(np.interp([0.0, 10.0], T, y), rel=1e-3)


def test_uneven_sampling_does_not_move_the_fit_of_a_decay_that_is_not_exponential():
    y = 1.0 / (1.0 + T / 10.0)
    dense_early = np.concatenate([np.linspace(0.0, 5.0, 2000), np.linspace(5.1, 99.0, 1000)])
    even = fit_exponential(T, y, start=0.0, stop=90.0, offset=0.0).tau
    uneven = fit_exponential(
        dense_early, 1.0 / (1.0 + dense_early / 10.0), start=0.0, stop=90.0, offset=0.0
    ).tau
    assert uneven == pytest.approx(even, rel=1e-3)


def test_decay_between_fractions_of_the_peak():
    y = np.where(T < 10.0, -T / 10.0, -np.exp(-(T - 10.0) / 6.0))
    fit = fit_decay(T, y, peak(T, y), start=0.8, stop=0.3)
    assert (fit.tau, fit.r2) == pytest.approx((6.0, 1.0), rel=1e-4)


def test_recovery_from_desensitization_is_recovered():
    intervals = np.array([5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 400.0])
    fit = fit_recovery(intervals, 1.0 - 0.8 * np.exp(-intervals / 80.0))
    assert (fit.tau, fit.r2) == pytest.approx((80.0, 1.0), rel=1e-5)


def test_what_cannot_be_fitted_says_so():
    with pytest.raises(ConvergenceError, match="flat"):
        fit_exponential(T, 0 * T, start=0.0, stop=50.0)
    with pytest.raises(ConvergenceError, match="too few"):
        fit_exponential(T, np.exp(-T), start=0.0, stop=0.025)
    with pytest.raises(ConvergenceError, match="no exponential decay"):
        fit_exponential(T, np.exp(-T / 1e7), start=0.0, stop=50.0, offset=0.0)
    with pytest.raises(ConvergenceError, match="one and the same"):
        fit_double_exponential(T, np.exp(-T / 9.0), start=0.0, stop=90.0, offset=0.0)

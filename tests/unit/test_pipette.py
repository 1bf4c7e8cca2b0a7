"""The thermal noise of the field pipette: its power is 4 k T R, its band the amplifier's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.slice.pipette import Pipette

T = np.arange(-5.0, 1000.0, 0.1)
N_SWEEPS = 60
PIPETTE = Pipette.in_bath(32.0)


def sweeps(pipette: Pipette, n: int = N_SWEEPS, seed: int = 1) -> np.ndarray:
    return np.array([pipette.noise(T, seed=seed, sweep=f"sweep {k}") for k in range(n)])


def spectrum(noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return frequencies (kHz) and the mean one-sided power density of sweeps (mV^2/kHz)."""
    power = np.abs(np.fft.rfft(noise, axis=1)) ** 2 * 2 * 0.1 / noise.shape[1]
    return np.fft.rfftfreq(noise.shape[1], 0.1), power.mean(axis=0)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return sweeps(PIPETTE)


def test_the_pipette_is_that_of_the_data_file_in_the_bath_that_is_given() -> None:
    numbers = load("slice.toml").values_of("pipette")
    assert (PIPETTE.resistance, PIPETTE.corner, PIPETTE.poles) == tuple(numbers.values())
    assert PIPETTE.celsius == 32.0


def test_the_power_of_the_noise_is_4ktr(noise: np.ndarray) -> None:
    expected = 4 * 1.380649e-23 * (273.15 + 32.0) * PIPETTE.resistance * 1e6  # V^2/Hz
    f, power = spectrum(noise)
    low = (f > 0.0) & (f < 0.05)  # a filter of 1 kHz takes a thousandth away there
    n_estimates = N_SWEEPS * np.count_nonzero(low)
    assert n_estimates > 2500
    measured = power[low].mean() * 1e-9  # mV^2/kHz to V^2/Hz
    assert measured == pytest.approx(expected, rel=4 / np.sqrt(n_estimates))  # 4 SD: 8 %


def test_at_the_corner_of_the_filter_half_of_the_power_is_left_and_far_above_none(noise: np.ndarray) -> None:
    f, power = spectrum(noise)
    near, far = (power[np.abs(f - where) < 0.05].mean() for where in (PIPETTE.corner, 4 * PIPETTE.corner))
    assert near / PIPETTE.density == pytest.approx(0.5, rel=4 / np.sqrt(N_SWEEPS * 100))
    assert far < 0.01 * PIPETTE.density


def test_the_standard_deviation_is_that_of_the_band_and_the_distribution_is_normal(noise: np.ndarray) -> None:
    n_independent = noise.size * 2 * PIPETTE.corner * 0.1
    assert noise.std() == pytest.approx(PIPETTE.rms, rel=4 / np.sqrt(2 * n_independent))
    bandwidth = PIPETTE.rms**2 / PIPETTE.density
    assert PIPETTE.corner < bandwidth < 1.1 * PIPETTE.corner  # a four-pole Bessel lets 1.05 through
    assert abs(noise.mean()) < 4 * PIPETTE.rms / np.sqrt(n_independent)
    scaled = noise / noise.std()
    assert np.mean(scaled**4) == pytest.approx(3.0, abs=0.05)
    assert np.mean(np.abs(scaled) > 2.0) == pytest.approx(0.0455, rel=0.05)


@pytest.mark.parametrize(
    ("changed", "factor"),
    [({"resistance": 8.0}, 2.0), ({"celsius": 4 * 305.15 - 273.15}, 2.0), ({"corner": 4.0}, 2.0)],
)
def test_the_noise_goes_with_the_root_of_resistance_temperature_and_band(
    changed: dict[str, float], factor: float
) -> None:
    other = replace(Pipette(32.0, 2.0, 1.0, 4), **changed)
    assert other.rms / Pipette(32.0, 2.0, 1.0, 4).rms == pytest.approx(factor, rel=1e-2)
    one, four = (sweeps(pipette, 6).std() for pipette in (Pipette(32.0, 2.0, 1.0, 4), other))
    assert four / one == pytest.approx(factor, rel=0.04)


def test_a_sweep_has_the_same_noise_whenever_and_wherever_it_is_drawn() -> None:
    first = PIPETTE.noise(T, seed=3, sweep="ltp test 30.5 min")
    np.random.default_rng(0).random(7)
    PIPETTE.noise(T, seed=3, sweep="ltp test 31 min")
    again = Pipette.in_bath(32.0).noise(T, seed=3, sweep="ltp test 30.5 min")
    assert np.array_equal(first, again)


def test_sweeps_with_other_names_or_seeds_are_independent() -> None:
    names = ["ltp test 30.5 min", "ltp control 30.5 min", "ltp test 31 min", "ltp_cell_2 test 30.5 min"]
    drawn = [PIPETTE.noise(T, seed=3, sweep=name) for name in names]
    drawn.append(PIPETTE.noise(T, seed=4, sweep=names[0]))
    off_diagonal = np.corrcoef(drawn)[~np.eye(len(drawn), dtype=bool)]
    assert np.abs(off_diagonal).max() < 4.5 / np.sqrt(2 * PIPETTE.corner * (T[-1] - T[0]))


def test_the_noise_is_as_strong_at_the_beginning_of_a_sweep() -> None:
    start = np.array([PIPETTE.noise(T[:40], seed=1, sweep=f"{k}") for k in range(400)])
    assert start[:, 0].std() == pytest.approx(PIPETTE.rms, rel=4 / np.sqrt(2 * 400))


@pytest.mark.parametrize("t", [np.arange(0.0, 100.0, 1.0), np.array([0.0, 0.1, 0.3, 0.4])])
def test_samples_that_cannot_hold_the_noise_are_refused(t: np.ndarray) -> None:
    with pytest.raises(ParameterError, match=r"cannot hold noise up to 1 kHz\. Space them evenly"):
        PIPETTE.noise(t, seed=1, sweep="one")

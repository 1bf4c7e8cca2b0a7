"""Reading field EPSPs off noisy sweeps: without bias at the test intensity, and nothing out of nothing."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.analysis.noisy_fepsp import noisy_fepsp_measures
from cellmodel.analysis.slice_rows import fepsp_values
from cellmodel.errors import ConvergenceError, ParameterError
from cellmodel.slice.pipette import Pipette

T = np.arange(-5.0, 200.0, 0.1)
VOLLEY = np.zeros(T.shape)
PIPETTE = Pipette.in_bath(32.0)
N_SWEEPS = 300


def wave(amplitude: float, *, tau: float = 4.5, rise: float = 1.9) -> np.ndarray:
    """Return a field EPSP like the model's: sigmoid onset, trough near 7 ms, this decay (ms)."""
    since = np.clip(T - 2.5, 0.0, None)
    shape = (1 - np.exp(-since / rise)) ** 3 * np.exp(-since / tau)
    return -amplitude * shape / shape.max()


def noisy(field: np.ndarray, k: int) -> np.ndarray:
    return field + PIPETTE.noise(T, seed=1, sweep=f"sweep {k}")


def read(field: np.ndarray, n: int = N_SWEEPS) -> list[dict[str, float]]:
    return [fepsp_values(T, noisy(field, k), VOLLEY, noise=PIPETTE.rms) for k in range(n)]


@pytest.fixture(scope="module")
def at_test_intensity() -> tuple[dict[str, float], list[dict[str, float]]]:
    field = wave(0.24)
    return fepsp_values(T, field, VOLLEY), read(field)


def test_the_wave_is_like_the_models() -> None:
    found = fepsp_values(T, wave(0.24), VOLLEY)
    assert found["fepsp_slope"] == pytest.approx(0.086, rel=0.2)
    assert found["fepsp_half_width"] == pytest.approx(6.3, rel=0.25)


@pytest.mark.parametrize(
    ("measure", "allowed"), [("fepsp_amplitude", 0.01), ("fepsp_slope", 0.01), ("fepsp_tau_decay", 0.03)]
)
def test_the_mean_over_noisy_sweeps_is_that_without_noise(at_test_intensity, measure, allowed) -> None:
    exact, found = at_test_intensity
    values = np.array([one[measure] for one in found])
    error = values.std() / np.sqrt(N_SWEEPS) / exact[measure]
    assert error < allowed / 2.5  # so that a bias of the allowed size shows
    assert values.mean() == pytest.approx(exact[measure], rel=allowed)


def test_no_sweep_at_the_test_intensity_fails(at_test_intensity) -> None:
    exact, found = at_test_intensity
    assert all(set(one) == set(exact) for one in found)


def test_the_lowest_sample_would_be_read_too_large_and_what_is_read_is_not(at_test_intensity) -> None:
    exact, found = at_test_intensity
    lowest = np.mean([-noisy(wave(0.24), k).min() for k in range(50)])
    assert lowest > 1.02 * exact["fepsp_amplitude"]
    assert np.std([one["fepsp_amplitude"] for one in found]) < 0.8 * PIPETTE.rms


def test_without_noise_a_smoothed_wave_is_read_as_it_is() -> None:
    field = wave(0.24) + 0.05  # whatever the offset of the amplifier
    exact = fepsp_values(T, field, VOLLEY)
    found = noisy_fepsp_measures(T, field, onset=0.0, noise=1e-9)
    assert found.amplitude == pytest.approx(exact["fepsp_amplitude"], rel=5e-3)
    assert found.slope == pytest.approx(exact["fepsp_slope"], rel=5e-3)
    assert found.tau_decay == pytest.approx(exact["fepsp_tau_decay"], rel=5e-3)


def test_a_population_spike_is_found_in_noise_and_noise_is_none() -> None:
    notch = 0.15 * np.exp(-(((T - 9.0) / 0.8) ** 2))
    cut = [
        noisy_fepsp_measures(T, noisy(wave(0.4) + notch, k), onset=0.0, noise=PIPETTE.rms) for k in range(50)
    ]
    assert all(one.has_population_spike and one.tau_decay is None for one in cut)
    whole = [noisy_fepsp_measures(T, noisy(wave(0.4), k), onset=0.0, noise=PIPETTE.rms) for k in range(80)]
    assert not any(one.has_population_spike for one in whole)


def test_noise_alone_is_an_abolished_response() -> None:
    found = read(wave(0.0) * 0.0, 100)
    assert all(one == {"fepsp_amplitude": 0.0, "fepsp_slope": 0.0} for one in found)
    with pytest.raises(ConvergenceError, match=r"no field EPSP: .* in a noise of"):
        noisy_fepsp_measures(T, noisy(wave(0.0), 1), onset=0.0, noise=PIPETTE.rms)


def test_a_small_response_keeps_its_amplitude() -> None:
    found = read(wave(0.045), 150)
    assert np.mean([one["fepsp_amplitude"] for one in found]) == pytest.approx(0.045, rel=0.05)


@pytest.mark.parametrize("t", [T + 5.0, np.sort(np.random.default_rng(1).choice(T, 500, replace=False))])
def test_a_sweep_without_a_baseline_or_with_uneven_samples_is_refused(t: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="even samples and a baseline"):
        noisy_fepsp_measures(t, np.zeros(t.shape), onset=0.0, noise=0.005)

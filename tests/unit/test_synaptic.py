"""EPSCs and field EPSPs of known shape are measured by the rig's conventions."""

import numpy as np
import pytest

from cellmodel.analysis import epsc_measures, fepsp_measures, fiber_volley
from cellmodel.errors import ConvergenceError

T = np.arange(0.0, 120.0, 0.025)
ONSET = 10.0


def ramp_and_decay(t, *, amplitude, rise, tau):
    """Rise in a straight line from `ONSET`, then decay as one exponential."""
    s = t - ONSET
    return -amplitude * np.where(s < rise, np.clip(s, 0.0, None) / rise, np.exp(-(s - rise) / tau))


def test_epsc_numbers_are_those_it_was_made_of():
    found = epsc_measures(T, ramp_and_decay(T, amplitude=0.05, rise=1.0, tau=5.0) - 0.1, onset=9.0)
    assert found.peak == pytest.approx(0.05, rel=1e-4)
    assert found.rise_10_90 == pytest.approx(0.8, rel=1e-3)
    assert (found.tau_decay, found.decay_r2) == pytest.approx((5.0, 1.0), rel=1e-3)
    assert found.charge == pytest.approx(0.05 * (0.5 + 5.0), rel=1e-3)
    assert found.time_of_peak == pytest.approx(11.0)


def test_fepsp_numbers_are_those_it_was_made_of():
    found = fepsp_measures(T, ramp_and_decay(T, amplitude=1.2, rise=4.0, tau=9.0), onset=ONSET)
    assert found.amplitude == pytest.approx(1.2, rel=1e-4)
    assert found.slope == pytest.approx(0.3, rel=1e-3)
    assert (found.tau_decay, found.decay_r2) == pytest.approx((9.0, 1.0), rel=1e-3)
    assert found.half_width == pytest.approx(2.0 + 9.0 * np.log(2.0), rel=1e-3)
    assert not found.has_population_spike


@pytest.mark.parametrize("center", [12.5, 18.0])
def test_a_population_spike_on_either_phase_is_flagged(center):
    wave = ramp_and_decay(T, amplitude=1.2, rise=4.0, tau=12.0)
    spike = 0.5 * np.exp(-((T - center) ** 2) / (2 * 0.3**2))
    assert fepsp_measures(T, wave + spike, onset=ONSET).has_population_spike


@pytest.mark.parametrize("center", [17.0, 20.0], ids=["at the trough", "on the falling phase"])
def test_amplitude_and_slope_are_those_of_the_wave_before_a_deeper_population_spike(center):
    wave = ramp_and_decay(T, amplitude=0.3, rise=6.0, tau=12.0)
    notch, trough = (np.exp(-((T - center - late) ** 2) / (2 * 0.2**2)) for late in (0.0, 1.0))
    fired = wave + 1.5 * notch - 0.7 * trough
    assert fired[T < ONSET + 15.0].min() < -0.7
    found = fepsp_measures(T, fired, onset=ONSET)
    assert found.has_population_spike
    assert found.tau_decay is found.half_width is None
    assert (found.amplitude, found.slope) == pytest.approx((0.3, 0.05), rel=0.02)


def test_a_slow_wave_after_the_fepsp_is_not_a_population_spike():
    wave = ramp_and_decay(T, amplitude=1.2, rise=4.0, tau=6.0)
    hump = 0.1 * np.exp(-((T - 45.0) ** 2) / (2 * 12.0**2))
    assert not fepsp_measures(T, wave + hump, onset=ONSET).has_population_spike


def test_small_noise_is_not_a_population_spike():
    noise = np.random.default_rng(2).normal(0.0, 0.003, T.size)
    found = fepsp_measures(T, ramp_and_decay(T, amplitude=1.2, rise=4.0, tau=9.0) + noise, onset=ONSET)
    assert not found.has_population_spike


def test_fiber_volley_is_the_trough_between_its_maxima():
    volley = -0.2 * np.exp(-((T - 12.0) ** 2) / (2 * 0.2**2))
    assert fiber_volley(T, volley, start=11.0, stop=13.0) == pytest.approx(0.2, rel=1e-3)
    assert fiber_volley(T, 0 * T, start=11.0, stop=13.0) == 0.0


def test_a_fiber_volley_before_the_onset_does_not_enter_the_fepsp():
    volley = -2.0 * np.exp(-((T - 5.0) ** 2) / (2 * 0.2**2))
    found = fepsp_measures(T, volley + ramp_and_decay(T, amplitude=1.0, rise=4.0, tau=9.0), onset=ONSET)
    assert found.amplitude == pytest.approx(1.0, rel=1e-3)


def test_no_response_is_an_error_and_not_a_number():
    with pytest.raises(ConvergenceError, match="no field EPSP"):
        fepsp_measures(T, 0 * T, onset=ONSET)
    with pytest.raises(ConvergenceError, match="no EPSC"):
        epsc_measures(T, 0 * T, onset=ONSET)

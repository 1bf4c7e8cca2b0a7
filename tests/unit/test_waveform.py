"""Peaks, times and areas of traces whose answers are known."""

import numpy as np
import pytest

from cellmodel.analysis import (
    charge,
    half_width,
    mean_over,
    paired_pulse_ratio,
    peak,
    rise_time,
    steady_state_ratio,
    window,
)
from cellmodel.errors import ConvergenceError, ParameterError

T = np.arange(0.0, 100.0, 0.025)


def triangle(t, *, start=10.0, top=20.0, stop=50.0, height=-2.0):
    return np.interp(t, [0.0, start, top, stop, 1e3], [0.0, 0.0, height, 0.0, 0.0])


def test_peak_finds_the_largest_departure_of_either_sign():
    found = peak(T, triangle(T) + 5.0)
    assert (found.time, found.amplitude, found.baseline) == pytest.approx((20.0, -2.0, 5.0), abs=0.01)
    assert peak(T, triangle(T), sign=1).amplitude == 0.0


def test_peak_looks_only_into_its_window():
    assert peak(T, triangle(T), start=30.0, stop=60.0, baseline=0.0).time == pytest.approx(30.0)


def test_rise_and_half_width_of_a_triangle_are_exact():
    y = triangle(T)
    at = peak(T, y)
    assert rise_time(T, y, at) == pytest.approx(8.0, rel=1e-6)
    assert rise_time(T, y, at, start=0.2, stop=0.8) == pytest.approx(6.0, rel=1e-6)
    assert half_width(T, y, at) == pytest.approx(20.0, rel=1e-6)


def test_uneven_sampling_gives_the_same_answers():
    t = np.sort(np.concatenate([np.random.default_rng(1).uniform(0, 100, 400), [10.0, 20.0, 50.0]]))
    y = triangle(t)
    assert half_width(t, y, peak(t, y)) == pytest.approx(20.0, rel=1e-6)
    assert charge(t, y, start=0.5, stop=99.0) == pytest.approx(-40.0, rel=1e-6)


def test_charge_is_the_area_above_its_baseline():
    assert charge(T, triangle(T) + 1.0, start=0.0, stop=60.0, baseline=1.0) == pytest.approx(-40.0, rel=1e-6)


def test_steady_state_ratio_compares_the_plateau_with_the_peak():
    y = -(0.1 + 0.9 * np.exp(-T / 5.0))
    at = peak(T, y, baseline=0.0)
    assert steady_state_ratio(T, y, at, start=90.0, stop=99.0) == pytest.approx(0.1, rel=1e-6)


def test_paired_pulse_ratio_is_second_over_first():
    y = triangle(T) + triangle(T, start=60.0, top=65.0, stop=90.0, height=-3.0)
    ratio = paired_pulse_ratio(peak(T, y, stop=55.0), peak(T, y, start=55.0))
    assert ratio == pytest.approx(1.5, rel=1e-6)


def test_mean_over_part_of_a_sample_interval_is_interpolated():
    assert mean_over(np.array([0.0, 10.0]), np.array([0.0, 10.0]), 2.0, 4.0) == pytest.approx(3.0)


def test_a_silent_trace_has_no_ratio():
    with pytest.raises(ConvergenceError, match="no response"):
        steady_state_ratio(T, 0 * T, peak(T, 0 * T), start=50.0, stop=60.0)


def test_a_response_that_does_not_decay_has_no_half_width():
    y = np.minimum(T, 20.0)
    with pytest.raises(ConvergenceError, match="does not pass"):
        half_width(T, y, peak(T, y))


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ParameterError, match="equally long"):
        window(T, T[1:], 0.0, 1.0)
    with pytest.raises(ParameterError, match="is empty"):
        window(T, T, 200.0, 300.0)

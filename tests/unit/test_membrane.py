"""Step responses and spikes of synthetic traces whose answers are known."""

import numpy as np
import pytest

from cellmodel.analysis import spike_amplitude, spike_times, step_response
from cellmodel.errors import ParameterError

T = np.arange(0.0, 500.0, 0.05)
STEP = {"start": 50.0, "duration": 400.0, "amplitude": -0.1}


def charging(tau=20.0, deflection=-8.0):
    inside = (T >= 50.0) & (T < 450.0)
    return -70.0 + np.where(inside, deflection * (1 - np.exp(-(T - 50.0) / tau)), 0.0)


def test_input_resistance_and_time_constant_of_an_exponential_are_found():
    found = step_response(T, charging(), **STEP)
    assert found.v_rest == pytest.approx(-70.0)
    assert found.r_in == pytest.approx(80.0, rel=1e-3)
    assert found.tau_m == pytest.approx(20.0, rel=1e-2)
    assert found.sag == pytest.approx(0.0, abs=1e-3)


def test_sag_is_the_share_of_the_deflection_that_is_lost():
    inside = (T >= 50.0) & (T < 450.0)
    back = np.where(inside, 2.0 * (1 - np.exp(-(((T - 50.0) / 200.0) ** 4))), 0.0)
    assert step_response(T, charging() + back, **STEP).sag == pytest.approx(0.25, abs=0.02)


def test_a_depolarizing_step_is_refused():
    with pytest.raises(ParameterError, match="Use a negative one"):
        step_response(T, charging(), start=50.0, duration=400.0, amplitude=0.1)


def test_a_trace_that_does_not_follow_is_refused():
    with pytest.raises(ParameterError, match="does not follow"):
        step_response(T, charging(deflection=8.0), **STEP)


def test_spikes_are_counted_where_they_rise_through_threshold():
    v = -70.0 + 90.0 * np.exp(-(((T % 100.0) - 30.0) ** 2) / 2.0)
    times = spike_times(T, v, threshold=0.0)
    assert len(times) == 5
    assert np.diff(times) == pytest.approx(100.0, abs=1e-6)
    assert spike_amplitude(T, v, at=times[0], before=10.0, after=5.0) == pytest.approx(90.0, abs=0.1)


def test_a_quiet_trace_has_no_spikes():
    assert len(spike_times(T, np.full_like(T, -70.0), threshold=0.0)) == 0

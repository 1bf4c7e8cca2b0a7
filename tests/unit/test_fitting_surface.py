"""The fast model behind the fit of a compound agrees with the exact one; estimators read what is there."""

from __future__ import annotations

import numpy as np
import pytest

from cellmodel.compound import Compound, Modulation
from cellmodel.fitting import Rig
from cellmodel.fitting.estimators import decay_time, measures_after, read_response, smoothed
from cellmodel.fitting.surface import surface
from cellmodel.fitting.twin import response, shown
from cellmodel.receptor import Receptor, Scheme, SlowScheme, measure
from cellmodel.receptor.kinetics import synaptic

MEASURES = ("tau_deactivation", "tau_desensitization", "steady_state_ratio")
ANIRACETAM = Compound.named("aniracetam").modulation
T = np.arange(-5.0, 150.0, 0.05)


def scheme(dose: float) -> Scheme:
    return Scheme(Receptor.named("ca1"), ANIRACETAM, dose)


def test_the_surface_is_right_to_one_percent_for_positive_modulators() -> None:
    table, rng, rig = surface("ca1", Rig.usual(), MEASURES, True), np.random.default_rng(1), Rig.usual()
    control = shown(scheme(0.0), rig, MEASURES)
    for _ in range(40):
        k_m, closing, entry = np.exp(rng.uniform(np.log([0.05, 0.05, 0.001]), np.log([20.0, 1.0, 1.0])))
        modulation = Modulation(k_m, closing, entry)
        exact = shown(Scheme(Receptor.named("ca1"), modulation, 1.0), rig, MEASURES)
        for name in MEASURES:
            ratio = np.exp(table.log_ratio(name, modulation, 1.0))
            assert ratio == pytest.approx(exact[name] / control[name], rel=0.01)


@pytest.mark.parametrize("dose", [0.0, 0.3, 1.5])
def test_the_rig_shows_what_the_receptor_does(dose: float) -> None:
    seen = shown(scheme(dose), Rig.usual(), (*MEASURES, "peak"))
    exact = measure(scheme(dose), 10.0)
    assert seen["tau_deactivation"] == pytest.approx(exact.deactivation, rel=0.02)
    assert seen["tau_desensitization"] == pytest.approx(exact.desensitization, rel=0.02)
    assert seen["steady_state_ratio"] == pytest.approx(exact.steady_state, rel=0.04)
    assert seen["peak"] == pytest.approx(exact.peak, rel=0.005)


def test_the_epsc_is_that_of_the_receptor_module() -> None:
    found = shown(scheme(1.5), Rig.usual(), ("epsc_peak", "epsc_tau_decay"))
    assert tuple(found.values()) == pytest.approx(synaptic(scheme(1.5), 1.1, 1.2), rel=2e-3)


def slow(modulation: Modulation, dose: float) -> SlowScheme:
    return SlowScheme(Receptor.named("ca1"), modulation, dose)


@pytest.mark.slow
def test_the_table_of_slow_modulators_is_right_to_two_percent() -> None:
    table, rng = surface("ca1", Rig.usual(), MEASURES, True, regime="slow"), np.random.default_rng(1)
    control = shown(scheme(0.0), Rig.usual(), MEASURES)
    for _ in range(20):
        k_m, closing, entry = np.exp(rng.uniform(np.log([0.05, 0.05, 0.001]), np.log([20.0, 1.0, 1.0])))
        modulation = Modulation(k_m, closing, entry)
        exact = shown(slow(modulation, 1.0), Rig.usual(), MEASURES)
        for name in MEASURES:
            ratio = np.exp(table.log_ratio(name, modulation, 1.0))
            assert ratio == pytest.approx(exact[name] / control[name], rel=0.02)


def test_a_slow_modulator_leaves_a_share_of_receptors_alone() -> None:
    bound = Modulation(1.0, 0.2, 0.01)
    seen = shown(slow(bound, 1.0), Rig.usual(), (*MEASURES, "epsc_peak"))
    exact = measure(slow(bound, 1.0), 10.0)
    assert seen["steady_state_ratio"] == pytest.approx(exact.steady_state, rel=0.02)
    assert seen["epsc_peak"] == pytest.approx(synaptic(slow(bound, 1.0), 1.1, 1.2)[0], rel=2e-3)


def test_recovery_is_left_alone() -> None:
    control, drug = (shown(scheme(dose), Rig.usual(), ("tau_recovery",)) for dose in (0.0, 1.5))
    assert drug["tau_recovery"] / control["tau_recovery"] == pytest.approx(1.0, abs=0.05)


def test_an_exponential_is_read_with_and_without_offset() -> None:
    t = T[T > 0]
    assert decay_time(t, 3.0 * np.exp(-t / 2.5), has_offset=False) == pytest.approx(2.5, rel=1e-3)
    assert decay_time(t, 3.0 * np.exp(-t / 11) + 1, has_offset=True) == pytest.approx(11.0, rel=1e-3)
    assert np.isnan(decay_time(t[:5], t[:5], has_offset=False))


def test_a_long_pulse_shows_decay_and_steady_state() -> None:
    y = np.where((T >= 0) & (T < 100.0), 0.8 * np.exp(-T / 10.0) + 0.2, 0.0)
    tau, steady = read_response(T, y, 100.0)
    assert tau == pytest.approx(10.0, rel=0.01)
    assert steady == pytest.approx(0.2, rel=0.03)


def test_a_pulse_that_is_neither_short_nor_long_shows_nothing() -> None:
    assert [measures_after(pulse) for pulse in (1.0, 10.0, 100.0)] == [MEASURES[:1], (), MEASURES[1:]]


def test_the_moving_average_keeps_a_constant_and_a_length() -> None:
    assert smoothed(np.ones(50), 7.0) == pytest.approx(np.ones(50))


def test_the_filter_delays_and_does_not_scale() -> None:
    t, y = response(scheme(0.0), Rig.usual(), 100.0)
    assert y[t < 0] == pytest.approx(0.0, abs=1e-12)
    assert 0.3 < t[np.argmax(y)] < 1.5

"""The applicator and what a patch refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellmodel.analysis import peak, rise_time
from cellmodel.compound import Compound
from cellmodel.errors import ParameterError
from cellmodel.patch import Patch, Pulses
from cellmodel.patch.limits import Claim, check_limits, switch_error
from cellmodel.receptor import Receptor, SlowScheme, driven
from cellmodel.synapse.receptors import ReceptorSettings
from cellmodel.units import PICOSIEMENS_PER_MICROSIEMENS

CA1 = Receptor.named("ca1")
ANIRACETAM = Compound.named("aniracetam")


def test_a_pulse_rises_within_the_exchange_time() -> None:
    pulses = Pulses((1.0,), 100.0, 0.2)
    t = np.linspace(0.0, 3.0, 30001)
    level = pulses.level(t)
    assert np.all(level[t < 1.0] == 0.0)
    assert t[np.argmax(level > 0.9)] - t[np.argmax(level > 0.1)] == pytest.approx(0.2, rel=1e-3)


def test_the_nodes_of_an_exchange_reproduce_it_by_straight_lines() -> None:
    pulses = Pulses((0.0, 8.0), 5.0, 0.2)
    t, nodes = np.linspace(0.0, 20.0, 5001), pulses.nodes(20.0)
    assert np.interp(t, nodes, pulses.level(nodes)) == pytest.approx(pulses.level(t), abs=1e-3)


def test_pulses_that_overlap_or_last_no_time_are_refused() -> None:
    with pytest.raises(ParameterError, match="overlap"):
        Pulses((0.0, 3.0), 5.0, 0.2)
    with pytest.raises(ParameterError, match="above 0"):
        Pulses((0.0,), 0.0, 0.2)


def test_a_patch_refuses_what_it_cannot_do() -> None:
    with pytest.raises(ParameterError, match="glutamate_only"):
        Patch(CA1, application="glutamate")
    with pytest.raises(ParameterError, match="filter_kHz"):
        Patch(CA1, filter_kHz=0.0)
    with pytest.raises(ParameterError, match="intervals"):
        Patch(CA1).paired([0.0])


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_concentration_is_finite_and_not_negative(wrong: float) -> None:
    with pytest.raises(ParameterError, match="dose"):
        Patch(CA1).pulse(1.0, wrong)
    with pytest.raises(ParameterError, match="glutamate"):
        Patch(CA1).pulse(1.0, concentration=wrong)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_pulse_and_exchange_are_finite_and_above_zero(wrong: float) -> None:
    with pytest.raises(ParameterError, match="exchange"):
        Patch(CA1, exchange=wrong)
    with pytest.raises(ParameterError, match="pulse"):
        Patch(CA1).pulse(wrong)


def test_a_filter_that_the_sampling_cannot_carry_is_refused_and_none_is_infinite() -> None:
    half = 0.5 / Patch(CA1).rig["sampling"]
    with pytest.raises(ParameterError, match="half the sampling rate"):
        Patch(CA1, filter_kHz=half)
    assert Patch(CA1, filter_kHz=np.inf).pulse(1.0)["i"].min() < -0.1


def test_exchange_and_filter_are_settable_and_slow_the_rise() -> None:
    def rise(**rig: float) -> float:
        sweep = Patch(CA1, **rig).pulse(100.0)
        return rise_time(sweep.t, sweep["i"], peak(sweep.t, sweep["i"], stop=100.0))

    assert rise(exchange=1.0) > 1.05 * rise()  # 10 mM saturates early in the exchange: gating limits the rise
    assert rise(filter_kHz=0.3) > 1.5 * rise()


def test_a_patch_says_what_its_traces_leave_out_and_what_removes_it() -> None:
    said = Patch(CA1).notices[0]
    assert all(word in said for word in ("NMDA", "D-AP5", "magnesium"))
    assert "beside" in Patch(CA1, application="glutamate_only").notices[1]


def test_a_recording_has_what_a_file_needs_and_starts_at_the_baseline() -> None:
    sweep = Patch(CA1).pulse(1.0)
    assert sweep.meta["mode"] == "voltage_clamp"
    assert sweep.meta["preparation"] == "ca1_patch"
    assert sweep.meta["v_hold"] == -70.0
    assert sweep.units == {"i": "nA", "glutamate": "mM"}
    assert np.all(np.abs(sweep["i"][sweep.t < 0]) < 1e-9)
    assert sweep["i"].min() < -0.1
    assert sweep["glutamate"].max() == pytest.approx(10.0, rel=1e-4)


def test_a_competitive_blocker_takes_its_share_and_keeps_the_time_course() -> None:
    blocker = Compound.named("CNQX")
    patch = Patch(CA1, compound=blocker)
    control, blocked = patch.pulse(1.0)["i"], patch.pulse(1.0, blocker.default_dose_mM)["i"]
    left = 1.0 - blocker.blocked(blocker.default_dose_mM)["ampa"]
    assert blocked == pytest.approx(left * control, abs=1e-9)


def slow_patch(application: str = "both") -> Patch:
    """Return a patch without filter under a compound that stays bound."""
    compound = replace(ANIRACETAM, regime="slow", exchange=None)
    return Patch(CA1, compound=compound, filter_kHz=np.inf, application=application)


@pytest.mark.parametrize("duration", [1.0, 100.0])
def test_a_slow_compound_is_three_populations_as_in_the_twin(duration: float) -> None:
    patch = slow_patch()
    sweep = patch.pulse(duration, 1.5)
    conductance = patch.numbers["n_channels"].value * CA1.gamma / PICOSIEMENS_PER_MICROSIEMENS
    found = sweep["i"] / (conductance * patch.rig["v_hold"])
    pulses, t = Pulses((0.0,), duration, patch.exchange), np.linspace(0.0, 20.0, 2001)
    scheme = SlowScheme(CA1, ANIRACETAM.modulation, 1.5, 22.0)
    states = driven(scheme, t, lambda at: 10.0 * pulses.level(at))
    exact = states[:, scheme.open_states].sum(axis=1)
    assert np.interp(t, sweep.t, found) == pytest.approx(exact, abs=2e-3 * exact.max())


def test_application_decides_what_of_a_compound_is_seen() -> None:
    free, slow = Patch(CA1, filter_kHz=np.inf).pulse(1.0)["i"], slow_patch().pulse(1.0, 1.5)["i"]
    assert slow_patch("glutamate_only").pulse(1.0, 1.5)["i"] == pytest.approx(free, abs=1e-9)
    assert slow_patch("before_only").pulse(1.0, 1.5)["i"] == pytest.approx(slow, abs=1e-9)
    washed = Patch(CA1, compound=ANIRACETAM, filter_kHz=np.inf, application="before_only").pulse(100.0, 1.5)
    control = Patch(CA1, filter_kHz=np.inf).pulse(100.0)
    during = (washed.t > 0.0) & (washed.t < 100.0)
    assert np.abs(washed["i"] - control["i"])[during].max() < 0.02 * np.abs(control["i"]).max()
    assert "stays bound" in slow_patch("before_only").notices[1]


def test_a_patch_and_a_synapse_refuse_a_compound_that_is_not_what_it_claims() -> None:
    liar = replace(ANIRACETAM, exchange=0.1)
    for build in (lambda: Patch(CA1, compound=liar), lambda: ReceptorSettings(CA1, liar, 32.0)):
        with pytest.raises(ParameterError, match="declared fast"):
            build()


def switched(rate: float, application: str, *, exchange: float = 0.2, regime: str = "fast") -> float:
    """Return the error (1) of a limit where the compound comes or goes with the glutamate."""
    return switch_error(Claim(CA1, ANIRACETAM.modulation, 1.5, rate, regime), application, exchange)


@pytest.mark.parametrize("application", ["glutamate_only", "before_only"])
def test_limits_hold_where_the_compound_comes_or_goes_with_the_glutamate(application: str) -> None:
    assert switched(ANIRACETAM.exchange, application) < 0.005
    assert switched(15.0, application) > 0.01 > switched(15.0, application, exchange=20.0)
    assert switched(1e-6, application, regime="slow") < 1e-3
    for receptor in ("ca1", "chick_nm"):
        for compound in map(Compound.named, Compound.names()):
            check_limits(Receptor.named(receptor), compound, application, 0.2)


def test_an_application_that_is_too_fast_for_the_compound_is_refused() -> None:
    compound = replace(ANIRACETAM, exchange=30.0)
    Patch(CA1, compound=compound)
    with pytest.raises(ParameterError, match=r"application glutamate_only.*off the full scheme"):
        Patch(CA1, compound=compound, application="glutamate_only")


def test_pairs_say_their_interval() -> None:
    pairs = Patch(CA1).paired([20.0, 200.0])
    assert [pair.meta["interval"] for pair in pairs] == [20.0, 200.0]
    assert [pair.meta["second"] for pair in pairs] == [120.0, 300.0]


@pytest.mark.parametrize("name", ["aniracetam", "cyclothiazide", "CNQX"])
@pytest.mark.parametrize("duration", [1.0, 100.0])
def test_the_exact_response_is_what_neuron_integrates(name: str, duration: float) -> None:
    compound = Compound.named(name)
    patch, dose = Patch(CA1, compound=compound), compound.default_dose_mM
    integrated, exact = patch.pulse(duration, dose), patch.exact(duration, dose)
    assert exact.t == pytest.approx(integrated.t)
    assert exact["i"] == pytest.approx(integrated["i"], abs=5e-3 * np.max(np.abs(integrated["i"])))
    assert exact["closed"] + exact["open"] + exact["desensitized"] == pytest.approx(1.0)


def test_there_is_no_exact_response_where_the_compound_comes_with_glutamate() -> None:
    with pytest.raises(ParameterError, match="Use `pulse`"):
        Patch(CA1, compound=ANIRACETAM, application="glutamate_only").exact(1.0)

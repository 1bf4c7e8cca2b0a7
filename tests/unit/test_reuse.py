"""Responses predicted from earlier ones: near what was computed within the error, refused where unsure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellmodel.parameters import load
from cellmodel.plasticity import Rule, SlowStates
from cellmodel.slice import Response
from cellmodel.slice.reuse import Known, Memory
from cellmodel.slice.state import PathwayState
from cellmodel.traces import Recording

T = np.arange(0.0, 20.0, 0.5)
RULE = Rule.default()
ERROR = load("slice.toml").value("reuse.error")


def shape(x: float) -> np.ndarray:
    """A wave whose size and decay both depend on ``x``, not linearly."""
    return -(1 + x + 0.5 * x**2) * np.exp(-T / (5.0 + 4.0 * x))


def response(x: float) -> Response:
    wave = shape(x)
    cascade = Recording(t=T, signals={"kinase": wave}, units={"kinase": "1"})
    soma = -65.0 - 10.0 * wave
    return Response(T, wave, 0 * T, soma, wave, 1.0 + x, 2.0 + x, np.array([x, 2 * x]), cascade)


def state(x: float) -> PathwayState:
    synapses = SlowStates(ep=np.zeros(2), ed=np.zeros(2), rho=np.ones(2), n=np.full(2, 1.0 + x))
    return PathwayState(np.full((1, 5), x), np.zeros(5), synapses)


def known(x: float, *, has_spike: bool = False) -> Known:
    return Known(np.array([x]), response(x), state(x), state(x + 0.01), has_spike)


def memory(*items: Known) -> Memory:
    made = Memory()
    for k, item in enumerate(items):
        made.keep(item, time_min=float(k))
    return made


def predict(made: Memory, x: float) -> tuple[Response, PathwayState] | None:
    return made.predict(np.array([x]), state(x))


def test_an_empty_memory_predicts_nothing() -> None:
    assert predict(memory(), 0.0) is None


def test_the_same_state_has_the_same_response() -> None:
    found, after = predict(memory(known(0.2)), 0.2)
    assert found.field == pytest.approx(response(0.2).field, rel=1e-12)
    assert found.cascade.signals["kinase"] == pytest.approx(response(0.2).field, rel=1e-12)
    assert after.synapses.n == pytest.approx(state(0.21).synapses.n, rel=1e-12)


def test_between_computed_responses_the_error_is_the_declared_one() -> None:
    grid = np.linspace(0.0, 0.5, 9)
    made = memory(*[known(x) for x in grid])
    for x in (grid[1:] + grid[:-1]) / 2:
        found, _ = predict(made, x)
        assert np.abs(found.field - shape(x)).max() < ERROR * np.abs(shape(x)).max()
        assert found.calcium_nmda == pytest.approx(2.0 + x, rel=ERROR)
    assert np.array_equal(found.t, T)


def test_far_from_what_is_known_nothing_is_predicted() -> None:
    made = memory(known(0.0), known(0.05))
    assert predict(made, 0.05 + 0.5 * load("slice.toml").value("reuse.range")) is None
    assert predict(made, 0.049) is not None


def test_what_a_response_changes_is_added_to_the_state_of_the_day() -> None:
    made = memory(known(0.0), known(0.02), known(0.04))
    _, after = made.predict(np.array([0.03]), state(5.0))  # receptors are not what this key is about
    assert after.synapses.n == pytest.approx(6.0 + 0.01, abs=1e-6)


def test_a_response_with_a_spike_is_repeated_but_never_mixed() -> None:
    made = memory(known(0.0), known(0.1, has_spike=True), known(0.2))
    found, _ = predict(made, 0.1)
    assert np.array_equal(found.field, response(0.1).field)
    assert predict(made, 0.101) is None


def test_what_was_computed_ahead_of_time_is_the_response_of_its_own_probe() -> None:
    made = memory(known(0.2), known(0.5))
    found, after = made.computed(np.array([0.5 + 1e-5]), state(5.0), time_min=1.0)
    assert np.array_equal(found.field, response(0.5).field)
    assert after.synapses.n == pytest.approx(state(5.01).synapses.n, rel=1e-12)
    assert made.computed(np.array([0.51]), state(0.51), time_min=1.0) is None
    assert made.computed(np.array([0.5]), state(0.5), time_min=2.0) is None


def test_few_probes_ahead_are_needed_and_they_predict_all_others() -> None:
    ahead = np.linspace(0.0, 0.6, 60)
    made = memory(known(0.0))
    needed = made.needed(ahead[:, None])
    assert 4 <= len(needed) <= 9
    assert 59 in needed
    for k in needed:
        made.keep(known(float(ahead[k])), time_min=float(k))
    assert made.needed(ahead[:, None]) == []
    for x in ahead:
        found, _ = predict(made, x)
        assert np.abs(found.field - shape(x)).max() < ERROR * np.abs(shape(x)).max()


def test_beside_a_spike_no_probe_is_computed_ahead() -> None:
    made = memory(known(0.0), known(1.0, has_spike=True))
    assert made.fires_near(np.array([0.9]))
    assert not made.fires_near(np.array([0.1]))
    assert made.needed(np.array([[0.9], [1.1]])) == []
    assert made.needed(np.array([[0.4], [1.1]])) == [0]


def test_what_depolarizes_more_than_any_quiet_response_is_computed() -> None:
    made = memory(known(0.0), known(0.05), known(0.1))
    ahead = np.array([[0.02], [0.08], [0.104]])
    assert made.needed(ahead) == []
    assert made.riskiest(ahead) == 2
    assert predict(made, 0.104) is None
    assert predict(made, 0.08) is not None
    made.keep(known(0.104, has_spike=True), time_min=3.0)
    assert made.riskiest(ahead) is None


def test_foreseen_states_fade_and_get_the_same_change_as_the_last_ones() -> None:
    fading = {"tau_facil": 100.0, "tau_rec": 200.0, "tau_ptp": 1e4, "tau_stp": 1e5}

    def rest(now: PathwayState) -> PathwayState:
        return now.after(50.0, np.zeros(2), RULE)

    ep, ed = np.full(2, 0.1), np.full(2, 0.7)
    low, high = (SlowStates(ep=0 * ep, ed=0 * ed, rho=np.zeros(2), n=np.full(2, n)) for n in (0.7, 1.2))
    start = PathwayState(np.array([[0.1, 0.8, 0.2, 0.1, 1000.0]]), np.zeros(5), low)
    left = rest(start).synapses
    end = PathwayState(np.array([[0.2, 0.7, 0.25, 0.12, 50.0]]), np.zeros(5), replace(left, ep=ep, ed=ed))
    assert start.foreseen(start, end, fading, rest).synapses.n == pytest.approx(end.synapses.n)
    later = replace(start.after(2000.0, np.zeros(2), RULE), synapses=high)
    found = later.foreseen(start, end, fading, rest)
    faded = start.faded(fading)[0, 2:4] * np.exp(-2000.0 / np.array([1e4, 1e5]))
    gained = end.release[0, 2:4] - start.faded(fading)[0, 2:4]
    assert found.release[0, 2:4] == pytest.approx(faded + gained)
    assert found.release[0, 4] == 50.0
    assert found.synapses.n == pytest.approx(rest(later).synapses.n)
    assert found.synapses.ep == pytest.approx(ep)

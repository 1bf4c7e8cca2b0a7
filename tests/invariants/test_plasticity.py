"""The plasticity rule: NMODL against its Python twin, two stable states, insertion, and spine calcium."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from cellmodel.errors import ParameterError
from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.plasticity import Rule, SlowStates, advance, starting_states
from cellmodel.plasticity.rule import above
from cellmodel.synapse.pathway import LEARNING_STATES, RULE_CONSTANTS
from cellmodel.units import FARADAY, MILLIMOLAR_PER_NANOMOLAR, from_minutes

RULE = Rule.default()
BISTABLE = replace(RULE, early=0.0)
INTEGRATORS = ((0.0, 0.0), (3.0, 1.0), (12.0, 1.0), (2.0, 4.0), (30.0, 30.0))
START = np.array(list(product((0.0, 0.3, 0.5, 0.8, 1.0), (0.0, 1.0), INTEGRATORS)), dtype=object)
RHO, RHO_START = START[:, 0].astype(float), START[:, 1].astype(float)
EP, ED = (np.array([pair[k] for pair in START[:, 2]]) for k in (0, 1))
STATES = SlowStates(ep=EP, ed=ED, rho=RHO, n=RULE.receptors(RHO_START))
DURATIONS = {"0.1 s": 1e2, "2 s": 2e3, "15 s": 15e3, "5 min": 3e5, "1 h": 3.6e6}
SPINE = load("synapse.toml").values_of("spine")


@pytest.fixture
def head() -> Any:
    """Return a spine head with its calcium, under CVODE."""
    h = load_mechanisms()
    section = h.Section(name="head")
    section.L = section.diam = SPINE["head_diameter"]
    section.insert("spine_calcium")
    h.cvode.active(1)
    h.cvode.atol(1e-10)
    yield section
    h.cvode.active(0)
    h.delete_section(sec=section)


def synapses(head: Any, states: SlowStates, rho_start: np.ndarray, rule: Rule) -> list[Any]:
    """Return one ``plasticity`` for each synapse, with the rule's constants and the states put in."""
    h = load_mechanisms()
    made = [h.plasticity(head(0.5)) for _ in rho_start]
    for synapse, start in zip(made, rho_start, strict=True):
        for name in RULE_CONSTANTS:
            setattr(synapse, name, getattr(rule, name))
        synapse.rho_start = start
    h.finitialize(-70.0)
    for k, synapse in enumerate(made):
        for name in LEARNING_STATES:
            setattr(synapse, name, getattr(states, name)[k])
    h.cvode.re_init()
    return made


def alone(rho: float, rule: Rule = RULE, *, start: float = 0.0) -> SlowStates:
    """Return the states of one synapse whose receptors are those of its start."""
    zero = np.zeros(1)
    return SlowStates(ep=zero, ed=zero, rho=np.array([rho]), n=rule.receptors(np.array([start])))


def test_the_twin_is_the_mechanism_from_every_start_for_a_moment_or_an_hour(head) -> None:
    made = synapses(head, STATES, RHO_START, RULE)
    for duration in DURATIONS.values():
        load_mechanisms().cvode.solve(duration)
        twin = advance(STATES, RHO_START, RULE, duration)
        for name in LEARNING_STATES:
            found = [getattr(synapse, name) for synapse in made]
            assert found == pytest.approx(getattr(twin, name), rel=0, abs=1e-7), (name, duration)


def test_a_fixed_step_learns_what_cvode_learns(head) -> None:
    h = load_mechanisms()
    made = synapses(head, STATES, RHO_START, RULE)
    h.cvode.active(0)
    h.dt = 0.1
    while h.t < 1000.0 - h.dt / 2:
        h.fadvance()
    twin = advance(STATES, RHO_START, RULE, 1000.0)
    assert [synapse.rho for synapse in made] == pytest.approx(twin.rho, rel=0, abs=1e-4)
    assert np.abs(twin.rho - STATES.rho).max() > 0.1


@pytest.mark.parametrize("duration", DURATIONS.values(), ids=DURATIONS)
def test_one_rest_is_as_good_as_two(duration: float) -> None:
    half = advance(STATES, RHO_START, RULE, duration / 2)
    twice, once = advance(half, RHO_START, RULE, duration / 2), advance(STATES, RHO_START, RULE, duration)
    for name in LEARNING_STATES:
        assert getattr(twice, name) == pytest.approx(getattr(once, name), rel=0, abs=1e-7)


def test_no_time_changes_nothing_and_time_does_not_run_back() -> None:
    same = advance(STATES, RHO_START, RULE, 0.0)
    assert all(np.array_equal(getattr(same, name), getattr(STATES, name)) for name in LEARNING_STATES)
    with pytest.raises(ParameterError, match="go back by 1 ms"):
        advance(STATES, RHO_START, RULE, -1.0)


@pytest.mark.parametrize(("rho", "end"), [(0.0, 0.0), (0.49, 0.0), (0.5, 0.5), (0.51, 1.0), (1.0, 1.0)])
def test_without_early_decay_efficacy_goes_to_the_nearer_of_two_states(rho: float, end: float) -> None:
    found = advance(alone(rho), np.zeros(1), BISTABLE, from_minutes(600))
    assert found.rho == pytest.approx([end], abs=1e-3)


@pytest.mark.parametrize(("early", "end"), [(0.05, (1.5 + 0.05**0.5) / 2), (0.07, 0.0)])
def test_the_up_state_bears_early_decay_below_a_sixteenth(early: float, end: float) -> None:
    rule = replace(RULE, early=early)
    found = advance(alone(1.0), np.zeros(1), rule, from_minutes(1000))
    assert found.rho == pytest.approx([end], abs=1e-3)


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_a_synapse_that_is_left_alone_stays_as_it_began(start: float) -> None:
    states = alone(start, start=start)
    found = advance(states, np.array([start]), RULE, from_minutes(600))
    assert (found.rho[0], found.n[0]) == pytest.approx((start, states.n[0]), abs=1e-12)


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_early_plasticity_decays_to_where_the_synapse_began(start: float) -> None:
    moved = alone(1.0 - start, start=start)
    away = [
        abs(advance(moved, np.array([start]), RULE, from_minutes(minutes)).rho[0] - start)
        for minutes in (0, 30, 60, 240)
    ]
    assert away == pytest.approx([1.0, 0.84, 0.76, 0.04], abs=0.006)  # the note in data/plasticity.toml


def test_potentiation_needs_the_short_integrator_and_depression_the_long_one() -> None:
    none, zero = np.zeros(1), np.array([0.5])
    high = np.array([2 * RULE.theta_p])

    def after(ep: np.ndarray, ed: np.ndarray) -> float:
        return advance(SlowStates(ep, ed, zero, none), zero, RULE, 2000.0).rho[0]

    assert after(high, none) > 0.6
    assert after(none, high) < 0.499
    assert after(none, none) == pytest.approx(0.5)


def test_frozen_synapses_do_not_learn(head) -> None:
    (synapse,) = synapses(head, replace(alone(0.2), ep=np.array([20.0])), np.zeros(1), RULE)
    synapse.frozen = 1.0
    load_mechanisms().cvode.solve(1e5)
    assert synapse.rho == 0.2
    assert synapse.ep < 1e-12


def test_calcium_above_rest_fills_both_integrators_in_units_of_one_epsp(head) -> None:
    h = load_mechanisms()
    (synapse,) = synapses(head, alone(0.0), np.zeros(1), RULE)
    extra, tau = 1e-3, head(0.5).spine_calcium.tau
    synapse.unit = extra * tau  # the whole of it is one EPSP
    head(0.5).cai += extra
    h.cvode.re_init()
    h.cvode.solve(200.0)
    for found, slow in ((synapse.ep, RULE.tau_p), (synapse.ed, RULE.tau_d)):
        filled = slow / (slow - tau) * (np.exp(-200.0 / slow) - np.exp(-200.0 / tau))
        assert found == pytest.approx(filled, rel=1e-5)


def test_receptors_follow_efficacy_with_the_time_constant_of_insertion() -> None:
    up = advance(alone(1.0), np.ones(1), BISTABLE, BISTABLE.tau_insertion)
    down, full = RULE.receptors(np.array([0.0, 1.0]))
    assert (up.n[0] - down) / (full - down) == pytest.approx(1 - np.exp(-1), abs=1e-7)


def test_receptors_are_those_of_down_and_up_and_the_average_synapse_has_one() -> None:
    down, up = RULE.receptors(np.array([0.0, 1.0]))
    assert up / down == pytest.approx(RULE.b)
    assert down == pytest.approx(1 / (0.7 + 0.3 * RULE.b))
    assert RULE.share_down * down + (1 - RULE.share_down) * up == pytest.approx(1.0)


@pytest.mark.parametrize("n", [1, 3, 10, 48, 160])
def test_the_share_that_is_down_is_spread_evenly(n: int) -> None:
    states = starting_states(n, RULE)
    assert set(states.rho) <= {0.0, 1.0}
    assert np.all(np.abs(np.cumsum(1 - states.rho) - RULE.share_down * np.arange(1, n + 1)) <= 0.5 + 1e-9)
    assert np.array_equal(states.n, RULE.receptors(states.rho))
    assert not states.ep.any()
    assert not states.ed.any()


def test_the_share_that_is_up_is_spread_over_the_distances() -> None:
    distances = np.random.default_rng(5).uniform(100.0, 350.0, 60)
    states, plain = starting_states(60, RULE, distances), starting_states(60, RULE)
    assert np.array_equal(states.rho[np.argsort(distances)], plain.rho)
    assert np.array_equal(states.n, RULE.receptors(states.rho))


def test_ten_synapses_have_the_receptors_of_ten() -> None:
    assert starting_states(10, RULE).n.sum() == pytest.approx(10.0)


def test_the_threshold_is_a_hill_function_and_the_same_in_nmodl(head) -> None:
    (synapse,) = synapses(head, alone(0.0), np.zeros(1), RULE)
    level = np.array([-1.0, 0.0, 1e-30, 0.5, 2.0, 3.0, 1e3, 1e30])
    found = above(level, 2.0, RULE.order)
    assert found[:2] == pytest.approx([0.0, 0.0])
    assert found[4] == pytest.approx(0.5)
    assert found[5] == pytest.approx(1.5**RULE.order / (1 + 1.5**RULE.order))
    assert found[-2:] == pytest.approx([1.0, 1.0])
    assert np.all(np.diff(found) >= 0)
    assert [synapse.above(x, 2.0) for x in level] == pytest.approx(found, rel=1e-12)


def test_spine_calcium_decays_to_rest_with_tau(head) -> None:
    h, segment = load_mechanisms(), head(0.5)
    h.finitialize(-70.0)
    rest = SPINE["rest_ca"] * MILLIMOLAR_PER_NANOMOLAR
    assert segment.cai == pytest.approx(rest)
    segment.cai = 11 * rest
    h.cvode.re_init()
    for time_constants in (1, 2, 5):
        h.cvode.solve(time_constants * SPINE["tau_ca"])
        assert (segment.cai - rest) / (10 * rest) == pytest.approx(np.exp(-time_constants), rel=1e-3)


def test_a_steady_calcium_current_brings_spine_calcium_to_influx_times_tau(head) -> None:
    h = load_mechanisms()
    half_open = h.Vector([0.5])
    site, clamp = h.ampa_site(head(0.5)), h.SEClamp(head(0.5))
    for pointer in ("popen_resident", "popen_inserted"):
        h.setpointer(half_open._ref_x[0], pointer, site)
    receptors = h.Vector([1.0])
    h.setpointer(receptors._ref_x[0], "n", site)
    clamp.rs, clamp.dur1, clamp.amp1 = 1e-3, 1e9, -70.0
    h.finitialize(-70.0)
    h.cvode.solve(40 * SPINE["tau_ca"])
    liters = math.pi * head.diam**2 / 4 * head.L * 1e-15
    influx = -site.i_ca * 1e-9 / (2 * FARADAY * liters * (1 + SPINE["kappa"]))  # mol/(l s), that is mM/ms
    rest = SPINE["rest_ca"] * MILLIMOLAR_PER_NANOMOLAR
    assert influx > 0
    assert head(0.5).cai == pytest.approx(rest + influx * SPINE["tau_ca"], rel=1e-6)

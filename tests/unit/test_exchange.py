"""The modulator's own binding: the full scheme, its two limits, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.linalg import expm

from cellmodel.compound import BOUND, Compound, Modulation
from cellmodel.errors import ParameterError
from cellmodel.receptor import (
    LOOPS,
    STATES,
    FullScheme,
    Receptor,
    Scheme,
    SlowScheme,
    check_regime,
    limit_bound,
    limit_error,
    measure,
    occupancies,
    open_fraction,
    populations,
)
from cellmodel.receptor.exchange import SATURATIONS, TOLERANCE, worst_error
from cellmodel.receptor.scheme import STEPS

CA1 = Receptor.named("ca1")
ANIRACETAM = Compound.named("aniracetam")
FACTORS = ANIRACETAM.modulation
BOTH_WAYS = (FACTORS, replace(FACTORS, slows_o=False, first_site=0.5))
N = len(STATES)
FAST, SLOW = 1e5, 1e-7  # /ms
T = np.array([0.3, 1.0, 2.0, 10.0, 60.0])
PULSE = [(0.0, 10.0), (1.0, 0.0)]


def loops() -> list[tuple[tuple[str, int], ...]]:
    """Return every loop of gating with 0, 1, 2 bound, and every square of gating and binding."""
    own = [tuple((state, k) for state in loop) for loop, k in product(LOOPS, BOUND)]
    links = [(a, b) for a, b in STEPS if STATES.index(a) < STATES.index(b)]
    squares = [((a, k), (b, k), (b, k + 1), (a, k + 1)) for (a, b), k in product(links, BOUND[:-1])]
    return own + squares


@pytest.mark.parametrize(
    ("modulation", "exchange", "dose", "glutamate"),
    list(product(BOTH_WAYS, (SLOW, 15.0), (0.0, 1.5), (0.0, 10.0))),
)
def test_columns_sum_to_zero_and_the_equilibrium_is_the_null_space(
    modulation, exchange, dose, glutamate
) -> None:
    scheme = FullScheme(CA1, modulation, exchange, dose)
    q = scheme.q_matrix(glutamate)
    assert np.abs(q.sum(axis=0)).max() < 1e-12 * np.abs(q).max()
    rest = scheme.steady_state(glutamate)
    assert rest.sum() == pytest.approx(1.0, abs=1e-12)
    assert rest.min() >= -1e-15
    assert np.abs(q @ rest).max() < 1e-12 * np.abs(q).max()


@pytest.mark.parametrize(("modulation", "name"), list(product(BOTH_WAYS, Receptor.names())))
def test_every_loop_is_balanced(modulation: Modulation, name: str) -> None:
    q = FullScheme(Receptor.named(name), modulation, 15.0, 1.5).q_matrix(10.0)
    for loop in loops():
        places = [k * N + STATES.index(state) for state, k in (*loop, loop[0])]
        forward = np.prod([q[b, a] for a, b in pairwise(places)])
        backward = np.prod([q[a, b] for a, b in pairwise(places)])
        assert forward > 0
        assert abs(forward / backward - 1.0) < 1e-12


@pytest.mark.parametrize(("glutamate", "exchange"), list(product((0.1, 10.0), (SLOW, 15.0, FAST))))
def test_without_dose_it_is_the_drug_free_scheme(glutamate: float, exchange: float) -> None:
    found = occupancies(FullScheme(CA1, FACTORS, exchange), T, [(0.0, glutamate)])
    assert found[:, :N] == pytest.approx(occupancies(Scheme(CA1), T, [(0.0, glutamate)]), abs=1e-9)
    assert np.abs(found[:, N:]).max() < 1e-9
    assert FullScheme(CA1, FACTORS, exchange).steady_state(glutamate)[:N] == pytest.approx(
        Scheme(CA1).steady_state(glutamate), abs=1e-12
    )


@pytest.mark.parametrize(
    ("modulation", "dose", "glutamate"), list(product(BOTH_WAYS, (0.3, 1.5, 5.0), (1.0, 10.0)))
)
def test_exchange_without_end_gives_the_fast_and_none_the_slow_limit(modulation, dose, glutamate) -> None:
    steps = [(0.0, glutamate), (3.0, 0.0)]
    for exchange, limit in ((FAST, Scheme), (SLOW, SlowScheme)):
        full = open_fraction(FullScheme(CA1, modulation, exchange, dose), T, steps)
        assert open_fraction(limit(CA1, modulation, dose), T, steps) == pytest.approx(full, abs=1e-4)


@pytest.mark.parametrize("exchange", [SLOW, 1e-3, 1.0, 100.0])
def test_eigenvectors_are_the_matrix_exponential_and_occupancies_fractions(exchange: float) -> None:
    scheme = FullScheme(CA1, FACTORS, exchange, 1.5)
    found = occupancies(scheme, T, PULSE)
    after = expm(scheme.q_matrix(10.0)) @ scheme.steady_state(0.0)
    for t, state in zip(T[2:], found[2:], strict=True):
        assert state == pytest.approx(expm(scheme.q_matrix(0.0) * (t - 1.0)) @ after, abs=1e-9)
    assert found.sum(axis=1) == pytest.approx(1.0, abs=1e-9)
    assert found.min() > -1e-9
    assert found.max() < 1.0 + 1e-9


def test_warmth_speeds_gating_and_exchange_alike() -> None:
    cold = open_fraction(FullScheme(CA1, FACTORS, 1.0, 1.5, 22.0), T, [(0.0, 10.0)])
    warm = open_fraction(FullScheme(CA1, FACTORS, 1.0, 1.5, 32.0), T / 2.0, [(0.0, 10.0)])
    assert warm == pytest.approx(cold, abs=1e-9)


def response(exchange: float, before: float, beside: float) -> np.ndarray:
    """Return the open fraction in 1 ms of glutamate, dose (mM) in the barrels without and with glutamate."""
    steps = [(0.0, 10.0, beside), (1.0, 0.0, before)]
    return open_fraction(FullScheme(CA1, FACTORS, exchange, before), T, steps)


def test_what_binds_slowly_needs_to_be_there_before_and_what_binds_fast_is_washed_out() -> None:
    control, throughout = response(SLOW, 0.0, 0.0), response(SLOW, 1.5, 1.5)
    assert response(SLOW, 0.0, 1.5) == pytest.approx(control, abs=1e-4)  # co-application: not yet bound
    assert response(SLOW, 1.5, 0.0) == pytest.approx(throughout, abs=1e-4)  # wash-out: still bound
    leaving = [response(exchange, 0.0, 1.5)[2] for exchange in (0.1, 1.0, 10.0, 100.0)]
    gone = open_fraction(Scheme(CA1), T, PULSE)
    assert np.all(response(100.0, 1.5, 0.0)[:2] < 1.02 * gone[:2])  # gone before the receptor opens
    assert max(leaving) < response(100.0, 1.5, 1.5)[2]


def test_the_error_of_each_limit_falls_towards_it() -> None:
    rates = np.geomspace(1e-4, 1e3, 8)
    errors = [limit_error(CA1, FACTORS, 1.5, rate) for rate in rates]
    assert np.all(np.diff([error["fast"] for error in errors]) < 0)
    assert errors[0]["slow"] < 0.01 < errors[2]["slow"]


@pytest.mark.parametrize("regime", ["fast", "slow"])
def test_a_limit_holds_up_to_its_bound(regime: str) -> None:
    bound = limit_bound(CA1, FACTORS, 1.5, regime)
    assert limit_error(CA1, FACTORS, 1.5, bound)[regime] == pytest.approx(TOLERANCE, rel=1e-3)
    assert limit_bound(CA1, FACTORS, 1.5, "slow") < 1e-3 * limit_bound(CA1, FACTORS, 1.5, "fast")


def test_time_constants_follow_the_traces() -> None:
    exact = measure(FullScheme(CA1, FACTORS, 100.0, 1.5), 10.0)
    fast = measure(Scheme(CA1, FACTORS, 1.5), 10.0)
    for name in ("peak", "deactivation", "desensitization", "steady_state", "recovery"):
        assert getattr(fast, name) == pytest.approx(getattr(exact, name), rel=0.01)


@pytest.mark.parametrize("name", Receptor.names())
def test_every_shipped_modulator_exchanges_as_it_claims_on_every_receptor(name: str) -> None:
    for compound in map(Compound.named, Compound.names()):
        check_regime(Receptor.named(name), compound)


def test_a_claim_that_the_exchange_rate_contradicts_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"declared fast but exchanges at 1 /ms.*above"):
        check_regime(CA1, replace(ANIRACETAM, exchange=1.0))
    with pytest.raises(ParameterError, match=r"declared slow but exchanges at 0.01 /ms.*below"):
        check_regime(CA1, replace(ANIRACETAM, regime="slow", exchange=0.01))
    check_regime(CA1, replace(ANIRACETAM, exchange=None))  # nothing to contradict
    check_regime(CA1, None)
    with pytest.raises(ParameterError, match="above 0"):
        FullScheme(CA1, FACTORS, 0.0)


def test_the_worst_dose_is_one_of_those_that_were_tried() -> None:
    error, dose = worst_error(CA1, replace(ANIRACETAM, exchange=15.0))
    assert dose in [FACTORS.k_m * x for x in SATURATIONS]
    assert 0.005 < error < 0.02


def test_receptors_differ_in_what_stays_bound_only_where_exchange_is_slow() -> None:
    assert populations(CA1, ANIRACETAM, 1.5) == ((1.0, CA1),)
    parts = populations(CA1, replace(ANIRACETAM, regime="slow"), FACTORS.k_m)
    assert [share for share, _ in parts] == pytest.approx([0.25, 0.5, 0.25])
    assert parts[0][1].rates == CA1.rates
    assert parts[1][1].rates["alpha"] == parts[2][1].rates["alpha"] == FACTORS.closing * CA1.rates["alpha"]
    assert parts[1][1].rates["d_on2"] == CA1.rates["d_on2"]
    assert parts[2][1].rates["d_on2"] == FACTORS.entry * CA1.rates["d_on2"]

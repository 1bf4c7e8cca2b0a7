"""Windows: where they end, what they carry on, and that solvers agree."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from stimulating import respond

import cellmodel.slice.slice as slice_module
from cellmodel.parameters import load
from cellmodel.protocol import Protocol
from cellmodel.slice import Slice, SliceOptions, amplitude, window_of
from cellmodel.slice.bath import Bath
from cellmodel.slice.engine import Engine
from cellmodel.slice.window import trace_end
from cellmodel.units import MILLIMOLAR_PER_NANOMOLAR

PROBE = window_of(np.zeros(1))


def test_a_window_ends_exactly_where_it_should(fresh: Slice) -> None:
    lasts = []
    for times in (np.zeros(1), np.array([0.0, 50.0]), np.arange(3) * 10.0):
        fresh.engine.begin(fixed=False)
        fresh.write_state("test")
        fresh.pathways["test"].stimulate(times)
        window = fresh.engine.run(window_of(times))
        lasts.append(window.t[-1] - window_of(times))
        assert np.all(np.diff(window.t) >= 0)
    assert lasts == [0.0, 0.0, 0.0]


def test_a_window_from_rest_is_that_of_a_continuous_run(fresh: Slice) -> None:
    gap, start = 3500.0, dict(fresh.states)
    whole = fresh.stimulate("test", np.array([0.0, gap]))
    through = fresh.states["test"]
    fresh.states = start
    fresh.stimulate("test")
    fresh.pass_time(gap - PROBE)
    second = fresh.stimulate("test")
    carried = fresh.states["test"]
    tail = whole.t >= gap - 5.0 - 1e-6
    resumed = np.interp(second.t + gap, whole.t[tail], whole.field[tail])
    assert np.abs(second.field - resumed)[second.t >= 0].max() < 1e-3 * amplitude(second)
    for name in ("rho", "n"):  # the tail of calcium that a window cuts off moves rho by less than 1e-3
        expected = getattr(through.synapses, name)
        assert getattr(carried.synapses, name) == pytest.approx(expected, abs=1e-3), name
    assert carried.release == pytest.approx(through.release, rel=1e-6, abs=1e-6)
    # Calcium is not quite at rest when a window ends: what is cut off is missing in the long integrator.
    assert carried.synapses.ep == pytest.approx(through.synapses.ep, rel=0.01, abs=1e-5)
    assert carried.synapses.ed == pytest.approx(through.synapses.ed, rel=0.01)


def test_facilitation_is_carried_from_one_window_to_the_next(fresh: Slice, monkeypatch) -> None:
    start, short = dict(fresh.states), 250.0  # facilitation is gone when a usual window ends
    monkeypatch.setattr(slice_module, "window_of", lambda times: float(times[-1]) + short)
    whole = fresh.stimulate("test", np.array([0.0, 300.0]))
    fresh.states = start
    first = fresh.stimulate("test")
    fresh.pass_time(300.0 - short)
    second = fresh.stimulate("test")
    tail = whole.t >= 295.0
    resumed = np.interp(second.t + 300.0, whole.t[tail], whole.field[tail])
    assert amplitude(second) > 1.01 * amplitude(first)
    assert np.abs(second.field - resumed)[second.t >= 0].max() < 0.02 * amplitude(second)  # NMDA's tail


def test_time_that_passes_in_two_pieces_is_the_same_time(fresh: Slice) -> None:
    fresh.stimulate("test", np.arange(5) * 10.0)
    start = dict(fresh.states)
    fresh.pass_time(7_000.0)
    fresh.pass_time(53_000.0)
    pieces = fresh.states["test"]
    fresh.states = start
    fresh.pass_time(60_000.0)
    whole = fresh.states["test"]
    assert pieces.release == pytest.approx(whole.release, rel=1e-12)
    for name in ("ep", "ed", "rho", "n"):
        assert getattr(pieces.synapses, name) == pytest.approx(getattr(whole.synapses, name), abs=1e-7), name
    assert np.abs(whole.synapses.n - start["test"].synapses.n).max() > 1e-6


def test_the_fixed_step_of_trains_agrees_with_cvode(fresh: Slice, monkeypatch) -> None:
    times = np.arange(10) * 10.0
    start = dict(fresh.states)
    found = []
    for is_fast in (True, False):
        monkeypatch.setattr(slice_module, "is_too_fast", lambda times, is_fast=is_fast: is_fast)
        fresh.states = dict(start)
        found.append((fresh.stimulate("test", times), fresh.states["test"].synapses))
    (fixed, states), (variable, exact) = found
    assert not np.array_equal(fixed.field, variable.field)
    for after in times:
        inside = (fixed.t >= after) & (fixed.t < after + 10.0)
        assert fixed.field[inside].min() == pytest.approx(variable.field[inside].min(), rel=0.02)
    assert fixed.calcium_integral[:12] == pytest.approx(variable.calcium_integral[:12], rel=0.01)
    assert states.ed == pytest.approx(exact.ed, rel=0.002)
    assert states.ep == pytest.approx(exact.ep, rel=0.02)  # 1e-5 of its peak: the end of the response alone
    assert states.n == pytest.approx(exact.n, rel=1e-4)


def test_only_trains_whose_events_come_fast_run_with_a_fixed_step() -> None:
    trains = {
        name: Protocol.named(name).trains[0].pulse_times()
        for name in ("standard", "theta_burst", "train_50hz", "lfs_1hz")
    }
    assert {name: slice_module.is_too_fast(times) for name, times in trains.items()} == {
        "standard": True,
        "theta_burst": False,
        "train_50hz": False,
        "lfs_1hz": False,
    }
    assert not slice_module.is_too_fast(np.array([0.0, 10.0]))


def test_the_trace_of_a_long_train_is_thinned_and_its_integrals_are_not(fresh: Slice, monkeypatch) -> None:
    times = np.arange(7) * 1000.0
    thin = respond(fresh, "test", times)
    monkeypatch.setattr(slice_module, "LONG", math.inf)
    full = respond(fresh, "test", times)
    assert len(full.t) == pytest.approx(10 * len(thin.t), rel=1e-3)
    assert thin.field == pytest.approx(np.interp(thin.t, full.t, full.field), abs=0.01 * amplitude(full))
    assert thin.calcium_integral == pytest.approx(full.calcium_integral, rel=1e-12)
    single = respond(fresh)
    assert full.calcium_integral.sum() > 6 * single.calcium_integral.sum()


def test_what_an_engine_keeps_are_sums_of_what_it_sees(fresh: Slice) -> None:
    places = [fresh.cell.soma[0](0.5), fresh.cell.trunk[-1](0.5)]
    heads = [spine.head(0.5)._ref_cai for spine in fresh.pathways["test"].spines]
    engine = Engine(
        places,
        heads,
        sections=fresh.sections,
        v_init=fresh.cell.v_init,
        celsius=fresh.bath.celsius,
    )

    def run():
        engine.begin()
        fresh.write_state("test")
        fresh.pathways["test"].stimulate(np.zeros(1))
        return engine.run(30.0)

    every = run()
    engine.keep(np.array([[2.0, -1.0]]), np.full((1, len(heads)), 1 / len(heads)))
    kept = run()
    assert kept.v[:, 0] == pytest.approx(2 * every.v[:, 0] - every.v[:, 1], abs=1e-9)
    assert kept.signals[:, 0] == pytest.approx(every.signals.mean(axis=1), rel=1e-9)
    above = np.trapezoid(every.signals - every.signals[0], every.t, axis=0)
    assert every.integrals == pytest.approx(above, rel=1e-9)
    assert np.all(kept.integrals > 0)


# --- where a window ends --------------------------------------------------------------------


def window(rig: Slice, times: np.ndarray, duration: float | None = None):
    """Return the window of a response and put the slow states back."""
    start = dict(rig.states)
    found = rig._run("test", times, duration)
    rig.states = start
    return found


@pytest.mark.parametrize("times", [np.zeros(1), np.arange(20) * 10.0], ids=["pulse", "train"])
def test_a_window_ends_when_soma_and_calcium_are_back(fresh: Slice, times: np.ndarray) -> None:
    numbers = load("slice.toml").values_of("window")
    short = window(fresh, times)
    whole = window(fresh, times, times[-1] + 2 * numbers["longest"])
    assert trace_end(times) < short.t[-1] < window_of(times)
    assert abs(short.signals[-1, 0] - short.signals[0, 0]) <= numbers["rest_voltage"]
    spines = fresh.cascade.spines("test")[0]
    kept = whole.integrals[spines] - short.integrals[spines]
    cut_off = kept / whole.integrals[spines]
    assert cut_off[: fresh.n_recruited].max() < 0.005
    before_the_end = short.t < short.t[-1] - 50.0
    calcium = short.signals[before_the_end, 1] - short.signals[0, 1]
    assert calcium.max() > 20 * numbers["rest_calcium"] * MILLIMOLAR_PER_NANOMOLAR


def test_a_window_is_as_long_as_the_response(fresh: Slice, options: SliceOptions) -> None:
    usual = window(fresh, np.zeros(1)).t[-1]
    fresh.block(nmda=1.0)
    without_nmda = window(fresh, np.zeros(1)).t[-1]
    cold = Slice(replace(options, pathways=("test",), bath=Bath(celsius=24.0)))
    colder = window(cold, np.zeros(1)).t[-1]
    cold.free()
    assert trace_end(np.zeros(1)) <= without_nmda < 0.9 * usual
    assert colder > 1.3 * usual


def test_the_time_that_is_not_computed_is_passed_over(fresh: Slice) -> None:
    fresh.stimulate("test")
    assert fresh.states["test"].release[:, -1] == pytest.approx(PROBE, abs=5.0)  # since its volleys


def test_calcium_of_a_spine_at_rest_stays_there(fresh: Slice) -> None:
    fresh.engine.begin()
    quiet = fresh.engine.run(2000.0)
    nanomolar = np.abs(quiet.signals[:, 1] - quiet.signals[0, 1]) / MILLIMOLAR_PER_NANOMOLAR
    assert nanomolar.max() < 0.1

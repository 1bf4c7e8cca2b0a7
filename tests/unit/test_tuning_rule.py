"""The fit of the plasticity rule: calcium that repeats itself, the rule on it, and the record of the fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from cellmodel.plasticity import Rule, advance
from cellmodel.plasticity.rule import above, starting_states
from cellmodel.slice import Slice, SliceOptions, window_of
from cellmodel.slice.state import LAST
from cellmodel.tuning.rule.calcium import PATHWAY, STEP, Drive, record, stimulate
from cellmodel.tuning.rule.fit import bounds, fit, half_of_series, of_series, percents, targets
from cellmodel.tuning.rule.long_train import _between, boutons, record_regular
from cellmodel.tuning.rule.protocols import SERIES, TWICE, Recorded
from cellmodel.tuning.rule.receptors import TOWARD, Slope, move, record_long, record_slope, split
from cellmodel.tuning.rule.replay import after, replay

RULE = Rule.default()
RECORD = Path(__file__).resolve().parents[2] / "docs" / "plasticity_fit.txt"
TAU = 150.0


def pulses(n: int, interval: float, size: float, *, n_spines: int = 3) -> Drive:
    """Calcium that jumps at each pulse and decays within 150 ms; the spines differ by a tenth."""
    t = np.arange(0.0, n * interval + 1000.0, STEP)
    times = np.arange(n) * interval
    rise = np.where(t[:, None] >= times, np.exp(-np.clip(t[:, None] - times, 0, None) / TAU), 0.0).sum(axis=1)
    return Drive(size * rise[:, None] * STEP / TAU * (1 + 0.1 * np.arange(n_spines)))


@pytest.fixture(scope="module")
def few(small_cell: str):
    rig = Slice(SliceOptions(morphology=small_cell, fibers=4, pathways=(PATHWAY,)))
    yield rig
    rig.free()


def test_a_replay_is_the_rule_integrated() -> None:
    drive = pulses(40, 10.0, 0.4)
    start = starting_states(3, RULE)

    def slopes(t: float, y: np.ndarray) -> np.ndarray:
        ep, ed, rho, n = y.reshape(4, 3)
        s = drive.amounts[min(int(t / STEP), len(drive.amounts) - 1)] / STEP
        push = -rho * (1 - rho) * (RULE.rho_star - rho) + RULE.early * (start.rho - rho)
        push += RULE.gamma_p * (1 - rho) * above(ep, RULE.theta_p, RULE.order)
        push -= RULE.gamma_d * rho * above(ed, RULE.theta_d, RULE.order)
        insertion = (RULE.receptors(rho) - n) / RULE.tau_insertion
        return np.concatenate([s - ep / RULE.tau_p, s - ed / RULE.tau_d, push / RULE.tau, insertion])

    begin = np.concatenate([start.ep, start.ed, start.rho, start.n])
    exact = solve_ivp(slopes, (0.0, drive.duration), begin, max_step=STEP / 2, rtol=1e-7, atol=1e-9)
    ep, ed, rho, n = exact.y[:, -1].reshape(4, 3)
    found = replay(drive, RULE, start)
    assert np.ptp(rho) > 0.2
    np.testing.assert_allclose(found.ep, ep, rtol=2e-3)
    np.testing.assert_allclose(found.ed, ed, rtol=2e-3)
    np.testing.assert_allclose(found.rho, rho, atol=0.01)
    np.testing.assert_allclose(found.n, n, atol=1e-3)


def test_without_calcium_a_replay_is_the_quiet_slice() -> None:
    start = replace(starting_states(3, RULE), rho=np.array([0.9, 0.6, 0.2]))
    quiet = Drive(np.zeros((2000, 3)))
    np.testing.assert_allclose(
        replay(quiet, RULE, start).rho, advance(start, start.rho, RULE, quiet.duration).rho, atol=1e-6
    )


def test_calcium_follows_the_receptors() -> None:
    train = pulses(600, 100.0, 1.3)  # a minute: receptors have moved half of their way
    none, start = np.zeros_like(train.amounts), starting_states(3, RULE)
    alone, flat, own, shared = (
        replay(drive, RULE, start)
        for drive in (
            train,
            replace(train, own=none, shared=none),
            replace(train, own=train.amounts, shared=none),
            replace(train, own=none, shared=train.amounts),
        )
    )
    np.testing.assert_array_equal(alone.ep, flat.ep)
    assert np.ptp(own.n - start.n) > 0.1
    np.testing.assert_allclose(own.ep, alone.ep * (1 + own.n - start.n), rtol=0.02)
    np.testing.assert_allclose(shared.ep, alone.ep * (1 + (shared.n - start.n).mean()), rtol=0.02)


def test_a_frozen_synapse_keeps_its_efficacy(small_cell: str) -> None:
    rig = Slice(SliceOptions(morphology=small_cell, fibers=4, pathways=(PATHWAY,)))
    pathway, tetanus = rig.pathways[PATHWAY], np.arange(10) * 10.0
    for spine in pathway.spines:
        spine.learning.theta_p = 1.0
    before = rig.states[PATHWAY].synapses.rho
    pathway.freeze(True)
    rig.stimulate(PATHWAY, tetanus)
    np.testing.assert_allclose(rig.states[PATHWAY].synapses.rho, before, rtol=1e-12)
    pathway.freeze(False)
    rig.stimulate(PATHWAY, tetanus)
    assert rig.states[PATHWAY].synapses.rho.mean() > before.mean() + 0.05
    rig.free()


def test_one_test_pulse_leaves_the_receptors_alone() -> None:
    assert after(pulses(1, 1.0, 1.0), RULE, np.array([0.0, 3.6e6])) == pytest.approx(0.0, abs=1e-3)


def test_one_epsp_is_the_unit_of_the_drive(few: Slice) -> None:
    before = few.states
    drive = record(few, np.zeros(1))
    assert few.states == before
    assert drive.amounts.shape == (drive.duration / STEP, 4)
    assert drive.amounts.sum(axis=0) == pytest.approx(np.ones(4), rel=0.01)


def test_boutons_are_followed_as_the_mechanism_does(few: Slice) -> None:
    times, before = np.arange(6) * 100.0, few.states
    expected = boutons(few, len(times), 100.0)[-1]
    stimulate(few, times)
    found = few.states[PATHWAY].release
    few.states = before
    np.testing.assert_allclose(found[:, :LAST], np.tile(expected, (len(found), 1)), rtol=1e-12)


def test_a_train_from_stretches_is_the_whole_train(few: Slice, monkeypatch) -> None:
    monkeypatch.setattr("cellmodel.tuning.rule.long_train.FIRST", 800.0)
    before = few.states
    found = record_regular(few, 60, 10.0).amounts
    assert few.states == before
    whole = record(few, np.arange(60) * 100.0).amounts
    assert found.shape == whole.shape
    per_pulse = [amounts[: 60 * 20].reshape(60, 20, -1).sum(axis=1) for amounts in (found, whole)]
    np.testing.assert_allclose(*per_pulse, rtol=0.01)
    np.testing.assert_allclose(found[: 8 * 20], whole[: 8 * 20], atol=1e-3 * whole.max())


def recorded() -> Recorded:
    """Stand-ins for what is recorded in the cell, with the levels of calcium seen there."""
    drives = {
        "tetanus": pulses(100, 10.0, 0.34),
        "theta_burst": pulses(10, 200.0, 3.2),
        "lfs_1hz": pulses(60, 1000.0, 1.0),  # shorter than the experiments, to be quick
        "train_10hz": pulses(300, 100.0, 1.22),
    }
    series = {f"pulses_{n}": pulses(n, 10.0, 0.34) for n in (*SERIES, TWICE)}
    slope = Slope(np.full(3, 30.0), np.array([-40.0, 0.0, 100.0]), np.array([60.0, 100.0, 200.0]))
    return Recorded(drives | series, slope)


def test_a_fit_brings_the_targets_nearer_and_stays_within_its_bounds(monkeypatch) -> None:
    monkeypatch.setattr("cellmodel.tuning.rule.fit.EVALUATIONS", 6)
    known, wanted = recorded(), targets("fitted")
    begin = replace(RULE, theta_p=5.5, gamma_d=60.0)
    fitted = fit(known, begin)

    def misfit(rule: Rule) -> float:
        got = percents(known, rule, list(wanted))
        return sum(((got[name] - entry.value) / entry.sd) ** 2 for name, entry in wanted.items())

    assert misfit(fitted) < 0.2 * misfit(begin)
    for name, (low, high) in bounds().items():
        assert low <= getattr(fitted, name) <= high


def test_half_of_the_series_lies_within_it() -> None:
    known = recorded()
    half = half_of_series(known, RULE)
    got = of_series(known, RULE)
    assert SERIES[0] < half < SERIES[-1]
    assert max(got, key=lambda n: got[n]) == TWICE


def test_the_record_is_that_of_the_shipped_rule() -> None:
    lines = [line.split() for line in RECORD.read_text(encoding="utf-8").splitlines()]
    fitted = {words[0]: float(words[2]) for words in lines if words and words[0] in bounds()}
    assert fitted == {name: pytest.approx(getattr(RULE, name), rel=1e-3) for name in bounds()}


def test_a_long_train_tells_what_each_spine_gains_by_its_own_receptors(few: Slice) -> None:
    before = few.states
    drive = record_long(few, 40, 10.0)
    assert few.states == before
    assert drive.own is not None
    assert drive.shared is not None
    shape = ((39 * 100.0 + window_of(np.zeros(1))) / STEP, 4)
    assert drive.amounts.shape == drive.own.shape == drive.shared.shape == shape
    assert np.all(drive.own.sum(axis=0) > 0.0)
    more = move(few, before[PATHWAY], 0.3 * np.array([1.0, -1.0, 1.0, -1.0]))
    found = record_regular(few, 40, 10.0).amounts.sum(axis=0)
    few.states = before
    at_first = drive.amounts.sum(axis=0)
    assert np.ptp(more) > 0.3
    foreseen = drive.part(slice(None), more).sum(axis=0)
    np.testing.assert_allclose(foreseen - at_first, found - at_first, atol=0.2 * np.ptp(found - at_first))


@pytest.mark.parametrize("later", [1.0, 1.3])
def test_looks_are_joined_where_release_no_longer_grows(later: float) -> None:
    gain, ends = np.array([1.0, later, later, later]), np.array([0, 2, 3])
    seen = np.array([1.0, 2.0, 2.0])[:, None, None] * np.ones((3, 5, 2))
    found = _between(gain, ends, seen)
    assert found.shape == (3 * 5, 2)
    assert found[:5] == pytest.approx(1.0)
    assert np.all((found >= 1.0) & (found <= 2.0))


def test_gains_are_split_between_own_receptors_and_those_of_all() -> None:
    own, shared = np.arange(6.0).reshape(2, 3), np.array([[2.0, 1.0, 0.5], [0.1, 0.2, 0.3]])
    more = np.array([[0.0, 1.4, 1.4], [-1.4, 0.0, 0.0]])
    found = split([own * part + shared * part.mean() for part in more], more)
    np.testing.assert_allclose(found[0], own, atol=1e-12)
    np.testing.assert_allclose(found[1], shared, atol=1e-12)


def test_the_slope_is_what_the_electrode_sees_of_each_spine(few: Slice) -> None:
    before = few.states
    slope = record_slope(few)
    assert few.states == before
    together = [move(few, before[PATHWAY], share) for share in TOWARD]
    few.states = before
    np.testing.assert_allclose(slope.percent(np.array(together)), slope.slopes, rtol=1e-12)
    assert slope.slopes[TOWARD.index(0.0)] == pytest.approx(100.0, rel=1e-9)
    assert np.all(np.diff(slope.sums) > 0.0)
    assert np.ptp(slope.weights) > 0.1 * np.abs(slope.weights).max()

"""A train to a clamped cell: soma at the holding potential, less magnesium block, and rest again after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from cellmodel.parameters import load
from cellmodel.protocol import Protocol, Train
from cellmodel.slice import Response, Slice, SliceOptions
from cellmodel.slice.conditioning import give_train

HELD = load("preparations.toml").values_of("held_cell")
POTASSIUM = ("kdr", "ka_proximal", "ka_distal", "km", "bk", "sk")
PULSES = 2


@pytest.fixture(scope="module")
def rig(small_cell: str) -> Iterator[Slice]:
    made = Slice(SliceOptions(small_cell, fibers=40))
    yield made
    made.free()


@pytest.fixture(scope="module")
def shipped() -> Train:
    (train,) = Protocol.named("pairing_depolarized").trains
    return replace(train, pulses=PULSES)


def give(rig: Slice, train: Train) -> Response:
    """Give a train and put the slow states back."""
    start = dict(rig.states)
    try:
        return give_train(rig, train)
    finally:
        rig.states = start


def during(response: Response, train: Train, begin: float, end: float) -> np.ndarray:
    """Return the soma's voltage between two times (ms) after the last pulse."""
    last = train.pulse_times()[-1]
    return response.v_soma[(response.t > last + begin) & (response.t < last + end)]


@pytest.mark.parametrize("v_hold", [-65.0, -20.0, 0.0])
def test_the_soma_is_at_the_holding_potential_and_then_back_at_rest(
    rig: Slice, shipped: Train, v_hold: float
) -> None:
    train = replace(shipped, hold_mV=v_hold)
    response = give(rig, train)
    rest = response.v_soma[response.t < 0.0][0]
    assert np.allclose(during(response, train, -400.0, -10.0), v_hold, atol=3.0)
    assert during(response, train, HELD["lag"] - 50.0, HELD["lag"] - 10.0) == pytest.approx(v_hold, abs=3.0)
    assert during(response, train, 980.0, 1000.0) == pytest.approx(rest, abs=0.5)


def nmda_calcium(rig: Slice, train: Train) -> float:
    """Return the charge (fC) that calcium carries into a spine of the test pathway through NMDA receptors."""
    return give(rig, train).calcium_nmda


def test_depolarization_lets_more_calcium_through_nmda_receptors(rig: Slice, shipped: Train) -> None:
    held = nmda_calcium(rig, replace(shipped, hold_mV=-20.0))
    assert held > 2.0 * nmda_calcium(rig, replace(shipped, hold_mV=-65.0))


def test_without_magnesium_depolarization_takes_calcium_away(rig: Slice, shipped: Train) -> None:
    receptors = [spine.nmda for pathway in rig.pathways.values() for spine in pathway.spines]
    block = [receptor.mg for receptor in receptors]
    for receptor in receptors:
        receptor.mg = 0.0
    held, resting = (nmda_calcium(rig, replace(shipped, hold_mV=v)) for v in (-20.0, -65.0))
    for receptor, mg in zip(receptors, block, strict=True):
        receptor.mg = mg
    assert held < resting


def test_the_control_pathway_is_depolarized_too_but_gets_no_pulse(rig: Slice, shipped: Train) -> None:
    start = dict(rig.states)
    give_train(rig, replace(shipped, hold_mV=-20.0))
    moved = {name: rig.states[name].synapses.ed for name in rig.pathways}
    releases = rig.pathways["control"].release_states()[:, 1]
    rig.states = start
    assert np.all(moved["control"] > 0.0)
    assert np.all(moved["test"].mean() > moved["control"].mean())
    assert releases == pytest.approx(1.0)


def test_clamp_and_cesium_leave_with_their_train(rig: Slice, shipped: Train) -> None:
    start = dict(rig.states)
    before = rig.stimulate("test").field
    rig.states = start
    densities = {name: density(rig, name) for name in POTASSIUM}
    give(rig, shipped)
    assert {name: density(rig, name) for name in POTASSIUM} == densities
    after = rig.stimulate("test").field
    rig.states = start
    assert np.array_equal(before, after)


def density(rig: Slice, channel: str) -> float:
    """Return the sum of a channel's densities over the cell, S/cm2."""
    segments = [segment for section in rig.cell.all for segment in section if hasattr(segment, channel)]
    return float(sum(getattr(segment, channel).g_max for segment in segments))


def test_cesium_blocks_potassium_channels_and_leaves_what_a_drug_blocks(rig: Slice, shipped: Train) -> None:
    rig.cell.block("kdr", 0.25)
    rig.blocks["kdr"] = 0.25
    drugged, seen = density(rig, "kdr"), []
    change_at = rig.engine.change_at

    def watch(t: float, change) -> None:
        seen.append(density(rig, "kdr"))
        change_at(t, change)

    rig.engine.change_at = watch
    give(rig, shipped)
    rig.engine.change_at = change_at
    assert seen == [0.0]
    assert density(rig, "kdr") == pytest.approx(drugged)
    rig.cell.block("kdr", 0.0)
    del rig.blocks["kdr"]


def test_a_fast_train_to_a_held_cell_ends_at_rest_too(rig: Slice, shipped: Train) -> None:
    train = replace(shipped, pulses=20, hz=100.0, hold_mV=-20.0)
    response = give(rig, train)
    assert during(response, train, -100.0, 0.0) == pytest.approx(-20.0, abs=5.0)
    assert during(response, train, 980.0, 1000.0) == pytest.approx(response.v_soma[0], abs=0.5)

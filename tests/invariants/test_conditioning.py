"""Current that is paired with a train makes the soma fire, and is gone when the train is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from cellmodel.protocol import Protocol, Train
from cellmodel.slice import Slice, SliceOptions
from cellmodel.slice.conditioning import give_train

PAIRS = 2


@pytest.fixture(scope="module")
def rig(small_cell: str) -> Iterator[Slice]:
    made = Slice(SliceOptions(small_cell, fibers=40, pathways=("test",)))
    yield made
    made.free()


@pytest.fixture(scope="module")
def paired() -> Train:
    (train,) = Protocol.named("pairing").trains
    return replace(train, pulses=PAIRS)


def spikes(rig: Slice, train: Train) -> np.ndarray:
    """Give a train, put the slow states back, and return when the soma passed 0 mV, ms."""
    start = dict(rig.states)
    response = give_train(rig, train)
    rig.states = start
    rises = np.flatnonzero((response.v_soma[1:] > 0.0) & (response.v_soma[:-1] <= 0.0))
    return response.t[rises]


def test_each_step_of_the_shipped_pairing_makes_the_soma_fire_once(rig: Slice, paired: Train) -> None:
    steps = paired.current_times()
    found = spikes(rig, paired)
    assert found.size == steps.size == 2 * PAIRS
    assert np.all((found > steps) & (found < steps + 6.0))


def test_without_the_current_the_soma_is_silent(rig: Slice, paired: Train) -> None:
    silent = Train(paired.at_min, paired.pathway, paired.pulses, paired.hz)
    assert spikes(rig, silent).size == 0


def test_the_current_leaves_with_its_train(rig: Slice, paired: Train) -> None:
    start = dict(rig.states)
    before = rig.stimulate("test").field
    rig.states = start
    spikes(rig, paired)
    after = rig.stimulate("test").field
    rig.states = start
    assert np.array_equal(before, after)


def test_current_before_the_pulse_comes_first(rig: Slice, paired: Train) -> None:
    early = replace(paired, current_delay_ms=-20.0, current_steps=1, current_interval_ms=0.0)
    found = spikes(rig, early)
    assert found.size == PAIRS
    assert np.all(found < early.pulse_times())

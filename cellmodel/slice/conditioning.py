"""Conditioning: a train to a pathway, and the current or clamp of the soma that is paired with its pulses."""

from __future__ import annotations

from functools import partial

from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.protocol import Train
from cellmodel.slice.clamp import clamp_soma
from cellmodel.slice.response import Response
from cellmodel.slice.slice import Slice


def give_train(rig: Slice, train: Train) -> Response:
    """Give a train from rest and compute what follows; the slow states of the slice have moved.

    Current flows for as long as the train has it and at no other time: its electrode leaves with the train.
    The same holds for a clamp, and for what its pipette blocks.
    """
    if train.hold_mV is not None:
        return _give_held(rig, train, train.hold_mV)
    soma, h = rig.cell.soma[0](0.5), load_mechanisms()
    steps = []
    for start in train.current_times():
        step = h.IClamp(soma)
        step.delay, step.dur, step.amp = float(start), train.current_ms, train.current_nA
        steps.append(step)
    return rig.stimulate(train.pathway, train.pulse_times())


def _give_held(rig: Slice, train: Train, v_hold: float) -> Response:
    """Give a train to a cell that is clamped from the beginning of the train until after its last pulse."""
    r_series = load("preparations.toml").value("held_cell.r_series")
    clamp = clamp_soma(rig.cell, v_hold, r_series, duration=train.hold_ms)
    if train.cesium:
        _fill_with_cesium(rig, 1.0)
    rig.engine.change_at(train.hold_ms, partial(_fill_with_cesium, rig, 0.0))
    try:
        return rig.stimulate(train.pathway, train.pulse_times())
    finally:
        _fill_with_cesium(rig, 0.0)
        del clamp


def _fill_with_cesium(rig: Slice, level: float) -> None:
    """Block potassium channels by ``level`` times the shares of data/preparations.toml, drugs beside it."""
    channels = rig.cell.channels()
    for target, share in load("preparations.toml").values_of("cesium").items():
        block = 1.0 - (1.0 - rig.blocks.get(target, 0.0)) * (1.0 - share * level)
        if target == "gaba_b":
            for inhibition in rig.inhibition.values():
                inhibition.block_slow(block)
        elif target in channels:
            rig.cell.block(target, block)

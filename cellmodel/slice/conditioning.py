"""Conditioning: a train to a pathway, and the current into the soma that is paired with its pulses."""

from __future__ import annotations

from cellmodel.mechanisms import load_mechanisms
from cellmodel.protocol import Train
from cellmodel.slice.response import Response
from cellmodel.slice.slice import Slice


def give_train(rig: Slice, train: Train) -> Response:
    """Give a train from rest and compute what follows; the slow states of the slice have moved.

    Current flows for as long as the train has it and at no other time: its electrode leaves with the train.
    """
    soma, h = rig.cell.soma[0](0.5), load_mechanisms()
    steps = []
    for start in train.current_times():
        step = h.IClamp(soma)
        step.delay, step.dur, step.amp = float(start), train.current_ms, train.current_nA
        steps.append(step)
    return rig.stimulate(train.pathway, train.pulse_times())

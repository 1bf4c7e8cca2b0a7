"""Play a protocol on a slice: probes in full or predicted, the quiet seconds between them exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cellmodel.errors import ProtocolError
from cellmodel.protocol import Protocol, Train
from cellmodel.slice.bath import dose_at
from cellmodel.slice.conditioning import give_train
from cellmodel.slice.foresight import Prober
from cellmodel.slice.response import Response
from cellmodel.slice.slice import Slice
from cellmodel.slice.state import PathwayState
from cellmodel.slice.window import window_of
from cellmodel.units import from_minutes

ROUNDING = 1e-3
"""Milliseconds by which sums of minutes may be off."""


@dataclass(frozen=True)
class Event:
    """One thing that happened: a test pulse, or a conditioning train.

    Attributes
    ----------
    time_min : float
        Since the start of the experiment.
    pathway, condition : str
    dose_mM : float
        Of the modulator at the receptors.
    response : Response
    is_reused : bool
        The response was predicted from computed ones: see `cellmodel.slice.foresight`.
    is_train : bool
    states : mapping of pathway to PathwayState
        Slow states just before.
    """

    time_min: float
    pathway: str
    condition: str
    dose_mM: float
    response: Response
    is_reused: bool
    is_train: bool
    states: dict[str, PathwayState]


def schedule(protocol: Protocol, pathways: tuple[str, ...]) -> list[tuple[float, str, Train | None]]:
    """Return time (min), pathway and train (None for a test pulse) of all stimuli, in order.

    Raises
    ------
    ProtocolError
        If an event stimulates a pathway without synapses, or comes too soon after another.
    """
    for kind, events in (("train", protocol.trains), ("probe", protocol.probes)):
        for event in events:
            if event.pathway not in pathways:
                raise ProtocolError(
                    f"protocol {protocol.name!r}: the {kind} at {event.at_min:g} min stimulates the pathway "
                    f"{event.pathway!r}, which has no synapses in this slice. It has: {', '.join(pathways)}."
                )
    stimuli: list[tuple[float, str, Train | None]] = [
        (float(t), name, None) for name in pathways for t in protocol.probe_times(name)
    ]
    stimuli += [(train.at_min, train.pathway, train) for train in protocol.trains]
    stimuli.sort(key=lambda item: item[0])
    _check_pace(stimuli)
    return stimuli


def play(rig: Slice, protocol: Protocol, *, dose_mM: float, reuse: bool = True) -> Iterator[Event]:
    """Run a protocol and yield each event as it is done.

    Parameters
    ----------
    rig : Slice
        Fresh, or as an earlier experiment left it.
    protocol : Protocol
    dose_mM : float
        Of the slice's compound in the reservoir while it is washed in.
    reuse : bool
        Whether a probe that others predict, within the error of data/slice.toml, is not computed.

    Yields
    ------
    Event
    """
    prober = Prober(rig, protocol, dose_mM) if reuse and not rig.options.is_stochastic else None
    stimuli = schedule(protocol, tuple(rig.pathways))
    clock = 0.0
    for time_min, pathway, train in stimuli:
        rig.pass_time(from_minutes(time_min) - clock)
        rig.wash(dose_at(protocol, time_min, dose_mM))
        before = dict(rig.states)
        if train is not None:
            response, is_reused = give_train(rig, train), False
        elif prober is not None:
            response, is_reused = prober.respond(pathway, time_min)
        else:
            response, is_reused = rig.stimulate(pathway), False
        clock = from_minutes(time_min) + _window(train)
        yield Event(
            time_min=time_min,
            pathway=pathway,
            condition=protocol.condition_at(time_min),
            dose_mM=rig.dose_mM,
            response=response,
            is_reused=is_reused,
            is_train=train is not None,
            states=before,
        )


def _window(train: Train | None) -> float:
    return window_of(np.zeros(1) if train is None else train.pulse_times())


def _check_pace(stimuli: list[tuple[float, str, Train | None]]) -> None:
    """Refuse a stimulus that comes while the response to the one before it is still computed."""
    for (time, _, train), (later, _, _) in pairwise(stimuli):
        if from_minutes(later - time) < _window(train) - ROUNDING:
            raise ProtocolError(
                f"stimuli at {time:g} and {later:g} min are too near: the response to the first is computed "
                f"for {_window(train):g} ms. Use a longer probe_interval_seconds, or trains farther apart."
            )

"""Play a protocol on a slice: every probe in full, the quiet seconds between them exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from cellmodel.errors import ProtocolError
from cellmodel.parameters import load
from cellmodel.protocol import Protocol, Train
from cellmodel.slice.bath import dose_at
from cellmodel.slice.response import Response
from cellmodel.slice.slice import Slice, window_of
from cellmodel.slice.state import PathwayState
from cellmodel.units import from_minutes, from_seconds

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
        The response is an earlier one's, whose slow states were the same within the declared tolerance.
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


@dataclass
class _Memory:
    """Responses already computed, and what they depended on."""

    keys: list[np.ndarray] = field(default_factory=list)
    doses: list[float] = field(default_factory=list)
    results: list[tuple[Response, PathwayState, PathwayState]] = field(default_factory=list)

    def find(self, key: np.ndarray, dose: float) -> tuple[Response, PathwayState, PathwayState] | None:
        tolerance = load("slice.toml").values_of("reuse")
        for known, known_dose, result in zip(self.keys, self.doses, self.results, strict=True):
            is_same_dose = abs(known_dose - dose) <= tolerance["dose"] * max(known_dose, dose)
            if is_same_dose and np.max(np.abs(known - key)) <= tolerance["state"]:
                return result
        return None

    def keep(self, key: np.ndarray, dose: float, result: tuple[Response, PathwayState, PathwayState]) -> None:
        self.keys.append(key)
        self.doses.append(dose)
        self.results.append(result)


def schedule(protocol: Protocol, pathways: tuple[str, ...]) -> list[tuple[float, str, Train | None]]:
    """Return time (min), pathway and train (None for a test pulse) of all stimuli, in order."""
    stimuli: list[tuple[float, str, Train | None]] = [
        (float(t), name, None) for name in pathways for t in protocol.probe_times(name)
    ]
    stimuli += [(train.at_min, train.pathway, train) for train in protocol.trains]
    return sorted(stimuli, key=lambda item: item[0])


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
        Whether a probe whose slow states equal an earlier one's, within the tolerance of data/slice.toml, is
        not computed again.

    Yields
    ------
    Event
    """
    memories = {name: _Memory() for name in rig.pathways}
    is_repeatable = reuse and not rig.options.is_stochastic
    stimuli = schedule(protocol, tuple(rig.pathways))
    _check_pace(stimuli)
    clock = 0.0
    for time_min, pathway, train in stimuli:
        rig.pass_time(from_minutes(time_min) - clock)
        rig.wash(dose_at(protocol, time_min, dose_mM))
        before = dict(rig.states)
        memory = memories[pathway] if is_repeatable and train is None else None
        response, is_reused = _respond(rig, pathway, train, memory)
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


def _respond(rig: Slice, pathway: str, train: Train | None, memory: _Memory | None) -> tuple[Response, bool]:
    if memory is None:
        return rig.stimulate(pathway, None if train is None else train.pulse_times()), False
    before = rig.states[pathway]
    key = before.fingerprint(_bouton_times())
    known = memory.find(key, rig.dose_mM)
    if known is not None:
        rig.states = _carry(rig, pathway, known)
        return known[0], True
    response = rig.stimulate(pathway)
    memory.keep(key, rig.dose_mM, (response, before, rig.states[pathway]))
    return response, False


def _carry(
    rig: Slice, pathway: str, known: tuple[Response, PathwayState, PathwayState]
) -> dict[str, PathwayState]:
    """Return the slow states after a response that is known: the same change on top of today's state."""
    _, before, after = known
    duration = window_of(np.zeros(1))
    moved = {
        name: state.after(duration, rig.pathways[name].rho_start, rig.pathways[name].rule)
        for name, state in rig.states.items()
    }
    today = rig.states[pathway].synapses
    synapses = replace(
        after.synapses,
        rho=today.rho + after.synapses.rho - before.synapses.rho,
        n=today.n + after.synapses.n - before.synapses.n,
    )
    moved[pathway] = replace(after, synapses=synapses)
    return moved


def _bouton_times() -> tuple[float, float, float, float]:
    release = load("synapse.toml").values_of("release")
    return (
        release["tau_rec"],
        release["tau_facil"],
        from_seconds(release["tau_ptp"]),
        from_seconds(release["tau_stp"]),
    )

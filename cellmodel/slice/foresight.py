"""Answer the probes of an experiment: computed in full, ahead of their time, or predicted from others.

The slow states that a probe will meet can be foreseen well enough: the drug's course is the protocol's, and
what a probe does to a synapse is about what the last one did. So probes are chosen whose responses enclose
all others, and predictions stand between computed ones instead of beyond them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cellmodel.parameters import load
from cellmodel.protocol import Protocol
from cellmodel.slice.bath import dose_at
from cellmodel.slice.intensity import has_spike
from cellmodel.slice.response import Response
from cellmodel.slice.reuse import Known, Memory
from cellmodel.slice.slice import Slice
from cellmodel.slice.state import PathwayState
from cellmodel.slice.window import window_of
from cellmodel.units import from_minutes, from_seconds


@dataclass(frozen=True)
class Ahead:
    """A probe that is to come: when, in which dose, and the slow states that it will about meet."""

    time_min: float
    dose_mM: float
    state: PathwayState


class Prober:
    """What answers the probes of one experiment.

    Parameters
    ----------
    rig : Slice
    protocol : Protocol
    dose_mM : float
        Of the slice's compound in the reservoir while it is washed in.
    """

    def __init__(self, rig: Slice, protocol: Protocol, dose_mM: float) -> None:
        self._rig, self._protocol, self._dose = rig, protocol, dose_mM
        self._memories = {name: Memory() for name in rig.pathways}
        self._release = bouton_numbers()

    def respond(self, pathway: str, time_min: float) -> tuple[Response, bool]:
        """Return the response to a probe of the slice as it is now, and whether it was predicted."""
        memory, before = self._memories[pathway], self._rig.states[pathway]
        key = self._key(before, self._rig.dose_mM)
        found = self._known(pathway, key, time_min)
        if found is None and memory.last is not None and not memory.fires_near(key):
            self._compute_ahead(pathway, time_min)
            found = self._known(pathway, key, time_min)
        if found is None:
            return self._compute(pathway, Ahead(time_min, self._rig.dose_mM, before)), False
        response, after, is_predicted = found
        self._rig.pass_time(window_of(np.zeros(1)))
        self._rig.states[pathway] = after
        return response, is_predicted

    def _known(
        self, pathway: str, key: np.ndarray, time_min: float
    ) -> tuple[Response, PathwayState, bool] | None:
        memory, before = self._memories[pathway], self._rig.states[pathway]
        computed = memory.computed(key, before, time_min=time_min)
        found = computed or memory.predict(key, before)
        return None if found is None else (*found, computed is None)

    def _compute_ahead(self, pathway: str, time_min: float) -> None:
        """Compute probes up to the next train that predict the others, and say that these do not fire."""
        memory = self._memories[pathway]
        ahead = list(self._ahead(pathway, time_min))
        keys = np.array([self._key(probe.state, probe.dose_mM) for probe in ahead])
        for k in memory.needed(keys):
            self._compute_early(pathway, ahead[k])
        while (risky := memory.riskiest(keys)) is not None:
            self._compute_early(pathway, ahead[risky])

    def _compute_early(self, pathway: str, probe: Ahead) -> None:
        """Compute a probe that is to come, and leave the slice as it is."""
        rig = self._rig
        states, dose = dict(rig.states), rig.dose_mM
        rig.wash(probe.dose_mM)
        rig.states = {**states, pathway: probe.state}
        self._compute(pathway, probe)
        rig.wash(dose)
        rig.states = states

    def _ahead(self, pathway: str, time_min: float) -> Iterator[Ahead]:
        """Yield the probes of a pathway until its next train, this one first."""
        last, target = self._memories[pathway].last, self._rig.pathways[pathway]
        if last is None:
            return
        probe = window_of(np.zeros(1))

        def passed(state: PathwayState, duration: float = probe) -> PathwayState:
            return state.after(duration, target.rho_start, target.rule)

        state, since = self._rig.states[pathway], from_minutes(time_min)
        for at in self._times(pathway, time_min):
            state = passed(state, max(0.0, from_minutes(at) - since))
            yield Ahead(at, dose_at(self._protocol, at, self._dose), state)
            state = state.foreseen(last.before, last.after, self._release, passed)
            since = from_minutes(at) + probe

    def _times(self, pathway: str, time_min: float) -> list[float]:
        """Return when the pathway is probed, min, from now until its next train."""
        trains = [train.at_min for train in self._protocol.trains if train.pathway == pathway]
        end = min((at for at in trains if at > time_min), default=np.inf)
        return [float(at) for at in self._protocol.probe_times(pathway) if time_min <= at < end]

    def _compute(self, pathway: str, probe: Ahead) -> Response:
        """Compute a response in the states that the slice has now, and remember it."""
        response = self._rig.stimulate(pathway)
        after = self._rig.states[pathway]
        key = self._key(probe.state, probe.dose_mM)
        known = Known(key, response, probe.state, after, has_spike(response))
        self._memories[pathway].keep(known, time_min=probe.time_min)
        return response

    def _key(self, state: PathwayState, dose_mM: float) -> np.ndarray:
        return np.concatenate([self._rig.drug_effect(dose_mM), state.fingerprint(self._release)])


def bouton_numbers() -> dict[str, float]:
    """Return time constants (ms) and gains of release."""
    release = load("synapse.toml").group("release")
    return {
        name: from_seconds(number.value) if number.unit == "s" else number.value
        for name, number in release.items()
    }

"""Feed-forward inhibition: GABA-A contacts near the soma, a disynaptic delay after the excitatory volley."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.synapse.pathway import RELEASE_STATES
from cellmodel.synapse.pointing import point
from cellmodel.units import MICROSIEMENS_PER_NANOSIEMENS


class Inhibition:
    """The interneurons that a pathway recruits, as GABA-A contacts on and near the soma.

    Parameters
    ----------
    cell : CA1Pyramidal
    name : str
        Of the pathway that drives it.
    e_gaba : float, mV
        Chloride reversal, from the bath.
    """

    def __init__(self, cell: Any, name: str, *, e_gaba: float) -> None:
        h = load_mechanisms()
        numbers = load("synapse.toml").values_of("inhibition")
        self.delay = numbers["delay"]
        self._g_max = numbers["g_max"] * MICROSIEMENS_PER_NANOSIEMENS
        self.boutons = h.Section(name=f"{name}_interneuron")
        self.boutons.insert("pas")
        self.release = h.release(self.boutons(0.5))
        for state in ("use", "tau_rec", "tau_facil"):
            setattr(self.release, state, numbers[state])
        self.release.gain_ptp = self.release.gain_stp = 0.0
        self.contacts = [_contact(segment, numbers, e_gaba) for segment in _perisomatic(cell, numbers)]
        self.wires = [self._wire(contact) for contact in self.contacts]
        self.stimulus = h.NetCon(None, self.release)
        self.stimulus.weight[0], self.stimulus.delay = 1.0, 0.0
        self.recruit(1.0, block=0.0)

    def _wire(self, contact: Any) -> Any:
        point(self.release, "released", contact)
        wire = load_mechanisms().NetCon(self.release, contact)
        wire.delay, wire.weight[0] = 0.0, 1.0
        return wire

    def recruit(self, share: float, *, block: float) -> None:
        """Set the shares (0-1) of interneurons that are recruited and of receptors antagonized."""
        for contact in self.contacts:
            contact.g_max = self._g_max * share
            contact.block = block

    def stimulate(self, times: np.ndarray) -> None:
        """Put the responses to stimuli at ``times`` (ms of simulation) on the event queue."""
        for t in times:
            self.stimulus.event(float(t + self.delay))

    def release_states(self) -> np.ndarray:
        """Return u, r, ptp, stp and the time of the last spike (ms), (5,)."""
        return np.array([getattr(self.release, name) for name in RELEASE_STATES])

    def set_release_states(self, states: np.ndarray) -> None:
        """Put back what `release_states` returned."""
        for name, number in zip(RELEASE_STATES, states, strict=True):
            setattr(self.release, name, float(number))


def _perisomatic(cell: Any, numbers: dict[str, float]) -> list[Any]:
    """Return the segments that carry the contacts, soma first, spread over those near it."""
    near = [seg for section in cell.basal + cell.trunk for seg in section]
    near = [seg for seg in near if cell.path_distance(seg) <= numbers["farthest"]]
    places = [cell.soma[0](0.5), *near]
    n = int(numbers["n_contacts"])
    return [places[k * len(places) // n] for k in range(n)]


def _contact(segment: Any, numbers: dict[str, float], e_gaba: float) -> Any:
    contact = load_mechanisms().gaba_a(segment)
    contact.e, contact.tau_rise, contact.tau_decay = e_gaba, numbers["tau_rise"], numbers["tau_decay"]
    return contact

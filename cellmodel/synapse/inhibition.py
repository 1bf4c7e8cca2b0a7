"""Feed-forward inhibition, a disynaptic delay after the excitatory volley.

GABA-A receptors are near the soma, GABA-B receptors on dendrites. Interneurons' release wears out from pulse
to pulse. In a slice GABA-B autoreceptors make a part of that, and theta burst depends on it (davies_1990,
mott_lewis_1991, abstracts); here it is a property of release, and no antagonist lifts it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.synapse.pathway import RELEASE_STATES
from cellmodel.synapse.pointing import point
from cellmodel.synapse.sites import radiatum_sites
from cellmodel.units import MICROSIEMENS_PER_NANOSIEMENS

SLOW_STATES = ("bound", "active")
"""What a GABA-B contact keeps of the releases so far, as the last one left it."""
PLACES_SEED = 1


class Inhibition:
    """The interneurons that a pathway recruits: GABA-A on and near the soma, GABA-B in stratum radiatum.

    Parameters
    ----------
    cell : CA1Pyramidal
    name : str
        Of the pathway that drives it.
    e_gaba : float, mV
        Chloride reversal, from the bath; potassium's is that of the cell.

    Attributes
    ----------
    contacts, slow_contacts : list of GABA-A and of GABA-B receptors
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
        self.slow_contacts = _slow_contacts(cell)
        self.wires = [self._wire(contact) for contact in self.contacts]
        self.slow_wires = [self._wire(contact) for contact in self.slow_contacts]
        self.stimulus = h.NetCon(None, self.release)
        self.stimulus.weight[0], self.stimulus.delay = 1.0, 0.0
        self.recruit(1.0)

    def _wire(self, contact: Any) -> Any:
        point(self.release, "released", contact)
        wire = load_mechanisms().NetCon(self.release, contact)
        wire.delay, wire.weight[0] = 0.0, 1.0
        return wire

    def recruit(self, share: float, *, gaba_a: float = 0.0, gaba_b: float = 0.0) -> None:
        """Set the shares (0-1) of interneurons that are recruited and of receptors antagonized.

        GABA-A contacts are those of the recruited interneurons. At GABA-B receptors the GABA of all of them
        adds up, so that few interneurons open disproportionately few channels.
        """
        for contact in self.contacts:
            contact.g_max = self._g_max * share
            contact.block = gaba_a
        for wire, contact in zip(self.slow_wires, self.slow_contacts, strict=True):
            wire.weight[0] = share
            contact.block = gaba_b

    def block_slow(self, share: float) -> None:
        """Antagonize a share (0-1) of the GABA-B receptors and leave all else."""
        for contact in self.slow_contacts:
            contact.block = share

    def stimulate(self, times: np.ndarray) -> None:
        """Put the responses to stimuli at ``times`` (ms of simulation) on the event queue."""
        for t in times:
            self.stimulus.event(float(t + self.delay))

    def release_states(self) -> np.ndarray:
        """Return u, r, ptp, stp, time of the last spike (ms), and bound and active of GABA-B then, (7,)."""
        slow = [getattr(self.slow_contacts[0], name) for name in SLOW_STATES]
        return np.array([*(getattr(self.release, name) for name in RELEASE_STATES), *slow])

    def set_release_states(self, states: np.ndarray) -> None:
        """Put back what `release_states` returned."""
        boutons, slow = np.split(states, [len(RELEASE_STATES)])
        for name, number in zip(RELEASE_STATES, boutons, strict=True):
            setattr(self.release, name, float(number))
        for contact in self.slow_contacts:
            contact.last = self.release.last
            for name, number in zip(SLOW_STATES, slow, strict=True):
                setattr(contact, name, float(number))


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


def _slow_contacts(cell: Any) -> list[Any]:
    """Return GABA-B receptors spread evenly over the dendrites that the pathway reaches."""
    numbers = load("synapse.toml").values_of("gaba_b")
    rng = np.random.default_rng(PLACES_SEED)
    sites = radiatum_sites(cell, int(numbers["n_contacts"]), rng)
    contacts = [load_mechanisms().gaba_b(site.section(site.x)) for site in sites]
    for contact in contacts:
        contact.g_max = numbers["g_max"] * MICROSIEMENS_PER_NANOSIEMENS
    return contacts

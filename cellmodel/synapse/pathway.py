"""A Schaffer-collateral pathway on one cell: volleys of boutons, receptors, and their slow states.

Synapses that a volley reaches at one instant share their release history, and AMPA gating does not depend on
voltage, so their receptor occupancies are one and the same: they are integrated once for each volley
(mod/ampa.mod, in a section of the boutons' own) and read by every synapse (mod/ampa_site.mod).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from cellmodel.mechanisms import load_mechanisms
from cellmodel.parameters import load
from cellmodel.plasticity import Expression, Rule, SlowStates, starting_states
from cellmodel.synapse.pointing import point
from cellmodel.synapse.receptors import Receptors, ReceptorSettings
from cellmodel.synapse.sites import Site, receptor_gain
from cellmodel.synapse.spine import Spine, build_spine
from cellmodel.units import MICROSIEMENS_PER_NANOSIEMENS, from_seconds

RELEASE_STATES = ("u", "r", "ptp", "stp", "last")
LEARNING_STATES = ("ep", "ed", "rho", "n")
RULE_CONSTANTS = (
    *("tau_p", "tau_d", "theta_p", "theta_d", "gamma_p", "gamma_d", "order"),
    *("tau", "rho_star", "early", "b", "n_down", "tau_insertion"),
)


@dataclass
class Volley:
    """Boutons that fire together: ``delay`` (ms), release, receptor occupancies, the stimulator's wire.

    ``resident`` and ``inserted`` are what is read and takes the dose, ``parts`` the ``ampa`` that gate.
    """

    delay: float
    release: Any
    resident: Any
    inserted: Any
    stimulus: Any
    parts: tuple[Any, ...]
    wires: list[Any] = field(default_factory=list)


class Pathway:
    """A set of synapses stimulated together.

    Parameters
    ----------
    cell : CA1Pyramidal
    sites : sequence of Site
    name : str
        ``"test"`` or ``"control"``.
    settings : ReceptorSettings
        Receptor, compound and temperature.
    expression : Expression
    mg : float, mM
    stochastic_seed : int or None
        None: mean-field release. A number: binomial release, every synapse its own volley.

    Attributes
    ----------
    spines : list of Spine
    distances : array, (n_synapses,) um
        Of each synapse from the soma, along the path.
    volleys : list of Volley
    rule : Rule
    rho_start, n_start : array, (n_synapses,)
        Efficacy and receptors before the experiment.
    n_recruited : int
    use : float, 1
        Of a bouton's pool by an isolated spike, in the calcium of the cell's bath.
    """

    def __init__(
        self,
        cell: Any,
        sites: list[Site],
        *,
        name: str,
        settings: ReceptorSettings,
        expression: Expression,
        mg: float,
        stochastic_seed: int | None = None,
    ) -> None:
        self.name, self.settings, self.expression = name, settings, expression
        self.rule = Rule.default()
        self.boutons = self._bouton_section()
        self.use = use_in(cell.reversal["cao"])
        self.spines = [_spine_on(cell, site, f"{name}_spine[{k}]", mg) for k, site in enumerate(sites)]
        n_volleys = (
            len(sites)
            if stochastic_seed is not None
            else int(load("synapse.toml").value("pathway.n_volleys"))
        )
        delays = arrival_delays(n_volleys)
        if stochastic_seed is not None:
            delays = delays[interleaved(n_volleys)]
        self.volleys = [self._volley(delay, stochastic_seed, k) for k, delay in enumerate(delays)]
        self.distances = np.array([site.distance for site in sites])
        start = starting_states(len(sites), self.rule, self.distances)
        self.rho_start, self.n_start = start.rho, start.n
        self._wire(start)
        self.recruit(len(sites))

    def _bouton_section(self) -> Any:
        section = load_mechanisms().Section(name=f"{self.name}_boutons")
        section.insert("pas")
        return section

    def _volley(self, delay: float, seed: int | None, index: int) -> Volley:
        h = load_mechanisms()
        release = _release(self.boutons, seed, index)
        release.use = self.use
        resident = self._receptors(release, is_inserted=False)
        own = self.expression.has_own_kinetics
        inserted = self._receptors(release, is_inserted=True) if own else resident
        stimulus = h.NetCon(None, release)
        stimulus.weight[0], stimulus.delay = 1.0, 0.0
        parts = tuple(dict.fromkeys(resident.parts + inserted.parts))
        volley = Volley(delay, release, resident.head, inserted.head, stimulus, parts)
        peak = load("synapse.toml").value("glutamate.peak")
        for part in parts:
            volley.wires.append(_wire_event(release, part, peak))
        return volley

    def _receptors(self, release: Any, *, is_inserted: bool) -> Receptors:
        receptors = self.settings.place(
            self.boutons(0.5), is_inserted=is_inserted, expression=self.expression
        )
        for part in receptors.parts:
            part.g_max = 0.0  # occupancies only: the synapses conduct
            point(release, "released", part)
        return receptors

    def _wire(self, start: SlowStates) -> None:
        """Connect every synapse to its volley, and refuse a pointer that does not read its source."""
        for k, spine in enumerate(self.spines):
            volley = self.volleys[k % len(self.volleys)]
            point(volley.resident, "popen", spine.ampa, "popen_resident")
            point(volley.inserted, "popen", spine.ampa, "popen_inserted")
            # Under a presynaptic hypothesis the receptors stay those of the beginning.
            source = "n_start" if self.expression.is_presynaptic else "n"
            point(spine.learning, source, spine.ampa, "n")
            point(volley.release, "released", spine.nmda)
            volley.wires.append(_wire_event(volley.release, spine.nmda, 1.0))
            self._set_learning(spine, start, k)

    def _set_learning(self, spine: Spine, start: SlowStates, k: int) -> None:
        for name in RULE_CONSTANTS:
            setattr(spine.learning, name, getattr(self.rule, name))
        spine.learning.rho_start, spine.learning.n_start = start.rho[k], start.n[k]
        spine.ampa.n_resident = start.n[k]

    def recruit(self, n: int) -> None:
        """Let the first ``n`` fibers conduct; the receptors of the others are silent."""
        self.n_recruited = n
        unitary = load("synapse.toml").value("ampa.g_unitary") * MICROSIEMENS_PER_NANOSIEMENS
        nmda = unitary * load("synapse.toml").value("nmda.ratio")
        ampa = unitary / self.settings.peak_open
        for k, spine in enumerate(self.spines):
            spine.ampa.g_max = ampa * receptor_gain(spine.site.distance) if k < n else 0.0
            spine.nmda.g_max = nmda if k < n else 0.0

    def set_block(self, *, ampa: float = 0.0, nmda: float = 0.0) -> None:
        """Antagonize a share (0-1) of the AMPA and of the NMDA receptors."""
        for spine in self.spines:
            spine.ampa.block, spine.nmda.block = ampa, nmda

    def set_dose(self, dose_mM: float) -> None:
        """Set the modulator's concentration at the receptors, mM."""
        for volley in self.volleys:
            volley.resident.dose = dose_mM
            volley.inserted.dose = dose_mM

    def release_at_random(self, is_random: bool) -> None:
        """Let boutons of a pathway with ``stochastic_seed`` draw what they release, or release the mean."""
        for volley in self.volleys:
            volley.release.stochastic = float(is_random)

    def freeze(self, is_frozen: bool) -> None:
        """Let efficacy stay as it is whatever calcium does, or learn again."""
        for spine in self.spines:
            spine.learning.frozen = float(is_frozen)

    @property
    def is_frozen(self) -> bool:
        """Whether efficacy stays as it is."""
        return bool(self.spines[0].learning.frozen)

    def balance_calcium(self) -> None:
        """Let the pump of each spine balance the calcium current that flows now, at rest."""
        for spine in self.spines:
            spine.head(0.5).spine_calcium.ica_rest = spine.head(0.5).ica

    def set_calcium_units(self, integrals: np.ndarray) -> None:
        """Set the calcium integral of one drug-free EPSP for each synapse, (n_synapses,) mM ms."""
        for spine, integral in zip(self.spines, integrals, strict=True):
            spine.learning.unit = float(integral)

    @property
    def calcium_units(self) -> np.ndarray:
        """What `set_calcium_units` set, (n_synapses,) mM ms."""
        return np.array([spine.learning.unit for spine in self.spines])

    def stimulate(self, times: np.ndarray) -> None:
        """Put the volleys of stimuli at ``times`` (ms of simulation) on the event queue."""
        for t in times:
            for volley in self.volleys:
                volley.stimulus.event(float(t + volley.delay))

    def release_states(self) -> np.ndarray:
        """Return the boutons' slow states, (n_volleys, 5): u, r, ptp, stp, time of the last spike (ms)."""
        return np.array([[getattr(v.release, name) for name in RELEASE_STATES] for v in self.volleys])

    def set_release_states(self, states: np.ndarray) -> None:
        """Put back what `release_states` returned."""
        for volley, row in zip(self.volleys, states, strict=True):
            for name, number in zip(RELEASE_STATES, row, strict=True):
                setattr(volley.release, name, float(number))

    def slow_states(self) -> SlowStates:
        """Return the slow states of the synapses as they stand."""
        columns = {
            name: np.array([getattr(s.learning, name) for s in self.spines]) for name in LEARNING_STATES
        }
        return SlowStates(**columns)

    def set_slow_states(self, states: SlowStates) -> None:
        """Put slow states into the mechanisms; a presynaptic hypothesis turns them into release."""
        if self.expression.is_presynaptic:
            for k, volley in enumerate(self.volleys):
                own = slice(k, self.n_recruited, len(self.volleys))
                volley.release.use_scale = _potentiation(states.n[own], self.n_start[own])
        for k, spine in enumerate(self.spines):
            for name in LEARNING_STATES:
                setattr(spine.learning, name, float(getattr(states, name)[k]))


def use_in(cao: float) -> float:
    """Return the fraction of the pool that an isolated spike uses with ``cao`` mM calcium outside.

    A Hill function, scaled to be the use of data/synapse.toml in the calcium where that holds; at most 1.
    """
    synapse = load("synapse.toml")
    numbers = synapse.values_of("release_calcium")
    here, there = (
        1.0 / (1.0 + (numbers["half"] / calcium) ** numbers["power"])
        for calcium in (cao, numbers["reference"])
    )
    return min(synapse.value("release.use") * here / there, 1.0)


def arrival_delays(n: int) -> np.ndarray:
    """Return the arrival of ``n`` volleys after the mean conduction time, (n,) ms, first one at 0.

    Quantiles of a normal distribution whose standard deviation is in data/synapse.toml.
    """
    return quantile_delays(n, load("synapse.toml").value("pathway.jitter"))


def quantile_delays(n: int, spread: float) -> np.ndarray:
    """Return ``n`` quantiles of a normal distribution with SD ``spread`` (ms), the first at 0, (n,) ms."""
    quantiles = np.array([NormalDist().inv_cdf((k + 0.5) / n) for k in range(n)])
    return spread * (quantiles - quantiles[0])


def interleaved(n: int) -> np.ndarray:
    """Return an order of 0 to ``n`` - 1 in which any first few are spread over all, (n,) int.

    Steps of the golden ratio: where only some fibers are recruited, they arrive with the spread of all.
    """
    return np.argsort(np.argsort(np.arange(n) * (math.sqrt(5.0) - 1.0) / 2.0 % 1.0))


def _potentiation(now: np.ndarray, start: np.ndarray) -> float:
    """Return how much more than at the start the receptors of a volley call for, 1 where it has none."""
    return float(np.sum(now) / np.sum(start)) if len(start) else 1.0


def _spine_on(cell: Any, site: Site, name: str, mg: float) -> Spine:
    segment = site.section(site.x)
    spine = build_spine(site, name, v_rest=cell.v_init, leak=segment.pas.g, cao=cell.reversal["cao"])
    spine.nmda.mg = mg
    return spine


def _release(section: Any, seed: int | None, index: int) -> Any:
    release = load_mechanisms().release(section(0.5))
    for name, parameter in load("synapse.toml").group("release").items():
        number = from_seconds(parameter.value) if parameter.unit == "s" else parameter.value
        setattr(release, name, number)
    release.stochastic = 0 if seed is None else 1
    release.draw.set_ids(seed or 0, index, 0)
    release.draw.set_seq(0)  # the first four draws are else those of the ids it was born with
    return release


def _wire_event(source: Any, target: Any, weight: float) -> Any:
    wire = load_mechanisms().NetCon(source, target)
    wire.delay, wire.weight[0] = 0.0, weight
    return wire

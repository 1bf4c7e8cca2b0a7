"""The slice on the rig: a cell with two pathways in a bath, a stimulator and a field electrode."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from cellmodel.cell import CA1Pyramidal
from cellmodel.errors import ParameterError, unknown_name
from cellmodel.mechanisms import load_mechanisms
from cellmodel.morphology import load_morphology
from cellmodel.parameters import load
from cellmodel.plasticity import Expression
from cellmodel.receptor import Receptor
from cellmodel.slice.bath import Bath
from cellmodel.slice.cascade import STEPS, Cascade, cascade_recording
from cellmodel.slice.engine import SAMPLE_STEP, Engine, Window
from cellmodel.slice.field import FieldElectrode, LineSources, fiber_volley, transmission_delay
from cellmodel.slice.memory import Found, found_about
from cellmodel.slice.options import PATHWAYS, SliceOptions
from cellmodel.slice.response import Response, mean_charge
from cellmodel.slice.state import PathwayState, relative
from cellmodel.slice.window import is_too_fast, settled_after, trace_end, window_of
from cellmodel.synapse import Inhibition, Pathway, ReceptorSettings, radiatum_sites
from cellmodel.synapse.pathway import use_in

BASELINE = 5.0
"""Milliseconds of a trace before the stimulus."""
AFTER_TRAIN = 10.0
"""Milliseconds after the last pulse in which its volleys and the inhibition arrive."""
LONG, COARSE_STEP = 5000.0, 1.0
"""A trace longer than LONG (ms), of a train of minutes, is kept at COARSE_STEP."""
COARSER = 10
"""The cascade, whose quickest step is calcium of some 20 ms, is kept at so many times a trace's step."""
NO_STATES = np.zeros(5)
GABA = ("gaba_a", "gaba_b")


class Slice:
    """A CA1 slice with Schaffer-collateral pathways, ready to be stimulated.

    A second one with the same options is built in a fifth of the time: see `cellmodel.slice.memory`.

    Parameters
    ----------
    options : SliceOptions, optional
    sources : LineSources, optional
        Of the field electrode, where another process has them: see `FieldElectrode`.
    is_plastic : bool
        Whether synapses learn. Where they need not, efficacy stays as it is, and the unit of calcium is not
        looked for, which takes a response of each pathway.

    Raises
    ------
    ParameterError
        If a name is unknown, or a number out of range.
    """

    def __init__(
        self,
        options: SliceOptions | None = None,
        *,
        sources: LineSources | None = None,
        is_plastic: bool = True,
    ) -> None:
        self.options = options or SliceOptions()
        self.bath = self.options.bath or Bath()
        self.expression = Expression.named(self.options.expression)
        self.settings = ReceptorSettings(self._receptor(), self.options.compound, self.bath.celsius)
        numbers = load("synapse.toml")
        self.all_fibers = int(numbers.value("pathway.n_fibers"))
        self.n_fibers = self.options.fibers or int(numbers.value("pathway.usual"))
        self.cell = self._cell()
        self.pathways = self._pathways()
        self.inhibition = self._inhibition()
        self.electrode = self._electrode(sources)
        self.dose_mM = 0.0
        self.blocks: dict[str, float] = {}
        self.cascade = Cascade(self.pathways, first=1)
        self.engine = self._engine()
        self.recruit(self.n_fibers)
        about = found_about(self.options, self.cell.morphology.fingerprint)
        self._rest(about.rest)
        about.rest = self.engine.resting_voltages
        self.states = {name: self._read_state(name, 0.0) for name in self.pathways}
        self._learn(about, is_plastic=is_plastic)
        self.states = {name: state.without_calcium() for name, state in self.states.items()}
        self.wash(0.0)

    def _learn(self, about: Found, *, is_plastic: bool) -> None:
        """Give synapses their unit of calcium, or let them stay as they are."""
        if not is_plastic:
            for pathway in self.pathways.values():
                pathway.freeze(True)
            return
        about.calcium_units = about.calcium_units or self._calibrated()
        for name, units in about.calcium_units.items():
            self.pathways[name].set_calcium_units(units)

    def _receptor(self) -> Receptor:
        receptor, q10 = Receptor.named(self.options.receptor), self.options.receptor_q10
        return receptor if q10 is None else replace(receptor, q10=q10)

    def _cell(self) -> CA1Pyramidal:
        morphology = load_morphology(self.options.morphology)
        return CA1Pyramidal(
            morphology,
            biophysics=self.options.biophysics,
            celsius=self.bath.celsius,
            reversal=self.bath.reversals,
        )

    def _pathways(self) -> dict[str, Pathway]:
        """Build the pathways; places are drawn for all fibers, so that fewer fibers keep theirs."""
        rng = np.random.default_rng(self.options.seed)
        built = {}
        for k, name in enumerate(PATHWAYS):
            sites = radiatum_sites(self.cell, self.all_fibers, rng)[: self.n_fibers]
            if name in self.options.pathways:
                built[name] = Pathway(
                    self.cell,
                    sites,
                    name=name,
                    settings=self.settings,
                    expression=self.expression,
                    mg=self.bath.outside("mg"),
                    stochastic_seed=self.options.seed + k if self.options.is_stochastic else None,
                )
        return built

    def _inhibition(self) -> dict[str, Inhibition]:
        if not self.options.has_inhibition:
            return {}
        e_gaba = self.bath.reversal("cl")
        return {name: Inhibition(self.cell, name, e_gaba=e_gaba) for name in self.pathways}

    def _electrode(self, sources: LineSources | None) -> FieldElectrode:
        chosen = self.options
        return FieldElectrode(
            self.cell,
            height=chosen.electrode_height,
            depth=chosen.electrode_depth,
            seed=chosen.seed,
            chamber=chosen.chamber,
            known=sources,
        )

    def _engine(self) -> Engine:
        watched = [self.cell.soma[0](0.5)._ref_v, *self.cascade.references]
        places = self.electrode.nodes.places
        return Engine(
            places,
            watched,
            sections=self.sections,
            v_init=self.cell.v_init,
            celsius=self.bath.celsius,
        )

    def _rest(self, known: np.ndarray | None = None) -> None:
        """Find rest again, and let the pump of every spine balance the calcium current there."""
        self.engine.rest(known)
        self.engine.begin(fixed=True)
        load_mechanisms().fcurrent()
        for pathway in self.pathways.values():
            pathway.balance_calcium()

    @property
    def sections(self) -> list[Any]:
        """Every section of this slice: cell, spine heads, boutons."""
        heads = [spine.head for pathway in self.pathways.values() for spine in pathway.spines]
        boutons = [pathway.boutons for pathway in self.pathways.values()]
        interneurons = [inhibition.boutons for inhibition in self.inhibition.values()]
        return [*self.cell.all, *heads, *boutons, *interneurons]

    def _calibrated(self) -> dict[str, np.ndarray]:
        """Measure the calcium integral of a drug-free EPSP in each spine: the unit of the plasticity rule.

        Of the mean EPSP, also where release is random: a spine whose bouton just fails would have no unit.
        """
        start, units = dict(self.states), {}
        for pathway in self.pathways.values():
            pathway.release_at_random(False)
        for name, pathway in self.pathways.items():
            units[name] = self.stimulate(name).calcium_integral
            if not np.all(units[name] > 0):
                raise ParameterError("a recruited synapse lets no calcium in: check conductances and block.")
            pathway.set_calcium_units(units[name])
        self.states = start
        for pathway in self.pathways.values():
            pathway.release_at_random(self.options.is_stochastic)
        return units

    def free(self) -> None:
        """Take the slice out of NEURON, what is wired to the cell first; it is of no use afterwards.

        A wire to a receptor whose section is gone crashes the next run of any other slice.
        """
        del self.engine, self.electrode, self.cascade
        self.pathways, self.inhibition, self.states = {}, {}, {}
        self.cell.free()

    def recruit(self, n: int) -> None:
        """Let the stimulator excite ``n`` fibers of each pathway and the same share of interneurons."""
        if not 1 <= n <= self.n_fibers:
            raise ParameterError(f"{n} fibers: this slice has 1 to {self.n_fibers} that can be recruited.")
        self.n_recruited = n
        for pathway in self.pathways.values():
            pathway.recruit(n)
        self._set_inhibition()

    @property
    def _n_watched(self) -> int:
        """Number of variables that the engine watches: soma voltage, then the cascade's."""
        return 1 + len(self.cascade.references)

    def _seen(self) -> np.ndarray:
        """Return the weights of soma voltage and of each pathway's cascade, (n_kept, n_watched)."""
        soma = np.eye(1, self._n_watched)
        means = [self.cascade.weights(name, self.n_recruited, self._n_watched) for name in self.pathways]
        return np.vstack([soma, *means])

    def _set_inhibition(self) -> None:
        """Recruit interneurons with the fibers, through AMPA receptors: what blocks those silences them.

        So does a bath in which less is released, and more of them are recruited where more is.
        """
        release = use_in(self.bath.outside("ca")) / load("synapse.toml").value("release.use")
        share = min(self.n_recruited / self.all_fibers * release, 1.0) * (1.0 - self.blocks.get("ampa", 0.0))
        for inhibition in self.inhibition.values():
            inhibition.recruit(share, **{name: self.blocks.get(name, 0.0) for name in GABA})

    def wash(self, dose_mM: float) -> None:
        """Bring the compound at its targets to ``dose_mM``: a modulator modulates, a blocker blocks."""
        if not 0 <= dose_mM < math.inf:
            raise ParameterError(f"dose {dose_mM} mM: a dose is a concentration, 0 or more.")
        self.dose_mM = dose_mM
        for pathway in self.pathways.values():
            pathway.set_dose(dose_mM)
        shares = self.options.blocked(dose_mM)
        if shares != {target: self.blocks.get(target, 0.0) for target in shares}:
            self.block(**shares)

    def block(self, **shares: float) -> None:
        """Antagonize a share (0-1) of ``ampa``, ``nmda``, ``gaba_a``, ``gaba_b`` or a channel of the cell."""
        for target, share in shares.items():
            if not 0 <= share <= 1:
                raise ParameterError(f"block of {target} = {share}: a share is from 0 to 1.")
        self.blocks.update(shares)
        for pathway in self.pathways.values():
            pathway.set_block(ampa=self.blocks.get("ampa", 0.0), nmda=self.blocks.get("nmda", 0.0))
        self._set_inhibition()
        channels = {name: share for name, share in shares.items() if name not in ("ampa", "nmda", *GABA)}
        for name, share in channels.items():
            self.cell.block(name, share)
        if channels:
            self._rest()

    def drug_effect(self, dose_mM: float) -> np.ndarray:
        """Return what the compound does at a dose: occupied sites of a modulator, blocked shares, (n,) 1."""
        modulation = self.settings.modulation
        occupied = dose_mM / (dose_mM + modulation.k_m) if modulation else 0.0
        return np.array([occupied, *self.options.blocked(dose_mM).values()])

    def pass_time(self, duration: float) -> None:
        """Let ``duration`` ms go by without stimuli: only slow states move."""
        if not 0 <= duration < math.inf:
            raise ParameterError(f"{duration} ms cannot go by. Give 0 or more.")
        self.states = {
            name: self.states[name].after(
                duration, pathway.rho_start, pathway.rule, is_frozen=pathway.is_frozen
            )
            for name, pathway in self.pathways.items()
        }

    def stimulate(
        self, pathway: str, times: np.ndarray | None = None, *, duration: float | None = None
    ) -> Response:
        """Stimulate a pathway and compute what follows, from rest.

        Parameters
        ----------
        pathway : str
            ``"test"`` or ``"control"``.
        times : array, (n_pulses,) ms, optional
            Of the pulses; one at 0 by default.
        duration : float, optional
            How long to compute it, ms; by default until everything is back at rest, `window_of` at most.

        Returns
        -------
        Response
            The slow states of the slice have moved by the duration.
        """
        pulses = np.zeros(1) if times is None else np.asarray(times, dtype=float)
        end = trace_end(pulses) if duration is None else duration
        return self._response(pathway, self._run(pathway, pulses, duration), pulses, end)

    def spine_calcium(self, pathway: str, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Stimulate a pathway as `stimulate` does and return the calcium of each recruited spine.

        Returns
        -------
        tuple of array (n_steps,) ms and array (n_steps, n_recruited) mM
        """
        kept = np.eye(self._n_watched)[self.cascade.spines(pathway)[0][: self.n_recruited]]
        window = self._run(pathway, np.asarray(times, dtype=float), signals=kept)
        return window.t, window.signals

    def watch(self, pathway: str, weights: np.ndarray) -> tuple[Response, np.ndarray, np.ndarray]:
        """Stimulate a pathway as `stimulate` does; keep sums of node voltages too, (n_sums, n_nodes).

        Returns
        -------
        tuple of Response, array (n_steps,) ms after transmitter acts, and array (n_steps, n_sums)
        """
        own, pulses = len(self.electrode.weights), np.zeros(1)
        window = self._run(pathway, pulses, voltages=np.vstack([self.electrode.weights, weights]))
        of_electrode = replace(window, v=window.v[:, :own])
        response = self._response(pathway, of_electrode, pulses, trace_end(pulses))
        return response, window.t, window.v[:, own:]

    def _run(
        self,
        pathway: str,
        times: np.ndarray,
        duration: float | None = None,
        *,
        voltages: np.ndarray | None = None,
        signals: np.ndarray | None = None,
    ) -> Window:
        """Stimulate a pathway at ``times`` (ms) and integrate; the slow states of the slice have moved.

        Kept are sums of voltages and of watched variables by these weights, (n_sums, n): unless given, those
        of the electrode, and those of soma and cascade.
        """
        if pathway not in self.pathways:
            raise unknown_name("pathway", pathway, self.pathways)
        is_fast = is_too_fast(times)
        self.engine.keep(
            self.electrode.weights if voltages is None else voltages,
            self._seen() if signals is None else signals,
        )
        self.engine.begin(fixed=is_fast)
        for name in self.pathways:
            self.write_state(name)
        self.pathways[pathway].stimulate(times)
        if pathway in self.inhibition:
            self.inhibition[pathway].stimulate(times)
        whole = window_of(times) if duration is None else duration
        calcium = np.concatenate([self.cascade.spines(name)[0] for name in self.pathways])
        window = self.engine.run(
            whole,
            fixed_until=times[-1] + AFTER_TRAIN if is_fast else 0.0,
            settled=settled_after(times, calcium, self._n_watched) if duration is None else None,
        )
        self.states = {name: self._read_state(name, float(window.t[-1])) for name in self.pathways}
        self.pass_time(whole - float(window.t[-1]))
        return window

    def write_state(self, name: str) -> None:
        """Put the slow states of a pathway into its mechanisms; after `Engine.begin`."""
        state, pathway = self.states[name], self.pathways[name]
        pathway.set_release_states(relative(state.release, 0.0))
        pathway.set_slow_states(state.synapses)
        if name in self.inhibition:
            self.inhibition[name].set_release_states(relative(state.inhibition, 0.0))

    def _read_state(self, name: str, now: float) -> PathwayState:
        pathway = self.pathways[name]
        interneurons = self.inhibition[name].release_states() if name in self.inhibition else NO_STATES
        return PathwayState(
            release=relative(pathway.release_states(), now),
            inhibition=relative(interneurons, now),
            synapses=pathway.slow_states(),
        )

    def _response(self, name: str, window: Window, pulses: np.ndarray, end: float) -> Response:
        pathway = load("synapse.toml").values_of("pathway")
        onset = transmission_delay()
        lag = onset - pathway["synaptic_delay"]
        grid = np.arange(-BASELINE, end, SAMPLE_STEP if end < LONG else COARSE_STEP)
        calcium, ampa, nmda = window.integrals[self.cascade.spines(name)]
        recruited = slice(0, self.n_recruited)
        first = 1 + len(STEPS) * list(self.pathways).index(name)
        steps = window.signals[:, first : first + len(STEPS)]
        return Response(
            t=grid,
            field=self.electrode.delayed(window.t, window.v, grid - onset),
            volley=fiber_volley(grid - lag, self.n_recruited / self.all_fibers, pulses=pulses),
            v_soma=np.interp(grid - onset, window.t, window.signals[:, 0]),
            calcium=np.interp(grid - onset, window.t, steps[:, 0]),
            calcium_ampa=mean_charge(ampa[recruited]),
            calcium_nmda=mean_charge(nmda[recruited]),
            calcium_integral=calcium,
            cascade=cascade_recording(window.t + onset, steps, grid[::COARSER]),
        )

"""The slow state of a slice between stimuli: what is left when voltages and receptors are back at rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cellmodel.plasticity import Rule, SlowStates, advance

LAST = 4
"""Column of the release states that holds a time: here, the time since the last spike (ms)."""
FULL = np.array([0.0, 1.0, 0.0, 0.0])
"""Where u, r, ptp and stp return to."""


@dataclass(frozen=True)
class PathwayState:
    """Slow states of one pathway.

    Attributes
    ----------
    release : array, (n_volleys, 5)
        u, r, ptp, stp just after the last spike and the time since then (ms).
    inhibition : array, (7,)
        The same of the interneurons' boutons, and what their last release left at GABA-B receptors (bound,
        active); five zeros where there are none.
    synapses : SlowStates
    """

    release: np.ndarray
    inhibition: np.ndarray
    synapses: SlowStates

    def after(
        self, duration: float, rho_start: np.ndarray, rule: Rule, *, is_frozen: bool = False
    ) -> PathwayState:
        """Return the state after ``duration`` ms without stimuli; frozen synapses keep their receptors."""
        release, inhibition = self.release.copy(), self.inhibition.copy()
        release[:, LAST] += duration
        inhibition[LAST] += duration
        synapses = advance(self.synapses, rho_start, rule, duration)
        if is_frozen:
            synapses = replace(synapses, rho=self.synapses.rho, n=self.synapses.n)
        return replace(self, release=release, inhibition=inhibition, synapses=synapses)

    def without_calcium(self) -> PathwayState:
        """Return the state whose integrators know of no calcium: how the cell settled is no experience."""
        nothing = np.zeros_like(self.synapses.ep)
        return replace(self, synapses=replace(self.synapses, ep=nothing, ed=nothing.copy()))

    def fingerprint(self, release: Mapping[str, float]) -> np.ndarray:
        """Return what the next response depends on, as one vector of dimensionless numbers.

        Each is in units in which 1 changes the response about by itself; so receptors and integrators of one
        of N synapses weigh as the root of 1/N.

        Parameters
        ----------
        release : mapping
            Boutons: ``tau_rec``, ``tau_facil``, ``tau_ptp``, ``tau_stp`` (ms), ``gain_ptp``, ``gain_stp``.
        """
        u, r, ptp, stp = self.faded(release).mean(axis=0)
        boutons = [u, 1 - r, release["gain_ptp"] * ptp, release["gain_stp"] * stp]
        synapses = np.concatenate([self.synapses.n, self.synapses.ep, self.synapses.ed])
        return np.concatenate([boutons, synapses / np.sqrt(self.synapses.n.size)])

    def faded(self, release: Mapping[str, float]) -> np.ndarray:
        """Return u, r, ptp and stp as they are now, (n_volleys, 4); ``release`` as in `fingerprint`."""
        taus = [release[name] for name in ("tau_facil", "tau_rec", "tau_ptp", "tau_stp")]
        left = np.exp(-self.release[:, LAST:] / taus)
        return FULL + (self.release[:, :LAST] - FULL) * left

    def foreseen(
        self,
        start: PathwayState,
        end: PathwayState,
        release: Mapping[str, float],
        rest: Callable[[PathwayState], PathwayState],
    ) -> PathwayState:
        """Return about what a response will leave, if it does to this state what another did to its own.

        Parameters
        ----------
        start, end : PathwayState
            Before and after that other response.
        release : mapping
            As in `fingerprint`.
        rest : callable
            Returns what a state becomes in the time of a response, without one.
        """
        moved = end.release.copy()
        moved[:, :LAST] += self.faded(release) - start.faded(release)
        here, there = rest(self).synapses, rest(start).synapses
        synapses = SlowStates(
            *(
                getattr(end.synapses, name) + getattr(here, name) - getattr(there, name)
                for name in ("ep", "ed", "rho", "n")
            )
        )
        return replace(end, release=moved, synapses=synapses)


def relative(states: np.ndarray, now: float) -> np.ndarray:
    """Turn the time of the last spike into the time since then."""
    moved = np.atleast_2d(states).astype(float).copy()
    moved[:, LAST] = now - moved[:, LAST]
    return moved.reshape(np.shape(states))

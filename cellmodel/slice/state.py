"""The slow state of a slice between stimuli: what is left when voltages and receptors are back at rest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cellmodel.plasticity import Rule, SlowStates, advance

LAST = 4
"""Column of the release states that holds a time: here, the time since the last spike (ms)."""


@dataclass(frozen=True)
class PathwayState:
    """Slow states of one pathway.

    Attributes
    ----------
    release : array, (n_volleys, 5)
        u, r, ptp, stp just after the last spike and the time since then (ms).
    inhibition : array, (5,)
        The same of the interneurons' boutons; zeros where there are none.
    synapses : SlowStates
    """

    release: np.ndarray
    inhibition: np.ndarray
    synapses: SlowStates

    def after(self, duration: float, rho_start: np.ndarray, rule: Rule) -> PathwayState:
        """Return the state after ``duration`` ms without stimuli."""
        release, inhibition = self.release.copy(), self.inhibition.copy()
        release[:, LAST] += duration
        inhibition[LAST] += duration
        synapses = advance(self.synapses, rho_start, rule, duration)
        return replace(self, release=release, inhibition=inhibition, synapses=synapses)

    def fingerprint(self, use: tuple[float, float, float, float]) -> np.ndarray:
        """Return what the next response depends on, as one vector of dimensionless numbers.

        Parameters
        ----------
        use : tau_rec, tau_facil, tau_ptp, tau_stp of the boutons, ms.
        """
        tau_rec, tau_facil, tau_ptp, tau_stp = use
        u, r, ptp, stp, idle = self.release.mean(axis=0)
        boutons = [
            u * np.exp(-idle / tau_facil),
            (1 - r) * np.exp(-idle / tau_rec),
            ptp * np.exp(-idle / tau_ptp),
            stp * np.exp(-idle / tau_stp),
        ]
        return np.concatenate([boutons, self.synapses.n, self.synapses.ep, self.synapses.ed])


def relative(states: np.ndarray, now: float) -> np.ndarray:
    """Turn the time of the last spike into the time since then."""
    moved = np.atleast_2d(states).astype(float).copy()
    moved[:, LAST] = now - moved[:, LAST]
    return moved.reshape(np.shape(states))

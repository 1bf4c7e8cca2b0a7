"""The states of a patch's receptors in one pulse, by matrix exponential: no NEURON, about 2 ms."""

from __future__ import annotations

import numpy as np

from cellmodel.patch.application import Pulses
from cellmodel.receptor import STATES, propagated
from cellmodel.receptor.response import Gating

SETTLED = 8.0  # time constants of the exchange after which it is over
EDGE_NODES = 16
KINDS = {"closed": "c", "open": "o", "desensitized": "d"}
"""Kind of state to the first letter of its states' names."""


def pulse_occupancies(scheme: Gating, pulses: Pulses, glutamate_mM: float, t: np.ndarray) -> np.ndarray:
    """Return the occupancies in one pulse: the exchange in small steps, what follows by eigenvectors.

    Parameters
    ----------
    scheme : Scheme or SlowScheme
        At rest, without glutamate, before the pulse.
    pulses : Pulses
        One pulse from 0 on.
    glutamate_mM : float, mM
    t : array, (n_t,) ms
        Increasing.

    Returns
    -------
    array, (n_t, n_states)
    """
    ramp = min(SETTLED * pulses.tau, pulses.duration) * np.linspace(0.0, 1.0, EDGE_NODES) ** 2
    states = [scheme.steady_state(0.0)[None]]
    times = [np.minimum(t[:1], 0.0)]
    for edge, end, level in ((0.0, pulses.duration, glutamate_mM), (pulses.duration, t[-1], 0.0)):
        moved = _exchanged(scheme, states[-1][-1], edge + ramp, glutamate_mM, pulses)
        settled = edge + ramp[-1]
        later = np.append(t[(t > settled) & (t < end)], max(end, settled))
        held = propagated(scheme.q_matrix(level), moved[-1], later - settled)
        times += [edge + ramp, later]
        states += [moved, held]
    nodes, occupied = np.concatenate(times), np.concatenate(states)
    return np.array([np.interp(t, nodes, each) for each in occupied.T]).T


def _exchanged(
    scheme: Gating, state: np.ndarray, t: np.ndarray, glutamate_mM: float, pulses: Pulses
) -> np.ndarray:
    """Return the occupancies at ``t`` from a state at its first time while solutions exchange."""
    from scipy.linalg import expm

    empty = scheme.q_matrix(0.0)
    levels = glutamate_mM * pulses.level((t[1:] + t[:-1]) / 2)
    q = empty + levels[:, None, None] * (scheme.q_matrix(1.0) - empty)
    states = [state]
    for move in expm(q * np.diff(t)[:, None, None]):
        states.append(move @ states[-1])
    return np.array(states)


def kinds_of(occupied: np.ndarray) -> dict[str, np.ndarray]:
    """Return the shares (1) of closed, open and desensitized receptors, (n_t,) each.

    Parameters
    ----------
    occupied : array, (n_t, n_states)
        Of the seven states, or of three times seven with 0, 1 and 2 modulators that stay bound.
    """
    seven = occupied.reshape(len(occupied), -1, len(STATES)).sum(axis=1)
    return {
        kind: seven[:, [state.startswith(letter) for state in STATES]].sum(axis=1)
        for kind, letter in KINDS.items()
    }

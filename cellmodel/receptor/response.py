"""Responses of a scheme to glutamate, by matrix exponentials."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.receptor.profile import Receptor
from cellmodel.receptor.scheme import OPEN, Scheme

TRANSIENT_STEPS = 2000  # midpoint rule: relative error of the peak below 1e-6
TRANSIENT_LENGTH = 12.0  # in time constants of glutamate
ROUNDING = 13  # decimals of Q dt: exponents that differ less give one and the same matrix

TimeCourse = Callable[[np.ndarray], np.ndarray]
"""Times (n,) ms to concentrations (n,) mM, or to what else changes with them."""


class Gating(Protocol):
    """What has states: `Scheme`, or the same with the modulator's own states (`exchange`)."""

    @property
    def open_states(self) -> list[int]:
        """Places of the states that conduct."""

    def q_matrix(self, glutamate: float, /) -> np.ndarray:
        """Return Q at a glutamate concentration (mM), (n, n) 1/ms."""

    def steady_state(self, glutamate: float, /) -> np.ndarray:
        """Return the occupancies to which a glutamate concentration (mM) leads, (n,)."""


def open_fraction(scheme: Gating, t: np.ndarray, steps: Sequence[tuple[float, ...]]) -> np.ndarray:
    """Return the open fraction at ``t``, (n_t,); the arguments are those of `occupancies`."""
    return occupancies(scheme, t, steps)[:, scheme.open_states].sum(axis=1)


def occupancies(scheme: Gating, t: np.ndarray, steps: Sequence[tuple[float, ...]]) -> np.ndarray:
    """Return the occupancies under square steps of glutamate, exactly.

    Parameters
    ----------
    scheme : Scheme, SlowScheme or FullScheme
    t : array, (n_t,) ms
        Increasing; before the first step the receptor rests without glutamate.
    steps : sequence of (float, float)
        Start (ms) and concentration (mM) of every step, in order; a `FullScheme` takes that of the modulator
        (mM) as a third number, without which its own holds.

    Returns
    -------
    array, (n_t, n_states)
    """
    t = np.asarray(t, dtype=float)
    starts = [step[0] for step in steps]
    if not steps or sorted(starts) != starts:
        raise ParameterError(f"steps of glutamate start at {starts} ms. Give at least one, in order.")
    result = np.tile(scheme.steady_state(0.0), (t.size, 1))
    state = scheme.steady_state(0.0)
    for (start, *solution), end in zip(steps, [*starts[1:], math.inf], strict=True):
        inside = (t >= start) & (t < end)
        moved = propagated(scheme.q_matrix(*solution), state, np.append(t[inside], min(end, t[-1])) - start)
        result[inside], state = moved[:-1], moved[-1]
    return result


def propagated(q: np.ndarray, state: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return ``expm(q t) @ state`` for every t (ms), (n_t, n_states).

    Q of a scheme with detailed balance has real eigenvalues and a full set of eigenvectors when glutamate is
    there; at 0 mM its loops are still balanced, so the same holds. The same is true of the modulator's.
    """
    values, vectors = np.linalg.eig(q)
    weights = np.linalg.solve(vectors, state)
    return np.real(np.exp(np.outer(t, values)) * weights @ vectors.T)


def driven(scheme: Gating, t: np.ndarray, glutamate: TimeCourse) -> np.ndarray:
    """Return the occupancies under any time course of glutamate.

    Glutamate is constant between two times, at its value in the middle: second order in the step.

    Parameters
    ----------
    scheme : Scheme
    t : array, (n_t,) ms
        The receptor rests without glutamate at the first.
    glutamate : callable
        Times (n,) ms to concentrations (n,) mM.

    Returns
    -------
    array, (n_t, 7)
    """
    states = [np.asarray(scheme.steady_state(0.0))]
    for move in propagators(matrices(scheme, glutamate), t):
        states.append(move @ states[-1])
    return np.array(states)


def matrices(scheme: Gating, glutamate: TimeCourse) -> TimeCourse:
    """Return the function from times (n,) ms to Q, (n, n_states, n_states) 1/ms."""
    empty = scheme.q_matrix(0.0)
    per_millimolar = scheme.q_matrix(1.0) - empty
    return lambda times: empty + glutamate(times)[:, None, None] * per_millimolar


def propagators(changing: TimeCourse, t: np.ndarray, *, substeps: int = 1) -> np.ndarray:
    """Return how probabilities move from each time to the next, ``expm(Q dt)``.

    Parameters
    ----------
    changing : callable
        Times (n,) ms to Q, (n, n_states, n_states) 1/ms; see `matrices`.
    t : array, (n_t,) ms
        Increasing.
    substeps : int
        Parts of a step; in each, Q is that of its middle: second order in their length.

    Returns
    -------
    array, (n_t - 1, n_states, n_states)
        Columns sum to 1: column ``j`` is where a receptor in state ``j`` is found one step later.
    """
    widths = np.repeat(np.diff(t) / substeps, substeps)
    starts = np.repeat(t[:-1], substeps) + np.tile(np.arange(substeps), len(t) - 1) * widths
    moves = _exponentials(changing(starts + widths / 2) * widths[:, None, None])
    parts = moves.reshape(len(t) - 1, substeps, *moves.shape[1:])
    whole = parts[:, 0]
    for part in range(1, substeps):
        whole = parts[:, part] @ whole
    return whole


def _exponentials(exponents: np.ndarray) -> np.ndarray:
    """Return ``expm`` of every matrix, (n, n_states, n_states); those equal to rounding are done once."""
    from scipy.linalg import expm

    rows = np.round(exponents.reshape(len(exponents), -1), ROUNDING)
    _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return expm(exponents[first])[which.ravel()]


def peak_open(receptor: Receptor, glutamate_mM: float, tau: float, *, celsius: float) -> float:
    """Return the largest open fraction in a transient of glutamate, without drug, 1.

    Parameters
    ----------
    receptor : Receptor
    glutamate_mM : float, mM
        Where glutamate jumps to.
    tau : float, ms
        Its decay.
    celsius : float, degC
    """
    t = np.linspace(0.0, TRANSIENT_LENGTH * tau, TRANSIENT_STEPS)
    scheme = Scheme(receptor, celsius=celsius)
    return float(driven(scheme, t, lambda at: glutamate_mM * np.exp(-at / tau))[:, OPEN].max())

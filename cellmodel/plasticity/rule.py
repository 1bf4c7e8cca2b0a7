"""The Python twin of mod/plasticity.mod: what the slow states do while a synapse rests.

Between probes calcium is at rest, so the two integrators decay exponentially and only efficacy and receptor
number need integrating.  `advance` does it for all synapses at once; a test holds it against the NMODL
mechanism.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cellmodel.errors import ParameterError
from cellmodel.parameters import load
from cellmodel.units import from_seconds

N_STAGES_PER_TAU = 20.0
STEP_OF_THRESHOLD = 0.8
"""Step while an integrator is near its threshold, of its time constant over the order of the threshold."""
NEGLIGIBLE = 1e-9
"""Of the Hill function that stands for a threshold: below it an integrator does nothing within minutes."""
NOTHING = 1e-20
"""Of the same function: lost in the rounding of the slopes that it would be added to."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Constants of the rule; times in ms, the rest dimensionless. See mod/plasticity.mod."""

    tau_p: float
    tau_d: float
    theta_p: float
    theta_d: float
    gamma_p: float
    gamma_d: float
    order: float
    tau: float
    rho_star: float
    early: float
    b: float
    tau_insertion: float
    share_down: float

    @classmethod
    @cache
    def default(cls) -> Rule:
        """Return the rule of data/plasticity.toml."""
        group = load("plasticity.toml").group("rule")
        numbers = {k: from_seconds(p.value) if p.unit == "s" else p.value for k, p in group.items()}
        return cls(**numbers)

    @property
    def n_down(self) -> float:
        """Receptors of a synapse that is down, in units of the average synapse before LTP."""
        return 1.0 / (self.share_down + (1.0 - self.share_down) * self.b)

    def receptors(self, rho: np.ndarray) -> np.ndarray:
        """Return the receptor number that an efficacy ``rho`` calls for, same shape."""
        return self.n_down * (1.0 + (self.b - 1.0) * rho)


@dataclass(frozen=True)
class SlowStates:
    """Slow states of the synapses of a pathway, each (n_synapses,), dimensionless.

    ``ep`` and ``ed`` are the calcium integrators, ``rho`` the efficacy, ``n`` the receptors.
    """

    ep: np.ndarray
    ed: np.ndarray
    rho: np.ndarray
    n: np.ndarray


def starting_states(n_synapses: int, rule: Rule, distances: np.ndarray | None = None) -> SlowStates:
    """Return the states before the experiment: the share that is up is spread evenly over the synapses.

    Parameters
    ----------
    n_synapses : int
    rule : Rule
    distances : array, (n_synapses,) um, optional
        From the soma, over which to spread it; else in the order of the synapses. An electrode at one height
        then sees as much of what can be potentiated as at another.
    """
    order = np.arange(n_synapses) if distances is None else np.argsort(distances, kind="stable")
    index = np.empty(n_synapses, dtype=int)
    index[order] = np.arange(n_synapses)
    share_up = 1.0 - rule.share_down
    rho = np.floor((index + 1) * share_up + 0.5) - np.floor(index * share_up + 0.5)
    zeros = np.zeros(n_synapses)
    return SlowStates(ep=zeros, ed=zeros.copy(), rho=rho, n=rule.receptors(rho))


def above(level: np.ndarray, threshold: float, order: float) -> np.ndarray:
    """Return the Hill function that stands for a threshold, same shape as ``level``."""
    with np.errstate(divide="ignore", over="ignore"):  # infinity is the right answer far below the threshold
        return 1.0 / (1.0 + (threshold / np.maximum(level, 0.0)) ** order)


def advance(states: SlowStates, rho_start: np.ndarray, rule: Rule, duration: float) -> SlowStates:
    """Return the states after ``duration`` ms with calcium at rest.

    Parameters
    ----------
    states : SlowStates
    rho_start : array, (n_synapses,)
        Efficacy before the experiment, to which early LTP decays.
    rule : Rule
    duration : float, ms

    Notes
    -----
    The integrators are exact. Efficacy and receptors take classical Runge-Kutta steps, short
    against the fastest time constant still at work; errors stay below 1e-7 (test).

    Raises
    ------
    ParameterError
        If ``duration`` is negative.
    """
    if duration < 0:
        raise ParameterError(f"slow states cannot go back by {-duration:g} ms. Give a duration of 0 or more.")
    elapsed = 0.0
    rho, n = states.rho, states.n
    acting, rounding = (_times_above(states, rule, share) for share in (NEGLIGIBLE, NOTHING))
    while elapsed < duration:
        step = min(_longest_step(rule, acting, elapsed), duration - elapsed)
        rho, n = _runge_kutta(states, rho_start, rule, (elapsed, step, rho, n), until=max(rounding))
        elapsed += step
    ep, ed = _integrators(states, rule, duration)
    return SlowStates(ep=ep, ed=ed, rho=rho, n=n)


def _times_above(states: SlowStates, rule: Rule, share: float) -> tuple[float, float]:
    """Return until when the Hill functions of the two integrators are above ``share`` in a synapse, ms."""
    least = share ** (1 / rule.order)

    def until(levels: np.ndarray, theta: float, tau: float) -> float:
        largest = float(np.max(levels, initial=0.0)) / theta
        return tau * math.log(largest / least) if largest > least else 0.0

    return until(states.ep, rule.theta_p, rule.tau_p), until(states.ed, rule.theta_d, rule.tau_d)


def _longest_step(rule: Rule, acting: tuple[float, float], elapsed: float) -> float:
    """Short while an integrator is near or above its threshold, long where neither does anything."""
    if elapsed < acting[0]:
        return rule.tau_p * STEP_OF_THRESHOLD / rule.order
    if elapsed < acting[1]:
        return rule.tau_d * STEP_OF_THRESHOLD / rule.order
    return rule.tau_insertion / N_STAGES_PER_TAU


def _integrators(states: SlowStates, rule: Rule, elapsed: float) -> tuple[np.ndarray, np.ndarray]:
    return states.ep * np.exp(-elapsed / rule.tau_p), states.ed * np.exp(-elapsed / rule.tau_d)


def _slopes(
    states: SlowStates, rho_start: np.ndarray, rule: Rule, at: tuple, *, until: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return what efficacy and receptors gain in a ms; thresholds are passed ``until`` (ms) at most."""
    elapsed, rho, n = at
    drift = -rho * (1 - rho) * (rule.rho_star - rho) + rule.early * (rho_start - rho)
    if elapsed < until:
        ep, ed = _integrators(states, rule, elapsed)
        drift += rule.gamma_p * (1 - rho) * above(ep, rule.theta_p, rule.order)
        drift -= rule.gamma_d * rho * above(ed, rule.theta_d, rule.order)
    return drift / rule.tau, (rule.receptors(rho) - n) / rule.tau_insertion


def _runge_kutta(
    states: SlowStates, rho_start: np.ndarray, rule: Rule, at: tuple, *, until: float
) -> tuple[np.ndarray, np.ndarray]:
    def slopes(*place: Any) -> tuple[np.ndarray, np.ndarray]:
        return _slopes(states, rho_start, rule, place, until=until)

    t, step, rho, n = at
    half = step / 2
    r1, n1 = slopes(t, rho, n)
    r2, n2 = slopes(t + half, rho + half * r1, n + half * n1)
    r3, n3 = slopes(t + half, rho + half * r2, n + half * n2)
    r4, n4 = slopes(t + step, rho + step * r3, n + step * n3)
    return rho + step / 6 * (r1 + 2 * r2 + 2 * r3 + r4), n + step / 6 * (n1 + 2 * n2 + 2 * n3 + n4)

"""The plasticity rule on recorded calcium: mod/plasticity.mod without its cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.signal import lfilter

from cellmodel.plasticity import Rule, SlowStates, advance
from cellmodel.plasticity.rule import above, starting_states
from cellmodel.tuning.rule.calcium import STEP, Drive

BINS_TOGETHER = 5
"""Over so many bins the push is averaged before efficacy takes a step: 25 ms; changes take 400 or more."""
BINS_BETWEEN = 200
"""Bins between looks at the receptors: 1 s; they follow efficacy within 100."""


def after(drive: Drive, rule: Rule, times: np.ndarray) -> np.ndarray:
    """Return by how much more receptors than before each spine has at ``times``, (n_times, n_spines).

    In units of the average synapse.

    Parameters
    ----------
    drive : Drive
    rule : Rule
    times : array, (n_times,) ms
        Rising, since the end of the drive.
    """
    start = starting_states(drive.amounts.shape[1], rule, drive.distances)
    states, elapsed = replay(drive, rule, start), 0.0
    found = []
    for time in times:
        states = advance(states, start.rho, rule, time - elapsed)
        elapsed = time
        found.append(states.n - start.n)
    return np.array(found)


def replay(drive: Drive, rule: Rule, start: SlowStates) -> SlowStates:
    """Return the slow states at the end of a drive.

    Integrators are exact for calcium that is even within a bin. Efficacy relaxes exactly to where the mean
    push of `BINS_TOGETHER` bins leads, with the bistable term held; receptors follow it likewise, and set
    calcium anew after every `BINS_BETWEEN`: each spine's own, and the mean of all.
    """
    states = start
    for first in range(0, len(drive.amounts), BINS_BETWEEN):
        amounts = drive.part(slice(first, first + BINS_BETWEEN), states.n - start.n)
        ep, ed = _filtered(amounts, rule.tau_p, states.ep), _filtered(amounts, rule.tau_d, states.ed)
        states = _moved(replace(states, ep=ep[-1], ed=ed[-1]), start.rho, rule, (ep, ed))
    return states


def _moved(
    states: SlowStates, rho_start: np.ndarray, rule: Rule, levels: tuple[np.ndarray, np.ndarray]
) -> SlowStates:
    """Return the states after bins whose integrators are ``levels``, each (n_bins, n_spines)."""
    up = _together(rule.gamma_p * above(levels[0], rule.theta_p, rule.order))
    down = _together(rule.gamma_d * above(levels[1], rule.theta_d, rule.order))
    rho, n = states.rho, states.n
    step = BINS_TOGETHER * STEP
    insertion = -np.expm1(-step / rule.tau_insertion)
    for push_up, push_down in zip(up, down, strict=True):
        speed = push_up + push_down + rule.early
        held = push_up + rule.early * rho_start - rho * (1 - rho) * (rule.rho_star - rho)
        rho = rho + (held / speed - rho) * -np.expm1(-step * speed / rule.tau)
        n = n + (rule.receptors(rho) - n) * insertion
    return replace(states, rho=rho, n=n)


def _filtered(amounts: np.ndarray, tau: float, level: np.ndarray) -> np.ndarray:
    """Return the integrator at the end of each bin, same shape, from ``level`` (n_spines,) on."""
    kept = np.exp(-STEP / tau)
    begin = (kept * level)[None]
    return lfilter([(1 - kept) * tau / STEP], [1.0, -kept], amounts, axis=0, zi=begin)[0]


def _together(push: np.ndarray) -> np.ndarray:
    """Return means over `BINS_TOGETHER` bins, the last ones repeated to fill."""
    missing = -len(push) % BINS_TOGETHER
    full = np.concatenate([push, np.repeat(push[-1:], missing, axis=0)])
    return full.reshape(-1, BINS_TOGETHER, push.shape[1]).mean(axis=1)
